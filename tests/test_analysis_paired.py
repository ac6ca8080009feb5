"""McNemar's test and the paired interval against scipy, Holm's correction against its own rule."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from fashion_core.analysis.paired import (
    FEWEST_FOR_INTERVAL,
    DifferenceInterval,
    bootstrap_difference,
    holm_adjusted,
    mcnemar_p_value,
    sign_flip_p_value,
)

# McNemar


@pytest.mark.parametrize(
    ("fixed", "broken", "p_value"),
    [
        (5, 0, 2 / 32),  # all heads or all tails of five
        (0, 5, 2 / 32),
        (4, 1, 2 * (1 + 5) / 32),
        (1, 0, 1),
        (3, 3, 1),
        (0, 0, 1),
    ],
)
def test_mcnemar_by_hand(fixed: int, broken: int, p_value: float) -> None:
    assert mcnemar_p_value(fixed=fixed, broken=broken) == p_value


@pytest.mark.parametrize(
    ("fixed", "broken"), [(248, 240), (7, 19), (300, 188), (1, 40), (2500, 2400), (13, 0)]
)
def test_mcnemar_agrees_with_the_binomial_test_of_scipy(fixed: int, broken: int) -> None:
    expected = stats.binomtest(fixed, fixed + broken, 0.5).pvalue
    assert mcnemar_p_value(fixed=fixed, broken=broken) == pytest.approx(expected, rel=1e-9)


def test_mcnemar_is_close_to_chi_square_with_continuity_for_many_pictures() -> None:
    approximate = stats.chi2.sf((abs(248 - 240) - 1) ** 2 / (248 + 240), df=1)
    assert mcnemar_p_value(fixed=248, broken=240) == pytest.approx(approximate, abs=0.001)
    assert mcnemar_p_value(fixed=248, broken=240) == pytest.approx(0.75, abs=0.005)


def test_mcnemar_of_ten_thousand_pictures_on_one_side_is_as_good_as_impossible() -> None:
    assert mcnemar_p_value(fixed=10_000, broken=0) == 0


def test_mcnemar_refuses_negative_counts() -> None:
    with pytest.raises(ValueError, match="at least 0, got fixed 3, broken -1"):
        mcnemar_p_value(fixed=3, broken=-1)


# Holm


def test_holm_by_hand() -> None:
    """0.01 x 3, 0.03 x 2, 0.04 x 1 lifted to what came before it."""
    assert holm_adjusted(np.array([0.01, 0.04, 0.03])) == pytest.approx([0.03, 0.06, 0.06])


def test_holm_keeps_the_shape_and_never_exceeds_one() -> None:
    adjusted = holm_adjusted(np.array([[0.5, 0.9], [0.02, 0.7]]))
    assert adjusted == pytest.approx(np.array([[1, 1], [0.08, 1]]))


def test_holm_rejects_what_its_step_down_rule_rejects() -> None:
    """Rule: from the smallest p on, reject while p <= level / hypotheses left."""
    p_values = np.random.default_rng(3).beta(0.3, 3, size=40)
    rejected, level = np.zeros(40, dtype=bool), 0.05
    for step, index in enumerate(np.argsort(p_values)):
        if p_values[index] > level / (40 - step):
            break
        rejected[index] = True
    assert 0 < rejected.sum() < (p_values <= level).sum()
    np.testing.assert_array_equal(holm_adjusted(p_values) <= level, rejected)


@pytest.mark.parametrize("bad", [-0.1, 1.1, math.nan])
def test_holm_refuses_what_is_no_probability(bad: float) -> None:
    with pytest.raises(ValueError, match=r"Expected p values in \[0, 1\]"):
        holm_adjusted(np.array([0.5, bad]))


# Interval of the difference


def test_interval_agrees_with_the_paired_bootstrap_of_scipy() -> None:
    """40 fixed and 15 broken of 500; scipy draws pictures, limits are multiples of 1 / 500."""
    first = np.repeat([0, 1, 1], [40, 15, 445])
    second = np.repeat([1, 0, 1], [40, 15, 445])
    expected = stats.bootstrap(
        (first, second),
        lambda a, b, axis: (b - a).mean(axis=axis),
        paired=True,
        method="percentile",
        n_resamples=10_000,
        rng=np.random.default_rng(7),
    ).confidence_interval
    interval = bootstrap_difference(fixed=40, broken=15, pictures=500)
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high), abs=2.1e-3)


def test_interval_has_the_width_of_the_textbook_error_of_a_paired_difference() -> None:
    fixed, broken, pictures = 300, 100, 10_000
    mean = (fixed - broken) / pictures
    error = math.sqrt(((fixed + broken) / pictures - mean**2) / pictures)
    interval = bootstrap_difference(fixed=fixed, broken=broken, pictures=pictures)
    assert interval.low == pytest.approx(mean - 1.96 * error, abs=0.05 * error)
    assert interval.high == pytest.approx(mean + 1.96 * error, abs=0.05 * error)


def test_interval_of_more_broken_than_fixed_lies_below_zero() -> None:
    interval = bootstrap_difference(fixed=15, broken=60, pictures=1_000)
    assert interval.high < 0
    assert not interval.has_zero


def test_interval_is_the_same_every_time_and_depends_on_the_seed() -> None:
    counts = {"fixed": 21, "broken": 34, "pictures": 700}
    assert bootstrap_difference(**counts) == bootstrap_difference(**counts)
    assert bootstrap_difference(**counts, resamples=99, seed=1) != bootstrap_difference(
        **counts, resamples=99, seed=2
    )


def test_interval_hardly_depends_on_the_seed() -> None:
    intervals = [
        bootstrap_difference(fixed=248, broken=240, pictures=10_000, seed=seed) for seed in range(8)
    ]
    width = intervals[0].high - intervals[0].low
    assert np.ptp([interval.low for interval in intervals]) < width / 25
    assert np.ptp([interval.high for interval in intervals]) < width / 25


def test_interval_is_wider_for_more_confidence() -> None:
    narrow, wide = (
        bootstrap_difference(fixed=30, broken=20, pictures=500, confidence=c) for c in (0.5, 0.99)
    )
    assert wide.low < narrow.low < narrow.high < wide.high


def test_interval_of_few_changed_pictures_is_not_defined() -> None:
    few = bootstrap_difference(fixed=FEWEST_FOR_INTERVAL - 1, broken=0, pictures=100)
    assert not few.is_defined
    assert not few.has_zero
    assert bootstrap_difference(fixed=FEWEST_FOR_INTERVAL, broken=0, pictures=100).is_defined


def test_a_limit_at_zero_counts_as_zero() -> None:
    assert DifferenceInterval(0.0, 0.01).has_zero
    assert not DifferenceInterval(0.001, 0.01).has_zero


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fixed": -1}, "at least 0"),
        ({"pictures": 54}, "Expected at least 55 pictures, got 54"),
        ({"confidence": 95}, r"confidence in \(0, 1\), got 95"),
        ({"resamples": 0}, "at least 1 resample, got 0"),
    ],
)
def test_interval_refuses_impossible_numbers(changes: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        bootstrap_difference(**{"fixed": 21, "broken": 34, "pictures": 700, **changes})


# Signs that chance may flip


@pytest.mark.parametrize(
    ("differences", "p_value"),
    [
        ([2, 1], 2 / 4),
        ([3, -1, 0], 1),  # sums 4, 2, -2, -4: all at least 2 away
        ([3, 2, 1], 2 / 8),
        ([3, 2, -1], 4 / 8),
        ([1, -1], 1),
        ([0, 0], 1),
        ([], 1),
    ],
)
def test_sign_flips_counted_by_hand(differences, p_value):
    assert sign_flip_p_value(np.array(differences, np.int64)) == pytest.approx(p_value)


@pytest.mark.parametrize("seed", range(8))
def test_sign_flips_agree_with_trying_all_signs(seed):
    values = np.random.default_rng(seed).integers(-3, 4, 11)
    sums = [abs(np.dot(signs, values)) for signs in itertools.product((-1, 1), repeat=11)]
    expected = np.mean(np.array(sums) >= abs(values.sum()))
    assert sign_flip_p_value(values) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("fixed", "broken"), [(9, 2), (40, 60), (700, 777), (2_000, 2_101)])
def test_sign_flips_of_single_pictures_are_mcnemar_s_test(fixed, broken):
    values = np.repeat([1, -1, 0], [fixed, broken, 50])
    expected = mcnemar_p_value(fixed=fixed, broken=broken)
    assert sign_flip_p_value(values) == pytest.approx(expected, abs=1e-9)


def test_sign_flips_of_ten_thousand_pictures_agree_with_the_normal_limit():
    values = np.random.default_rng(1).integers(-3, 4, 10_000)
    z = values.sum() / math.sqrt((values**2).sum())
    assert sign_flip_p_value(values) == pytest.approx(2 * stats.norm.sf(abs(z)), rel=0.02)
    assert sign_flip_p_value(np.abs(values)) < 1e-10
