"""The tables of the run store and one way to open them."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from fashion_core.errors import StoreError
from fashion_core.files import exclusive_lock

SCHEMA_VERSION: Final = 1

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS runs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created REAL NOT NULL,
    spec TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    stop_requested INTEGER NOT NULL DEFAULT 0,
    queue_position INTEGER NOT NULL DEFAULT 0,
    progress TEXT
);
CREATE TABLE IF NOT EXISTS epochs (
    run_id TEXT NOT NULL REFERENCES runs (run_id) ON DELETE CASCADE,
    epoch INTEGER NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (run_id, epoch)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS steps (
    run_id TEXT NOT NULL REFERENCES runs (run_id) ON DELETE CASCADE,
    epoch INTEGER NOT NULL,
    step INTEGER NOT NULL,
    loss REAL,
    PRIMARY KEY (run_id, epoch, step)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notices (
    run_id TEXT NOT NULL REFERENCES runs (run_id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    PRIMARY KEY (run_id, text)
) WITHOUT ROWID;
"""

_BUSY_SECONDS: Final = 20.0  # several processes may write; a transaction takes milliseconds


@contextmanager
def connect(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the database for one transaction: committed at the end, rolled back on an error.

    Raises:
        StoreError: if the database cannot be read or written.
    """
    try:
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS)
    except sqlite3.Error as error:
        raise StoreError(_describe(path, error)) from error
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")
        with connection:
            yield connection
    except sqlite3.Error as error:
        raise StoreError(_describe(path, error)) from error
    finally:
        connection.close()


def create_tables(path: Path) -> None:
    """Make the tables if they are missing, in write-ahead mode so that readers never wait.

    Raises:
        StoreError: if the file is not a database of this program or a newer version made it.
    """
    try:
        # SQLite does not wait for others when it changes the mode of a new database.
        with exclusive_lock(path.with_name(".create.lock"), wait_seconds=_BUSY_SECONDS):
            _create_tables(path)
    except OSError as error:
        raise StoreError(_describe(path, error)) from error


def _create_tables(path: Path) -> None:
    with connect(path) as connection:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > SCHEMA_VERSION:
            raise StoreError(
                f"The run store {path} was written by a newer version of this program "
                f"(format {version}, this one knows {SCHEMA_VERSION}). Update the program."
            )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(_TABLES)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _describe(path: Path, error: sqlite3.Error | OSError) -> str:
    return (
        f"The run store {path} cannot be used ({error}). "
        "See that the folder is writable and the disk has room, then try again."
    )
