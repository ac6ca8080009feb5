"""Files that survive a crash: atomic writes, SHA-256, and a lock that the kernel frees."""

import fcntl
import hashlib
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

_RETRY_SECONDS: Final = 0.005


def sha256(content: bytes) -> str:
    """Give the SHA-256 of bytes as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that after a crash either the old or the new content is there, whole.

    Temporary name in the same folder, fsync of the file, rename, fsync of the folder.

    Raises:
        OSError: with the file's name, if the folder is missing, full or read-only; the old file is
            then untouched.

    References:
        Pillai et al., "All File Systems Are Not Created Equal", OSDI 2014.
    """
    with atomic_writer(path) as file:
        file.write(content)


@contextmanager
def atomic_writer(path: Path) -> Iterator[BinaryIO]:
    """Open a file that gets its name when the block ends without an error; see `write_atomically`.

    Raises:
        OSError: with the file's name, also for one that the block raises.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):  # the file people know, not its temporary name or none
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames and deletions in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_all(folder: Path) -> None:
    """Make a folder durable with every file and folder in it."""
    for path in folder.rglob("*"):
        if path.is_dir():
            sync_folder(path)
        else:
            with path.open("rb") as file:
                os.fsync(file.fileno())
    sync_folder(folder)


@contextmanager
def exclusive_lock(path: Path, *, wait_seconds: float = 1.0) -> Iterator[bool]:
    """Hold a kernel lock on a file; yields whether it was got within the waiting time.

    The kernel frees the lock when the holder dies, however it dies. It belongs to the open
    file, so two threads of one process exclude each other too. The file itself stays.

    Args:
        path: File to lock; made if missing.
        wait_seconds: How long to try. Above 0 because a look with `is_locked` holds a shared
            lock for a moment.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        yield _try_lock(descriptor, fcntl.LOCK_EX, wait_seconds)
    finally:
        os.close(descriptor)


@contextmanager
def shared_lock(path: Path, *, wait_seconds: float = 1.0) -> Iterator[bool]:
    """Hold a lock that any number may hold at once, but nobody beside an exclusive holder.

    Yields whether it was got within the waiting time; see `exclusive_lock`.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        yield _try_lock(descriptor, fcntl.LOCK_SH, wait_seconds)
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int, kind: int, wait_seconds: float) -> bool:
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_RETRY_SECONDS)
        else:
            return True


def is_locked(path: Path) -> bool:
    """Tell whether some process or thread holds the exclusive lock; never waits.

    Looks with a shared lock, so that any number of lookers do not see each other.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)
