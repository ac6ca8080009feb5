"""Answer only when sure enough and hand the rest to a person: what is won and what it costs."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """What a confidence threshold does to all pictures.

    Attributes:
        answered: Pictures with at least the threshold's confidence; the network answers.
        answered_right: Those of them that are right.
        handed: All other pictures; a person looks at them.
        handed_right: Those of them that the network had right: work for nothing.
    """

    answered: int
    answered_right: int
    handed: int
    handed_right: int

    @property
    def accuracy(self) -> float:
        """Share right of what the network answers; nan if it answers nothing."""
        return self.answered_right / self.answered if self.answered else math.nan

    @property
    def handed_share(self) -> float:
        """Share of all pictures handed to a person, in [0, 1]."""
        return self.handed / (self.answered + self.handed)

    @property
    def answered_wrong(self) -> int:
        """Mistakes that nobody sees."""
        return self.answered - self.answered_right

    @property
    def handed_wrong(self) -> int:
        """Mistakes that a person gets to see."""
        return self.handed - self.handed_right


def hand_over(
    confidence: npt.NDArray[np.floating], is_right: npt.NDArray[np.bool_], threshold: float
) -> HandOver:
    """Count both sides of a threshold; a picture exactly at it is answered.

    Args:
        confidence: Probability of the predicted class, floating of shape (N,).
        is_right: Whether the answer is right, bool of shape (N,).
        threshold: Lowest confidence that is answered, in [0, 1].

    Raises:
        ValueError: if the shapes differ, there are no pictures, or the threshold is outside.
    """
    _check(confidence, is_right)
    if not 0 <= threshold <= 1:
        raise ValueError(f"Expected a threshold in [0, 1], got {threshold}.")
    is_answered = confidence >= threshold
    answered, right = int(is_answered.sum()), int((is_answered & is_right).sum())
    return HandOver(
        answered=answered,
        answered_right=right,
        handed=len(confidence) - answered,
        handed_right=int(is_right.sum()) - right,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SelectiveCurve:
    """Every trade that thresholds offer, the lowest threshold first.

    Attributes:
        threshold: Different confidences, ascending, float64 of shape (M,).
        handed_share: Share of pictures handed over at each, float64 of shape (M,), from 0.
        accuracy: Share right of what is answered, float64 of shape (M,).
    """

    threshold: npt.NDArray[np.float64]
    handed_share: npt.NDArray[np.float64]
    accuracy: npt.NDArray[np.float64]


def selective_curve(
    confidence: npt.NDArray[np.floating], is_right: npt.NDArray[np.bool_]
) -> SelectiveCurve:
    """Give accuracy against the share handed over, for every confidence that occurs.

    Confidences 0.9, 0.6, 0.6, 0.5 of which the first three are right, wrong, right and the last
    wrong: at 0.5 all are answered and 2 of 4 right, at 0.6 2 of 3, at 0.9 1 of 1.

    Args:
        confidence: Probability of the predicted class, floating of shape (N,).
        is_right: Whether the answer is right, bool of shape (N,).

    References:
        R. El-Yaniv and Y. Wiener (2010), JMLR 11, 1605-1641, risk-coverage curve; Y. Geifman and
        R. El-Yaniv (2017), NeurIPS 30, the confidence of a softmax as its score.

    Raises:
        ValueError: if the shapes differ or there are no pictures.
    """
    _check(confidence, is_right)
    levels, places = np.unique(confidence.astype(np.float64), return_inverse=True)
    counts = np.bincount(places, minlength=len(levels))
    right = np.bincount(places, weights=is_right, minlength=len(levels))
    answered = counts[::-1].cumsum()[::-1]  # at least as sure as each level
    return SelectiveCurve(
        threshold=levels,
        handed_share=1 - answered / len(confidence),
        accuracy=right[::-1].cumsum()[::-1] / answered,
    )


def _check(confidence: npt.NDArray[np.floating], is_right: npt.NDArray[np.bool_]) -> None:
    """Refuse what cannot be confidences with their outcomes.

    Raises:
        ValueError: with what was expected and what came.
    """
    if confidence.ndim != 1 or confidence.shape != is_right.shape or not len(confidence):
        raise ValueError(
            "Expected confidence and is_right of one shape (N,) with N >= 1, got "
            f"{confidence.shape} and {is_right.shape}."
        )
    if np.isnan(confidence).any():
        raise ValueError("Expected confidences, got nan among them.")
