"""What pictures are sorted by beyond one epoch, counted by hand and written in words."""

import numpy as np
import pytest

from fashion_core.analysis.forgetting import count_forgetting
from fashion_core.analysis.human_votes import count_crowd
from fashion_core.analysis.ranking import SortKey
from fashion_core.analysis.scores import score_pictures
from fashion_core.analysis.sort_values import describe_values, disagreement, past_values

RIGHT = [[0, 1, 0, 1], [1, 1, 0, 0], [1, 1, 0, 1]]  # of four pictures, at epochs 1, 2 and 4
PAST = count_forgetting([np.array(row, dtype=bool) for row in RIGHT], [1, 2, 4])
SCORES = score_pictures(
    image_ids=[7, 8, 9],
    labels=[0, 0, 1],
    predictions=[0, 1, 0],
    pred_probs=[[0.75, 0.25], [0.375, 0.625], [1.0, 0.0]],
    loss=[0.2877, 0.9808, 12.5],
)
ALL = np.arange(3)


def test_a_picture_never_right_for_good_is_learned_after_every_epoch():
    assert past_values(PAST, SortKey.LEARNED).tolist() == [2.0, 1.0, np.inf, 4.0]


def test_a_picture_never_learned_has_no_number_of_times():
    found = past_values(PAST, SortKey.FORGOTTEN)
    assert np.array_equal(found, [0, 0, np.nan, 1], equal_nan=True)


@pytest.mark.parametrize("sort", [SortKey.LOSS, SortKey.DISAGREEMENT])
def test_other_sorts_are_not_about_the_epochs(sort):
    with pytest.raises(ValueError, match="a sort by the epochs of a run, got"):
        past_values(PAST, sort)


def test_people_disagree_as_far_as_their_votes_are_not_for_the_label():
    crowd = count_crowd(votes=np.array([[3, 1, 0], [0, 5, 5]]), labels=np.array([0, 0]))
    assert disagreement(crowd).tolist() == [0.25, 1.0]


@pytest.mark.parametrize(
    ("sort", "values", "texts"),
    [
        (SortKey.CONFIDENCE, None, []),
        (SortKey.LOSS, None, ["loss 0.288", "loss 0.981", "loss 12.5"]),
        (SortKey.MARGIN, None, ["margin 0.500", "margin 0.250", "margin 1.00"]),
        (
            SortKey.LEARNED,
            [7, 1, np.inf],
            ["right since epoch 7", "right since epoch 1", "never right for good"],
        ),
        (SortKey.FORGOTTEN, [0, 1, 2], ["never forgotten", "forgotten once", "forgotten twice"]),
        (
            SortKey.FORGOTTEN,
            [3, 12, np.nan],
            ["forgotten 3 times", "forgotten 12 times", "never learned"],
        ),
        (
            SortKey.DISAGREEMENT,
            [0.62, 0, 1],
            ["62\u00a0% disagree", "0\u00a0% disagree", "100\u00a0% disagree"],
        ),
    ],
)
def test_every_value_is_written_in_words(sort, values, texts):
    given = None if values is None else np.array(values, dtype=float)
    assert describe_values(SCORES, ALL, sort, given) == texts


def test_values_are_written_in_the_order_of_the_positions():
    found = describe_values(SCORES, np.array([2, 0]), SortKey.LOSS)
    assert found == ["loss 12.5", "loss 0.288"]


def test_values_that_are_needed_and_missing_are_asked_for():
    with pytest.raises(ValueError, match="values of the sort by people disagree, got none"):
        describe_values(SCORES, ALL, SortKey.DISAGREEMENT)
