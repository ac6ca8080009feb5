"""What a run in work writes down about itself."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from fashion_core.errors import StoreError
from fashion_core.history import EpochRecord
from fashion_core.runs.folders import forget_outcome, write_outcome, write_paused
from fashion_core.runs.rebuild import survives_damage
from fashion_core.runs.records import LiveProgress, State
from fashion_core.runs.rows import (
    has_all_epochs,
    run_row,
    save_epoch_row,
    save_notice,
    save_step_rows,
)
from fashion_core.runs.schema import connect
from fashion_core.runs.store import RunStore


class RunJournal:
    """Writes the rows of one run; every write may be repeated without harm.

    Raises:
        StoreError: from every method, if the database cannot be written.
    """

    def __init__(self, store: RunStore, run_id: str) -> None:
        self._store, self._run_id = store, run_id

    @property
    def database(self) -> Path:
        """The database of the run's store."""
        return self._store.database

    @survives_damage
    def start(self) -> bool:
        """Take the run off the queue; False if it is no longer waiting there or paused.

        Raises:
            OSError: if the run's folder cannot be written.
        """
        with connect(self.database) as db:
            taken = db.execute(
                "UPDATE runs SET state = 'started', progress = NULL, stop_requested = 0"
                " WHERE run_id = ? AND state = 'queued' AND paused = 0",
                (self._run_id,),
            )
        if taken.rowcount == 1:
            forget_outcome(self._store.run_dir(self._run_id))
        return taken.rowcount == 1

    def end(self, state: State, reason: str) -> None:
        """Write down how the run ended and why, in its folder and in the database.

        A run that stopped because it was paused goes back to its place in the queue; one that had
        finished, and was stopped while it computed a damaged epoch again, is finished as before.

        One of the two is enough: where the disk has room for the other only, nothing is lost.

        Raises:
            StoreError: if neither can be written; the run then reads interrupted.
        """
        is_in_folder, run_dir = True, self._store.run_dir(self._run_id)
        try:
            write_outcome(run_dir, state, reason)
        except OSError:
            is_in_folder = False
        try:
            ended = self._end(state, reason)
            with suppress(OSError):
                if ended == "queued":
                    write_paused(run_dir)
                elif ended != state:
                    write_outcome(run_dir, ended, "")
        except StoreError:
            if not is_in_folder:
                raise

    @survives_damage
    def _end(self, state: State, reason: str) -> State:
        """Write it into the database and give what is written there, see `end`."""
        with connect(self.database) as db:
            if state == "stopped":
                row = run_row(db, self._run_id)
                if row["paused"]:
                    state, reason = "queued", ""
                elif has_all_epochs(db, row):
                    state, reason = "finished", ""
            db.execute(
                "UPDATE runs SET state = ?, reason = ?, paused = (? = 'queued'), progress = NULL,"
                " stop_requested = 0 WHERE run_id = ?",
                (state, reason, state, self._run_id),
            )
        return state

    @survives_damage
    def stop_requested(self) -> bool:
        """Tell whether somebody asked the run to stop."""
        with connect(self.database) as db:
            return bool(run_row(db, self._run_id)["stop_requested"])

    @survives_damage
    def progress(self, progress: LiveProgress) -> None:
        """Write down where the run is; only the last one is kept."""
        with connect(self.database) as db:
            db.execute(
                "UPDATE runs SET progress = ? WHERE run_id = ?",
                (json.dumps(asdict(progress)), self._run_id),
            )

    @survives_damage
    def steps(self, rows: Sequence[tuple[int, int, float]]) -> None:
        """Write down (epoch, step, mean loss of the block of steps that ends there)."""
        with connect(self.database) as db:
            save_step_rows(db, self._run_id, rows)

    @survives_damage
    def epoch(self, record: EpochRecord) -> None:
        """Write down the figures of an epoch."""
        with connect(self.database) as db:
            save_epoch_row(db, self._run_id, record)

    @survives_damage
    def notice(self, text: str) -> None:
        """Write down a sentence for the user, once."""
        with connect(self.database) as db:
            save_notice(db, self._run_id, text)
