"""Guided experiments: what to train, what to guess, what to look for, what came out, in words.

Each changes one thing against `BASE`, a training of a few minutes, so that what is seen has one
cause; some need more epochs to show it. What came out, and which guess came true, is read from the
real curves, also if the expected did not happen.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final

from fashion_core.analysis.formatting import count
from fashion_core.analysis.settings import setting_changes
from fashion_core.config import RunSpec
from fashion_core.experiment_readings import (
    read_base,
    read_little_data,
    read_longer,
    read_no_dropout,
    read_too_high,
    read_too_low,
)
from fashion_core.history import EpochRecord, best_epoch

BASE: Final = RunSpec(train_images=10_000, epochs=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came out of an experiment.

    Attributes:
        words: The same in sentences.
        came_true: Which of the experiment's guesses, or None if nobody can tell.
    """

    words: str
    came_true: int | None = None


_Reading = Callable[[Sequence[EpochRecord]], tuple[int, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One experiment.

    Attributes:
        name: What is changed, for example "Learning rate too high".
        question: What a visitor is asked before it trains.
        guesses: The three answers to choose from; one of them comes true.
        expected: What to look for while it trains, and why it should happen.
        spec: What is trained; the seed may be another.
        read: Says which guess came true and what the curves show, given all epochs.
    """

    name: str
    question: str
    guesses: tuple[str, str, str]
    expected: str
    spec: RunSpec
    read: _Reading


def find_experiment(spec: RunSpec) -> Experiment | None:
    """Give the experiment that a run is, whatever its seed and threads; None if it is none."""
    for experiment in EXPERIMENTS:
        if replace(experiment.spec, seed=spec.seed, threads=spec.threads) == spec:
            return experiment
    return None


def describe_changes(experiment: Experiment) -> str:
    """Say in what an experiment differs from the first one: "Changed: learning rate 0.1 ..."."""
    changes = setting_changes(asdict(experiment.spec), asdict(BASE))
    if not changes:
        return "Nothing is changed: the others are compared with this one."
    parts = [f"{each.label} {each.first} instead of {each.second}" for each in changes]
    return f"Changed: {', '.join(parts)}."


def read_outcome(
    experiment: Experiment, history: Sequence[EpochRecord], *, diverged: bool = False
) -> Outcome:
    """Say what came out of an experiment that has ended, from its real curves.

    Args:
        experiment: Which one.
        history: Finished epochs in order.
        diverged: Whether the loss was no finite number at the end.
    """
    planned = experiment.spec.epochs
    if diverged:
        words = (
            "The loss became infinite: the steps were far too large. Nothing can follow on that."
        )
        return Outcome(words=words)
    if best_epoch(history) is None:
        return Outcome(words="No epoch was finished, so there is nothing to see yet.")
    computed = history[-1].epoch  # not how many are there: a damaged one leaves a gap
    if computed < planned:
        verb = "was" if computed == 1 else "were"
        done = f"only {computed} of {planned} epochs {verb} computed"
        return Outcome(words=f"It is too early to tell: {done}.")
    came_true, words = experiment.read(history)
    return Outcome(words=words, came_true=came_true)


def judge_guess(experiment: Experiment, outcome: Outcome, guess: str) -> str:
    """Say whether a guess was right, beside what was; empty if nobody can tell.

    Raises:
        ValueError: if it is none of the experiment's guesses.
    """
    chosen = experiment.guesses.index(guess)
    if outcome.came_true is None:
        return ""
    if outcome.came_true == chosen:
        return f"Your guess was right: “{guess}”"
    return f"Your guess was “{guess}” It was wrong: “{experiment.guesses[outcome.came_true]}”"


EXPERIMENTS: Final = (
    Experiment(
        name="How it should look",
        question="When will the validation loss be lowest?",
        guesses=(
            "At the last epoch.",
            "Some epochs before the last.",
            "Never: it stays at 2.30, the loss of guessing.",
        ),
        expected=f"Ordinary settings on {count(BASE.train_images)} pictures. Both losses fall fast "
        "at first, then slowly; the validation loss stops falling first.",
        spec=BASE,
        read=read_base,
    ),
    Experiment(
        name="Learning rate too high",
        question="What will steps do that are a hundred times larger?",
        guesses=(
            "It learns faster, and the loss falls to the end.",
            "It learns something, but the loss goes up again.",
            "It learns nothing: no better than guessing.",
        ),
        expected="Every step is a hundred times larger. The loss cannot settle: look for curves "
        "that jump or stay near 2.30, the loss of guessing among ten classes.",
        spec=replace(BASE, learning_rate=0.1),
        read=read_too_high,
    ),
    Experiment(
        name="Learning rate too low",
        question="What will steps do that are a hundred times smaller?",
        guesses=(
            "It learns nothing: no better than guessing.",
            "It learns slowly: the loss still falls at the end.",
            "It arrives all the same: the loss is flat at the end.",
        ),
        expected="Every step is a hundred times smaller. Both losses fall, but so slowly that the "
        "last epoch is still far from the end: look for curves that have not flattened.",
        spec=replace(BASE, learning_rate=1e-5),
        read=read_too_low,
    ),
    Experiment(
        name="No dropout",
        question="What will the two losses do without dropout?",
        guesses=(
            "The training loss falls on, the validation loss turns and rises.",
            "They come apart, but neither rises.",
            "They stay close together.",
        ),
        expected="Nothing is switched off at random while it learns. Look for a training loss that "
        "goes towards 0 while the validation loss turns and rises: learning by heart.",
        spec=replace(BASE, dropout=0.0, epochs=12),
        read=read_no_dropout,
    ),
    Experiment(
        name="Very little data",
        question="What will it know after 30 epochs on 500 pictures?",
        guesses=(
            "Its own pictures, and clearly fewer of the others.",
            "Its own pictures, and just as many of the others.",
            "Not even its own pictures.",
        ),
        expected="Only 500 training pictures, but as many steps as they allow in 30 epochs. Look "
        "for training accuracy near 100 % and validation accuracy that stays behind.",
        spec=replace(BASE, train_images=500, epochs=30),
        read=read_little_data,
    ),
    Experiment(
        name="A longer training",
        question="When will the validation loss be lowest?",
        guesses=(
            "Near the end, in epochs 19 to 24.",
            "In between, in epochs 9 to 18.",
            "Early, in epochs 1 to 8.",
        ),
        expected="Three times as many epochs. Look for the epoch after which the validation loss "
        "no longer falls: everything after it is time for nothing, or worse.",
        spec=replace(BASE, epochs=24),
        read=read_longer,
    ),
)
"""In the order in which they are offered."""
