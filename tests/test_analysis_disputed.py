"""The accuracy without disputed labels, counted by hand."""

import math

import numpy as np
import pytest

from fashion_core.analysis.disputed import accuracy_without
from fashion_core.analysis.intervals import wilson_interval
from fashion_core.analysis.scores import PictureScores, score_pictures


def scores() -> PictureScores:
    """Give five pictures with the ids 10 to 14; 11, 13 and 14 are wrong."""
    labels, predictions = np.array([0, 1, 2, 0, 1]), np.array([0, 2, 2, 1, 0])
    probs = np.full((5, 3), 0.2)
    probs[np.arange(5), predictions] = 0.6
    return score_pictures(
        image_ids=np.arange(10, 15),
        labels=labels,
        predictions=predictions,
        pred_probs=probs,
        loss=np.ones(5),
    )


def test_disputed_pictures_are_counted_neither_as_right_nor_as_wrong() -> None:
    """11 and 13 are mistakes, 12 is right: of 10 and 14 one is right."""
    found = accuracy_without(scores(), [11, 12, 13])
    assert (found.right, found.pictures, found.value) == (1, 2, 0.5)
    assert (found.left_out, found.left_out_wrong) == (3, 2)
    assert found.interval == wilson_interval(1, 2)


def test_without_disputes_it_is_the_official_accuracy() -> None:
    found = accuracy_without(scores(), [])
    assert (found.value, found.pictures, found.left_out) == (0.4, 5, 0)


def test_ids_of_other_pictures_change_nothing() -> None:
    assert accuracy_without(scores(), [0, 99, 13]).left_out == 1


def test_without_pictures_it_is_not_defined() -> None:
    found = accuracy_without(scores(), range(100))
    assert math.isnan(found.value)
    assert math.isnan(found.interval.low)
    assert found.right == pytest.approx(0)
