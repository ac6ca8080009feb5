"""Which classes are mixed up, how often, and the same in plain sentences."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from fashion_core.analysis.formatting import count, percent
from fashion_core.analysis.metrics import accuracy, check_matrix, divide
from fashion_core.classes import CLASS_NAMES, FAMILY

_PLURALS: Final[tuple[str, ...]] = (
    "T-shirts",
    "trousers",
    "pullovers",
    "dresses",
    "coats",
    "sandals",
    "shirts",
    "sneakers",
    "bags",
    "ankle boots",
)
"""The ten classes in a sentence, in label order."""

_COLLAPSED: Final = 0.95
"""Share of one answer from which a network tells nothing apart.

Measured: rates of 0.1 and more end at 98 to 100 %, a rate of 1e-7 at 73 to 99 %; a network that
learned, at 10 to 15 %.
"""


def share_of_row(matrix: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Divide each cell by the pictures of its true class: rows sum to 1, the diagonal is recall.

    Returns:
        float64 of shape (K, K) in [0, 1]; a row without pictures is nan.

    Raises:
        ValueError: if the array is not a confusion matrix.
    """
    check_matrix(matrix)
    return divide(matrix, matrix.sum(axis=1, keepdims=True))


def share_of_column(matrix: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Divide each cell by the predictions of its class: columns sum to 1, diagonal = precision.

    Returns:
        float64 of shape (K, K) in [0, 1]; a column that was never predicted is nan.

    Raises:
        ValueError: if the array is not a confusion matrix.
    """
    check_matrix(matrix)
    return divide(matrix, matrix.sum(axis=0, keepdims=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """One cell of the matrix.

    Attributes:
        true: True class (row).
        predicted: Predicted class (column).
        count: Pictures in the cell.
        row_total: Pictures of the true class.
    """

    true: int
    predicted: int
    count: int
    row_total: int

    @property
    def share(self) -> float:
        """Give count / row_total in [0, 1]; nan for a true class without pictures."""
        return self.count / self.row_total if self.row_total else math.nan


def top_confusions(matrix: npt.NDArray[np.int64], limit: int) -> list[Confusion]:
    """Give the cells off the diagonal with the most pictures, most first.

    Equal counts are ordered by true, then predicted class; empty cells are left out.

    Raises:
        ValueError: if the array is not a confusion matrix or the limit is negative.
    """
    check_matrix(matrix)
    if limit < 0:
        raise ValueError(f"Expected a limit of at least 0, got {limit}.")
    totals = matrix.sum(axis=1)
    cells = [
        Confusion(
            true=int(true),
            predicted=int(predicted),
            count=int(matrix[true, predicted]),
            row_total=int(totals[true]),
        )
        for true, predicted in np.argwhere(matrix)
        if true != predicted
    ]
    return sorted(cells, key=lambda cell: (-cell.count, cell.true, cell.predicted))[:limit]


def describe_confusion(confusion: Confusion) -> str:
    """Write a cell as a sentence: "Shirt is predicted as T-shirt/top: 104 of 1,000"."""
    true, predicted = CLASS_NAMES[confusion.true], CLASS_NAMES[confusion.predicted]
    pictures = f"{count(confusion.count)} of {count(confusion.row_total)}"
    return f"{true} is predicted as {predicted}: {pictures}"


def family_share(matrix: npt.NDArray[np.int64], members: Sequence[int]) -> float:
    """Give the share of all mistakes that stay among the member classes; nan without mistakes.

    Raises:
        ValueError: if the array is not a confusion matrix or a member is outside [0, K).
    """
    mistakes = _mistakes(matrix)
    if not all(0 <= member < len(matrix) for member in members):
        raise ValueError(f"Expected members in [0, {len(matrix)}), got {list(members)}.")
    total = int(mistakes.sum())
    block = np.ix_(sorted(set(members)), sorted(set(members)))
    return int(mistakes[block].sum()) / total if total else math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstClass:
    """The true class with the most mistakes.

    Attributes:
        true: The class, the lowest on a tie.
        mistakes: Pictures of this class that are predicted as another.
        share: Mistakes of this class among all mistakes, in (0, 1].
        is_tied: Whether another class has just as many.
    """

    true: int
    mistakes: int
    share: float
    is_tied: bool


def worst_class_share(matrix: npt.NDArray[np.int64]) -> WorstClass | None:
    """Give the true class with the most mistakes and its share of all; None without mistakes.

    Raises:
        ValueError: if the array is not a confusion matrix.
    """
    per_class = _mistakes(matrix).sum(axis=1)
    most, total = int(per_class.max()), int(per_class.sum())
    if total == 0:
        return None
    return WorstClass(
        true=int(per_class.argmax()),
        mistakes=most,
        share=most / total,
        is_tied=int((per_class == most).sum()) > 1,
    )


def describe_collapse(matrix: npt.NDArray[np.int64]) -> str:
    """Say that a network gives one answer to (nearly) all pictures; empty if it does not.

    For example "The network calls every picture Pullover, whatever it shows."

    Raises:
        ValueError: if the array is not a confusion matrix.
    """
    check_matrix(matrix)
    answers, pictures = matrix.sum(axis=0), matrix.sum(axis=1)
    total, label = int(pictures.sum()), int(answers.argmax())
    most = int(answers[label])
    # Pictures of one class only, or mostly: then one answer is what a good network gives, too.
    if total == 0 or most < _COLLAPSED * total or pictures.max() > total / 2:
        return ""
    if most == total:
        return f"The network calls every picture {CLASS_NAMES[label]}, whatever it shows."
    pictures_called = f"{count(most)} of {count(total)} pictures {CLASS_NAMES[label]}"
    return f"The network calls {pictures_called}, whatever they show."


def describe_result(matrix: npt.NDArray[np.int64]) -> str:
    """Write the result in one or two plain sentences, true for the test and validation split.

    For example "The network is right on 92.1 % of pictures it was not trained on; 34 % of its
    mistakes are shirts it took for something else."

    Raises:
        ValueError: if the array is not a confusion matrix.
    """
    worst = worst_class_share(matrix)
    pictures, right = int(matrix.sum()), int(np.trace(matrix))
    if pictures == 0:
        return "There are no predictions to judge the network by yet."
    if worst is None:
        return f"The network is right on {_all_of(pictures)} it was not trained on."
    if right == 0:
        return f"The network is wrong on {_all_of(pictures)} it was not trained on."
    share = percent(accuracy(matrix))
    if collapse := describe_collapse(matrix):
        return f"{collapse} It is right on {share} of pictures it was not trained on."
    return (
        f"The network is right on {share} of pictures it was not trained on; "
        f"{_describe_mistakes(worst)}."
    )


def describe_confusions(matrix: npt.NDArray[np.int64]) -> str:
    """Write where the mistakes are in one plain sentence.

    For example "547 of 811 mistakes are among T-shirt/top, Pullover, Coat and Shirt. Most often:
    Shirt is predicted as T-shirt/top: 98 of 1,000."

    Raises:
        ValueError: if the array is not the confusion matrix of the ten classes.
    """
    if len(matrix) != len(CLASS_NAMES):
        raise ValueError(f"Expected {len(CLASS_NAMES)} classes, got {len(matrix)}.")
    if collapse := describe_collapse(matrix):
        return f"{collapse} So no two classes are mixed up more than others: none is told apart."
    mistakes, top = _mistakes(matrix), top_confusions(matrix, 2)
    if not top:
        return "No class is mixed up with another."
    is_tied = len(top) == 2 and top[0].count == top[1].count
    often = (
        f"{'Among the most frequent' if is_tied else 'Most often'}: {describe_confusion(top[0])}"
    )
    total, family = int(mistakes.sum()), int(mistakes[np.ix_(FAMILY, FAMILY)].sum())
    if family == 0:
        return f"{often}."
    *first, last = (CLASS_NAMES[label] for label in FAMILY)
    among = f"among {', '.join(first)} and {last}"
    return f"{count(family)} of {count(total)} mistakes are {among}. {often}."


def _describe_mistakes(worst: WorstClass) -> str:
    """Write where the mistakes are, given that there is at least one."""
    if worst.is_tied:
        return "no single class stands out among its mistakes"
    if worst.mistakes == 1:
        return f"its only mistake is one of the {_PLURALS[worst.true]}"
    share = "all" if worst.share == 1 else percent(worst.share, decimals=0)
    return f"{share} of its mistakes are {_PLURALS[worst.true]} it took for something else"


def _all_of(pictures: int) -> str:
    """Write "the only picture" or "all 1,000 pictures"."""
    return "the only picture" if pictures == 1 else f"all {count(pictures)} pictures"


def _mistakes(matrix: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Give the matrix with an empty diagonal."""
    check_matrix(matrix)
    mistakes: npt.NDArray[np.int64] = matrix.copy()
    np.fill_diagonal(mistakes, 0)
    return mistakes
