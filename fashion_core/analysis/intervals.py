"""How far a measured share may be off because the pictures are only a sample."""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from fashion_core.analysis.formatting import percent
from fashion_core.analysis.metrics import check_matrix, macro_precision


@dataclass(frozen=True, slots=True)
class Interval:
    """Lower and upper limit of a share, both in [0, 1], or both nan where undefined."""

    low: float
    high: float


UNDEFINED = Interval(math.nan, math.nan)
"""The interval of a share of nothing."""


def describe_interval(interval: Interval) -> str:
    """Write an interval of a share: "95 % interval: 91.5 % to 92.6 %", or that there is none."""
    if math.isnan(interval.low) or math.isnan(interval.high):
        return "95 % interval not defined"
    return f"95 % interval: {percent(interval.low)} to {percent(interval.high)}"


def wilson_interval(successes: int, trials: int, confidence: float = 0.95) -> Interval:
    """Give the Wilson score interval of successes / trials; undefined (nan) without trials.

    It holds its level near 0 and 1, where the textbook interval leaves [0, 1].

    References:
        E. B. Wilson (1927), Journal of the American Statistical Association 22, 209-212.

    Raises:
        ValueError: if successes are not in [0, trials] or the confidence is not in (0, 1).
    """
    _check_confidence(confidence)
    if not 0 <= successes <= trials:
        raise ValueError(f"Expected successes in [0, {trials}], got {successes}.")
    if trials == 0:
        return UNDEFINED
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, pull = successes / trials, z**2 / trials
    centre = (share + pull / 2) / (1 + pull)
    half = z * math.sqrt(share * (1 - share) / trials + pull / (4 * trials)) / (1 + pull)
    # The exact limits at the two ends are 0 and 1; rounding would leave them by 1e-17.
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if successes == trials else centre + half
    return Interval(low, high)


def bootstrap_macro_precision(
    matrix: npt.NDArray[np.int64],
    *,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Interval:
    """Give the percentile bootstrap interval of the macro precision; nan where that is nan.

    Pictures are drawn again with replacement, which for a confusion matrix is one multinomial
    draw over its cells. A class that a resample happens never to predict could have any
    precision: it counts as 0 for the lower limit and as 1 for the upper one, so that the
    interval can only become wider, never falsely narrow.

    References:
        B. Efron (1979), Annals of Statistics 7, 1-26. The default of 2,000 resamples moves a
        95 % limit by less than a tenth of the interval's width between seeds.

    Raises:
        ValueError: if the array is not a confusion matrix, the confidence is not in (0, 1), or
            there are no resamples.
    """
    check_matrix(matrix)
    _check_confidence(confidence)
    if resamples < 1:
        raise ValueError(f"Expected at least 1 resample, got {resamples}.")
    if math.isnan(macro_precision(matrix)):
        return UNDEFINED
    draws = _resample(matrix, resamples, seed)  # (R, K, K)
    hits, answered = np.diagonal(draws, axis1=1, axis2=2), draws.sum(axis=1)  # (R, K) each
    tail = (1 - confidence) / 2
    lowest = _macro_means(hits, answered, undefined=0.0)
    highest = _macro_means(hits, answered, undefined=1.0)
    return Interval(
        float(np.quantile(lowest, tail)),
        float(np.quantile(highest, 1 - tail)),
    )


def _resample(matrix: npt.NDArray[np.int64], resamples: int, seed: int) -> npt.NDArray[np.int64]:
    """Draw confusion matrices of as many pictures, shape (R, K, K)."""
    total = int(matrix.sum())
    draws = np.random.default_rng(seed).multinomial(total, matrix.ravel() / total, size=resamples)
    return draws.reshape(resamples, *matrix.shape)


def _macro_means(
    hits: npt.NDArray[np.int64], answered: npt.NDArray[np.int64], *, undefined: float
) -> npt.NDArray[np.float64]:
    """Average the precisions of each resample, (R, K) to (R,), with a stand-in for 0 / 0."""
    precisions = np.full(hits.shape, undefined)
    np.divide(hits, answered, out=precisions, where=answered > 0)
    means: npt.NDArray[np.float64] = precisions.mean(axis=1)
    return means


def _check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"Expected a confidence in (0, 1), got {confidence}.")
