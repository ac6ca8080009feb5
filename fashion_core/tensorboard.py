"""The curves of a run as TensorBoard reads them; needs the package `tensorboard`.

    <folder>/<run id>/events.out.tfevents.fashion-dashboard

Only TensorBoard's own record writer and messages are used, neither TensorFlow nor PyTorch. Written
again, the file is replaced, so that no point is there twice.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

from fashion_core.errors import MissingPackageError, StoreError
from fashion_core.files import atomic_writer
from fashion_core.runs.records import Run
from fashion_core.runs.store import RunStore

_FILE: Final = "events.out.tfevents.fashion-dashboard"  # TensorBoard looks for "tfevents"
_VERSION: Final = "brain.Event:2"  # what it expects in the first event of a file
_TAGS: Final = {
    "loss/train": "train_loss",
    "loss/validation": "val_loss",
    "accuracy/train": "train_accuracy",
    "accuracy/validation": "val_accuracy",
    "seconds": "seconds",
}
"""Names in TensorBoard, which groups by the part before the slash, and fields of the figures."""
_STEP_TAG: Final = "loss/train by step"

_Scalar = tuple[str, int, float, float]
"""Tag, step, wall time in seconds since 1970, value."""


def write_events(store: RunStore, run_id: str, folder: Path) -> Path:
    """Write the scalars of a run for TensorBoard; what was written before is replaced.

    Losses in nats and accuracies as fractions by epoch, training loss by step. TensorBoard keeps
    them as float32.

    Args:
        store: Where the run is.
        run_id: The run.
        folder: What `tensorboard --logdir` is given; the run gets a folder inside.

    Returns:
        The file.

    Raises:
        MissingPackageError: if TensorBoard is not installed.
        StoreError: if there is no such run, or the file cannot be written.
    """
    run = store.run(run_id)
    ends = dict(_ends(run))
    scalars = [*_by_epoch(run, ends), *_by_step(run, ends, store.step_losses(run_id))]
    path, pack, make_writer = folder / run.run_id / _FILE, *_tensorboard()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_writer(path) as file:
            writer = make_writer(file)
            writer.write(pack(wall_time=run.created, file_version=_VERSION))
            for tag, step, time, value in scalars:
                summary = {"value": [{"tag": tag, "simple_value": value}]}
                writer.write(pack(wall_time=time, step=step, summary=summary))
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written ({error.strerror}). "
            "See that the folder is writable and the disk has room, then try again."
        ) from error
    return path


def _ends(run: Run) -> Iterator[tuple[int, float]]:
    """Yield every epoch and when it ended, if the run was computed in one go; epoch 0 is the start.

    Computed in several goes, it is shown without the time between them.
    """
    time = run.created
    yield 0, time
    for record in run.history:
        time += record.seconds
        yield record.epoch, time


def _by_epoch(run: Run, ends: Mapping[int, float]) -> Iterator[_Scalar]:
    for record in run.history:
        for tag, field in _TAGS.items():
            yield tag, record.epoch, ends[record.epoch], getattr(record, field)


def _by_step(
    run: Run, ends: Mapping[int, float], losses: Iterable[tuple[int, int, float]]
) -> Iterator[_Scalar]:
    """Yield the training loss by step, counted through all epochs."""
    per_epoch = run.spec.steps_per_epoch
    last = max(ends.values())
    for epoch, step, loss in losses:
        start, end = ends.get(epoch - 1, last), ends.get(epoch, last)
        time = start + (end - start) * step / per_epoch
        yield _STEP_TAG, (epoch - 1) * per_epoch + step, time, loss


def _tensorboard() -> tuple[Callable[..., bytes], Callable[[BinaryIO], Any]]:
    """Give what packs an event and what writes packed events to a file.

    Raises:
        MissingPackageError: if TensorBoard is not installed.
    """
    try:  # here, not above: nothing else needs it
        from tensorboard.compat.proto.event_pb2 import Event  # noqa: PLC0415
        from tensorboard.summary.writer.record_writer import RecordWriter  # noqa: PLC0415
    except ImportError as error:
        raise MissingPackageError(
            "TensorBoard is not installed. Install it with: "
            "python -m pip install -r requirements-tensorboard.txt"
        ) from error
    return lambda **fields: bytes(Event(**fields).SerializeToString()), RecordWriter
