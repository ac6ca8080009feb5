"""Rows of the database: made from what a run's folder says, found by id, read one by one."""

import json
import re
import secrets
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Final, get_args

from fashion_core.config import RunSpec
from fashion_core.errors import DamagedFileError, StoreError
from fashion_core.history import EpochRecord, best_epoch
from fashion_core.runs.annotation_file import Annotations
from fashion_core.runs.records import LiveProgress, State

_RUN_ID: Final = re.compile(r"[a-z0-9-]{8,40}")


def is_run_id(text: str) -> bool:
    """Tell whether a text has the form of the ids that the program makes."""
    return _RUN_ID.fullmatch(text) is not None


def new_run_id(created: float) -> str:
    """Make an id for a run made at a time, seconds since 1970; another may have it by chance."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(created))
    return f"r-{stamp}-{secrets.token_hex(3)}"


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
    db: sqlite3.Connection,
    header: dict[str, Any],
    *,
    state: State,
    reason: str = "",
    number: int | None = None,
) -> int:
    """Add the row of a run from the content of its `spec.json`.

    A run that is there already, because the list was rebuilt from the folders just now, is only
    given its state and the last place in the queue.

    Args:
        db: The database.
        header: run_id, name, created and spec.
        state: How it is.
        reason: One sentence on that, or nothing.
        number: The number it had; None gives it the next one.

    Returns:
        Its number.
    """
    spec = RunSpec.from_dict(header["spec"]).to_json()  # equal specs, equal text
    values = (header["run_id"], header["name"], header["created"], spec, state, reason)
    _insert(db, (number, *values))
    return int(run_row(db, header["run_id"])["number"])


def insert_unreadable_run(
    db: sqlite3.Connection, run_id: str, *, created: float, reason: str, number: int
) -> None:
    """Add the row of a run whose `spec.json` cannot be read: it is shown as damaged."""
    _insert(db, (number, run_id, run_id, created, "", "failed", reason))


def _insert(db: sqlite3.Connection, values: tuple[object, ...]) -> None:
    db.execute(
        "INSERT INTO runs (number, run_id, name, created, spec, state, reason, queue_position)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, (SELECT COALESCE(MAX(queue_position), 0) + 1 FROM runs))"
        " ON CONFLICT (run_id) DO UPDATE SET state = excluded.state, reason = excluded.reason,"
        " queue_position = excluded.queue_position",
        values,
    )


def save_epoch_row(db: sqlite3.Connection, run_id: str, record: EpochRecord) -> None:
    """Add or replace the figures of one epoch, and what a list shows of its run."""
    db.execute(
        "INSERT OR REPLACE INTO epochs VALUES (?, ?, ?)",
        (run_id, record.epoch, json.dumps(asdict(record))),
    )
    save_summary(db, run_id)


def save_summary(db: sqlite3.Connection, run_id: str) -> None:
    """Write down what a list shows of a run; nothing if an epoch's row is damaged."""
    try:
        summary = summarise(read_history(epoch_rows(db, run_id)))
    except DamagedFileError:
        return  # who looks at the run mends the row from its file, and then this
    text = json.dumps(asdict(summary))
    db.execute("UPDATE runs SET summary = ? WHERE run_id = ?", (text, run_id))


def save_all_summaries(db: sqlite3.Connection) -> None:
    """Write down what a list shows of every run."""
    for row in db.execute("SELECT run_id FROM runs").fetchall():
        save_summary(db, row["run_id"])


def save_step_rows(
    db: sqlite3.Connection, run_id: str, rows: Iterable[tuple[int, int, float]]
) -> None:
    """Add or replace (epoch, step, mean loss of the block of steps that ends there)."""
    db.executemany(
        "INSERT OR REPLACE INTO steps VALUES (?, ?, ?, ?)", [(run_id, *row) for row in rows]
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


def read_progress(row: sqlite3.Row) -> LiveProgress | None:
    """Read where a run is.

    Raises:
        DamagedFileError: if the row is damaged.
    """
    with _damage_named():
        get_args(State).index(row["state"])
        return LiveProgress(**json.loads(row["progress"])) if row["progress"] else None


def save_annotations(db: sqlite3.Connection, run_id: str, said: Annotations) -> None:
    """Write down what people say about a run."""
    db.execute(
        "UPDATE runs SET name = ?, note = ?, tags = ?, deleted = ? WHERE run_id = ?",
        (said.name, said.note, json.dumps(said.tags), said.deleted, run_id),
    )


def annotations_of(row: sqlite3.Row) -> Annotations:
    """Read what people say about a run.

    Raises:
        DamagedFileError: if the row is damaged.
    """
    with _damage_named():
        tags, deleted = json.loads(row["tags"]), row["deleted"]
        return Annotations(
            name=row["name"],
            note=row["note"],
            tags=_texts(tags),
            deleted=None if deleted is None else float(deleted),
        )


def _texts(values: Any) -> tuple[str, ...]:
    """Check what was read from JSON.

    Raises:
        ValueError: if it is no list of texts.
    """
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ValueError("Expected a list of texts.")
    return tuple(values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a list shows of the epochs of a run; see `RunSummary`."""

    epochs_done: int
    seconds: float
    best: EpochRecord | None


def summarise(history: Sequence[EpochRecord]) -> Summary:
    """Give what a list shows of finished epochs."""
    seconds = sum(record.seconds for record in history)
    return Summary(epochs_done=len(history), seconds=seconds, best=best_epoch(history))


def read_summary(row: sqlite3.Row) -> Summary:
    """Read what a list shows of the epochs of a run.

    Raises:
        DamagedFileError: if the row is damaged.
    """
    if not row["summary"]:
        return Summary(epochs_done=0, seconds=0.0, best=None)
    with _damage_named():
        values = json.loads(row["summary"])
        best = values["best"] and EpochRecord(**values["best"])
        return Summary(epochs_done=values["epochs_done"], seconds=values["seconds"], best=best)


def epoch_rows(db: sqlite3.Connection, run_id: str) -> list[str]:
    """List the texts of a run's finished epochs, ascending."""
    query = "SELECT record FROM epochs WHERE run_id = ? ORDER BY epoch"
    return [row[0] for row in db.execute(query, (run_id,))]


def has_all_epochs(db: sqlite3.Connection, row: sqlite3.Row) -> bool:
    """Tell whether every planned epoch of a run is written down: it has finished once."""
    try:
        return len(epoch_rows(db, row["run_id"])) >= read_spec(row).epochs
    except DamagedFileError:
        return False


def read_history(texts: Sequence[str]) -> tuple[EpochRecord, ...]:
    """Read the figures of the finished epochs.

    Raises:
        DamagedFileError: if a row is damaged.
    """
    with _damage_named():
        return tuple(EpochRecord(**json.loads(text)) for text in texts)


@contextmanager
def _damage_named() -> Iterator[None]:
    """Turn the errors of reading a damaged row into a sentence.

    Raises:
        DamagedFileError: instead of them.
    """
    try:
        yield
    except (ValueError, TypeError, KeyError) as error:
        raise DamagedFileError(
            "The list of runs is damaged where it keeps the figures of this run."
        ) from error
