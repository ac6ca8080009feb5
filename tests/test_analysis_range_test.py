"""What a range test says: smoothing by hand, suggestions on made-up losses, every refusal."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from fashion_core.analysis import range_test
from fashion_core.analysis.range_test import (
    describe_range_test,
    has_exploded,
    learning_rates,
    rate_text,
    smooth,
    suggest,
    until_broken,
)

RATES = learning_rates(300)
POWERS = np.log10(RATES)  # -6 to 1


def losses(shape: Callable[[float], float], noise: float = 0.0, seed: int = 0) -> list[float]:
    """Give a loss for every rate, from the power of ten of the rate."""
    random = np.random.default_rng(seed)
    return [shape(power) + noise * random.normal() for power in POWERS]


def usual(power: float) -> float:
    """Fall from 2.3 to 1.3 between 1e-5 and 1e-3, stay until 1e-2, rise by 1 in a power of ten."""
    return 2.3 - min(max(power + 5, 0), 2) / 2 + max(power + 2, 0)


# Rates


def test_rates_rise_by_a_constant_factor_from_the_lowest_to_the_highest():
    rates = learning_rates(141)  # 20 steps for a factor of ten
    assert rates[::20] == pytest.approx((1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10))
    assert rates[21] / rates[20] == pytest.approx(10 ** (1 / 20))


@pytest.mark.parametrize("steps", [99, 2_001, -1])
def test_too_few_or_too_many_steps_are_refused(steps):
    with pytest.raises(ValueError, match=f"^Expected from 100 to 2,000 steps .* got {steps}"):
        learning_rates(steps)


@pytest.mark.parametrize(
    ("rate", "text"),
    [(1e-6, "0.000001"), (3e-5, "0.00003"), (0.0012345, "0.00123"), (0.5, "0.5"), (10, "10")],
)
def test_a_rate_is_written_without_an_exponent(rate, text):
    assert rate_text(rate) == text


# Smoothing


def test_smoothing_weighs_neighbours_by_nine_tenths_in_both_directions():
    assert smooth([4, 2, 1]) == pytest.approx([6.61 / 2.71, 6.5 / 2.8, 6.04 / 2.71])


def test_the_last_smoothed_value_is_the_running_mean_with_its_bias_corrected():
    values, mean = [2.5, 2.25, 3.0, 1.0, 0.5], 0.0
    for value in values:
        mean = 0.9 * mean + 0.1 * value
    assert smooth(values)[-1] == pytest.approx(mean / (1 - 0.9 ** len(values)))


def test_smoothing_is_not_late():
    values = losses(usual, noise=0.1)
    assert smooth(values[::-1]) == pytest.approx(smooth(values)[::-1])


def test_a_level_loss_stays_level_to_both_ends():
    assert smooth([2.3] * 50) == pytest.approx(2.3)


def test_smoothing_leaves_a_sixth_of_the_noise():
    random = np.random.default_rng(1)
    inner = [smooth(10 + random.normal(size=200))[100] for _ in range(500)]
    assert np.std(inner) == pytest.approx(range_test._NOISE_LEFT, rel=0.1)


def test_one_step_that_explodes_does_not_lift_the_line_before_it():
    """Counted as 4.6: a tenth of a nat, ten steps before."""
    smoothed = smooth([2.3] * 30 + [1.0] * 60 + [5000.0])
    assert smoothed[-10] == pytest.approx(1.1, abs=0.03)


def test_a_loss_that_explodes_in_one_step_turns_there():
    values = [5000.0 if power > -2.5 else usual(power) for power in POWERS]
    end = next(step for step in range(300) if has_exploded(values[:step]))
    assert suggest(RATES[:end], values[:end]).turn == 3e-3


def test_nothing_is_smoothed_to_nothing():
    assert smooth(until_broken([])).tolist() == []


def test_what_follows_a_broken_loss_is_left_out():
    assert until_broken([2.0, 1.5, math.inf, 1.0]).tolist() == [2.0, 1.5]


# Exploded


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], False),
        ([2.3, math.nan], True),
        ([2.3, math.inf], True),
        ([2, 2, 9], True),  # running mean 12.42 / 2.71 = 4.6, the lowest 2
        ([2, 2, 7], False),  # 10.42 / 2.71 = 3.8
        ([9, *[1] * 40, *[6] * 40], False),  # above twice the lowest, below the first
        ([2.3] * 300, False),
    ],
)
def test_a_loss_has_exploded_above_the_first_and_twice_the_lowest(values, expected):
    assert has_exploded(values) is expected


# Suggestion


def test_the_suggestion_is_a_tenth_of_the_turn():
    """By hand: a quarter fallen at 10**-4.5; up by a tenth at 10**-1.9, a little less smoothed."""
    found = suggest(RATES, losses(usual))
    assert (found.low, found.rate, found.high, found.turn) == (3e-5, 1e-3, 4e-3, 1e-2)


@pytest.mark.parametrize("seed", range(5))
def test_noise_moves_the_suggestion_by_less_than_a_factor_of_two(seed):
    found = suggest(RATES, losses(usual, noise=0.1, seed=seed))
    assert 0.5e-3 < found.rate < 2e-3
    assert found.low <= found.rate <= found.high


def test_what_comes_after_the_turn_makes_no_difference():
    values = losses(usual)
    end = next(step for step in range(300) if has_exploded(values[:step]))
    cut = [*values[:end], *[50.0] * (300 - end)]
    assert suggest(RATES[:end], values[:end]).rate == suggest(RATES, cut).rate == 1e-3


def test_a_loss_that_breaks_without_rising_turns_where_it_breaks():
    values = losses(lambda power: usual(power) if power < -3.5 else math.nan)
    found = suggest(RATES, values)
    assert (found.turn, found.rate) == (3e-4, 3e-5)


def test_a_loss_that_never_turns_has_no_turn():
    found = suggest(RATES, losses(lambda power: 2.3 - max(power + 1, 0) / 2))
    assert math.isnan(found.turn)
    assert (found.rate, found.high) == (1, 3)  # of 10, the highest tried


def test_a_loss_that_falls_late_and_turns_at_once_gives_a_range_that_holds_its_rate():
    found = suggest(RATES, losses(lambda p: 2.3 - 2 * max(p + 3, 0) + 9 * max(p + 2.6, 0)))
    assert found.low == found.rate == found.high
    assert found.rate < found.turn


def test_a_loss_that_falls_from_the_first_step_on_is_read():
    found = suggest(RATES, losses(lambda power: 2.3 - min(power + 6, 1) + max(power + 4, 0)))
    assert (found.low, found.rate) == (3e-6, 9e-6)


@pytest.mark.parametrize(
    "values",
    [
        losses(lambda _: 2.3),
        losses(lambda power: 2.3 + power + 6),
        losses(lambda power: 2.3 - 0.005 * (power + 6)),  # 1.5 % of the first loss
        losses(lambda power: 2.3 - 0.05 * (power > -3), noise=0.5),
        [2.3] * 10 + [math.nan],
        [math.nan],
        [],
    ],
    ids=["level", "rising", "hardly falling", "lost in noise", "broken early", "nan", "empty"],
)
def test_nothing_is_suggested_if_nothing_honest_can_be_said(values):
    assert suggest(RATES[: len(values)], values) is None


@pytest.mark.parametrize("seed", range(50))
def test_noise_alone_suggests_nothing(seed):
    assert suggest(RATES, losses(lambda _: 2.3, noise=0.3, seed=seed)) is None


# Words


@pytest.mark.parametrize(
    ("current", "end"),
    [
        (1e-6, "0.000001 is set now: below this range, learning would take long."),
        (3e-5, "0.00003 is set now: inside this range."),
        (4e-3, "0.004 is set now: inside this range."),
        (0.1, "0.1 is set now: above this range, learning may be worse or fail."),
    ],
)
def test_the_sentence_says_what_to_choose_and_where_the_setting_lies(current, end):
    assert describe_range_test(RATES, losses(usual), current=current) == (
        "The loss falls from 0.00003 on and turns up again at 0.01. A good choice is 0.001; "
        f"anything from 0.00003 to 0.004 should learn. {end}"
    )


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (losses(lambda p: 2.3 - max(p, 0)), "has not turned up by 10, the highest tried."),
        (losses(lambda _: 2.3), "did not fall clearly at any learning rate up to 10: nothing"),
        ([2.3, 2.4, math.nan], "The loss broke after 3 steps, at a rate of only 0.00000111:"),
    ],
)
def test_the_sentence_says_what_is_unusual(values, words):
    assert words in describe_range_test(RATES[: len(values)], values, current=1e-3)
