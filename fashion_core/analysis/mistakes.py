"""Where a picture stands among the mistakes, and in the row of pictures it was opened from."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fashion_core.analysis.formatting import count
from fashion_core.analysis.ranking import SortKey, rank_pictures
from fashion_core.analysis.scores import PictureScores


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a picture stands in a row of pictures.

    Attributes:
        rank: From 1; None if the picture is not among them.
        total: Pictures in the row.
    """

    rank: int | None
    total: int


def place_in(order: npt.NDArray[np.int64], position: int) -> Place:
    """Find a picture in a row of different pictures.

    Args:
        order: Positions of the pictures in their order, int64 of shape (M,).
        position: Position of the picture.
    """
    found = np.flatnonzero(order == position)
    return Place(rank=int(found[0]) + 1 if len(found) else None, total=len(order))


def rank_by_loss(scores: PictureScores, position: int) -> Place:
    """Say where a picture stands among all mistakes of the split, the highest loss first.

    Args:
        scores: One epoch of one split.
        position: Row of the picture.
    """
    order = rank_pictures(scores, outcome="wrong", sort=SortKey.LOSS)
    return place_in(order, position)


def describe_rank(place: Place) -> str:
    """Write a rank by loss: "3rd of 742 mistakes", or that there is none."""
    if place.rank is None:
        return "none: the answer is right"
    what = "mistake" if place.total == 1 else "mistakes"
    return f"{ordinal(place.rank)} of {count(place.total)} {what}"


def ordinal(rank: int) -> str:
    """Write a rank in English: "1st", "2nd", "3rd", "11th", "1,003rd".

    Raises:
        ValueError: if the rank is below 1.
    """
    if rank < 1:
        raise ValueError(f"Expected a rank of at least 1, got {rank}.")
    is_teen = 10 <= rank % 100 <= 20
    ending = "th" if is_teen else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return f"{count(rank)}{ending}"
