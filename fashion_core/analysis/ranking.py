"""Which pictures of a cell to show, and in which order."""

from enum import Enum
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from fashion_core.analysis.scores import PictureScores

Outcome = Literal["all", "right", "wrong"]
"""Which pictures to keep: all, those predicted right, or those predicted wrong."""


class SortKey(str, Enum):
    """What to sort pictures by; the value is short enough for a link."""

    CONFIDENCE = "confidence"
    LOSS = "loss"
    MARGIN = "margin"
    LEARNED = "learned for good"
    FORGOTTEN = "times forgotten"
    DISAGREEMENT = "people disagree"

    @property
    def label(self) -> str:
        """Give the words a person reads."""
        return _LABELS[self]

    @property
    def is_of_scores(self) -> bool:
        """Whether the scores of one epoch say it; the others need values from elsewhere."""
        return self in {SortKey.CONFIDENCE, SortKey.LOSS, SortKey.MARGIN}

    def describe_order(self, *, ascending: bool) -> str:
        """Say which pictures come first: "highest loss first"."""
        ends, what = _ORDERS.get(self, (("lowest", "highest"), self.value))
        return f"{ends[0 if ascending else 1]} {what} first"


_LABELS = {
    SortKey.CONFIDENCE: "Confidence in the predicted class",
    SortKey.LOSS: "Loss (surprise at the true class)",
    SortKey.MARGIN: "Margin (lead over the next class)",
    SortKey.LEARNED: "Learned for good (epoch since which the answer is right)",
    SortKey.FORGOTTEN: "Times forgotten (wrong right after a right epoch)",
    SortKey.DISAGREEMENT: "People disagree (share of votes not for the label)",
}
_ORDERS = {
    SortKey.LEARNED: (("earliest", "latest"), "learned for good"),
    SortKey.FORGOTTEN: (("least", "most"), "often forgotten"),
    SortKey.DISAGREEMENT: (("lowest", "highest"), "disagreement of people"),
}

EVERY_CONFIDENCE: Final = (0.0, 1.0)
"""The range of confidences that keeps every picture."""


def rank_pictures(  # noqa: PLR0913 - one gallery's whole filter; each value is named at the call
    scores: PictureScores,
    *,
    true: int | None = None,
    predicted: int | None = None,
    outcome: Outcome = "all",
    confidence: tuple[float, float] = EVERY_CONFIDENCE,
    sort: SortKey,
    values: npt.NDArray[np.float64] | None = None,
    ascending: bool = False,
) -> npt.NDArray[np.int64]:
    """Give the positions of exactly the pictures asked for, highest sort value first.

    Ties (float16 makes many confidences exactly 1.0) are broken by the loss, which is exact:
    of two wrong pictures the one with the higher loss is the more confident mistake, of two
    right ones that with the lower loss the more confident answer; a wrong one comes before a
    right one. What is still equal is ordered by image id. The order is thus always the same,
    and `ascending` reverses it except for that last rule. A picture whose value is nan has none
    and comes after all that have one, whatever the direction.

    Args:
        scores: One epoch of one split.
        true: Keep only this true class; None keeps all.
        predicted: Keep only this predicted class; None keeps all.
        outcome: Keep "all" pictures, or only the "right" or "wrong" ones.
        confidence: Keep only confidences from the first to the second, both included.
        sort: What to sort by.
        values: What to sort by where the scores do not say it, float64 of shape (N,); see
            `sort_values`. Not looked at where they do.
        ascending: Lowest value first, e.g. the closest calls for the margin.

    Returns:
        Positions into the rows of `scores`, int64 of shape (M,), M <= N.

    Raises:
        ValueError: if a class is outside [0, K), the outcome is none of the three, the range of
            confidences is none, or values are needed that are not there.
    """
    keep = _is_outcome(scores, outcome) & _is_within(scores, confidence)
    for chosen, column in ((true, scores.labels), (predicted, scores.predictions)):
        if chosen is not None:
            _check_class(chosen, scores.pred_probs.shape[1])
            keep = keep & (column == chosen)
    positions = np.flatnonzero(keep)
    return sort_pictures(scores, positions, sort=sort, values=values, ascending=ascending)


def sort_pictures(
    scores: PictureScores,
    positions: npt.NDArray[np.int64],
    *,
    sort: SortKey,
    values: npt.NDArray[np.float64] | None = None,
    ascending: bool = False,
) -> npt.NDArray[np.int64]:
    """Give some positions in the order of `rank_pictures`, int64 of shape (M,).

    Args:
        scores: One epoch of one split.
        positions: Rows of `scores`, int64 of shape (M,).
        sort: As for `rank_pictures`.
        values: As for `rank_pictures`.
        ascending: As for `rank_pictures`.

    Raises:
        ValueError: if values are needed that are not there.
    """
    column = _sort_column(scores, sort, values)[positions]
    has_none = np.isnan(column)
    conviction = np.where(scores.is_right, -scores.loss, scores.loss)
    sign = 1 if ascending else -1
    order = np.lexsort(
        (
            scores.image_ids[positions],
            sign * conviction[positions],
            np.where(has_none, 0, sign * column),
            has_none,
        )
    )
    return positions[order].astype(np.int64, copy=False)


def sample_pictures(
    scores: PictureScores, *, right: int, wrong: int, seed: int
) -> npt.NDArray[np.int64]:
    """Give the positions of randomly drawn right pictures followed by wrong ones.

    The seed shuffles the pictures once, by image id and without looking at the predictions;
    the first that fit are taken. The same picture thus stays in the sample from epoch to epoch
    as long as its outcome does. If there are fewer than asked for, all of them are given.

    Returns:
        Positions into the rows of `scores`, int64 of shape (M,), M <= right + wrong.

    Raises:
        ValueError: if a number is negative.
    """
    if min(right, wrong) < 0:
        raise ValueError(f"Expected numbers of at least 0, got right {right}, wrong {wrong}.")
    by_id = np.argsort(scores.image_ids)
    shuffled = by_id[np.random.default_rng(seed).permutation(len(scores))]
    is_right = scores.is_right[shuffled]
    chosen = np.concatenate([shuffled[is_right][:right], shuffled[~is_right][:wrong]])
    return chosen.astype(np.int64, copy=False)


def _is_outcome(scores: PictureScores, outcome: Outcome) -> npt.NDArray[np.bool_]:
    """Say for each picture whether it has the outcome, bool of shape (N,).

    Raises:
        ValueError: if the outcome is none of the three.
    """
    if outcome == "all":
        return np.ones(len(scores), dtype=np.bool_)
    if outcome not in {"right", "wrong"}:
        raise ValueError(f"Expected the outcome all, right or wrong, got {outcome!r}.")
    return scores.is_right if outcome == "right" else ~scores.is_right


def _is_within(scores: PictureScores, confidence: tuple[float, float]) -> npt.NDArray[np.bool_]:
    """Say for each picture whether its confidence is in the range, bool of shape (N,).

    Raises:
        ValueError: if the range is none.
    """
    low, high = confidence
    if not 0 <= low <= high <= 1:
        raise ValueError(f"Expected confidences 0 <= low <= high <= 1, got {low}, {high}.")
    is_within: npt.NDArray[np.bool_] = (scores.confidence >= low) & (scores.confidence <= high)
    return is_within


def _sort_column(
    scores: PictureScores, sort: SortKey, values: npt.NDArray[np.float64] | None
) -> npt.NDArray[Any]:
    """Give the value of every picture to sort by, floating of shape (N,).

    Raises:
        ValueError: if they are not part of the scores and not one for each picture.
    """
    if sort.is_of_scores:
        columns = {
            SortKey.CONFIDENCE: scores.confidence,
            SortKey.LOSS: scores.loss,
            SortKey.MARGIN: scores.margin,
        }
        return columns[sort]
    if values is None or values.shape != (len(scores),):
        got = "none" if values is None else f"shape {values.shape}"
        raise ValueError(f"Expected {len(scores)} values to sort by {sort.value}, got {got}.")
    return values


def _check_class(value: int, num_classes: int) -> None:
    if not 0 <= value < num_classes:
        raise ValueError(f"Expected a class in [0, {num_classes}), got {value}.")
