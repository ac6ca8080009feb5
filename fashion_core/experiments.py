"""Guided experiments: what to train, what to look for, and what came out, in words.

Each changes one thing against `BASE`, a training of a few minutes, so that what is seen has one
cause. What came out is read from the real curves and says so too if the expected did not happen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from fashion_core.analysis.formatting import count, number, percent
from fashion_core.analysis.learning import GUESSING_LOSS, find_overfitting
from fashion_core.config import RunSpec
from fashion_core.history import EpochRecord, best_epoch

BASE: Final = RunSpec(train_images=10_000, epochs=8)
_OVERFITTING_GAP: Final = 0.1  # nats between both losses at the end: more than a wobble here
_STILL_FALLING: Final = 0.02  # share that the last epoch took off the validation loss

_Reading = Callable[[Sequence[EpochRecord]], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One experiment.

    Attributes:
        name: What is changed, for example "Learning rate too high".
        expected: What to look for while it trains, and why it should happen.
        spec: What is trained; the seed may be another.
        read: Says what the curves show, given at least one finished epoch.
    """

    name: str
    expected: str
    spec: RunSpec
    read: _Reading


def find_experiment(spec: RunSpec) -> Experiment | None:
    """Give the experiment that a run is, whatever its seed and threads; None if it is none."""
    for experiment in EXPERIMENTS:
        if replace(experiment.spec, seed=spec.seed, threads=spec.threads) == spec:
            return experiment
    return None


def describe_outcome(
    experiment: Experiment, history: Sequence[EpochRecord], *, diverged: bool = False
) -> str:
    """Say what came out of an experiment that has ended, from its real curves.

    Args:
        experiment: Which one.
        history: Finished epochs in order.
        diverged: Whether the loss was no finite number at the end.
    """
    if diverged:
        return "The loss became infinite: the steps were far too large. Nothing can follow on that."
    if best_epoch(history) is None:
        return "No epoch was finished, so there is nothing to see yet."
    left = experiment.spec.epochs - len(history)
    early = f" It ended {left} epochs early." if left > 0 else ""
    return experiment.read(history) + early


# Readings


def _read_too_high(history: Sequence[EpochRecord]) -> str:
    best, last = _best(history), history[-1]
    shares = f"at its best it named {percent(best.val_accuracy)} of the validation pictures right"
    if best.val_loss > GUESSING_LOSS:
        return (
            f"As expected, it learned nothing: {shares}; guessing gets 10 %. Every step jumped "
            "past what the one before had found."
        )
    if last.val_loss > best.val_loss:
        return (
            f"It learned something, but not steadily: {shares} at epoch {best.epoch}, then the "
            f"validation loss went from {number(best.val_loss)} up to {number(last.val_loss)}."
        )
    return f"This rate was not too high here: {shares}, and the loss fell to the end."


def _read_too_low(history: Sequence[EpochRecord]) -> str:
    first, last = history[0], history[-1]
    losses = f"from {number(first.val_loss)} to {number(last.val_loss)}"
    if len(history) > 1 and _relative_fall(history) > _STILL_FALLING:
        return (
            f"As expected, it was still on its way: the validation loss went {losses} and fell by "
            f"{percent(_relative_fall(history))} in the last epoch alone. Each step is right but "
            "tiny; more epochs or a higher rate would go on from here."
        )
    return (
        f"It had arrived: the validation loss went {losses} and hardly moved in the last epoch. "
        "This rate was not too low for so many epochs."
    )


def _read_no_dropout(history: Sequence[EpochRecord]) -> str:
    last, gap = history[-1], history[-1].val_loss - history[-1].train_loss
    found = find_overfitting(history)
    losses = f"{number(last.train_loss)} on training and {number(last.val_loss)} on validation"
    if found is not None:
        return (
            f"As expected, it learned by heart: after epoch {found.start_epoch} the training loss "
            f"kept falling while the validation loss rose by {number(found.val_rise)}. At the end "
            f"they are {losses}."
        )
    if gap > _OVERFITTING_GAP:
        return (
            f"The two losses came apart, {losses}, but the validation loss has not risen yet: "
            "overfitting begins, a few more epochs would show it."
        )
    return f"No overfitting to be seen: the losses at the end are {losses}."


def _read_little_data(history: Sequence[EpochRecord]) -> str:
    best, last = _best(history), history[-1]
    shares = (
        f"{percent(last.train_accuracy)} of its own pictures right, but at best "
        f"{percent(best.val_accuracy)} of the validation pictures"
    )
    if last.train_accuracy - best.val_accuracy > 0.05:
        return (
            f"As expected, it knows what it has seen and little more: it names {shares}. More "
            "pictures help here more than more epochs."
        )
    return f"The gap is smaller than expected: it names {shares}."


def _read_longer(history: Sequence[EpochRecord]) -> str:
    best, last = _best(history), history[-1]
    if last.epoch - best.epoch >= len(history) // 4:
        return (
            f"As expected, the extra epochs were for nothing: the validation loss was lowest at "
            f"epoch {best.epoch} ({number(best.val_loss)}) and is {number(last.val_loss)} at the "
            f"end. The weights of epoch {best.epoch} are kept."
        )
    return (
        f"The extra epochs still helped: the lowest validation loss, {number(best.val_loss)}, "
        f"came at epoch {best.epoch} of {len(history)}."
    )


def _read_base(history: Sequence[EpochRecord]) -> str:
    best, last = _best(history), history[-1]
    fell = (
        f"The validation loss fell to the end, to {number(best.val_loss)}"
        if best is last
        else f"The validation loss fell until epoch {best.epoch}, to {number(best.val_loss)}, and "
        f"was {number(last.val_loss)} at the end, epoch {last.epoch}"
    )
    return (
        f"{fell}. {percent(best.val_accuracy)} of the validation pictures are named right at the "
        "best epoch. Compare the other experiments with this one."
    )


def _best(history: Sequence[EpochRecord]) -> EpochRecord:
    best = best_epoch(history)
    assert best is not None, "asked for by describe_outcome"
    return best


def _relative_fall(history: Sequence[EpochRecord]) -> float:
    """Give the share that the last epoch took off the validation loss."""
    before, last = history[-2].val_loss, history[-1].val_loss
    return (before - last) / before


EXPERIMENTS: Final = (
    Experiment(
        name="How it should look",
        expected=f"Ordinary settings on {count(BASE.train_images)} pictures. Both losses fall fast "
        "at first, then slowly; the validation loss stops falling first.",
        spec=BASE,
        read=_read_base,
    ),
    Experiment(
        name="Learning rate too high",
        expected="Every step is a hundred times larger. The loss cannot settle: look for curves "
        "that jump or stay near 2.30, the loss of guessing among ten classes.",
        spec=replace(BASE, learning_rate=0.1),
        read=_read_too_high,
    ),
    Experiment(
        name="Learning rate too low",
        expected="Every step is a hundred times smaller. Both losses fall, but so slowly that the "
        "last epoch is still far from the end: look for curves that have not flattened.",
        spec=replace(BASE, learning_rate=1e-5),
        read=_read_too_low,
    ),
    Experiment(
        name="No dropout",
        expected="Nothing is switched off at random while it learns. Look for a training loss that "
        "goes towards 0 while the validation loss turns and rises: learning by heart.",
        spec=replace(BASE, dropout=0.0, epochs=12),
        read=_read_no_dropout,
    ),
    Experiment(
        name="Very little data",
        expected="Only 500 training pictures, but as many steps as they allow in 30 epochs. Look "
        "for training accuracy near 100 % and validation accuracy that stays behind.",
        spec=replace(BASE, train_images=500, epochs=30),
        read=_read_little_data,
    ),
    Experiment(
        name="A longer training",
        expected="Three times as many epochs. Look for the epoch after which the validation loss "
        "no longer falls: everything after it is time for nothing, or worse.",
        spec=replace(BASE, epochs=24),
        read=_read_longer,
    ),
)
"""In the order in which they are offered."""
