"""Which classes are mixed up, by hand on asymmetric matrices, and every wording."""

import math

import numpy as np
import numpy.typing as npt
import pytest

from fashion_core.analysis.confusions import (
    Confusion,
    describe_collapse,
    describe_confusion,
    describe_confusions,
    describe_result,
    family_share,
    share_of_column,
    share_of_row,
    top_confusions,
    worst_class_share,
)
from fashion_core.classes import FAMILY

MATRIX = np.array([[6, 3, 1], [0, 5, 5], [1, 0, 9]])
"""Mistakes by true class 4, 5, 1; by predicted class 1, 3, 6."""


def ten(right: int = 0, **mistakes: int) -> npt.NDArray[np.int64]:
    """Give a matrix of ten classes; `t6_p0=3` puts three shirts into T-shirt/top."""
    matrix = np.diag([right] * 10).astype(np.int64)
    for cell, number in mistakes.items():
        matrix[int(cell[1]), int(cell[4])] = number
    return matrix


def test_share_of_row_divides_by_the_true_class() -> None:
    assert share_of_row(MATRIX)[0] == pytest.approx([0.6, 0.3, 0.1])


def test_share_of_column_divides_by_the_predicted_class() -> None:
    assert share_of_column(MATRIX)[:, 2] == pytest.approx([1 / 15, 5 / 15, 9 / 15])


def test_shares_of_nothing_are_not_defined() -> None:
    matrix = np.array([[0, 0], [3, 0]])
    assert np.isnan(share_of_row(matrix)[0]).all()
    assert share_of_row(matrix)[1].tolist() == [1, 0]
    assert np.isnan(share_of_column(matrix)[:, 1]).all()
    assert share_of_column(matrix)[:, 0].tolist() == [0, 1]


def test_top_confusions_are_ordered_by_count() -> None:
    cells = [(cell.true, cell.predicted, cell.count) for cell in top_confusions(MATRIX, 9)]
    assert cells == [(1, 2, 5), (0, 1, 3), (0, 2, 1), (2, 0, 1)]


def test_top_confusions_stop_at_the_limit() -> None:
    assert [cell.count for cell in top_confusions(MATRIX, 2)] == [5, 3]
    assert top_confusions(MATRIX, 0) == []


def test_top_confusions_know_the_size_of_the_true_class() -> None:
    first = top_confusions(np.array([[1, 7], [0, 2]]), 1)[0]
    assert first.row_total == 8
    assert first.share == 7 / 8


def test_share_of_a_class_without_pictures_is_not_defined() -> None:
    assert math.isnan(Confusion(true=0, predicted=1, count=0, row_total=0).share)


def test_top_confusions_refuse_a_negative_limit() -> None:
    with pytest.raises(ValueError, match="Expected a limit of at least 0, got -1"):
        top_confusions(MATRIX, -1)


def test_a_confusion_reads_from_true_to_predicted() -> None:
    cell = Confusion(true=6, predicted=0, count=104, row_total=1000)
    assert describe_confusion(cell) == "Shirt is predicted as T-shirt/top: 104 of 1,000"


def test_family_share_needs_both_classes_in_the_family() -> None:
    matrix = ten(t6_p0=3, t0_p2=2, t6_p8=4, t3_p4=1)
    assert family_share(matrix, FAMILY) == 5 / 10


def test_family_share_does_not_count_right_answers_or_members_twice() -> None:
    assert family_share(ten(right=50, t6_p0=3, t6_p8=1), (0, 6, 6)) == 3 / 4


def test_family_share_without_mistakes_is_not_defined() -> None:
    assert math.isnan(family_share(ten(right=5), FAMILY))


def test_family_share_refuses_unknown_members() -> None:
    with pytest.raises(ValueError, match=r"Expected members in \[0, 10\), got \[6, 10\]"):
        family_share(ten(), (6, 10))


def test_worst_class_is_a_true_class_not_a_predicted_one() -> None:
    worst = worst_class_share(MATRIX)
    assert worst is not None
    assert (worst.true, worst.mistakes, worst.share, worst.is_tied) == (1, 5, 0.5, False)


def test_worst_class_says_when_it_shares_the_place() -> None:
    worst = worst_class_share(np.array([[9, 0, 0], [2, 0, 0], [1, 1, 5]]))
    assert worst is not None
    assert (worst.true, worst.is_tied) == (1, True)


def test_there_is_no_worst_class_without_mistakes() -> None:
    assert worst_class_share(ten(right=5)) is None
    assert worst_class_share(ten()) is None


@pytest.mark.parametrize(
    ("matrix", "sentence"),
    [
        (
            ten(right=92, t6_p0=30, t0_p6=20, t4_p2=20, t2_p4=10),
            "The network is right on 92.0\u00a0% of pictures it was not trained on; "
            "38\u00a0% of its mistakes are shirts it took for something else.",
        ),
        (ten(right=100), "The network is right on all 1,000 pictures it was not trained on."),
        (ten(t3_p4=2), "The network is wrong on all 2 pictures it was not trained on."),
        (ten(t3_p4=1), "The network is wrong on the only picture it was not trained on."),
        (ten(), "There are no predictions to judge the network by yet."),
        (
            ten(right=1, t9_p7=1),
            "The network is right on 90.9\u00a0% of pictures it was not trained on; "
            "its only mistake is one of the ankle boots.",
        ),
        (
            ten(right=1, t0_p6=5),
            "The network is right on 66.7\u00a0% of pictures it was not trained on; "
            "all of its mistakes are T-shirts it took for something else.",
        ),
        (
            ten(right=1, t6_p0=2, t4_p2=2),
            "The network is right on 71.4\u00a0% of pictures it was not trained on; "
            "no single class stands out among its mistakes.",
        ),
    ],
)
def test_every_result_has_a_sentence(matrix: npt.NDArray[np.int64], sentence: str) -> None:
    assert describe_result(matrix) == sentence


COLLAPSED = np.zeros((10, 10), dtype=np.int64)
COLLAPSED[:, 2] = 1_000


def test_a_network_that_gives_one_answer_is_said_to_give_one_answer() -> None:
    assert describe_collapse(COLLAPSED) == (
        "The network calls every picture Pullover, whatever it shows."
    )
    assert describe_result(COLLAPSED) == (
        "The network calls every picture Pullover, whatever it shows. It is right on "
        "10.0\u00a0% of pictures it was not trained on."
    )
    assert describe_confusions(COLLAPSED) == (
        "The network calls every picture Pullover, whatever it shows. So no two classes are mixed "
        "up more than others: none is told apart."
    )


def test_nearly_one_answer_counts_the_pictures() -> None:
    """A real run with rate 1 on 500 pictures: 9,994 times Sandal."""
    matrix = np.zeros((10, 10), dtype=np.int64)
    matrix[:, 5], matrix[0, 5], matrix[0, 3] = 1_000, 994, 6
    assert describe_collapse(matrix) == (
        "The network calls 9,994 of 10,000 pictures Sandal, whatever they show."
    )
    matrix[:, 5], matrix[:, 3] = 940, 60
    assert describe_collapse(matrix) == ""


@pytest.mark.parametrize(
    "matrix", [ten(), ten(right=9), ten(t3_p4=2), ten(right=1, t3_p4=5_000, t2_p4=1_000)]
)
def test_one_answer_to_pictures_of_mostly_one_class_is_no_collapse(
    matrix: npt.NDArray[np.int64],
) -> None:
    assert describe_collapse(matrix) == ""


def test_nearly_perfect_is_not_called_perfect() -> None:
    matrix = ten(right=10_000, t6_p0=2)
    assert "right on >99.9\u00a0% of pictures" in describe_result(matrix)


@pytest.mark.parametrize(
    ("matrix", "sentence"),
    [
        (
            ten(right=92, t6_p0=30, t0_p6=20, t9_p7=2_000),
            "50 of 2,050 mistakes are among T-shirt/top, Pullover, Coat and Shirt. "
            "Most often: Ankle boot is predicted as Sneaker: 2,000 of 2,092.",
        ),
        (
            ten(right=1, t3_p4=5, t4_p3=5),
            "Among the most frequent: Dress is predicted as Coat: 5 of 6.",
        ),
        (ten(t3_p4=1), "Most often: Dress is predicted as Coat: 1 of 1."),
        (ten(right=9), "No class is mixed up with another."),
    ],
)
def test_every_matrix_says_where_its_mistakes_are(
    matrix: npt.NDArray[np.int64], sentence: str
) -> None:
    assert describe_confusions(matrix) == sentence


def test_a_sentence_about_ten_classes_refuses_another_number() -> None:
    with pytest.raises(ValueError, match="Expected 10 classes, got 3"):
        describe_confusions(MATRIX)


def test_wrong_matrices_are_refused() -> None:
    for function in (
        share_of_row,
        share_of_column,
        worst_class_share,
        describe_result,
        describe_collapse,
    ):
        with pytest.raises(ValueError, match=r"Expected a matrix of shape \(K, K\), got \(2, 3\)"):
            function(np.zeros((2, 3), dtype=np.int64))
