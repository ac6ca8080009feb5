"""Intervals: Wilson against scipy, the bootstrap against the textbook error of a mean."""

import math

import numpy as np
import pytest
from scipy.stats import binomtest

from fashion_core.analysis.intervals import (
    UNDEFINED,
    Interval,
    bootstrap_macro_precision,
    describe_interval,
    wilson_interval,
)

MATRIX = np.array([[80, 15, 5], [2, 90, 8], [30, 0, 170]])


def test_wilson_interval_of_8_in_10() -> None:
    """By hand: z = 1.95996, centre 0.71674, half width 0.22657."""
    interval = wilson_interval(8, 10)
    assert (interval.low, interval.high) == pytest.approx((0.49016, 0.94332), abs=1e-5)


@pytest.mark.parametrize(
    ("successes", "trials", "confidence"),
    [(9213, 10000, 0.95), (1, 3, 0.9), (0, 20, 0.95), (20, 20, 0.99), (104, 1000, 0.68)],
)
def test_wilson_interval_agrees_with_scipy(successes: int, trials: int, confidence: float) -> None:
    test = binomtest(successes, trials).proportion_ci(confidence, method="wilson")
    interval = wilson_interval(successes, trials, confidence)
    assert (interval.low, interval.high) == pytest.approx((test.low, test.high), abs=1e-9)


def test_wilson_interval_never_leaves_the_range_of_a_share() -> None:
    for trials in range(1, 60):
        assert wilson_interval(0, trials).low == 0
        assert wilson_interval(trials, trials).high == 1


def test_wilson_interval_of_no_trials_is_not_defined() -> None:
    interval = wilson_interval(0, 0)
    assert math.isnan(interval.low)
    assert math.isnan(interval.high)


@pytest.mark.parametrize(("successes", "trials"), [(3, 2), (-1, 2)])
def test_wilson_interval_refuses_impossible_counts(successes: int, trials: int) -> None:
    with pytest.raises(ValueError, match=rf"Expected successes in \[0, 2\], got {successes}"):
        wilson_interval(successes, trials)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0])
def test_a_confidence_outside_0_and_1_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match=r"Expected a confidence in \(0, 1\)"):
        wilson_interval(1, 2, confidence)
    with pytest.raises(ValueError, match=r"Expected a confidence in \(0, 1\)"):
        bootstrap_macro_precision(MATRIX, confidence=confidence)


def test_bootstrap_gives_the_same_answer_for_the_same_seed() -> None:
    assert bootstrap_macro_precision(MATRIX) == bootstrap_macro_precision(MATRIX)
    assert bootstrap_macro_precision(MATRIX) != bootstrap_macro_precision(MATRIX, seed=1)


def test_bootstrap_has_the_width_of_the_delta_method() -> None:
    """Var(mean of precisions) = sum of p (1 - p) / n over columns, divided by K squared."""
    hits, answered = np.diagonal(MATRIX), MATRIX.sum(axis=0)
    share = hits / answered
    error = math.sqrt((share * (1 - share) / answered).sum()) / 3
    interval = bootstrap_macro_precision(MATRIX, resamples=8000)
    assert interval.low == pytest.approx(share.mean() - 1.96 * error, abs=0.15 * error)
    assert interval.high == pytest.approx(share.mean() + 1.96 * error, abs=0.15 * error)


def test_bootstrap_judges_columns_not_rows() -> None:
    interval = bootstrap_macro_precision(np.array([[50, 0], [50, 100]]))
    assert interval.low < 0.75 < interval.high


def test_bootstrap_is_wider_for_more_confidence() -> None:
    narrow, wide = (bootstrap_macro_precision(MATRIX, confidence=c) for c in (0.5, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high


def test_bootstrap_of_an_undefined_precision_is_not_defined() -> None:
    interval = bootstrap_macro_precision(np.array([[3, 0], [1, 0]]))
    assert math.isnan(interval.low)
    assert math.isnan(interval.high)


def test_bootstrap_counts_resamples_without_a_class_against_both_limits() -> None:
    """One of 100 is predicted as class 1, rightly; 37 % of resamples lose it: precision 0-1."""
    interval = bootstrap_macro_precision(np.array([[99, 0], [0, 1]]))
    assert interval == Interval(0.5, 1.0)


def test_bootstrap_upper_limit_allows_what_a_resample_did_not_show() -> None:
    """One of 100 is predicted as class 1, wrongly; without it the precision may be 1."""
    interval = bootstrap_macro_precision(np.array([[99, 1], [0, 0]]))
    assert interval == Interval(0.5, 1.0)


def test_bootstrap_needs_a_resample() -> None:
    with pytest.raises(ValueError, match="Expected at least 1 resample, got 0"):
        bootstrap_macro_precision(MATRIX, resamples=0)


def test_an_interval_in_words_and_one_that_is_not_defined() -> None:
    assert describe_interval(Interval(0.25, 0.5)) == "95 % interval: 25.0\u00a0% to 50.0\u00a0%"
    assert describe_interval(UNDEFINED) == "95 % interval not defined"
