"""Confusion matrix and the figures that follow from it; row = true, column = predicted."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fashion_core.analysis.scores import PictureScores
from fashion_core.classes import CLASS_NAMES

if TYPE_CHECKING:
    import pandas as pd


def confusion_matrix(
    *, labels: npt.ArrayLike, predictions: npt.ArrayLike, num_classes: int = 10
) -> npt.NDArray[np.int64]:
    """Count the pictures of every pair of true and predicted class.

    Three shirts (6) of which two are predicted as coats (4): `matrix[6, 4] == 2`,
    `matrix[6, 6] == 1`, `matrix[4, 6] == 0`.

    Args:
        labels: True classes, integer of shape (N,), values in [0, K).
        predictions: Predicted classes, integer of shape (N,), values in [0, K).
        num_classes: K.

    Returns:
        int64 of shape (K, K); row = true class, column = predicted class.

    Raises:
        ValueError: if the arrays differ in shape or leave the range.
    """
    true = _checked_classes("labels", labels, num_classes)
    predicted = _checked_classes("predictions", predictions, num_classes)
    if true.shape != predicted.shape:
        raise ValueError(f"Expected predictions of shape {true.shape}, got {predicted.shape}.")
    cells = np.bincount(true * num_classes + predicted, minlength=num_classes**2)
    return cells.reshape(num_classes, num_classes).astype(np.int64, copy=False)


def check_matrix(matrix: npt.NDArray[np.int64]) -> None:
    """Refuse what cannot be a confusion matrix.

    Raises:
        ValueError: if the array is not square, not integer, or has negative counts.
    """
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not matrix.size:
        raise ValueError(f"Expected a matrix of shape (K, K), got {matrix.shape}.")
    if not np.issubdtype(matrix.dtype, np.integer):
        raise ValueError(f"Expected a matrix of counts, got {matrix.dtype}.")
    if (matrix < 0).any():
        raise ValueError(f"Expected counts of at least 0, got {matrix.min()}.")


def divide(
    numerators: npt.NDArray[np.int64], totals: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Divide counts by totals element by element; nan, without a warning, where a total is 0."""
    shape = np.broadcast_shapes(numerators.shape, totals.shape)
    quotients = np.full(shape, np.nan)
    np.divide(numerators, totals, out=quotients, where=totals > 0)
    return quotients


def accuracy(matrix: npt.NDArray[np.int64]) -> float:
    """Give the share in [0, 1] of pictures on the diagonal; nan without pictures.

    Raises:
        ValueError: if the array is not a confusion matrix.
    """
    check_matrix(matrix)
    total = int(matrix.sum())
    return int(np.trace(matrix)) / total if total else math.nan


def per_class_report(matrix: npt.NDArray[np.int64]) -> "pd.DataFrame":
    """Give precision, recall, F1 and support of each of the ten classes.

    Precision is nan for a class that was never predicted, recall for one without pictures, F1
    for one with neither. F1 is 2 TP / (2 TP + FP + FN), so a class that has pictures but was
    never predicted has the F1 0 and the precision nan. Higher is better for all three.

    Returns:
        One row per class name, in label order; columns precision, recall, f1 (float in [0, 1]
        or nan) and support (pictures of that true class, int64).

    Raises:
        ValueError: if the array is not a confusion matrix of the ten classes.
    """
    import pandas as pd  # noqa: PLC0415 - takes 0.3 s: a page draws its first figures before

    check_matrix(matrix)
    if len(matrix) != len(CLASS_NAMES):
        raise ValueError(f"Expected a matrix of shape (10, 10), got {matrix.shape}.")
    hits, support, answered = np.diagonal(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    columns = {
        "precision": divide(hits, answered),
        "recall": divide(hits, support),
        "f1": divide(2 * hits, support + answered),
        "support": support,
    }
    report: pd.DataFrame = pd.DataFrame(columns, index=pd.Index(CLASS_NAMES, name="class"))
    return report


def macro_precision(matrix: npt.NDArray[np.int64]) -> float:
    """Give the plain mean of the classes' precisions, in [0, 1]; higher is better.

    nan if some class was never predicted: its precision does not exist, and leaving it out or
    counting it as 0 would both be inventions.

    Raises:
        ValueError: if the array is not a confusion matrix.
    """
    check_matrix(matrix)
    return float(divide(np.diagonal(matrix), matrix.sum(axis=0)).mean())


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidentPrecision:
    """Precision over the pictures on which the network is sure enough to answer.

    Attributes:
        value: right / answered, in [0, 1]; nan if nothing was answered.
        right: Answered pictures that are right.
        answered: Pictures with at least the asked-for confidence.
    """

    value: float
    right: int
    answered: int


def precision_at_confidence(scores: PictureScores, threshold: float = 0.5) -> ConfidentPrecision:
    """Give the share of right answers among the pictures with confidence >= threshold.

    For thresholds of at least 0.5 at most one class of a picture can reach it, so this is
    Keras's micro-averaged `Precision(thresholds=threshold)`, which counts every probability of
    every picture (and asks for strictly more than the threshold).

    References:
        keras.io/api/metrics/classification_metrics, Precision.

    Raises:
        ValueError: if the threshold is outside [0, 1].
    """
    if not 0 <= threshold <= 1:
        raise ValueError(f"Expected a threshold in [0, 1], got {threshold}.")
    is_answered = scores.confidence >= threshold
    answered = int(is_answered.sum())
    right = int((is_answered & scores.is_right).sum())
    value = right / answered if answered else math.nan
    return ConfidentPrecision(value=value, right=right, answered=answered)


def _checked_classes(name: str, values: npt.ArrayLike, num_classes: int) -> npt.NDArray[np.int64]:
    """Give classes as int64 of shape (N,), or say what is wrong with them.

    Raises:
        ValueError: if shape, type or range are wrong.
    """
    array = np.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"Expected {name} of shape (N,), got {array.shape}.")
    if array.size and not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"Expected {name} of an integer type, got {array.dtype}.")
    if array.size and (array.min() < 0 or array.max() >= num_classes):
        raise ValueError(
            f"Expected {name} in [0, {num_classes}), got {array.min()} to {array.max()}."
        )
    return array.astype(np.int64, copy=False)
