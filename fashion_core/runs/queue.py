"""Which run is next, and who asked which run to stop."""

import sqlite3
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Final

from fashion_core.errors import DamagedFileError, StoreError
from fashion_core.files import exclusive_lock
from fashion_core.runs.artifacts import prepare_folders
from fashion_core.runs.folders import SPEC_FILE, write_header, write_outcome
from fashion_core.runs.numbers import NUMBER_FILE, write_number
from fashion_core.runs.rebuild import survives_damage
from fashion_core.runs.records import Ended
from fashion_core.runs.rows import epoch_rows, has_all_epochs, read_spec, run_row
from fashion_core.runs.schema import connect
from fashion_core.runs.store import RunStore

_TAKEN_OFF: Final = "Taken off the queue."
_STOPPED_WAITING: Final = "Stopped while it waited in the queue."


class RunQueue:
    """Takes from the queue of a store and puts into it; its order is changed in `queue_order`.

    Raises:
        StoreError: from every method, if the database cannot be used or the run does not exist.
    """

    def __init__(self, store: RunStore) -> None:
        self._store = store

    @property
    def database(self) -> Path:
        """The database of the queue's store."""
        return self._store.database

    @survives_damage
    def next(self) -> str | None:
        """Give the run that is next, or None; paused and damaged ones are passed over."""
        query = (
            "SELECT * FROM runs WHERE state = 'queued' AND paused = 0"
            " ORDER BY queue_position, number"
        )
        with connect(self.database) as db:
            for row in db.execute(query):
                with suppress(DamagedFileError):
                    read_spec(row)
                    return str(row["run_id"])
        return None

    @survives_damage
    def put(self, run_id: str) -> None:
        """Put a run that ended early at the end of the queue, to be continued.

        If its folder was removed, it is made again, and the training starts from the beginning.

        Raises:
            StoreError: if it is in the trash.
        """
        with connect(self.database) as db:
            row = run_row(db, run_id)
        if row["deleted"] is None:
            self._restore_folder(row)
        with connect(self.database) as db:
            put = db.execute(
                "UPDATE runs SET state = 'queued', reason = '', stop_requested = 0, paused = 0,"
                " queue_position = (SELECT MAX(queue_position) + 1 FROM runs)"
                " WHERE run_id = ? AND deleted IS NULL",  # not even since the last look
                (run_id,),
            )
        if put.rowcount == 0:
            raise StoreError(f"Run {row['number']} is deleted. Restore it on the Runs page first.")

    def _restore_folder(self, row: sqlite3.Row) -> None:
        run_dir = self._store.run_dir(row["run_id"])
        header = {"run_id": row["run_id"], "name": row["name"], "created": row["created"]}
        header["spec"] = read_spec(row).to_dict()
        try:
            prepare_folders(run_dir)
            if not (run_dir / SPEC_FILE).exists():
                write_header(run_dir, header)
            if not (run_dir / NUMBER_FILE).exists():
                write_number(run_dir, row["number"])
        except OSError as error:
            raise StoreError(
                f"The folder {run_dir} cannot be written ({error.strerror}). "
                "Make room or make the folder writable, then press Resume."
            ) from error

    @survives_damage
    def request_stop(self, run_id: str) -> None:
        """Ask whoever computes the run to stop; a queued run is taken off the queue.

        One that had finished, and waited to compute a damaged epoch again, is finished as before.
        """
        with connect(self.database) as db:
            state, reason = _after_waiting(db, run_row(db, run_id))
            # The state is asked for in the write itself: another process may start the run now.
            taken_off = db.execute(
                "UPDATE runs SET state = ?, reason = ?, paused = 0"
                " WHERE run_id = ? AND state = 'queued'",
                (state, reason, run_id),
            )
            if taken_off.rowcount:
                with suppress(OSError):  # the database knows
                    write_outcome(self._store.run_dir(run_id), state, reason)
            db.execute(
                "UPDATE runs SET stop_requested = 1, paused = 0"
                " WHERE run_id = ? AND state = 'started'",
                (run_id,),
            )

    def hold(self, run_id: str) -> AbstractContextManager[bool]:
        """Hold the run's lock: who holds it computes the run. Yields whether it was got."""
        return exclusive_lock(self._store.run_dir(run_id) / "lock")


def _after_waiting(db: sqlite3.Connection, row: sqlite3.Row) -> tuple[Ended, str]:
    """Give what a run is that is taken off the queue, and why."""
    if has_all_epochs(db, row):
        return "finished", ""
    return "stopped", _STOPPED_WAITING if epoch_rows(db, row["run_id"]) else _TAKEN_OFF
