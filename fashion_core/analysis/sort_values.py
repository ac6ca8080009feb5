"""What pictures are sorted by beyond the scores of one epoch, and each value in words."""

from typing import Final

import numpy as np
import numpy.typing as npt

from fashion_core.analysis.forgetting import NEVER, Forgetting
from fashion_core.analysis.formatting import number, percent
from fashion_core.analysis.human_votes import Crowd
from fashion_core.analysis.ranking import SortKey
from fashion_core.analysis.scores import PictureScores

NEVER_LEARNED: Final = "never learned"


def past_values(forgetting: Forgetting, sort: SortKey) -> npt.NDArray[np.float64]:
    """Give the values of a sort by the epochs of a run, float64 of shape (N,).

    A picture that is not right for good is learned after every epoch: infinity. One that was
    never right cannot be forgotten and has no number of times: nan.

    Args:
        forgetting: Of `count_forgetting`.
        sort: LEARNED or FORGOTTEN.

    Raises:
        ValueError: if it is another.
    """
    if sort is SortKey.LEARNED:
        return np.where(forgetting.right_since == NEVER, np.inf, forgetting.right_since)
    if sort is SortKey.FORGOTTEN:
        return np.where(forgetting.learned_at == NEVER, np.nan, forgetting.times_forgotten)
    raise ValueError(f"Expected a sort by the epochs of a run, got {sort.value}.")


def disagreement(crowd: Crowd) -> npt.NDArray[np.float64]:
    """Give the share of people's votes that are not for the label, float64 (N,) in [0, 1]."""
    return 1 - crowd.label_share


def describe_values(
    scores: PictureScores,
    positions: npt.NDArray[np.int64],
    sort: SortKey,
    values: npt.NDArray[np.float64] | None = None,
) -> list[str]:
    """Write the value that pictures are sorted by, for below each; nothing for the confidence.

    Args:
        scores: What an epoch says about the pictures.
        positions: Rows of `scores`, int64 of shape (M,).
        sort: What they are sorted by.
        values: As for `rank_pictures`.

    Returns:
        M texts such as "loss 2.3", "right since epoch 7" or "62 % disagree"; none at all for the
        confidence, which a picture in a gallery shows anyway.

    Raises:
        ValueError: if values are needed that are not there.
    """
    if sort is SortKey.CONFIDENCE:
        return []
    if sort.is_of_scores:
        column = scores.loss if sort is SortKey.LOSS else scores.margin
        return [f"{sort.value} {number(float(value))}" for value in column[positions]]
    if values is None:
        raise ValueError(f"Expected values of the sort by {sort.value}, got none.")
    write = {
        SortKey.LEARNED: _learned,
        SortKey.FORGOTTEN: _forgotten,
        SortKey.DISAGREEMENT: _disagree,
    }[sort]
    return [write(float(value)) for value in values[positions]]


def _learned(epoch: float) -> str:
    return "never right for good" if np.isinf(epoch) else f"right since epoch {epoch:.0f}"


def _forgotten(times: float) -> str:
    if np.isnan(times):
        return NEVER_LEARNED
    often = {0: "never forgotten", 1: "forgotten once", 2: "forgotten twice"}
    return often.get(int(times), f"forgotten {times:.0f} times")


def _disagree(share: float) -> str:
    return f"{percent(share, decimals=0)} disagree"
