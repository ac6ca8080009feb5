"""Where two answers to the same pictures differ: by pair of classes, class, cell and picture."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from fashion_core.analysis.comparison import check_same_pictures
from fashion_core.analysis.paired import SIGNIFICANCE, holm_adjusted, mcnemar_p_value
from fashion_core.analysis.scores import PictureScores

Side = Literal["fixed", "broken"]
"""To which side a picture changed: wrong then right, or right then wrong."""

SIDES: Final[tuple[Side, Side]] = ("fixed", "broken")


@dataclass(frozen=True, slots=True, kw_only=True)
class PairChange:
    """What happened to one kind of mistake: pictures of a class taken for another.

    Attributes:
        true: True class.
        predicted: The wrong class.
        fixed: Pictures A takes for the wrong class and B has right.
        broken: Pictures A has right and B takes for the wrong class.
    """

    true: int
    predicted: int
    fixed: int
    broken: int

    @property
    def net(self) -> int:
        """Pictures won; below 0 lost."""
        return self.fixed - self.broken


def pair_changes(first: PictureScores, second: PictureScores) -> list[PairChange]:
    """List the pairs of classes in which pictures changed sides, biggest change first.

    The biggest is the one that won or lost most pictures on balance; equal ones are ordered by
    how many changed sides, then by true and predicted class. Every picture that changed sides
    belongs to exactly one pair: it was wrong once, and that answer names the pair.

    Raises:
        ValueError: if the pictures or their labels differ, or there are none.
    """
    check_same_pictures(first, second)
    fixed, broken = (_wrong_cells(first, second, side) for side in SIDES)
    changes = [
        PairChange(
            true=int(true),
            predicted=int(predicted),
            fixed=int(fixed[true, predicted]),
            broken=int(broken[true, predicted]),
        )
        for true, predicted in np.argwhere(fixed + broken)
    ]
    return sorted(
        changes,
        key=lambda c: (-abs(c.net), -(c.fixed + c.broken), c.true, c.predicted),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassChange:
    """What happened to the pictures of one class.

    Attributes:
        true: The class.
        fixed: Its pictures that only B has right.
        broken: Its pictures that only A has right.
        pictures: All its pictures.
        p_value: McNemar's exact test on this class, Holm-adjusted for all classes.
    """

    true: int
    fixed: int
    broken: int
    pictures: int
    p_value: float

    @property
    def net(self) -> int:
        """Pictures won; below 0 lost."""
        return self.fixed - self.broken

    @property
    def is_real(self) -> bool:
        """Whether the change is more than chance would do to any of the classes."""
        return self.p_value < SIGNIFICANCE


def class_changes(first: PictureScores, second: PictureScores) -> list[ClassChange]:
    """Give the change of every class, in label order.

    Raises:
        ValueError: if the pictures or their labels differ, or there are none.
    """
    check_same_pictures(first, second)
    fixed, broken = (_wrong_cells(first, second, side).sum(axis=1) for side in SIDES)
    totals = np.bincount(first.labels, minlength=len(fixed))
    p_values = holm_adjusted(_p_values(fixed, broken))
    return [
        ClassChange(
            true=true,
            fixed=int(fixed[true]),
            broken=int(broken[true]),
            pictures=int(totals[true]),
            p_value=float(p_values[true]),
        )
        for true in range(len(fixed))
    ]


def cell_p_values(first: PictureScores, second: PictureScores) -> npt.NDArray[np.float64]:
    """Say of each cell of the confusion matrix how likely chance alone changes it so.

    The pictures that left a cell and those that came in are weighed as in McNemar's test; all
    cells are asked at once, so the p values are Holm-adjusted for K * K of them.

    Returns:
        float64 of shape (K, K) in [0, 1]; row = true class, column = predicted class.

    Raises:
        ValueError: if the pictures or their labels differ, or there are none.
    """
    check_same_pictures(first, second)
    is_moved = first.predictions != second.predictions
    classes = first.pred_probs.shape[1]
    came = _cells(first.labels[is_moved], second.predictions[is_moved], classes)
    left = _cells(first.labels[is_moved], first.predictions[is_moved], classes)
    return holm_adjusted(_p_values(came, left))


def changed_pictures(
    first: PictureScores,
    second: PictureScores,
    side: Side,
    *,
    true: int | None = None,
    predicted: int | None = None,
) -> npt.NDArray[np.int64]:
    """Give the positions of the pictures that changed sides, the most decided change first.

    How decided: by how much the probability of the true class moved. Pictures that were on the
    edge in both answers come last; equal ones are ordered by image id.

    Args:
        first: What A says.
        second: What B says.
        side: "fixed" or "broken".
        true: Keep only this true class; None keeps all.
        predicted: Keep only pictures that the wrong one of the two takes for this class.

    Returns:
        Positions into the rows of both, int64 of shape (M,).

    Raises:
        ValueError: if the pictures or their labels differ, there are none, or the side is
            neither.
    """
    check_same_pictures(first, second)
    wrong, keep = _wrong_answers(first, second, side)
    if true is not None:
        keep &= first.labels == true
    if predicted is not None:
        keep &= wrong == predicted
    positions = np.flatnonzero(keep)
    moved = np.abs(second.self_confidence[positions] - first.self_confidence[positions])
    order = np.lexsort((first.image_ids[positions], -moved))
    return positions[order].astype(np.int64, copy=False)


def _wrong_answers(
    first: PictureScores, second: PictureScores, side: Side
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Give the predictions of the one that is wrong, (N,), and who changed to the side, (N,).

    Raises:
        ValueError: if the side is neither.
    """
    if side not in SIDES:
        raise ValueError(f"Expected the side fixed or broken, got {side!r}.")
    if side == "fixed":
        return first.predictions, ~first.is_right & second.is_right
    return second.predictions, first.is_right & ~second.is_right


def _wrong_cells(first: PictureScores, second: PictureScores, side: Side) -> npt.NDArray[np.int64]:
    """Count the pictures that changed to a side by true and wrong class, int64 (K, K)."""
    wrong, keep = _wrong_answers(first, second, side)
    return _cells(first.labels[keep], wrong[keep], first.pred_probs.shape[1])


def _cells(
    labels: npt.NDArray[np.int64], predictions: npt.NDArray[np.int64], classes: int
) -> npt.NDArray[np.int64]:
    """Count pairs of classes, int64 of shape (K, K)."""
    cells = np.bincount(labels * classes + predictions, minlength=classes**2)
    return cells.reshape(classes, classes).astype(np.int64, copy=False)


def _p_values(
    better: npt.NDArray[np.int64], worse: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Test each pair of counts; same shape."""
    tested = [
        mcnemar_p_value(fixed=int(gained), broken=int(lost))
        for gained, lost in zip(better.flat, worse.flat, strict=True)
    ]
    return np.array(tested, dtype=np.float64).reshape(better.shape)
