"""How often each class is answered, in words, and one picture of each class."""

import numpy as np
import pytest

from fashion_core.analysis.answer_counts import describe_answer_counts, first_of_each_class


def answers(*counts: int) -> np.ndarray:
    """Give predictions with so many of each class, the last class first."""
    return np.repeat(np.arange(10), counts)[::-1]


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        (
            (999, 1000, 998, 1001, 640, 1003, 1312, 1004, 1005, 1038),
            "Shirt is answered most, 1,312 times of 10,000; Coat least, 640.",
        ),
        ((0, 0, 7, 0, 0, 0, 0, 0, 0, 0), "It calls every picture Pullover."),
        (
            (3, 0, 9, 1, 2, 1, 0, 1, 1, 0),
            "Pullover is answered most, 9 times of 18; Trouser, Shirt and Ankle boot never.",
        ),
        (
            (2, 5, 2, 4, 3, 3, 5, 3, 3, 3),
            "Trouser and Shirt are each answered most, 5 times of 33; T-shirt/top and Pullover "
            "least, 2.",
        ),
        ((2,) * 10, "Every class is answered 2 times of 20."),
    ],
)
def test_answers_are_counted_in_words(counts, words):
    assert describe_answer_counts(answers(*counts)) == words


def test_no_answer_cannot_be_described():
    with pytest.raises(ValueError, match="at least one"):
        describe_answer_counts(np.array([], dtype=np.int64))


def test_the_first_picture_of_each_class_in_the_order_of_the_classes():
    labels = np.array([3, 3, 1, 0, 1, 9, 0])
    assert first_of_each_class(labels).tolist() == [3, 2, 0, 5]
