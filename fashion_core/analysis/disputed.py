"""The accuracy without the pictures whose label a person disputes, beside the official one."""

from collections.abc import Collection
from dataclasses import dataclass
from math import nan

import numpy as np

from fashion_core.analysis.intervals import Interval, wilson_interval
from fashion_core.analysis.scores import PictureScores


@dataclass(frozen=True, slots=True, kw_only=True)
class UndisputedAccuracy:
    """Accuracy over the pictures whose label nobody disputes.

    Attributes:
        value: right / pictures, in [0, 1]; nan if every picture is disputed.
        interval: Wilson interval of the value.
        right: Pictures predicted as their label, disputed ones left out.
        pictures: Pictures counted.
        left_out: Disputed pictures, which are not counted.
        left_out_wrong: Those of them that count as mistakes in the official accuracy.
    """

    value: float
    interval: Interval
    right: int
    pictures: int
    left_out: int
    left_out_wrong: int


def accuracy_without(scores: PictureScores, disputed_ids: Collection[int]) -> UndisputedAccuracy:
    """Give the accuracy that leaves out some pictures.

    It never replaces the official accuracy: whoever looks for wrong labels where the network
    disagrees leaves out its mistakes, so that the figure can hardly fall.

    Args:
        scores: What an epoch says about every picture of a split.
        disputed_ids: Image ids to leave out; ids that are not among the scores do not count.
    """
    is_disputed = np.isin(scores.image_ids, list(disputed_ids))
    right = int((scores.is_right & ~is_disputed).sum())
    pictures = int((~is_disputed).sum())
    return UndisputedAccuracy(
        value=right / pictures if pictures else nan,
        interval=wilson_interval(right, pictures),
        right=right,
        pictures=pictures,
        left_out=int(is_disputed.sum()),
        left_out_wrong=int((is_disputed & ~scores.is_right).sum()),
    )
