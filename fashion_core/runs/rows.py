"""Rows of the database: made from what a run's folder says, found by id, read one by one."""

import json
import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any, Final, get_args

from fashion_core.config import RunSpec
from fashion_core.errors import DamagedFileError, StoreError
from fashion_core.history import EpochRecord
from fashion_core.runs.records import LiveProgress, State

_RUN_ID: Final = re.compile(r"[a-z0-9-]{8,40}")


def is_run_id(text: str) -> bool:
    """Tell whether a text has the form of the ids that the program makes."""
    return _RUN_ID.fullmatch(text) is not None


def run_row(db: sqlite3.Connection, run_id: str) -> sqlite3.Row:
    """Give the row of a run.

    Raises:
        StoreError: if there is no such run.
    """
    row: sqlite3.Row | None = None
    if is_run_id(run_id):  # SQLite does not even take every other text
        row = db.execute("SELECT * FROM runs WHERE run_id = ?", (run_id,)).fetchone()
    if row is None:
        raise StoreError("There is no such run in the store; it may have been deleted.")
    return row


def insert_run(
    db: sqlite3.Connection, header: dict[str, Any], *, state: State, reason: str = ""
) -> None:
    """Add the row of a run from the content of its `spec.json`.

    A run that is there already, because the list was rebuilt from the folders just now, is only
    given its state and the last place in the queue.
    """
    spec = RunSpec.from_dict(header["spec"]).to_json()  # equal specs, equal text
    _insert(db, (header["run_id"], header["name"], header["created"], spec, state, reason))


def insert_unreadable_run(
    db: sqlite3.Connection, run_id: str, *, created: float, reason: str
) -> None:
    """Add the row of a run whose `spec.json` cannot be read: it is shown as damaged."""
    _insert(db, (run_id, run_id, created, "", "failed", reason))


def _insert(db: sqlite3.Connection, values: tuple[object, ...]) -> None:
    db.execute(
        "INSERT INTO runs (run_id, name, created, spec, state, reason, queue_position)"
        " VALUES (?, ?, ?, ?, ?, ?, (SELECT COALESCE(MAX(queue_position), 0) + 1 FROM runs))"
        " ON CONFLICT (run_id) DO UPDATE SET state = excluded.state, reason = excluded.reason,"
        " queue_position = excluded.queue_position",
        values,
    )


def save_epoch_row(db: sqlite3.Connection, run_id: str, record: EpochRecord) -> None:
    """Add or replace the figures of one epoch."""
    db.execute(
        "INSERT OR REPLACE INTO epochs VALUES (?, ?, ?)",
        (run_id, record.epoch, json.dumps(asdict(record))),
    )


def save_notice(db: sqlite3.Connection, run_id: str, text: str) -> None:
    """Add a sentence for the user, once."""
    db.execute("INSERT OR IGNORE INTO notices (run_id, text) VALUES (?, ?)", (run_id, text))


def read_spec(row: sqlite3.Row) -> RunSpec:
    """Read what a run trains.

    Raises:
        DamagedFileError: if the row is damaged.
    """
    try:
        return RunSpec.from_json(row["spec"])
    except (ValueError, TypeError) as error:
        why = "" if row["spec"] else row["reason"]  # of a run whose folder could not be read
        raise DamagedFileError(
            why or "The list of runs is damaged where it says what this run trains."
        ) from error


def read_details(
    row: sqlite3.Row, history: Sequence[str]
) -> tuple[tuple[EpochRecord, ...], LiveProgress | None]:
    """Read the figures of the finished epochs and where the run is.

    Raises:
        DamagedFileError: if a row is damaged.
    """
    try:
        get_args(State).index(row["state"])
        records = tuple(EpochRecord(**json.loads(record)) for record in history)
        progress = LiveProgress(**json.loads(row["progress"])) if row["progress"] else None
    except (ValueError, TypeError) as error:
        raise DamagedFileError(
            "The list of runs is damaged where it keeps the figures of this run."
        ) from error
    return records, progress


def grouped(rows: Iterable[sqlite3.Row]) -> dict[str, list[str]]:
    """Collect the second column under the first."""
    groups: dict[str, list[str]] = {}
    for run_id, value in rows:
        groups.setdefault(run_id, []).append(value)
    return groups
