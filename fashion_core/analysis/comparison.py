"""Two answers to the same pictures: how many each has right, and whether that is chance."""

from dataclasses import dataclass

import numpy as np

from fashion_core.analysis.paired import (
    SIGNIFICANCE,
    DifferenceInterval,
    bootstrap_difference,
    mcnemar_p_value,
)
from fashion_core.analysis.scores import PictureScores


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How a second answer (B) to all pictures differs from a first one (A).

    Attributes:
        both_right: Pictures that A and B have right.
        fixed: Pictures that only B has right.
        broken: Pictures that only A has right.
        both_wrong: Pictures that neither has right.
        same_mistakes: Pictures that both take for the same wrong class, part of `both_wrong`.
        p_value: Two-sided p of McNemar's exact test; low speaks against chance.
        interval: 95 % interval of B's accuracy minus A's; nan with too few changed pictures.
    """

    both_right: int
    fixed: int
    broken: int
    both_wrong: int
    same_mistakes: int
    p_value: float
    interval: DifferenceInterval

    @property
    def pictures(self) -> int:
        """All pictures."""
        return self.both_right + self.fixed + self.broken + self.both_wrong

    @property
    def changed(self) -> int:
        """Pictures that changed sides."""
        return self.fixed + self.broken

    @property
    def accuracy_first(self) -> float:
        """Share of pictures A has right, in [0, 1]."""
        return (self.both_right + self.broken) / self.pictures

    @property
    def accuracy_second(self) -> float:
        """Share of pictures B has right, in [0, 1]."""
        return (self.both_right + self.fixed) / self.pictures

    @property
    def difference(self) -> float:
        """B's accuracy minus A's, in [-1, 1]; above 0 B is better."""
        return (self.fixed - self.broken) / self.pictures

    @property
    def is_real(self) -> bool:
        """Whether the difference is more than chance would do."""
        return self.p_value < SIGNIFICANCE

    @property
    def is_same(self) -> bool:
        """Whether both give the same answer to every picture."""
        return self.changed == 0 and self.same_mistakes == self.both_wrong


def compare(first: PictureScores, second: PictureScores) -> Comparison:
    """Count the four outcomes of every picture and test the difference.

    Args:
        first: What A says.
        second: What B says about the same pictures in the same order.

    Raises:
        ValueError: if the pictures or their labels differ, or there are none.
    """
    check_same_pictures(first, second)
    fixed = int((~first.is_right & second.is_right).sum())
    broken = int((first.is_right & ~second.is_right).sum())
    both_wrong = ~first.is_right & ~second.is_right
    return Comparison(
        both_right=int((first.is_right & second.is_right).sum()),
        fixed=fixed,
        broken=broken,
        both_wrong=int(both_wrong.sum()),
        same_mistakes=int((both_wrong & (first.predictions == second.predictions)).sum()),
        p_value=mcnemar_p_value(fixed=fixed, broken=broken),
        interval=bootstrap_difference(fixed=fixed, broken=broken, pictures=len(first)),
    )


def check_same_pictures(first: PictureScores, second: PictureScores) -> None:
    """Refuse two answers to different questions.

    Raises:
        ValueError: if the pictures or their labels differ, or there are none.
    """
    if not len(first):
        raise ValueError("Expected at least one picture to compare, got none.")
    if not np.array_equal(first.image_ids, second.image_ids):
        raise ValueError("Expected both answers to be about the same pictures in the same order.")
    if not np.array_equal(first.labels, second.labels):
        raise ValueError("Expected both answers to be about the same labels.")
    if first.pred_probs.shape != second.pred_probs.shape:
        raise ValueError(
            f"Expected pred_probs of shape {first.pred_probs.shape} in both, "
            f"got {second.pred_probs.shape}."
        )
