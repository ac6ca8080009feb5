"""From the rows of the database to what is true of a run."""

import sqlite3
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, Final

from fashion_core.config import RunSpec
from fashion_core.errors import DamagedFileError
from fashion_core.files import is_locked
from fashion_core.runs.folders import read_outcome
from fashion_core.runs.records import Run, RunSummary, State, Status
from fashion_core.runs.rows import (
    Summary,
    annotations_of,
    epoch_rows,
    read_history,
    read_progress,
    read_spec,
    read_summary,
    run_row,
    summarise,
)
from fashion_core.runs.schema import connect

_PLAIN: Final = ("run_id", "created", "number")
"""Columns that are shown as they are."""

_WORDS: Final = ("name", "note", "deleted")
"""Columns that can be shown even of a row that is damaged elsewhere."""


def read_run_summary(database: Path, row: sqlite3.Row) -> RunSummary:
    """Read what a list shows of a run; one whose row is damaged has the status "damaged"."""
    try:
        return RunSummary(**_header(database, row), **_values(_summary(database, row)))
    except DamagedFileError as error:
        return RunSummary(**_damaged(row, str(error)))


def read_run(database: Path, run_id: str) -> Run:
    """Read one run with all its epochs; one with a damaged row has the status "damaged".

    Raises:
        StoreError: if there is no such run.
    """
    query = "SELECT text FROM notices WHERE run_id = ? ORDER BY number"
    with connect(database) as db:
        db.execute("BEGIN")  # one view of all three
        row = run_row(db, run_id)
        texts = epoch_rows(db, run_id)
        notices = tuple(str(line[0]) for line in db.execute(query, (run_id,)))
    try:
        history = read_history(texts)
        summary = _values(summarise(history))
        return Run(**_header(database, row), **summary, history=history, notices=notices)
    except DamagedFileError as error:
        return Run(**_damaged(row, str(error)), history=(), notices=notices)


def _header(database: Path, row: sqlite3.Row) -> dict[str, Any]:
    """Give what a run and its summary have in common.

    Raises:
        DamagedFileError: if the row is damaged.
    """
    spec, progress = read_spec(row), read_progress(row)
    status, reason = _status(database, row)
    said = {name: row[name] for name in _PLAIN} | asdict(annotations_of(row))
    return said | {"spec": spec, "progress": progress, "status": status, "reason": reason}


def _summary(database: Path, row: sqlite3.Row) -> Summary:
    """Read what a list shows of the epochs of a run; if that is damaged, add it up again.

    Raises:
        DamagedFileError: if the row of an epoch is damaged, too.
    """
    try:
        return read_summary(row)
    except DamagedFileError:
        with connect(database) as db:
            return summarise(read_history(epoch_rows(db, row["run_id"])))


def _damaged(row: sqlite3.Row, reason: str) -> dict[str, Any]:
    """Give what can still be said of a run whose row is damaged."""
    said = {name: row[name] for name in (*_PLAIN, *_WORDS)}
    said |= {"spec": RunSpec(), "status": "damaged"}
    return said | _values(summarise(())) | {"reason": reason, "progress": None}


def _values(summary: Summary) -> dict[str, Any]:
    return {field.name: getattr(summary, field.name) for field in fields(summary)}


def _status(database: Path, row: sqlite3.Row) -> tuple[Status, str]:
    """Give what is true of a run, and why."""
    state: State = row["state"]
    if state == "queued" and row["paused"]:
        return "paused", row["reason"]
    if state != "started":
        return state, row["reason"]
    run_dir = database.parent / row["run_id"]
    if not is_locked(run_dir / "lock") and _is_started(database, row["run_id"]):
        try:  # there was no room in the database, but there was in the folder
            return read_outcome(run_dir)
        except DamagedFileError:
            return "interrupted", row["reason"]
    return "stopping" if row["stop_requested"] else "running", row["reason"]


def _is_started(database: Path, run_id: str) -> bool:
    """Look again: a run that has just ended wrote that down before it freed its lock."""
    with connect(database) as db:
        return bool(run_row(db, run_id)["state"] == "started")
