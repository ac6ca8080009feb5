"""Bring a run's folder into a store: the reference run at the first start."""

import shutil
from pathlib import Path

from fashion_core.errors import StoreError
from fashion_core.files import exclusive_lock
from fashion_core.runs import artifacts
from fashion_core.runs.folders import read_header, read_outcome
from fashion_core.runs.rows import insert_run, save_epoch_row
from fashion_core.runs.schema import connect
from fashion_core.runs.store import RunStore


def import_folder(store: RunStore, source: Path) -> str:
    """Copy a run's folder into the store, every epoch verified; a run already there is left alone.

    Args:
        store: Where it goes.
        source: Folder with `spec.json`, `outcome.json`, `epochs/` and `weights/`.

    Returns:
        The id of the run.

    Raises:
        StoreError: if the folder is no run, a file of it is damaged, or the store is not writable.
    """
    header = read_header(source)
    state, reason = read_outcome(source)
    run_id: str = header["run_id"]
    records = [
        artifacts.read_epoch(source, epoch).record
        for epoch in artifacts.epochs_on_disk(source, "epoch")
    ]
    with exclusive_lock(store.root / ".import.lock", wait_seconds=60.0):
        if store.has(run_id):
            return run_id
        _copy(source, store.run_dir(run_id))
        with connect(store.database) as db:
            insert_run(db, header, state=state, reason=reason)
            for record in records:
                save_epoch_row(db, run_id, record)
    return run_id


def _copy(source: Path, target: Path) -> None:
    """Copy under a temporary name, then rename: a folder with the run's name is whole.

    Raises:
        StoreError: if the store's folder cannot be written.
    """
    temporary = target.with_name(f".{target.name}.tmp")
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.copytree(source, temporary)
        shutil.rmtree(target, ignore_errors=True)  # left by an import that was interrupted
        temporary.replace(target)
    except OSError as error:
        shutil.rmtree(temporary, ignore_errors=True)
        raise StoreError(
            f"The run {target.name} cannot be copied into {target.parent} ({error.strerror})."
        ) from error
