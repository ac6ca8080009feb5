"""When pictures were learned and how often forgotten, counted by hand."""

import numpy as np
import pytest

from fashion_core.analysis.forgetting import NEVER, count_forgetting

RIGHT = {
    1: [0, 1, 0, 1],
    2: [1, 1, 0, 0],
    4: [0, 1, 0, 1],  # epoch 3 is not there
    5: [1, 1, 0, 0],
}


def forgetting(right):
    return count_forgetting([np.array(row, dtype=bool) for row in right.values()], list(right))


def test_the_first_right_epoch_is_when_a_picture_was_learned():
    assert forgetting(RIGHT).learned_at.tolist() == [2, 1, NEVER, 1]


def test_every_wrong_answer_right_after_a_right_one_is_a_forgetting():
    assert forgetting(RIGHT).times_forgotten.tolist() == [1, 0, 0, 2]


def test_right_for_good_is_since_the_epoch_after_the_last_wrong_one():
    right = {2: [1, 0, 1, 0, 1], 3: [1, 1, 0, 0, 0], 5: [1, 1, 1, 0, 0], 6: [1, 1, 1, 1, 0]}
    assert forgetting(right).right_since.tolist() == [2, 3, 5, 6, NEVER]


def test_a_picture_that_is_wrong_at_the_last_epoch_is_not_right_for_good():
    assert forgetting(RIGHT).right_since.tolist() == [5, 1, NEVER, NEVER]


def test_all_three_agree_with_plain_loops():
    rng = np.random.default_rng(3)
    right = (rng.random((9, 500)) < rng.random(500)).tolist()
    epochs = [1, 2, 4, 5, 6, 9, 10, 11, 15]
    found = count_forgetting([np.array(row) for row in right], epochs)
    for i, answers in enumerate(zip(*right, strict=True)):
        learned = [epoch for epoch, answer in zip(epochs, answers, strict=True) if answer]
        text = "".join("+" if answer else "-" for answer in answers)
        lasting = len(text) - len(text.rstrip("+"))
        assert found.learned_at[i] == (learned[0] if learned else NEVER)
        assert found.times_forgotten[i] == text.count("+-")
        assert found.right_since[i] == (epochs[-lasting] if lasting else NEVER)


def test_one_epoch_forgets_nothing():
    found = forgetting({7: [1, 0]})
    assert (found.learned_at.tolist(), found.times_forgotten.tolist()) == ([7, NEVER], [0, 0])


@pytest.mark.parametrize("epochs", [[], [1]])
def test_an_array_for_each_epoch_is_asked_for(epochs):
    with pytest.raises(ValueError, match="an array for each epoch"):
        count_forgetting([np.ones(2, dtype=bool)] * 2 if epochs else [], epochs)
