"""The queue as visitors change it: pause, go on, move; how many runs at a time is kept, too."""

import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal

from fashion_core.runs.folders import forget_outcome, is_paused, write_paused
from fashion_core.runs.rebuild import survives_damage
from fashion_core.runs.rows import run_row
from fashion_core.runs.schema import connect
from fashion_core.runs.store import RunStore

Move = Literal["front", "up", "down", "back"]

_SLOTS: Final = "runs at a time"


class QueueOrder:
    """The order of a store's queue; every change is one transaction, whoever else uses it.

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
    def waiting(self) -> tuple[str, ...]:
        """List the runs in the queue, first to last, paused ones included."""
        with connect(self.database) as db:
            return tuple(_waiting(db))

    @survives_damage
    def pause(self, run_id: str) -> None:
        """Let a run keep its place in the queue but not be taken.

        One that is being computed stops before its next step and goes back to its place; the
        epoch in work is given up. A run that has ended is left alone.
        """
        with connect(self.database) as db:
            db.execute("BEGIN IMMEDIATE")  # nobody takes the run in between
            waits = run_row(db, run_id)["state"] == "queued"
            db.execute(
                "UPDATE runs SET paused = 1, stop_requested = (state = 'started')"
                " WHERE run_id = ? AND state IN ('queued', 'started')",
                (run_id,),
            )
            if waits:  # one in work says so itself when it has stopped
                with suppress(OSError):  # the database knows
                    write_paused(self._store.run_dir(run_id))

    @survives_damage
    def go_on(self, run_id: str) -> None:
        """Let a paused run be taken again."""
        with connect(self.database) as db:
            run_row(db, run_id)
            db.execute(
                "UPDATE runs SET paused = 0 WHERE run_id = ? AND state = 'queued'", (run_id,)
            )
            if is_paused(self._store.run_dir(run_id)):
                with suppress(OSError):
                    forget_outcome(self._store.run_dir(run_id))

    @survives_damage
    def move(self, run_id: str, where: Move) -> None:
        """Move a waiting run by one place or to an end; one that is not waiting is left alone."""
        with connect(self.database) as db:
            db.execute("BEGIN IMMEDIATE")  # nobody takes or moves a run in between
            run_row(db, run_id)
            before = _waiting(db)
            if run_id not in before:
                return
            db.executemany(
                "UPDATE runs SET queue_position = ? WHERE run_id = ?",
                enumerate(_moved(before, run_id, where), start=1),
            )

    @survives_damage
    def slots(self) -> int | None:
        """Give how many runs at a time a visitor has chosen, or None if nobody has."""
        with connect(self.database) as db:
            row = db.execute("SELECT value FROM settings WHERE name = ?", (_SLOTS,)).fetchone()
        return int(row[0]) if row and str(row[0]).isdecimal() else None

    @survives_damage
    def keep_slots(self, slots: int) -> None:
        """Write down how many runs are computed at a time, for the next server."""
        with connect(self.database) as db:
            db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (_SLOTS, str(slots)))


def _waiting(db: sqlite3.Connection) -> list[str]:
    query = "SELECT run_id FROM runs WHERE state = 'queued' ORDER BY queue_position, number"
    return [str(row[0]) for row in db.execute(query)]


def _moved(order: list[str], run_id: str, where: Move) -> list[str]:
    """Give the order after a move; at an end already, nothing changes."""
    index = order.index(run_id)
    target = {"front": 0, "up": index - 1, "down": index + 1, "back": len(order)}[where]
    rest = [other for other in order if other != run_id]
    target = max(target, 0)
    return [*rest[:target], run_id, *rest[target:]]
