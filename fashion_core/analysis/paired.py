"""Whether one of two answers to the same pictures is better by more than chance."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

SIGNIFICANCE: Final = 0.05
"""Below this p a difference is called real: one in twenty comparisons of equals is called so too.
R. A. Fisher (1925), Statistical Methods for Research Workers; the usual convention since."""

FEWEST_FOR_INTERVAL: Final = 10
"""Changed pictures below which there is no bootstrap interval.

With two expected ones a 95 % percentile interval covered the truth in 79 % of 1,500 simulated
comparisons, with five in 89 %, from ten on in at least 93 %.
"""


@dataclass(frozen=True, slots=True)
class DifferenceInterval:
    """Lower and upper limit of a difference of two shares, in [-1, 1], or both nan."""

    low: float
    high: float

    @property
    def is_defined(self) -> bool:
        """Whether there was enough to compute it from."""
        return not math.isnan(self.low)

    @property
    def has_zero(self) -> bool:
        """Whether no difference at all lies between the limits; False if they are nan."""
        return self.low <= 0 <= self.high


def mcnemar_p_value(*, fixed: int, broken: int) -> float:
    """Give the two-sided p of McNemar's exact test; low speaks against chance.

    If both answers are equally good, each picture that changed sides did so for the better or
    for the worse with probability 1/2. p is the probability that fixed + broken fair coins split
    at least as unevenly; 1 if no picture changed sides. Five fixed and none broken: 2 / 2**5.

    Computed in whole numbers and rounded once, for any count; an approximation by chi-square is
    not needed. The exact test is never too bold and slightly too careful with few pictures.

    Args:
        fixed: Pictures that only the second answer has right.
        broken: Pictures that only the first answer has right.

    References:
        Q. McNemar (1947), Psychometrika 12, 153-157; for classifiers T. G. Dietterich (1998),
        Neural Computation 10, 1895-1923; exact against approximate forms: M. W. Fagerland,
        S. Lydersen and P. Laake (2013), BMC Medical Research Methodology 13:91.

    Raises:
        ValueError: if a count is negative.
    """
    _check_counts(fixed, broken)
    changed = fixed + broken
    ways = splits = 1  # ways to choose k of the changed pictures; their sum up to the smaller side
    for k in range(min(fixed, broken)):
        ways = ways * (changed - k) // (k + 1)
        splits += ways
    return min(1.0, 2 * splits / (1 << changed))


def sign_flip_p_value(differences: npt.NDArray[np.int64]) -> float:
    """Give the two-sided p of the exact sign-flip test; low speaks against chance.

    If both answers are equally good, each difference was as likely to have the other sign. p is
    the probability that random signs give a sum at least as far from 0 as the one found. With
    differences of -1 and 1 only it is McNemar's exact test. [2, 1]: the four sums are 3, 1, -1
    and -3, so p is 2 / 4.

    The probabilities of all sums come out of their characteristic function by a Fourier
    transform, with an error below 1e-12: a p this small is 0.

    Args:
        differences: Whole numbers of any shape, one for each picture.

    References:
        R. A. Fisher (1935), The Design of Experiments, section 21.
    """
    sizes = np.abs(differences.ravel())
    furthest, found = int(sizes.sum()), abs(int(differences.sum()))
    angles = 2 * np.pi * np.arange(2 * furthest + 1) / (2 * furthest + 1)
    wave = np.ones_like(angles)
    for size, times in zip(*np.unique(sizes, return_counts=True), strict=True):
        wave *= np.cos(size * angles) ** times
    chances = np.fft.fft(wave).real / len(wave)  # of the sums 0 ... furthest, -furthest ... -1
    return float(np.clip(chances[found : len(wave) - found + 1].sum(), 0, 1))


def holm_adjusted(p_values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Give p values that stay honest although several questions were asked at once.

    If none of the differences exists, the probability that any adjusted p is below 0.05 is at
    most 0.05, however the questions depend on each other. Holm: the smallest p times m, the next
    times m - 1 and so on, never falling, at most 1. [0.01, 0.04, 0.03] becomes
    [0.03, 0.06, 0.06].

    Args:
        p_values: Any shape, in [0, 1].

    Returns:
        float64 of the same shape, each at least the p it came from.

    References:
        S. Holm (1979), Scandinavian Journal of Statistics 6, 65-70.

    Raises:
        ValueError: if a p is outside [0, 1] or nan.
    """
    if not ((p_values >= 0) & (p_values <= 1)).all():
        raise ValueError("Expected p values in [0, 1], got values outside or nan.")
    flat = p_values.ravel()
    order = np.argsort(flat, kind="stable")
    factors = np.arange(len(flat), 0, -1)
    adjusted = np.empty(len(flat), dtype=np.float64)
    adjusted[order] = np.maximum.accumulate(flat[order] * factors).clip(max=1)
    return adjusted.reshape(p_values.shape)


def bootstrap_difference(  # noqa: PLR0913 - keyword-only, each a number of its own
    *,
    fixed: int,
    broken: int,
    pictures: int,
    confidence: float = 0.95,
    resamples: int = 10_000,
    seed: int = 0,
) -> DifferenceInterval:
    """Give the paired percentile bootstrap interval of second minus first accuracy.

    Pictures are drawn again with replacement, each with both of its answers. A picture counts +1
    (fixed), -1 (broken) or 0, so one resample is one multinomial draw over these three. Undefined
    (nan) below `FEWEST_FOR_INTERVAL` changed pictures.

    Args:
        fixed: Pictures that only the second answer has right.
        broken: Pictures that only the first answer has right.
        pictures: All pictures, at least fixed + broken.
        confidence: Share of such intervals that contain the true difference, in (0, 1).
        resamples: Draws; the default moves a limit by less than a fiftieth of the interval's
            width between seeds.
        seed: Start of the random generator: same counts, same interval.

    References:
        B. Efron and R. J. Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.

    Raises:
        ValueError: if the counts do not fit together, the confidence is not in (0, 1), or there
            are no resamples.
    """
    _check_counts(fixed, broken)
    if fixed + broken > pictures:
        raise ValueError(f"Expected at least {fixed + broken} pictures, got {pictures}.")
    if not 0 < confidence < 1:
        raise ValueError(f"Expected a confidence in (0, 1), got {confidence}.")
    if resamples < 1:
        raise ValueError(f"Expected at least 1 resample, got {resamples}.")
    if fixed + broken < FEWEST_FOR_INTERVAL:
        return DifferenceInterval(math.nan, math.nan)
    shares = np.array([fixed, broken, pictures - fixed - broken]) / pictures
    draws = np.random.default_rng(seed).multinomial(pictures, shares, size=resamples)  # (R, 3)
    tail = (1 - confidence) / 2
    low, high = np.quantile((draws[:, 0] - draws[:, 1]) / pictures, [tail, 1 - tail])
    return DifferenceInterval(float(low), float(high))


def _check_counts(fixed: int, broken: int) -> None:
    if min(fixed, broken) < 0:
        raise ValueError(f"Expected counts of at least 0, got fixed {fixed}, broken {broken}.")
