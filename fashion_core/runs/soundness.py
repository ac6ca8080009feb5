"""Which epochs of a run have a damaged file, and which of these are made again on resume."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from fashion_core.errors import DamagedFileError
from fashion_core.runs import artifacts
from fashion_core.runs.records import Run


def damaged_epochs(run_dir: Path, epochs: Iterable[int]) -> tuple[int, ...]:
    """Give the epochs whose file of predictions is missing or damaged, in the order given.

    Args:
        run_dir: Folder of the run.
        epochs: Its finished epochs.
    """
    damaged = []
    for epoch in epochs:
        try:
            artifacts.read(run_dir, "epoch", epoch)
        except DamagedFileError:
            damaged.append(epoch)
    return tuple(damaged)


def expected_epochs(run: Run) -> tuple[int, ...]:
    """Give the epochs that a run should have a file of, ascending.

    Of a finished run all that were planned: a list of runs that was made again knows only of those
    whose file was sound.
    """
    if run.status == "finished":
        return tuple(range(1, run.spec.epochs + 1))
    return tuple(record.epoch for record in run.history)


def epochs_made_again(run_dir: Path, damaged: Iterable[int]) -> tuple[int, ...]:
    """Give those of the damaged epochs that are computed again where the run is resumed.

    That starts from the sound checkpoint that leaves the fewest of them; a run without one would
    train from its beginning, which makes nothing again that could not as well be a new run.
    """
    lost = tuple(damaged)
    sound = []
    for epoch in artifacts.epochs_on_disk(run_dir, "checkpoint") if lost else ():
        with suppress(DamagedFileError):
            artifacts.read(run_dir, "checkpoint", epoch)
            sound.append(epoch)
    if not sound:
        return ()
    start = min(sound, key=lambda checkpoint: sum(epoch <= checkpoint for epoch in lost))
    return tuple(epoch for epoch in lost if epoch > start)


def epoch_files(run_dir: Path) -> tuple[tuple[str, int, int], ...]:
    """Give name, bytes and time of change of every epoch's file, to see whether one changed."""
    found = []
    for path in sorted((run_dir / "epochs").glob("*.npz")):
        with suppress(OSError):  # gone or replaced just now
            seen = path.stat()
            found.append((path.name, seen.st_size, seen.st_mtime_ns))
    return tuple(found)
