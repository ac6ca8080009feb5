"""What the curves of each guided experiment show: which of its guesses came true, and in words.

Each takes all epochs of an experiment, at least one with a finite validation loss, and gives the
index of the guess and the words.
"""

from collections.abc import Sequence
from typing import Final

from fashion_core.analysis.formatting import number, percent
from fashion_core.analysis.learning import GUESSING_LOSS, find_overfitting
from fashion_core.history import EpochRecord, best_epoch

_OVERFITTING_GAP: Final = 0.1  # nats between both losses at the end: more than a wobble here
_ACCURACY_GAP: Final = 0.05  # between its own and the validation pictures: ten times the noise
_STILL_FALLING: Final = 0.02  # share that the last epoch took off the validation loss


def read_too_high(history: Sequence[EpochRecord]) -> tuple[int, str]:
    """Read the curves of a rate that should jump past everything."""
    best, last = _best(history), history[-1]
    shares = f"at its best it named {percent(best.val_accuracy)} of the validation pictures right"
    if best.val_loss > GUESSING_LOSS:
        return 2, (
            f"As expected, it learned nothing: {shares}; guessing gets 10 %. Every step jumped "
            "past what the one before had found."
        )
    if last.val_loss > best.val_loss:
        return 1, (
            f"It learned something, but not steadily: {shares} at epoch {best.epoch}, then the "
            f"validation loss went from {number(best.val_loss)} up to {number(last.val_loss)}."
        )
    return 0, f"This rate was not too high here: {shares}, and the loss fell to the end."


def read_too_low(history: Sequence[EpochRecord]) -> tuple[int, str]:
    """Read the curves of a rate that should be on its way still."""
    first, last = history[0], history[-1]
    losses = f"from {number(first.val_loss)} to {number(last.val_loss)}"
    if _best(history).val_loss > GUESSING_LOSS:
        return 0, (
            f"It learned nothing yet: the validation loss went {losses}, that of guessing. The "
            "steps are too tiny for so few epochs."
        )
    if len(history) > 1 and _relative_fall(history) > _STILL_FALLING:
        return 1, (
            f"As expected, it was still on its way: the validation loss went {losses} and fell by "
            f"{percent(_relative_fall(history))} in the last epoch alone. Each step is right but "
            "tiny; more epochs or a higher rate would go on from here."
        )
    return 2, (
        f"It had arrived: the validation loss went {losses} and hardly moved in the last epoch. "
        "This rate was not too low for so many epochs."
    )


def read_no_dropout(history: Sequence[EpochRecord]) -> tuple[int, str]:
    """Read the curves of a training that should learn by heart."""
    last, gap = history[-1], history[-1].val_loss - history[-1].train_loss
    found = find_overfitting(history)
    losses = f"{number(last.train_loss)} on training and {number(last.val_loss)} on validation"
    if found is not None:
        return 0, (
            f"As expected, it learned by heart: after epoch {found.start_epoch} the training loss "
            f"kept falling while the validation loss rose by {number(found.val_rise)}. At the end "
            f"they are {losses}."
        )
    if gap > _OVERFITTING_GAP:
        return 1, (
            f"The two losses came apart, {losses}, but the validation loss has not risen yet: "
            "overfitting begins, a few more epochs would show it."
        )
    return 2, f"No overfitting to be seen: the losses at the end are {losses}."


def read_little_data(history: Sequence[EpochRecord]) -> tuple[int, str]:
    """Read the curves of a training that should know little more than its own pictures."""
    best, last = _best(history), history[-1]
    shares = (
        f"{percent(last.train_accuracy)} of its own pictures right, but at its best epoch "
        f"{percent(best.val_accuracy)} of the validation pictures"
    )
    if last.train_accuracy - best.val_accuracy > _ACCURACY_GAP:
        return 0, (
            f"As expected, it knows what it has seen and little more: it names {shares}. More "
            "pictures help here more than more epochs."
        )
    came_true = 1 if last.train_accuracy > 0.5 else 2
    return came_true, f"The gap is smaller than expected: it names {shares}."


def read_longer(history: Sequence[EpochRecord]) -> tuple[int, str]:
    """Read the curves of a training that should go on for nothing."""
    best, last = _best(history), history[-1]
    after = last.epoch - best.epoch
    if after >= last.epoch // 4:
        return 2 if best.epoch <= last.epoch // 3 else 1, (
            f"As expected, the last {after} epochs were for nothing: the validation loss was "
            f"lowest at epoch {best.epoch} ({number(best.val_loss)}) and is "
            f"{number(last.val_loss)} at the end. The weights of epoch {best.epoch} are kept."
        )
    return 0, (
        f"The extra epochs still helped: the lowest validation loss, {number(best.val_loss)}, "
        f"came at epoch {best.epoch} of {last.epoch}."
    )


def read_base(history: Sequence[EpochRecord]) -> tuple[int, str]:
    """Read the curves that the others are compared with."""
    best, last = _best(history), history[-1]
    fell = (
        f"The validation loss fell to the end, to {number(best.val_loss)}"
        if best is last
        else f"The validation loss fell until epoch {best.epoch}, to {number(best.val_loss)}, and "
        f"was {number(last.val_loss)} at the end, epoch {last.epoch}"
    )
    came_true = 2 if best.val_loss > GUESSING_LOSS else 0 if best is last else 1
    return came_true, (
        f"{fell}. {percent(best.val_accuracy)} of the validation pictures are named right at the "
        "best epoch. Compare the other experiments with this one."
    )


def _best(history: Sequence[EpochRecord]) -> EpochRecord:
    best = best_epoch(history)
    assert best is not None, "asked for by `experiments.read_outcome`"
    return best


def _relative_fall(history: Sequence[EpochRecord]) -> float:
    """Give the share that the last epoch took off the validation loss."""
    before, last = history[-2].val_loss, history[-1].val_loss
    return (before - last) / before
