"""Figures from the confusion matrix: by hand first, then against scikit-learn."""

import math

import numpy as np
import numpy.typing as npt
import pytest
from sklearn import metrics as oracle

from fashion_core.analysis.metrics import (
    accuracy,
    check_matrix,
    confusion_matrix,
    macro_precision,
    per_class_report,
    precision_at_confidence,
)
from fashion_core.analysis.scores import PictureScores, score_pictures

LABELS = [0, 0, 0, 0, 1, 1, 2]
PREDICTIONS = [0, 0, 1, 2, 1, 2, 2]
MATRIX = np.array([[2, 1, 1], [0, 1, 1], [0, 0, 1]])
"""Asymmetric: precision 1, 1/2, 1/3; recall 1/2, 1/2, 1."""


def many(count: int = 4000) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Give labels and predictions of ten classes that agree about half of the time."""
    rng = np.random.default_rng(5)
    labels = rng.integers(0, 10, count)
    shifted = (labels + rng.integers(1, 4, count)) % 10
    return labels, np.where(rng.random(count) < 0.5, labels, shifted)


def scores(confidences: list[float], is_right: list[bool]) -> PictureScores:
    """Give pictures predicted as class 0 of three, with these confidences."""
    rest = [(1 - value) / 2 for value in confidences]
    return score_pictures(
        image_ids=range(len(confidences)),
        labels=[0 if right else 1 for right in is_right],
        predictions=[0] * len(confidences),
        pred_probs=[[value, other, other] for value, other in zip(confidences, rest, strict=True)],
        loss=[0.5] * len(confidences),
    )


def test_confusion_matrix_puts_true_class_in_rows() -> None:
    matrix = confusion_matrix(labels=[6, 6, 6], predictions=[4, 4, 6])
    assert (matrix[6, 4], matrix[4, 6], matrix[6, 6]) == (2, 0, 1)


def test_confusion_matrix_of_a_small_case() -> None:
    matrix = confusion_matrix(labels=LABELS, predictions=PREDICTIONS, num_classes=3)
    assert matrix.tolist() == MATRIX.tolist()
    assert matrix.dtype == np.int64


def test_confusion_matrix_agrees_with_scikit_learn() -> None:
    labels, predictions = many()
    expected = oracle.confusion_matrix(labels, predictions, labels=range(10))
    assert (confusion_matrix(labels=labels, predictions=predictions) == expected).all()


def test_confusion_matrix_of_bytes_does_not_overflow() -> None:
    labels = np.full(3, 200, dtype=np.uint8)
    matrix = confusion_matrix(labels=labels, predictions=labels, num_classes=201)
    assert matrix[200, 200] == 3


def test_confusion_matrix_of_no_pictures_is_all_zero() -> None:
    assert confusion_matrix(labels=[], predictions=[]).sum() == 0


@pytest.mark.parametrize(
    ("labels", "predictions", "message"),
    [
        ([1, 2], [1], r"predictions of shape \(2,\), got \(1,\)"),
        ([10], [1], r"labels in \[0, 10\), got 10 to 10"),
        ([1], [-1], r"predictions in \[0, 10\), got -1 to -1"),
        ([0.5], [1], "labels of an integer type, got float64"),
        ([[1]], [[1]], r"labels of shape \(N,\), got \(1, 1\)"),
    ],
)
def test_confusion_matrix_refuses_wrong_classes(
    labels: list[int], predictions: list[int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        confusion_matrix(labels=labels, predictions=predictions)


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.zeros((2, 3), dtype=int), r"shape \(K, K\), got \(2, 3\)"),
        (np.zeros((0, 0), dtype=int), r"shape \(K, K\), got \(0, 0\)"),
        (np.array([[0.5]]), "matrix of counts, got float64"),
        (np.array([[-1]]), "at least 0, got -1"),
    ],
)
def test_a_wrong_matrix_is_refused(matrix: npt.NDArray[np.int64], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_matrix(matrix)


def test_accuracy_is_the_share_on_the_diagonal() -> None:
    assert accuracy(MATRIX) == pytest.approx(4 / 7)


def test_accuracy_of_nothing_is_not_defined() -> None:
    assert math.isnan(accuracy(np.zeros((3, 3), dtype=np.int64)))


def embedded() -> npt.NDArray[np.int64]:
    """Give the small matrix as the first three of ten classes."""
    matrix = np.zeros((10, 10), dtype=np.int64)
    matrix[:3, :3] = MATRIX
    return matrix


def test_report_tells_precision_from_recall() -> None:
    report = per_class_report(embedded()).loc[["T-shirt/top", "Trouser", "Pullover"]]
    assert report["precision"].tolist() == pytest.approx([1, 1 / 2, 1 / 3])
    assert report["recall"].tolist() == pytest.approx([1 / 2, 1 / 2, 1])
    assert report["f1"].tolist() == pytest.approx([2 / 3, 1 / 2, 1 / 2])
    assert report["support"].tolist() == [4, 2, 1]


def test_report_of_a_class_nobody_mentions_is_not_defined() -> None:
    row = per_class_report(embedded()).loc["Bag"]
    assert row[["precision", "recall", "f1"]].isna().all()
    assert row["support"] == 0


def test_a_class_never_predicted_has_f1_zero_and_no_precision() -> None:
    matrix = embedded()
    matrix[8, 0] = 5
    row = per_class_report(matrix).loc["Bag"]
    assert math.isnan(row["precision"])
    assert (row["recall"], row["f1"]) == (0, 0)


def test_report_agrees_with_scikit_learn() -> None:
    labels, predictions = many()
    report = per_class_report(confusion_matrix(labels=labels, predictions=predictions))
    expected = oracle.precision_recall_fscore_support(labels, predictions, labels=range(10))
    for column, values in zip(report.columns, expected, strict=True):
        assert report[column].to_numpy() == pytest.approx(values)


def test_report_needs_the_ten_classes() -> None:
    with pytest.raises(ValueError, match=r"Expected a matrix of shape \(10, 10\), got \(3, 3\)"):
        per_class_report(MATRIX)


def test_macro_precision_is_the_mean_over_columns() -> None:
    assert macro_precision(MATRIX) == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)


def test_macro_precision_agrees_with_scikit_learn() -> None:
    labels, predictions = many()
    matrix = confusion_matrix(labels=labels, predictions=predictions)
    expected = oracle.precision_score(labels, predictions, average="macro")
    assert macro_precision(matrix) == pytest.approx(expected)


def test_macro_precision_is_not_defined_if_a_class_was_never_predicted() -> None:
    assert math.isnan(macro_precision(np.array([[3, 0], [1, 0]])))


def test_precision_at_confidence_ignores_unsure_pictures() -> None:
    found = precision_at_confidence(scores([0.9, 0.8, 0.7, 0.4], [True, False, True, False]))
    assert (found.right, found.answered) == (2, 3)
    assert found.value == pytest.approx(2 / 3)


def test_precision_at_confidence_includes_the_threshold_itself() -> None:
    assert precision_at_confidence(scores([0.5, 0.499], [True, True])).answered == 1


def test_precision_at_confidence_uses_the_given_threshold() -> None:
    assert precision_at_confidence(scores([0.9, 0.7], [True, False]), 0.75).value == 1


def test_precision_at_confidence_of_no_answers_is_not_defined() -> None:
    found = precision_at_confidence(scores([0.4], [True]))
    assert math.isnan(found.value)
    assert (found.right, found.answered) == (0, 0)


def test_precision_at_confidence_is_micro_precision_over_all_probabilities() -> None:
    """Counts every cell of (N, K), as Keras does."""
    rng = np.random.default_rng(1)
    probs = rng.dirichlet(np.full(10, 0.2), 500)
    labels = np.where(rng.random(500) < 0.7, probs.argmax(1), rng.integers(0, 10, 500))
    made = score_pictures(
        image_ids=np.arange(500),
        labels=labels,
        predictions=probs.argmax(1),
        pred_probs=probs,
        loss=np.ones(500),
    )
    is_hit = np.eye(10, dtype=bool)[labels][probs >= 0.5]
    assert precision_at_confidence(made).value == pytest.approx(is_hit.mean())


@pytest.mark.parametrize("threshold", [-0.1, 1.1, math.nan])
def test_precision_at_confidence_refuses_a_threshold_that_is_no_share(threshold: float) -> None:
    with pytest.raises(ValueError, match=r"Expected a threshold in \[0, 1\]"):
        precision_at_confidence(scores([0.9], [True]), threshold)
