"""Sets of classes that contain the true one with a promised probability: "Shirt or Coat"."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fashion_core.analysis.intervals import Interval
from fashion_core.analysis.scores import PictureScores

_DRAWS = 20_000  # move a 95 % limit by less than 0.1 points between seeds


def class_thresholds(calibration: PictureScores, *, percent: int) -> npt.NDArray[np.float64]:
    """Give the lowest probability at which each class belongs to a picture's set.

    With n calibration pictures of a class and k = ceil((n + 1) * percent / 100), it is the kth
    highest probability that the class's own pictures have for it; 0 if k > n, then the class is
    in every set. In terms of the score 1 - p: the kth lowest.

    If a new picture of the class and the n are exchangeable (in any order equally likely), its
    set contains the class with a probability of at least percent / 100, for every class by
    itself, however good or bad the network is. The probability is over calibration and new
    picture together.

    Args:
        calibration: Pictures the network has not learned from: validation.
        percent: The promised probability, a whole number in [1, 99].

    Returns:
        float64 of shape (K,), in [0, 1].

    References:
        V. Vovk (2012), Conditional validity of inductive conformal predictors, ACML 25, 475-490
        (by label); score: M. Sadinle, J. Lei and L. Wasserman (2019), Journal of the American
        Statistical Association 114, 223-234.

    Raises:
        ValueError: if the level is not a whole number in [1, 99].
    """
    if isinstance(percent, bool) or percent not in range(1, 100):
        raise ValueError(f"Expected a level of 1 to 99 %, got {percent}.")
    thresholds = np.zeros(calibration.pred_probs.shape[1])
    for label in range(len(thresholds)):
        highest_first = -np.sort(-calibration.self_confidence[calibration.labels == label])
        rank = _rank(len(highest_first), percent)
        if rank <= len(highest_first):
            thresholds[label] = highest_first[rank - 1]
    return thresholds


def prediction_sets(
    pred_probs: npt.NDArray[np.float32], thresholds: npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    """Say which classes belong to the set of each picture; a set may be empty.

    Args:
        pred_probs: Softmax outputs, float32 of shape (N, K).
        thresholds: Of `class_thresholds`, shape (K,).

    Returns:
        bool of shape (N, K).

    Raises:
        ValueError: if the shapes do not fit.
    """
    if pred_probs.ndim != 2 or pred_probs.shape[1:] != thresholds.shape:
        raise ValueError(
            f"Expected pred_probs (N, K) and thresholds (K,), got {pred_probs.shape} and "
            f"{thresholds.shape}."
        )
    is_member: npt.NDArray[np.bool_] = pred_probs >= thresholds
    return is_member


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coverage:
    """How often the sets contain the true class, and how large they are.

    Attributes:
        pictures: Pictures of each true class, int64 of shape (K,).
        covered: Those whose set contains the true class, int64 of shape (K,).
        sizes: Pictures whose set holds 0, 1, ... K classes, int64 of shape (K + 1,).
    """

    pictures: npt.NDArray[np.int64]
    covered: npt.NDArray[np.int64]
    sizes: npt.NDArray[np.int64]

    @property
    def share(self) -> float:
        """Share of all pictures whose set contains the true class."""
        return float(self.covered.sum() / self.pictures.sum())

    @property
    def mean_size(self) -> float:
        """Mean number of classes in a set; lower says more."""
        return float((self.sizes * np.arange(len(self.sizes))).sum() / self.sizes.sum())


def measure_coverage(
    is_member: npt.NDArray[np.bool_], *, labels: npt.NDArray[np.int64]
) -> Coverage:
    """Count how often the sets keep their promise.

    Args:
        is_member: Of `prediction_sets`, bool of shape (N, K).
        labels: True classes, int64 of shape (N,), values in [0, K).

    Raises:
        ValueError: if the shapes do not fit or there are no pictures.
    """
    _check_sets(is_member, labels)
    classes = is_member.shape[1]
    is_covered = is_member[np.arange(len(labels)), labels]
    return Coverage(
        pictures=np.bincount(labels, minlength=classes),
        covered=np.bincount(labels[is_covered], minlength=classes),
        sizes=np.bincount(is_member.sum(axis=1), minlength=classes + 1),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FrequentSet:
    """One set of classes and how often it occurs.

    Attributes:
        classes: Its labels, ascending; empty for the empty set.
        pictures: Pictures with exactly this set.
        covered: Those whose true class is in it.
    """

    classes: tuple[int, ...]
    pictures: int
    covered: int


def frequent_sets(
    is_member: npt.NDArray[np.bool_], *, labels: npt.NDArray[np.int64]
) -> list[FrequentSet]:
    """List all sets that occur, the most frequent first, equal ones in the order of their labels.

    Args:
        is_member: Of `prediction_sets`, bool of shape (N, K).
        labels: True classes, int64 of shape (N,), values in [0, K).

    Raises:
        ValueError: if the shapes do not fit or there are no pictures.
    """
    _check_sets(is_member, labels)
    is_covered = is_member[np.arange(len(labels)), labels]
    patterns, places = np.unique(is_member, axis=0, return_inverse=True)
    places = places.reshape(-1)  # numpy 2.0 alone gives it another shape
    pictures = np.bincount(places)
    covered = np.bincount(places[is_covered], minlength=len(patterns))
    found = [
        FrequentSet(
            classes=tuple(np.flatnonzero(pattern).tolist()), pictures=int(n), covered=int(c)
        )
        for pattern, n, c in zip(patterns, pictures, covered, strict=True)
    ]
    return sorted(found, key=lambda one: (-one.pictures, one.classes))


def expected_coverage(*, calibration: int, pictures: int, percent: int, seed: int = 0) -> Interval:
    """Give the range in which 95 % of measured coverages fall if the promise holds, for one class.

    Both the calibration pictures and those measured are samples. Given the calibration, the
    probability of being covered is Beta(k, n + 1 - k) distributed (without ties).

    Args:
        calibration: Calibration pictures of the class, n.
        pictures: Pictures of the class that are measured, at least 1.
        percent: The promised probability, a whole number in [1, 99].
        seed: Start of the random generator.

    References:
        V. Vovk (2012), proposition 2a; A. N. Angelopoulos and S. Bates (2023), Conformal
        Prediction: A Gentle Introduction, section 3.2.

    Raises:
        ValueError: if there are no pictures to measure.
    """
    if pictures < 1 or calibration < 0:
        raise ValueError(f"Expected at least 1 picture, got {pictures} and {calibration}.")
    rank = _rank(calibration, percent)
    if rank > calibration:
        return Interval(1.0, 1.0)  # the class is in every set
    random = np.random.default_rng(seed)
    shares = random.binomial(pictures, random.beta(rank, calibration + 1 - rank, _DRAWS)) / pictures
    low, high = np.quantile(shares, [0.025, 0.975])
    return Interval(float(low), float(high))


def _rank(pictures: int, percent: int) -> int:
    """Give ceil((n + 1) * percent / 100) in whole numbers: floats would be one off at times."""
    return -(-(pictures + 1) * percent // 100)


def _check_sets(is_member: npt.NDArray[np.bool_], labels: npt.NDArray[np.int64]) -> None:
    """Refuse sets and labels that do not belong together.

    Raises:
        ValueError: with what was expected and what came.
    """
    if is_member.ndim != 2 or labels.shape != is_member.shape[:1] or not len(labels):
        raise ValueError(
            "Expected is_member of shape (N, K) and labels of shape (N,) with N >= 1, got "
            f"{is_member.shape} and {labels.shape}."
        )
