"""What one epoch of training measured, and which epoch is the best."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochRecord:
    """Figures of one finished epoch; the test split is not among them, on purpose.

    Attributes:
        epoch: Number of the epoch, from 1.
        train_loss: Mean cross-entropy in nats over the epoch's training steps, dropout on,
            while the weights were still changing.
        train_accuracy: Share in [0, 1] of training images right in the same pass.
        val_loss: Mean cross-entropy in nats on the validation split after the epoch, dropout off.
        val_accuracy: Share in [0, 1] of validation images right after the epoch.
        seconds: Wall-clock time of the epoch, evaluation included.
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    val_loss: float
    val_accuracy: float
    seconds: float


def best_epoch(history: Sequence[EpochRecord]) -> EpochRecord | None:
    """Give the epoch with the lowest finite validation loss, the earliest on a tie.

    Returns None while no epoch has finished with a finite loss.
    """
    finite = [record for record in history if math.isfinite(record.val_loss)]
    return min(finite, key=lambda record: (record.val_loss, record.epoch), default=None)
