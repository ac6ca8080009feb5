"""A damaged or missing database is set aside and made anew from the run folders."""

import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, Protocol, TypeVar

from fashion_core.errors import DamagedFileError, StoreError
from fashion_core.files import is_locked, sync_folder
from fashion_core.runs import artifacts
from fashion_core.runs.annotation_file import read_annotations
from fashion_core.runs.folders import read_header, read_outcome
from fashion_core.runs.records import State
from fashion_core.runs.rows import (
    insert_run,
    insert_unreadable_run,
    is_run_id,
    save_annotations,
    save_epoch_row,
    save_notice,
    save_summary,
)
from fashion_core.runs.schema import DamagedDatabaseError, is_sound, make_database, only_user

_COMPANIONS: Final = ("", "-wal", "-shm")
"""The files of one SQLite database; the second and third may be missing."""


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
    single steps, notices, and which runs waited in the queue; those come back as interrupted.

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
    headers = dict(_run_folders(root))

    def fill(db: sqlite3.Connection) -> None:
        for run_dir, header in sorted(headers.items(), key=lambda item: _age(*item)):
            _register(db, run_dir, header)
        if headers or not is_missing:
            found = "missing" if is_missing else f"damaged; it was set aside as {aside}"
            sentence = f"The list of runs was {found} and rebuilt from the run folders: "
            db.execute("INSERT INTO news VALUES (?)", (sentence + f"{len(headers)} runs.",))

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
    db: sqlite3.Connection, run_dir: Path, header: dict[str, Any] | DamagedFileError
) -> None:
    """Add one run; whatever is damaged in its folder is said and hides nothing else."""
    if isinstance(header, DamagedFileError):
        created = _created(run_dir, header)
        insert_unreadable_run(db, run_dir.name, created=created, reason=str(header))
        restore_annotations(db, run_dir)
        return
    header["run_id"] = run_dir.name  # of a folder that was copied or renamed
    state, reason = _last_known_state(run_dir)
    insert_run(db, header, state=state, reason=reason)
    restore_annotations(db, run_dir)
    restore_epochs(db, run_dir)


def restore_annotations(db: sqlite3.Connection, run_dir: Path) -> None:
    """Take from a run's folder what people said about it; a damaged file is named."""
    try:
        said = read_annotations(run_dir)
    except DamagedFileError as error:
        save_notice(db, run_dir.name, str(error))
        return
    if said is not None:
        save_annotations(db, run_dir.name, said)


def restore_epochs(db: sqlite3.Connection, run_dir: Path) -> None:
    """Make the rows of a run's epochs anew from their files; a damaged one leaves a gap."""
    db.execute("DELETE FROM epochs WHERE run_id = ?", (run_dir.name,))
    for epoch in artifacts.epochs_on_disk(run_dir, "epoch"):
        try:
            save_epoch_row(db, run_dir.name, artifacts.read_record(run_dir, epoch))
        except DamagedFileError as error:
            save_notice(db, run_dir.name, f"{error} The curve has a gap there.")
    save_summary(db, run_dir.name)


def _last_known_state(run_dir: Path) -> tuple[State, str]:
    """Give "started" to runs in work and to those that never wrote down their end."""
    if is_locked(run_dir / "lock"):
        return "started", ""
    try:
        return read_outcome(run_dir)
    except DamagedFileError:
        return "started", ""
