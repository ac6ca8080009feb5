"""The rank of a mistake by loss, counted by hand, and how it is written."""

import numpy as np
import pytest

from fashion_core.analysis.mistakes import (
    Place,
    describe_rank,
    ordinal,
    place_in,
    rank_by_loss,
)
from fashion_core.analysis.scores import score_pictures

LOSS = [0.9, 3.0, 1.2, 2.5, 1.2, 4.0]
SCORES = score_pictures(
    image_ids=[50, 41, 30, 27, 19, 3],
    labels=[0, 1, 0, 1, 0, 1],
    predictions=[1, 0, 1, 0, 1, 1],  # all wrong but the last, which has the highest loss
    pred_probs=np.array([[0.4, 0.6], [0.9, 0.1], [0.3, 0.7], [0.8, 0.2], [0.3, 0.7], [0.5, 0.5]]),
    loss=LOSS,
)


@pytest.mark.parametrize(("position", "rank"), [(1, 1), (3, 2), (4, 3), (2, 4), (0, 5)])
def test_rank_counts_the_mistakes_with_a_higher_loss(position, rank):
    """Positions 2 and 4 are equal; the smaller image id, 19, comes first."""
    assert rank_by_loss(SCORES, position) == Place(rank=rank, total=5)


def test_a_right_answer_has_no_rank_whatever_its_loss():
    assert rank_by_loss(SCORES, 5) == Place(rank=None, total=5)


def test_place_is_counted_from_one():
    assert place_in(np.array([7, 2, 9]), 9) == Place(rank=3, total=3)
    assert place_in(np.array([7, 2, 9]), 1) == Place(rank=None, total=3)


@pytest.mark.parametrize(
    ("rank", "text"),
    [
        (1, "1st"),
        (2, "2nd"),
        (3, "3rd"),
        (4, "4th"),
        (11, "11th"),
        (12, "12th"),
        (13, "13th"),
        (21, "21st"),
        (112, "112th"),
        (742, "742nd"),
        (1003, "1,003rd"),
    ],
)
def test_rank_in_english(rank, text):
    assert ordinal(rank) == text


def test_there_is_no_zeroth():
    with pytest.raises(ValueError, match="at least 1, got 0"):
        ordinal(0)


def test_rank_in_words():
    assert describe_rank(Place(rank=3, total=742)) == "3rd of 742 mistakes"
    assert describe_rank(Place(rank=1742, total=2000)) == "1,742nd of 2,000 mistakes"
    assert describe_rank(Place(rank=1, total=1)) == "1st of 1 mistake"
    assert describe_rank(Place(rank=None, total=1742)) == "none: the answer is right"
