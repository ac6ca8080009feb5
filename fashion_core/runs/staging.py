"""A place in the store's folder where a run arrives before it is one of the store's runs.

    .import-<run id>.tmp/<run id>/    the files so far; renamed to <run id> when all are verified
    .import-<run id>.tmp/moving       made just before that: <run id> may be a run without a row

Only one run arrives at a time. Whoever is killed on the way leaves such a folder, and the next who
opens the store or imports removes it.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from fashion_core.errors import StoreError
from fashion_core.files import exclusive_lock, sync_folder
from fashion_core.runs.rows import is_run_id

_PREFIX: Final = ".import-"
_SUFFIX: Final = ".tmp"
_MOVING: Final = "moving"
_WAIT_SECONDS: Final = 60.0  # an import of the largest run takes about as long

HasRun = Callable[[str], bool]
"""Tells whether a run is in the list."""


@contextmanager
def arrival(root: Path, run_id: str, has: HasRun) -> Iterator[Path]:
    """Give the folder for the files of a run that arrives; it is gone at the end.

    Args:
        root: Folder of the store.
        run_id: The run, of a valid form.
        has: Tells whether a run is in the list.

    Raises:
        OSError: if the store's folder cannot be written.
        StoreError: if another import takes too long.
    """
    with exclusive_lock(_lock(root), wait_seconds=_WAIT_SECONDS) as is_alone:
        if not is_alone:
            raise StoreError("Another run is being imported. Try again in a minute.")
        _remove_all(root, has)
        place = root / f"{_PREFIX}{run_id}{_SUFFIX}"
        try:
            folder = place / run_id
            folder.mkdir(parents=True)
            yield folder
        finally:
            shutil.rmtree(place, ignore_errors=True)


def move_in(folder: Path, target: Path) -> None:
    """Give a verified folder the run's name, in one step; repeated, it does nothing.

    Raises:
        OSError: if there is such a folder already, or the disk refuses.
    """
    if folder.exists():
        (folder.parent / _MOVING).touch()
        folder.replace(target)
        sync_folder(target.parent)


def move_out(folder: Path, target: Path) -> None:
    """Undo `move_in`; the folder is then removed with the place where it arrived."""
    if not folder.exists() and (folder.parent / _MOVING).exists():
        target.replace(folder)


def remove_leftovers(root: Path, has: HasRun) -> None:
    """Remove what a killed import left, unless another one is at work."""
    with suppress(OSError, StoreError):  # a leftover costs room, not truth
        if not any(root.glob(f"{_PREFIX}*{_SUFFIX}")):
            return
        with exclusive_lock(_lock(root), wait_seconds=0.0) as is_alone:
            if is_alone:
                _remove_all(root, has)


def _remove_all(root: Path, has: HasRun) -> None:
    for place in root.glob(f"{_PREFIX}*{_SUFFIX}"):
        run_id = place.name[len(_PREFIX) : -len(_SUFFIX)]
        was_moved = (place / _MOVING).exists() and not (place / run_id).exists()
        if was_moved and is_run_id(run_id) and not has(run_id):
            shutil.rmtree(root / run_id, ignore_errors=True)
        shutil.rmtree(place, ignore_errors=True)


def _lock(root: Path) -> Path:
    return root / ".import.lock"
