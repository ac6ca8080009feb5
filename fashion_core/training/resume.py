"""From which checkpoint a run goes on, so that what is damaged in its folder is made again.

A run is a pure function of its spec: an epoch that is computed once more leaves the same bits. So
the run goes back to the newest checkpoint from which everything damaged is made again. The last
two epochs have one; what is damaged before them is not worth hours, and is said in a sentence.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fashion_core.errors import DamagedFileError
from fashion_core.history import EpochRecord, best_epoch
from fashion_core.runs import artifacts

ReadHistory = Callable[[int], Sequence[EpochRecord]]
"""Gives the history in the checkpoint of an epoch, or raises DamagedFileError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """Where a run goes on.

    Attributes:
        epoch: Epoch of the checkpoint to load; 0 starts from the beginning.
        notices: Sentences for the user on what was damaged, and what became of it.
        rewrites_best: Whether the checkpoint's weights are the best ones, whose file is damaged.
    """

    epoch: int
    notices: tuple[str, ...]
    rewrites_best: bool


def choose_checkpoint(run_dir: Path, read_history: ReadHistory) -> Restart:
    """Choose the sound checkpoint that leaves the fewest files damaged, the newest of equals."""
    histories, damaged = _read_histories(run_dir, read_history)
    files = _find_damage(run_dir, max(histories.values(), key=len, default=()))
    best = _last_best(run_dir, histories)
    epoch = min(
        histories,
        key=lambda e: (
            sum(lost <= e for lost in files) + (_best_damage(run_dir, best, e) > ""),
            -e,
        ),
        default=0,
    )
    fate = (
        f"The checkpoint of epoch {epoch} is used."
        if epoch
        else ("No checkpoint before it is left: training starts again from the beginning.")
    )
    notices = [f"{error} {fate}" for error in damaged]
    notices += [f"{error} {_fate_of_file(lost, epoch)}" for lost, error in files.items()]
    if error := _best_damage(run_dir, best, epoch):
        notices.append(f"{error} The weights of this epoch are lost, its pictures are kept.")
    rewrites_best = best == epoch > 0 and bool(_damage(run_dir, "best", best))
    return Restart(epoch=epoch, notices=tuple(notices), rewrites_best=rewrites_best)


def _read_histories(
    run_dir: Path, read_history: ReadHistory
) -> tuple[dict[int, Sequence[EpochRecord]], list[str]]:
    """Read every checkpoint, newest first; give those that are sound and what is wrong else."""
    histories: dict[int, Sequence[EpochRecord]] = {}
    damaged: list[str] = []
    for epoch in reversed(artifacts.epochs_on_disk(run_dir, "checkpoint")):
        try:
            histories[epoch] = read_history(epoch)
        except DamagedFileError as error:
            damaged.append(str(error))
    return histories, damaged


def _find_damage(run_dir: Path, history: Sequence[EpochRecord]) -> dict[int, str]:
    """Give the epochs of a history whose file is damaged or missing, with what is wrong."""
    problems = {}
    for record in history:
        try:
            artifacts.read_record(run_dir, record.epoch)
        except DamagedFileError as error:
            problems[record.epoch] = str(error)
    return problems


def _last_best(run_dir: Path, histories: dict[int, Sequence[EpochRecord]]) -> int:
    """Give the best epoch that was ever reached, or 0; its file has replaced all before it."""
    best = [best_epoch(history) for history in histories.values()]
    on_disk = artifacts.epochs_on_disk(run_dir, "best")
    return max([0, *on_disk, *(record.epoch for record in best if record)])


def _best_damage(run_dir: Path, best: int, epoch: int) -> str:
    """Say what is wrong with the best weights that a checkpoint cannot make again, or nothing."""
    return _damage(run_dir, "best", best) if 0 < best < epoch else ""


def _damage(run_dir: Path, kind: artifacts.Kind, epoch: int) -> str:
    try:
        artifacts.read(run_dir, kind, epoch)
    except DamagedFileError as error:
        return str(error)
    return ""


def _fate_of_file(lost: int, epoch: int) -> str:
    if lost > epoch:
        return "This epoch is computed again."
    return f"The pictures of epoch {lost} cannot be shown; the run goes on without them."
