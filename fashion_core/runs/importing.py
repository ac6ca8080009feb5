"""Bring a run's folder into a store: the reference run at the first start."""

import json
import shutil
from pathlib import Path
from typing import Any, Final

from fashion_core.config import RunSpec
from fashion_core.errors import DamagedFileError, StoreError
from fashion_core.files import exclusive_lock
from fashion_core.runs import artifacts
from fashion_core.runs.journal import OUTCOME_FILE, save_epoch_row
from fashion_core.runs.names import clean_name
from fashion_core.runs.records import State, describe_spec
from fashion_core.runs.schema import connect
from fashion_core.runs.store import RunStore, insert_run

_ENDED: Final[tuple[State, ...]] = ("finished", "stopped", "diverged", "failed")


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
    header = _read_json(source / "spec.json")
    outcome = _read_json(source / OUTCOME_FILE)
    run_id = _check_header(header, outcome)
    records = [
        artifacts.read_epoch(source, epoch).record
        for epoch in artifacts.epochs_on_disk(source, "epoch")
    ]
    with exclusive_lock(store.root / ".import.lock", wait_seconds=60.0):
        if store.has(run_id):
            return run_id
        _copy(source, store.run_dir(run_id))
        with connect(store.database) as db:
            insert_run(db, header, state=outcome["state"])
            db.execute("UPDATE runs SET reason = ? WHERE run_id = ?", (outcome["reason"], run_id))
            for record in records:
                save_epoch_row(db, run_id, record)
    return run_id


def _check_header(header: dict[str, Any], outcome: dict[str, Any]) -> str:
    """Verify the two small files of a run, clean what will be shown, and give the run's id.

    Raises:
        DamagedFileError: if a field is missing or has no sense.
    """
    try:
        spec = RunSpec.from_dict(header["spec"])
        run_id, state = str(header["run_id"]), outcome["state"]
        header["name"] = clean_name(header["name"]) or describe_spec(spec)
        header["created"], outcome["reason"] = float(header["created"]), str(outcome["reason"])
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedFileError(f"The folder does not describe a run: {error}") from error
    if state not in _ENDED:
        raise DamagedFileError(f"Expected an ended run, got one that is {state!r}.")
    return run_id


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise DamagedFileError(f"The file {path.name} of the run cannot be read.") from error
    if not isinstance(value, dict):
        raise DamagedFileError(f"The file {path.name} of the run has no fields.")
    return value


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
