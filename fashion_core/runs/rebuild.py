"""A damaged or missing database is set aside and made anew from the run folders."""

import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, Protocol, TypeVar

from fashion_core.errors import DamagedFileError, StoreError
from fashion_core.files import sync_folder
from fashion_core.runs.folders import read_header
from fashion_core.runs.numbers import number_again, write_number
from fashion_core.runs.restoring import last_known_state, restore_annotations, restore_epochs
from fashion_core.runs.rows import (
    insert_run,
    insert_unreadable_run,
    is_run_id,
)
from fashion_core.runs.schema import DamagedDatabaseError, is_sound, make_database, only_user

_COMPANIONS: Final = ("", "-wal", "-shm")
"""The files of one SQLite database; the second and third may be missing."""

_MOST_NAMED: Final = 10  # of the runs with a new number


class _HasDatabase(Protocol):
    @property
    def database(self) -> Path: ...


_Owner = TypeVar("_Owner", bound=_HasDatabase)
_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


def survives_damage(
    method: Callable[Concatenate[_Owner, _Arguments], _Result],
) -> Callable[Concatenate[_Owner, _Arguments], _Result]:
    """Let a method that finds the database damaged have it rebuilt and try once more."""

    @wraps(method)
    def call(owner: _Owner, /, *args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
        try:
            return method(owner, *args, **kwargs)
        except DamagedDatabaseError:
            rebuild(owner.database)
            return method(owner, *args, **kwargs)

    return call


def rebuild(database: Path) -> None:
    """Set a damaged database aside and make a new one from the run folders beside it.

    One process does it while the others wait; a database that is sound again is left alone. The
    new one is whole before it gets its name. What only the old one knew is lost: the loss of
    single steps, notices, and which runs waited in the queue; those come back as interrupted,
    paused ones as paused.

    Raises:
        StoreError: if the folder cannot be read or written, or a newer version made the database.
    """
    with only_user(database):
        is_missing = not database.exists()
        if not is_missing and is_sound(database):
            return
        root = database.parent
        try:
            _make_anew(database, root, is_missing=is_missing)
        except OSError as error:
            raise StoreError(
                f"The list of runs in {root} cannot be rebuilt ({error.strerror}). "
                "See that the folder is writable and the disk has room, then try again."
            ) from error


def _make_anew(database: Path, root: Path, *, is_missing: bool) -> None:
    for leftover in root.glob(f".{database.name}.*.tmp*"):  # of a rebuild that was killed
        leftover.unlink(missing_ok=True)
    aside = f"{database.name}.damaged-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}"
    if (root / aside).exists():  # twice in a second
        aside += f"-{secrets.token_hex(2)}"
    headers = dict(sorted(_run_folders(root), key=lambda item: _age(*item)))
    numbers, renumbered = number_again(list(headers))

    def fill(db: sqlite3.Connection) -> None:
        for run_dir, header in headers.items():
            _register(db, run_dir, header, numbers[run_dir])
        if headers or not is_missing:
            found = "missing" if is_missing else f"damaged; it was set aside as {aside}"
            runs = "1 run" if len(headers) == 1 else f"{len(headers)} runs"
            sentence = f"The list of runs was {found} and rebuilt from the run folders: {runs}."
            said = f"{sentence} {_describe_numbers(db, renumbered)}".rstrip()
            db.execute("INSERT INTO news VALUES (?)", (said,))

    temporary = root / f".{database.name}.{secrets.token_hex(4)}.tmp"
    try:
        make_database(temporary, fill)
        for companion in _COMPANIONS:  # the old log must never meet the new database
            with suppress(FileNotFoundError):
                (root / f"{database.name}{companion}").rename(root / f"{aside}{companion}")
        temporary.replace(database)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(root)
    with suppress(OSError):  # tried again when the store is opened
        for run_dir in renumbered:
            write_number(run_dir, numbers[run_dir])


def _describe_numbers(db: sqlite3.Connection, renumbered: Sequence[Path]) -> str:
    """Say which runs could not be given the numbers they had; nothing without any run."""
    query = "SELECT number, name FROM runs ORDER BY number"
    names = {int(number): str(name) for number, name in db.execute(query)}
    if not renumbered:
        return "Every run has the number it had." if names else ""
    new = list(names)[-len(renumbered) :]
    listed = ", ".join(f"Run {number} ({names[number]})" for number in new[:_MOST_NAMED])
    more = f" and {len(new) - _MOST_NAMED} more" if len(new) > _MOST_NAMED else ""
    return (
        f"These may have had other numbers, which their folders do not tell: {listed}{more}. "
        "Notes and saved reports may mean the old ones."
    )


def _run_folders(root: Path) -> Iterator[tuple[Path, dict[str, Any] | DamagedFileError]]:
    """Yield every folder of a run with what it trains, or why that cannot be read."""
    for run_dir in root.iterdir():
        if not is_run_id(run_dir.name) or not run_dir.is_dir():
            continue
        if not any(path.is_file() for path in run_dir.rglob("[!.]*")):
            continue  # made by a program that was killed before it wrote anything
        try:
            header: dict[str, Any] | DamagedFileError = read_header(run_dir)
        except DamagedFileError as error:
            header = error
        yield run_dir, header


def _age(run_dir: Path, header: dict[str, Any] | DamagedFileError) -> tuple[float, str]:
    return _created(run_dir, header), run_dir.name


def _created(run_dir: Path, header: dict[str, Any] | DamagedFileError) -> float:
    if isinstance(header, DamagedFileError):
        return run_dir.stat().st_mtime
    return float(header["created"])


def _register(
    db: sqlite3.Connection,
    run_dir: Path,
    header: dict[str, Any] | DamagedFileError,
    number: int,
) -> None:
    """Add one run; whatever is damaged in its folder is said and hides nothing else."""
    if isinstance(header, DamagedFileError):
        created = _created(run_dir, header)
        reason = str(header)
        insert_unreadable_run(db, run_dir.name, created=created, reason=reason, number=number)
        restore_annotations(db, run_dir)
        return
    header["run_id"] = run_dir.name  # of a folder that was copied or renamed
    state, reason = last_known_state(run_dir)
    insert_run(db, header, state=state, reason=reason, number=number)
    if state == "queued":  # only a paused run says so in its folder
        db.execute("UPDATE runs SET paused = 1 WHERE run_id = ?", (run_dir.name,))
    restore_annotations(db, run_dir)
    restore_epochs(db, run_dir)
