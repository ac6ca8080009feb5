"""Pictures that change their answer: counted by hand and by a plain loop."""

import numpy as np
import pytest

from fashion_core.analysis.churn import count_churn

LABELS = np.array([3, 3, 3, 3, 5, 5, 5])
BEFORE = np.array([3, 3, 1, 1, 5, 2, 2])
AFTER = np.array([3, 4, 3, 2, 0, 5, 2])


def test_every_way_to_change_is_counted_apart() -> None:
    found = count_churn(BEFORE, AFTER, labels=LABELS)
    assert (found.became_right, found.became_wrong, found.still_wrong) == (2, 2, 1)
    assert found.changed == 5


def test_the_way_back_exchanges_right_and_wrong() -> None:
    some = slice(2, 6)  # right, still wrong, wrong, right
    there = count_churn(BEFORE[some], AFTER[some], labels=LABELS[some])
    back = count_churn(AFTER[some], BEFORE[some], labels=LABELS[some])
    assert (there.became_right, there.became_wrong) == (2, 1)
    assert (back.became_right, back.became_wrong) == (1, 2)


def test_counts_agree_with_a_plain_loop_on_stored_bytes() -> None:
    random = np.random.default_rng(2)
    before, after = random.integers(0, 10, (2, 3_000), dtype=np.uint8)
    labels = random.integers(0, 10, 3_000)
    right = wrong = other = 0
    for b, a, label in zip(before.tolist(), after.tolist(), labels.tolist(), strict=True):
        if b != a:
            right, wrong = right + (a == label), wrong + (b == label)
            other += label not in {a, b}
    found = count_churn(before, after, labels=labels)
    assert (found.became_right, found.became_wrong, found.still_wrong) == (right, wrong, other)


def test_same_answers_change_nothing() -> None:
    assert count_churn(AFTER, AFTER, labels=LABELS).changed == 0


def test_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="one shape"):
        count_churn(BEFORE, AFTER[:3], labels=LABELS)
