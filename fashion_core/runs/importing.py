"""Bring a run from elsewhere into a store: whole or not at all."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fashion_core.errors import StoreError
from fashion_core.history import EpochRecord
from fashion_core.runs import artifacts
from fashion_core.runs.annotation_file import Annotations
from fashion_core.runs.folders import read_header, read_outcome
from fashion_core.runs.numbers import write_number
from fashion_core.runs.rebuild import rebuild
from fashion_core.runs.records import State
from fashion_core.runs.rows import (
    insert_run,
    save_annotations,
    save_epoch_row,
    save_notice,
    save_step_rows,
)
from fashion_core.runs.schema import DamagedDatabaseError, connect
from fashion_core.runs.staging import arrival, move_in, move_out
from fashion_core.runs.store import RunStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What the list of runs is told about a run that was made in a folder, not by `create`.

    Attributes:
        header: Content of its `spec.json`.
        state: How it ended, or that it waits in the queue.
        reason: One sentence on that, or nothing.
        history: Finished epochs, ascending.
        steps: (epoch, step, mean training loss in nats of the block that ends there).
        notices: Sentences the user should read.
        said: Its name, note and tags, if somebody has changed them.
    """

    header: Mapping[str, Any]
    state: State
    reason: str
    history: Sequence[EpochRecord]
    steps: Sequence[tuple[int, int, float]] = ()
    notices: Sequence[str] = ()
    said: Annotations | None = None


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
    epochs = artifacts.epochs_on_disk(source, "epoch")
    history = [artifacts.read_epoch(source, epoch).record for epoch in epochs]
    run_id: str = header["run_id"]
    target = store.run_dir(run_id)
    try:
        with arrival(store.root, run_id, store.has) as folder:
            if not store.has(run_id):
                shutil.copytree(source, folder, dirs_exist_ok=True)
                shutil.rmtree(target, ignore_errors=True)  # left by an older version
                admit(
                    store,
                    folder,
                    Arrival(header=header, state=state, reason=reason, history=history),
                )
    except OSError as error:
        raise StoreError(
            f"The run {run_id} cannot be copied into {store.root} ({error.strerror}). "
            "See that the folder is writable and the disk has room, then try again."
        ) from error
    return run_id


def admit(store: RunStore, folder: Path, run: Arrival) -> None:
    """Give a verified folder its name in the store and its rows in the list: both or neither.

    Args:
        store: Where it goes.
        folder: Given by `arrival`, which is still held.
        run: What the list is told.

    Raises:
        OSError: if the folder cannot be renamed.
        StoreError: if the list cannot be written.
    """
    target = store.run_dir(run.header["run_id"])
    try:
        try:
            _register(store, folder, run)
        except DamagedDatabaseError:
            rebuild(store.database)
            _register(store, folder, run)
    except BaseException:
        move_out(folder, target)
        raise


def _register(store: RunStore, folder: Path, run: Arrival) -> None:
    run_id = run.header["run_id"]
    with connect(store.database) as db:
        number = insert_run(db, dict(run.header), state=run.state, reason=run.reason)
        if folder.exists():  # else it is in its place already, by a try before this one
            write_number(folder, number)
        for record in run.history:
            save_epoch_row(db, run_id, record)
        save_step_rows(db, run_id, run.steps)
        for notice in run.notices:
            save_notice(db, run_id, notice)
        if run.said is not None:
            save_annotations(db, run_id, run.said)
        move_in(folder, store.run_dir(run_id))  # in the transaction: nobody sees a row alone
