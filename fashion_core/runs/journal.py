"""What a run in work writes down about itself."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from fashion_core.files import write_atomically
from fashion_core.history import EpochRecord
from fashion_core.runs.records import LiveProgress, State
from fashion_core.runs.schema import connect
from fashion_core.runs.store import RunStore, run_row

OUTCOME_FILE: Final = "outcome.json"
"""Beside the database, so that the folder alone tells how the run ended."""


class RunJournal:
    """Writes the rows of one run; every write may be repeated without harm.

    Raises:
        StoreError: from every method, if the database cannot be written.
    """

    def __init__(self, store: RunStore, run_id: str) -> None:
        self._store, self._run_id = store, run_id

    def start(self) -> bool:
        """Take the run off the queue; False if it is no longer waiting there."""
        with connect(self._store.database) as db:
            taken = db.execute(
                "UPDATE runs SET state = 'started', progress = NULL, stop_requested = 0"
                " WHERE run_id = ? AND state = 'queued'",
                (self._run_id,),
            )
            return taken.rowcount == 1

    def end(self, state: State, reason: str) -> None:
        """Write down how the run ended and why."""
        content = json.dumps({"state": state, "reason": reason}).encode()
        with connect(self._store.database) as db:
            db.execute(
                "UPDATE runs SET state = ?, reason = ?, progress = NULL, stop_requested = 0"
                " WHERE run_id = ?",
                (state, reason, self._run_id),
            )
        write_atomically(self._store.run_dir(self._run_id) / OUTCOME_FILE, content)

    def stop_requested(self) -> bool:
        """Tell whether somebody asked the run to stop."""
        with connect(self._store.database) as db:
            return bool(run_row(db, self._run_id)["stop_requested"])

    def progress(self, progress: LiveProgress) -> None:
        """Write down where the run is; only the last one is kept."""
        with connect(self._store.database) as db:
            db.execute(
                "UPDATE runs SET progress = ? WHERE run_id = ?",
                (json.dumps(asdict(progress)), self._run_id),
            )

    def steps(self, rows: Sequence[tuple[int, int, float]]) -> None:
        """Write down (epoch, step, mean loss of the block of steps that ends there)."""
        with connect(self._store.database) as db:
            db.executemany(
                "INSERT OR REPLACE INTO steps VALUES (?, ?, ?, ?)",
                [(self._run_id, *row) for row in rows],
            )

    def epoch(self, record: EpochRecord) -> None:
        """Write down the figures of an epoch."""
        with connect(self._store.database) as db:
            save_epoch_row(db, self._run_id, record)

    def notice(self, text: str) -> None:
        """Write down a sentence for the user, once."""
        with connect(self._store.database) as db:
            db.execute("INSERT OR IGNORE INTO notices VALUES (?, ?)", (self._run_id, text))


def save_epoch_row(db: sqlite3.Connection, run_id: str, record: EpochRecord) -> None:
    """Add or replace the figures of one epoch."""
    db.execute(
        "INSERT OR REPLACE INTO epochs VALUES (?, ?, ?)",
        (run_id, record.epoch, json.dumps(asdict(record))),
    )
