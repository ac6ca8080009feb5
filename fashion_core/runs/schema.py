"""The tables of the run store and one way to open them, also on a full disk."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Final

from fashion_core.errors import StoreError
from fashion_core.files import exclusive_lock, shared_lock
from fashion_core.runs.tables import FORMATS, SCHEMA_VERSION

_BUSY_SECONDS: Final = 20.0  # several processes may write; a transaction takes milliseconds
_REBUILD_SECONDS: Final = 120.0  # measured: 3 ms an epoch, so 40,000 epochs


class DamagedDatabaseError(StoreError):
    """The database is missing, or its content is not what SQLite or this program wrote."""


class OutdatedDatabaseError(StoreError):
    """An older version of this program made the database; see `upgrade`."""


@contextmanager
def connect(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the database for one transaction: committed at the end, rolled back on an error.

    Raises:
        DamagedDatabaseError: if it is missing or damaged.
        OutdatedDatabaseError: if an older version made it.
        StoreError: if it cannot be read or written, or a newer version made it.
    """
    with _sentences(path), ExitStack() as stack:
        stack.enter_context(_lock(shared_lock, path))
        try:
            connection = _open(path)
        except sqlite3.OperationalError:
            # SQLite needs a file of 32 kB only to look, which a full disk has no room for. Who is
            # alone can do without.
            stack.close()
            stack.enter_context(_lock(exclusive_lock, path))
            connection = _open(path, is_alone=True)
        stack.callback(connection.close)
        with connection:
            yield connection


def only_user(path: Path) -> AbstractContextManager[None]:
    """Keep everybody else from opening the database; for who replaces it.

    A file that is replaced while SQLite has it open can take others with it.
    """
    return _lock(exclusive_lock, path)


def is_sound(path: Path) -> bool:
    """Tell whether every page of the database is in order; for `only_user`.

    Raises:
        StoreError: if it cannot be read, or a newer version made it.
    """
    try:
        with _sentences(path), ExitStack() as stack:
            connection = _open(path, is_alone=True)
            stack.callback(connection.close)
            problems = connection.execute("PRAGMA integrity_check").fetchall()
            return [tuple(row) for row in problems] == [("ok",)] and _has_our_tables(connection)
    except (DamagedDatabaseError, OutdatedDatabaseError):
        return False


def upgrade(path: Path, fill: Callable[[sqlite3.Connection], None]) -> None:
    """Bring a database of an older version to today's format, in one transaction.

    One process does it while the others wait; one that is up to date is left alone.

    Args:
        path: The database.
        fill: Computes what older versions did not write down.

    Raises:
        DamagedDatabaseError: if it is missing or damaged.
        StoreError: if it cannot be written, or a newer version made it.
    """
    with _sentences(path), only_user(path), ExitStack() as stack:
        connection = _connection(path, is_alone=True)
        stack.callback(connection.close)
        version = _version(connection, path)
        if version == SCHEMA_VERSION:
            return
        connection.isolation_level = None  # the tables change in the transaction, too
        connection.execute("BEGIN IMMEDIATE")
        for statements in FORMATS[version:]:
            for statement in filter(str.strip, statements.split(";")):
                connection.execute(statement)
        fill(connection)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")


def make_database(path: Path, fill: Callable[[sqlite3.Connection], None]) -> None:
    """Make a new database in write-ahead mode, so that readers never wait, and fill it.

    Raises:
        StoreError: if it cannot be written.
    """
    with _sentences(path), ExitStack() as stack:
        connection = sqlite3.connect(path)
        stack.callback(connection.close)
        connection.row_factory = sqlite3.Row
        connection.executescript("".join(FORMATS))
        with connection:
            fill(connection)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("PRAGMA journal_mode = WAL")


def _open(path: Path, *, is_alone: bool = False) -> sqlite3.Connection:
    """Open the database and look at its first page.

    Raises:
        DamagedDatabaseError: if it is missing or empty.
        OutdatedDatabaseError: if an older version made it.
        StoreError: if a newer version made it.
    """
    connection = _connection(path, is_alone=is_alone)
    try:
        if _version(connection, path) < SCHEMA_VERSION:
            raise OutdatedDatabaseError(f"The run store {path} is of an older version.")
    except BaseException:
        connection.close()
        raise
    return connection


def _connection(path: Path, *, is_alone: bool) -> sqlite3.Connection:
    """Open the database, whatever version made it.

    Raises:
        DamagedDatabaseError: if it is missing.
    """
    if path.parent.is_dir() and not path.exists():
        raise DamagedDatabaseError(f"The list of runs {path} is missing.")
    # Not made if it has gone in between: an empty database would look like no runs.
    address = f"{path.absolute().as_uri()}?mode=rw"
    connection = sqlite3.connect(address, uri=True, timeout=_BUSY_SECONDS)
    try:
        connection.row_factory = sqlite3.Row
        connection.text_factory = _decode
        if is_alone:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        connection.close()
        raise
    return connection


def _decode(content: bytes) -> str:
    """Give text even where bits have flipped: one bad row must not hide the others."""
    return content.decode(errors="replace")


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """Give the format of the database, from 1.

    Raises:
        DamagedDatabaseError: if nobody has made tables yet.
        StoreError: if a newer version made it.
    """
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version < 1:
        raise DamagedDatabaseError(f"The list of runs {path} is empty.")
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"The run store {path} was written by a newer version of this program "
            f"(format {version}, this one knows {SCHEMA_VERSION}). Update the program."
        )
    return version


def _has_our_tables(connection: sqlite3.Connection) -> bool:
    query = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"
    model = sqlite3.connect(":memory:")
    try:
        model.executescript("".join(FORMATS))
        expected = model.execute(query).fetchall()
    finally:
        model.close()
    return [tuple(row) for row in connection.execute(query)] == expected


@contextmanager
def _lock(kind: Callable[..., AbstractContextManager[bool]], path: Path) -> Iterator[None]:
    """Hold the lock beside the database: shared by its users, exclusive to who replaces it.

    Raises:
        StoreError: if the lock cannot be had.
    """
    with ExitStack() as stack:
        lock = path.with_name(".database.lock")
        try:
            got = stack.enter_context(kind(lock, wait_seconds=_REBUILD_SECONDS))
        except OSError as error:
            raise StoreError(_describe(path, error)) from error
        if not got:
            raise StoreError(f"The run store {path} is busy. Try again in a minute.")
        yield


@contextmanager
def _sentences(path: Path) -> Iterator[None]:
    """Turn the errors of SQLite into ours.

    Raises:
        DamagedDatabaseError: if SQLite says that the content is damaged or not a database.
        StoreError: for every other error.
    """
    try:
        yield
    except sqlite3.Error as error:
        # Python gives the plain class to damage only, and a table is missing where SQLite has
        # been handed an empty or a foreign file.
        if type(error) is sqlite3.DatabaseError or str(error).startswith("no such"):
            raise DamagedDatabaseError(_describe(path, error)) from error
        raise StoreError(_describe(path, error)) from error


def _describe(path: Path, error: sqlite3.Error | OSError) -> str:
    return (
        f"The run store {path} cannot be used ({error}). "
        "See that the folder is writable and the disk has room, then try again."
    )
