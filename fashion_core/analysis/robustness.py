"""What worse pictures do to the answers: accuracies, classes, confusions, and two runs compared."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fashion_core.analysis.confusions import share_of_row
from fashion_core.analysis.corruptions import CORRUPTIONS, STRENGTHS, Corruption
from fashion_core.analysis.metrics import confusion_matrix
from fashion_core.analysis.paired import SIGNIFICANCE, holm_adjusted, sign_flip_p_value
from fashion_core.classes import CLASS_NAMES

_Classes = npt.NDArray[np.uint8] | npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Robustness:
    """What one epoch of a run answers to the same pictures as they are and made worse.

    Attributes:
        labels: True classes, int64 of shape (N,).
        clean: Answers to the pictures as they are, int64 of shape (N,).
        answers: Answers by key of the corruption, uint8 of shape (S, N): row = strength. Some
            corruptions may be missing.
    """

    labels: npt.NDArray[np.int64]
    clean: npt.NDArray[np.int64]
    answers: Mapping[str, npt.NDArray[np.uint8]]

    @property
    def clean_accuracy(self) -> float:
        """Share of the pictures that is right as they are, in [0, 1]."""
        return float((self.clean == self.labels).mean())

    @property
    def there(self) -> tuple[Corruption, ...]:
        """The corruptions that were answered, in the order of `CORRUPTIONS`."""
        return tuple(c for c in CORRUPTIONS if c.key in self.answers)

    @property
    def is_complete(self) -> bool:
        """Whether all corruptions were answered."""
        return len(self.there) == len(CORRUPTIONS)

    def accuracies(self, corruption: Corruption) -> npt.NDArray[np.float64]:
        """Give the share right at each strength, float64 of shape (S,) in [0, 1]."""
        right: npt.NDArray[np.float64] = (self.answers[corruption.key] == self.labels).mean(axis=1)
        return right

    def at(self, corruption: Corruption, strength: int) -> npt.NDArray[np.int64]:
        """Give the answers at a strength, int64 of shape (N,)."""
        row: npt.NDArray[np.uint8] = self.answers[corruption.key][STRENGTHS.index(strength)]
        return row.astype(np.int64)

    def mean_accuracy(self) -> float:
        """Give the mean over all corruptions that were answered and all strengths, in [0, 1]."""
        return float(np.mean([self.accuracies(corruption) for corruption in self.there]))


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfusionChange:
    """How often a class is taken for another, before and after.

    Attributes:
        true: True class.
        predicted: The class answered.
        clean: Pictures, as they are.
        worse: The same pictures, made worse.
    """

    true: int
    predicted: int
    clean: int
    worse: int

    @property
    def added(self) -> int:
        """How many more there are; negative is fewer."""
        return self.worse - self.clean

    def describe(self) -> str:
        """Name the confusion: "Shirt → Coat"."""
        return f"{CLASS_NAMES[self.true]} → {CLASS_NAMES[self.predicted]}"


def confusion_changes(
    *, labels: _Classes, clean: _Classes, worse: _Classes, limit: int
) -> list[ConfusionChange]:
    """List the confusions that worse pictures add, the most added first.

    Equal numbers are ordered by true, then predicted class; confusions that do not become more
    are left out.

    Args:
        labels: True classes, integer of shape (N,).
        clean: Answers to the pictures as they are, integer of shape (N,).
        worse: Answers to the same pictures made worse, integer of shape (N,).
        limit: How many at most.
    """
    before = confusion_matrix(labels=labels, predictions=clean)
    after = confusion_matrix(labels=labels, predictions=worse)
    changes = [
        ConfusionChange(
            true=int(true),
            predicted=int(predicted),
            clean=int(before[true, predicted]),
            worse=int(after[true, predicted]),
        )
        for true, predicted in np.argwhere(after > before)
        if true != predicted
    ]
    return sorted(changes, key=lambda c: (-c.added, c.true, c.predicted))[:limit]


def class_accuracies(*, labels: _Classes, answers: _Classes) -> npt.NDArray[np.float64]:
    """Give the share right of each true class, float64 of shape (10,); nan without pictures."""
    shares = share_of_row(confusion_matrix(labels=labels, predictions=answers))
    diagonal: npt.NDArray[np.float64] = np.diag(shares)
    return diagonal


def newly_wrong(*, labels: _Classes, clean: _Classes, worse: _Classes) -> npt.NDArray[np.int64]:
    """Give the positions of the pictures that were right and are wrong, ascending, int64 (M,)."""
    return np.flatnonzero((clean == labels) & (worse != labels)).astype(np.int64, copy=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duel:
    """Two runs under one corruption.

    Attributes:
        corruption: Which.
        differences: B's accuracy minus A's at each strength, in [-1, 1].
        p_value: Of the sign-flip test of their mean, adjusted for the number of corruptions.
    """

    corruption: Corruption
    differences: tuple[float, ...]
    p_value: float

    @property
    def mean(self) -> float:
        """B's accuracy minus A's, mean over the strengths."""
        return float(np.mean(self.differences))

    @property
    def winner(self) -> str:
        """Which is better by more than chance: "A", "B" or nobody, ""."""
        if self.p_value >= SIGNIFICANCE:
            return ""
        return "B" if self.mean > 0 else "A"


def compare_robustness(first: Robustness, second: Robustness) -> list[Duel]:
    """Compare two runs (A, B) under every corruption that both have answered.

    The strengths of one corruption show the same picture again, so they are no separate evidence:
    each picture gives one number, at how many more of them B has it right than A. Whether their
    mean is more than chance is the sign-flip test; Holm's correction keeps ten questions honest.

    Raises:
        ValueError: if they are not about the same pictures.
    """
    if not np.array_equal(first.labels, second.labels):
        raise ValueError("Expected two runs on the same pictures, got other labels.")
    common = [corruption for corruption in first.there if corruption.key in second.answers]
    p_values = holm_adjusted(
        np.array([sign_flip_p_value(_gains(first, second, corruption)) for corruption in common])
    )
    return [
        Duel(
            corruption=corruption,
            differences=tuple(
                (second.accuracies(corruption) - first.accuracies(corruption)).tolist()
            ),
            p_value=float(p_value),
        )
        for corruption, p_value in zip(common, p_values, strict=True)
    ]


def _gains(first: Robustness, second: Robustness, corruption: Corruption) -> npt.NDArray[np.int64]:
    """Give at how many more strengths the second has each picture right, int64 (N,)."""
    before, after = (
        (run.answers[corruption.key] == run.labels).sum(axis=0) for run in (first, second)
    )
    gains: npt.NDArray[np.int64] = after - before
    return gains
