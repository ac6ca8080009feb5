"""When a run stopped learning: the state of its loss curves, found and put into words."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fashion_core.analysis.formatting import number
from fashion_core.history import EpochRecord, best_epoch

PATIENCE: Final = 3
"""Epochs that must have passed since the best one before a rise is called overfitting.

Validation loss often wobbles upwards for one or two epochs and then falls to a new low; a curve
that calls that overfitting while it is watched takes it back an epoch later.
"""

_GUESSING: Final = math.log(10)

GUESSING_LOSS: Final = _GUESSING - 0.01
"""Cross-entropy in nats of ten equally likely classes, 2.303, less what chance may gain."""

_NEAR: Final = 0.05
"""Share of the loss of guessing by which losses may leave it and still have hardly moved.

Measured on 500 and 2,000 pictures, 2 or 3 epochs: rates of 1e-7 and 1e-6 stay within 4 %, training
losses at random weights within 3 %; 1e-5 has left it after 3 epochs (2.18). Rates of 0.1 and above
start at 10 and more.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overfitting:
    """The epochs over which validation loss rose while training loss fell.

    Attributes:
        start_epoch: The best epoch, after which it began.
        end_epoch: The last epoch with a finite validation loss.
        val_rise: Validation loss at the end minus that at the start, in nats, above 0.
        train_fall: Training loss at the start minus that at the end, in nats, above 0.
    """

    start_epoch: int
    end_epoch: int
    val_rise: float
    train_fall: float


def find_overfitting(history: Sequence[EpochRecord]) -> Overfitting | None:
    """Give the stretch after the best epoch in which the network learned by heart.

    None as long as the best epoch is less than `PATIENCE` epochs ago, and if since then
    validation loss did not rise or training loss did not fall. Epochs whose validation loss is
    not finite are left out.
    """
    best, finite = best_epoch(history), _finite(history)
    if best is None:
        return None
    last = finite[-1]
    rise, fall = last.val_loss - best.val_loss, best.train_loss - last.train_loss
    # A comparison with nan is False, so a training loss that is not finite is no evidence.
    if last.epoch - best.epoch < PATIENCE or not (rise > 0 and 0 < fall < math.inf):
        return None
    return Overfitting(start_epoch=best.epoch, end_epoch=last.epoch, val_rise=rise, train_fall=fall)


def describe_learning(history: Sequence[EpochRecord], *, planned_epochs: int) -> str:
    """Write how learning is going, for the live page: one state, one message.

    Args:
        history: Finished epochs in order.
        planned_epochs: Epochs the run is asked for, at least 1.

    Raises:
        ValueError: if fewer than one epoch is planned.
    """
    if planned_epochs < 1:
        raise ValueError(f"Expected at least 1 planned epoch, got {planned_epochs}.")
    if not history:
        return f"No epoch of {planned_epochs} has finished yet."
    best, last = best_epoch(history), history[-1]
    if best is None or not (math.isfinite(last.val_loss) and math.isfinite(last.train_loss)):
        return _describe_divergence(last, best)
    is_finished = last.epoch >= planned_epochs
    if nothing_learned := _describe_nothing_learned(history, best, is_finished=is_finished):
        return nothing_learned
    if find_overfitting(history) is not None:
        return _describe_overfitting(best, last)
    if last.epoch > best.epoch:
        return _describe_stall(best, last)
    return _describe_progress(history, is_finished=is_finished)


def _describe_divergence(last: EpochRecord, best: EpochRecord | None) -> str:
    """Write what is left after a loss that is not finite."""
    kept = (
        "no epoch is worth keeping"
        if best is None
        else f"epoch {best.epoch} ({number(best.val_loss)}) is kept"
    )
    return (
        f"The loss of epoch {last.epoch} is not a finite number: training diverged; {kept}. "
        "A smaller learning rate may help."
    )


def _describe_nothing_learned(
    history: Sequence[EpochRecord], best: EpochRecord, *, is_finished: bool
) -> str:
    """Write why nothing was learned, from how the losses went; empty if something was."""
    losses = _finite_losses(history)
    if best.val_loss > GUESSING_LOSS and max(losses) > (1 + _NEAR) * _GUESSING:
        return _describe_jumps(best)
    has_hardly_moved = all(abs(loss - _GUESSING) <= _NEAR * _GUESSING for loss in losses)
    if has_hardly_moved and (is_finished or len(history) > 1):
        return _describe_standstill(history)
    return ""


def _describe_jumps(best: EpochRecord) -> str:
    """Write that nothing was learned because each step went too far."""
    return (
        f"Validation loss has not come below {number(best.val_loss)}, no better than guessing "
        "among ten classes (2.30), and losses far above that show that the steps are too large. "
        "A smaller learning rate may help."
    )


def _describe_standstill(history: Sequence[EpochRecord]) -> str:
    """Write that nothing was learned because the steps did not lead anywhere."""
    first, last = _finite(history)[0], _finite(history)[-1]
    losses = number(last.val_loss)
    if first is not last:
        losses = f"{number(first.val_loss)} → {losses}"
    return (
        "The losses have hardly moved from that of guessing among ten classes (2.30); validation "
        f"loss: {losses}. Steps that are too small do that. A larger learning rate may help."
    )


def _describe_overfitting(best: EpochRecord, last: EpochRecord) -> str:
    """Write both losses at the best and at the last epoch."""
    return (
        f"Validation loss has risen since epoch {best.epoch} "
        f"({number(best.val_loss)} → {number(last.val_loss)}) while training loss fell "
        f"({number(best.train_loss)} → {number(last.train_loss)}): the network is learning its "
        f"training pictures by heart. This is overfitting; epoch {best.epoch} is kept."
    )


def _describe_stall(best: EpochRecord, last: EpochRecord) -> str:
    """Write since when nothing got better."""
    epochs = last.epoch - best.epoch
    since = "in the last epoch" if epochs == 1 else f"for {epochs} epochs"
    return (
        f"Validation loss has not improved {since}: {number(best.val_loss)} at epoch "
        f"{best.epoch} is still the lowest."
    )


def _describe_progress(history: Sequence[EpochRecord], *, is_finished: bool) -> str:
    """Write that the last epoch is the best so far."""
    last = history[-1]
    if is_finished:
        return (
            f"Validation loss is lowest at the last epoch ({number(last.val_loss)} at epoch "
            f"{last.epoch}): the network had not stopped learning, more epochs may help."
        )
    if len(_finite(history)) == 1:
        return (
            f"Validation loss is {number(last.val_loss)} after epoch {last.epoch}; "
            "the next epoch will show whether it falls."
        )
    return (
        f"Validation loss is still falling: {number(last.val_loss)} at epoch {last.epoch} "
        "is the lowest so far."
    )


def _finite_losses(history: Sequence[EpochRecord]) -> list[float]:
    """Give all training and validation losses that are finite."""
    losses = [loss for record in history for loss in (record.train_loss, record.val_loss)]
    return [loss for loss in losses if math.isfinite(loss)]


def _finite(history: Sequence[EpochRecord]) -> list[EpochRecord]:
    """Give the epochs with a finite validation loss."""
    return [record for record in history if math.isfinite(record.val_loss)]
