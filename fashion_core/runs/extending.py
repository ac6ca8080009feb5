"""Train a finished run further: a new run that begins with the epochs of the old one.

A run is a pure function of its spec, and most specs say nothing that depends on the number of
epochs. So the first epochs of a longer training are those that are there: they are copied, and the
new run goes on after them as one does that was interrupted.
"""

import re
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from fashion_core.config import MAX_EPOCHS, RunSpec
from fashion_core.errors import DamagedFileError, StoreError
from fashion_core.files import sync_all
from fashion_core.history import EpochRecord, best_epoch
from fashion_core.runs import artifacts
from fashion_core.runs.folders import write_header
from fashion_core.runs.importing import Arrival, admit
from fashion_core.runs.names import MAX_NAME_LENGTH
from fashion_core.runs.origin import Origin, pack_origin
from fashion_core.runs.records import RunSummary, describe_spec
from fashion_core.runs.rows import new_run_id
from fashion_core.runs.staging import arrival
from fashion_core.runs.store import RunStore
from fashion_core.runs.studies import is_settled

_LENGTHENED: Final = re.compile(r", to [0-9]+ epochs$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Why a run cannot be trained further.

    Attributes:
        text: One sentence for the user.
        can_start_anew: Whether a training of more epochs from the start is the way out.
    """

    text: str
    can_start_anew: bool = False


def find_obstacle(store: RunStore, run: RunSummary) -> Obstacle | None:
    """Say why a run cannot be trained further, or nothing; reads no large file.

    Whether the files of the run are sound is seen when they are copied.
    """
    if run.deleted is not None:
        return Obstacle(text=f"Run {run.number} is deleted. Restore it on the Runs page first.")
    if run.status != "finished":
        return Obstacle(
            text=f"Only a finished run can be trained further, and run {run.number} is "
            f"{run.status}."
        )
    if run.spec.epochs >= MAX_EPOCHS:
        return Obstacle(
            text=f"Run {run.number} has {MAX_EPOCHS:,} epochs, the most that a run can have."
        )
    if not run.spec.is_extendable:
        return Obstacle(
            text="The learning rate of this run fell to nearly nothing by its last epoch; a longer "
            "training must start anew.",
            can_start_anew=True,
        )
    if not artifacts.epochs_on_disk(store.run_dir(run.run_id), "checkpoint"):
        return Obstacle(
            text="This run is here without its last checkpoint, from which it could go on; a "
            "longer training must start anew.",
            can_start_anew=True,
        )
    return None


def find_longer(store: RunStore, run: RunSummary, epochs: int) -> RunSummary | None:
    """Give the run that is exactly the longer training already, or None.

    One that ended early counts if it is no less far than `run`: else a new one is sooner done.

    Args:
        store: Where both are.
        run: The shorter one.
        epochs: Of the longer one.

    Raises:
        StoreError: if the number of epochs is not one that `run` can be trained to.
    """
    known = [
        other
        for other in store.runs_of(_longer(run, epochs))
        if other.status != "damaged"
        and (is_settled(other) or other.is_active or other.epochs_done >= run.epochs_done)
    ]
    return max(
        known,
        key=lambda other: (is_settled(other), other.is_active, other.epochs_done, -other.number),
        default=None,
    )


def extend_run(store: RunStore, run: RunSummary, epochs: int) -> str:
    """Make a run that goes on where a finished one ended, and put it at the end of the queue.

    It begins with copies of the old run's epochs, best weights and checkpoints; the old run stays
    as it is. Finished, it is equal to the bit to a run of its settings that was trained from the
    start. It is there whole or not at all, whenever the program dies.

    Args:
        store: Where both are.
        run: The finished run.
        epochs: Of the new run in all, more than the old one has.

    Returns:
        The id of the new run.

    Raises:
        StoreError: with a sentence, if the run cannot be trained further, a file of it is damaged,
            or the store cannot be written.
    """
    spec = _longer(run, epochs)
    if obstacle := find_obstacle(store, run):
        raise StoreError(obstacle.text)
    header = _header(run, spec)
    run_id: str = header["run_id"]
    try:
        with arrival(store.root, run_id, store.has) as folder:
            history = _copy(store.run_dir(run.run_id), folder, run.spec.epochs)
            write_header(folder, header)
            sync_all(folder)
            steps = store.step_losses(run.run_id)
            admit(
                store,
                folder,
                Arrival(header=header, state="queued", reason="", history=history, steps=steps),
            )
    except OSError as error:
        raise StoreError(
            f"The longer run cannot be written to {store.root} ({error.strerror or error}). "
            "See that the folder is writable and the disk has room, then try again."
        ) from error
    return run_id


def _longer(run: RunSummary, epochs: int) -> RunSpec:
    """Give the settings of a longer training.

    Raises:
        StoreError: if it would not be longer, or too long.
    """
    if not run.spec.epochs < epochs <= MAX_EPOCHS:
        raise StoreError(
            f"Expected more epochs than the {run.spec.epochs} of run {run.number} and at most "
            f"{MAX_EPOCHS:,}, got {epochs}."
        )
    return replace(run.spec, epochs=epochs)


def _header(run: RunSummary, spec: RunSpec) -> dict[str, Any]:
    """Give the content of the new run's `spec.json`."""
    created = time.time()
    return {
        "run_id": new_run_id(created),
        "name": _name(run, spec),
        "created": created,
        "spec": spec.to_dict(),
        **pack_origin(Origin(run_id=run.run_id, epochs=run.spec.epochs)),
    }


def _name(run: RunSummary, spec: RunSpec) -> str:
    """Name the new run after the old one; one that is named by its settings, by its own."""
    if run.name == describe_spec(run.spec):
        return describe_spec(spec)
    end = f", to {spec.epochs} epochs"
    return _LENGTHENED.sub("", run.name)[: MAX_NAME_LENGTH - len(end)].rstrip() + end


def _copy(source: Path, target: Path, epochs: int) -> list[EpochRecord]:
    """Copy what a run goes on from, every file verified, and give its history.

    Raises:
        DamagedFileError: if something is missing or damaged.
        OSError: if the disk is full or read-only.
    """
    artifacts.prepare_folders(target)
    try:
        history = [
            artifacts.unpack_record(_copy_file(source, target, "epoch", epoch), epoch)
            for epoch in range(1, epochs + 1)
        ]
        if best := best_epoch(history):
            _copy_file(source, target, "best", best.epoch)
        _copy_checkpoints(source, target)
    except DamagedFileError as error:
        raise DamagedFileError(
            f"{error} A longer run would lack it, too; have it computed again, or train anew."
        ) from error
    return history


def _copy_checkpoints(source: Path, target: Path) -> None:
    """Copy the sound checkpoints: one is enough, from an older one more is computed again.

    Raises:
        DamagedFileError: if none is sound.
    """
    problem: DamagedFileError | None = None
    is_copied = False
    for epoch in artifacts.epochs_on_disk(source, "checkpoint"):
        try:
            _copy_file(source, target, "checkpoint", epoch)
            is_copied = True
        except DamagedFileError as error:
            problem = error
    if problem is not None and not is_copied:
        raise problem


def _copy_file(source: Path, target: Path, kind: artifacts.Kind, epoch: int) -> bytes:
    content = artifacts.read(source, kind, epoch)
    (target / artifacts.name_of(kind, epoch, content)).write_bytes(content)
    return content
