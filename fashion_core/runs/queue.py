"""Which run is next, and who asked which run to stop."""

from contextlib import AbstractContextManager

from fashion_core.files import exclusive_lock
from fashion_core.runs.schema import connect
from fashion_core.runs.store import RunStore, run_row


class RunQueue:
    """The order in which the queued runs of a store are computed, first come, first served.

    Raises:
        StoreError: from every method, if the database cannot be used or the run does not exist.
    """

    def __init__(self, store: RunStore) -> None:
        self._store = store

    def next(self) -> str | None:
        """Give the run that waits longest, or None."""
        query = (
            "SELECT run_id FROM runs WHERE state = 'queued' ORDER BY queue_position, number LIMIT 1"
        )
        with connect(self._store.database) as db:
            row = db.execute(query).fetchone()
            return None if row is None else str(row[0])

    def put(self, run_id: str) -> None:
        """Put a run that ended early at the end of the queue, to be continued."""
        with connect(self._store.database) as db:
            run_row(db, run_id)
            db.execute(
                "UPDATE runs SET state = 'queued', reason = '', stop_requested = 0,"
                " queue_position = (SELECT MAX(queue_position) + 1 FROM runs) WHERE run_id = ?",
                (run_id,),
            )

    def request_stop(self, run_id: str) -> None:
        """Ask whoever computes the run to stop; a queued run is taken off the queue."""
        with connect(self._store.database) as db:
            run_row(db, run_id)
            # The state is asked for in the write itself: another process may start the run now.
            db.execute(
                "UPDATE runs SET state = 'stopped', reason = ?"
                " WHERE run_id = ? AND state = 'queued'",
                ("Taken off the queue before it started.", run_id),
            )
            db.execute(
                "UPDATE runs SET stop_requested = 1 WHERE run_id = ? AND state = 'started'",
                (run_id,),
            )

    def hold(self, run_id: str) -> AbstractContextManager[bool]:
        """Hold the run's lock: who holds it computes the run. Yields whether it was got."""
        return exclusive_lock(self._store.run_dir(run_id) / "lock")
