"""How numbers are written."""

import math

import pytest

from fashion_core.analysis.formatting import (
    count,
    decimal,
    duration,
    number,
    percent,
    percent_with_interval,
    rough_duration,
)


@pytest.mark.parametrize(
    ("fraction", "text"),
    [
        (0.9213, "92.1\u00a0%"),
        (0.005, "0.5\u00a0%"),
        (1, "100\u00a0%"),
        (0, "0\u00a0%"),
        (0.99999, ">99.9\u00a0%"),
        (0.9994, "99.9\u00a0%"),
        (0.00001, "<0.1\u00a0%"),
        (math.nan, "not defined"),
    ],
)
def test_percent_is_honest_about_rounding(fraction: float, text: str) -> None:
    assert percent(fraction) == text


def test_percent_takes_other_numbers_of_decimals() -> None:
    assert percent(0.3449, decimals=0) == "34\u00a0%"
    assert percent(0.999, decimals=0) == ">99\u00a0%"
    assert percent(0.001, decimals=0) == "<1\u00a0%"
    assert percent(0.92134, decimals=2) == "92.13\u00a0%"


@pytest.mark.parametrize("fraction", [-0.01, 1.01, math.inf])
def test_percent_refuses_what_is_no_share(fraction: float) -> None:
    with pytest.raises(ValueError, match=r"Expected a fraction in \[0, 1\], got"):
        percent(fraction)


def test_interval_follows_the_share_without_repeating_the_unit() -> None:
    assert percent_with_interval(0.921, 0.9154, 0.9261) == "92.1\u00a0% [91.5, 92.6]"


def test_interval_writes_exact_ends_short() -> None:
    assert percent_with_interval(1, 0.9963, 1) == "100\u00a0% [99.6, 100]"


def test_an_undefined_interval_is_left_out() -> None:
    assert percent_with_interval(0.9, math.nan, math.nan) == "90.0\u00a0%"
    assert percent_with_interval(math.nan, 0.1, 0.2) == "not defined"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.21239, "0.212"),
        (-0.0, "0.00"),
        (2.3, "2.30"),
        (0.0341, "0.0341"),
        (123.4, "123"),
        (math.nan, "not defined"),
        (math.inf, "infinite"),
        (-math.inf, "minus infinite"),
    ],
)
def test_numbers_have_three_significant_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_counts_have_commas_between_thousands() -> None:
    assert count(1692106) == "1,692,106"
    assert count(104) == "104"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (3.44, "3.4 s"),
        (9.97, "10 s"),
        (42.3, "42 s"),
        (59.6, "1 min 0 s"),
        (372, "6 min 12 s"),
        (3599.7, "1 h 0 min"),
        (3790, "1 h 3 min"),
        (math.nan, "not defined"),
    ],
)
def test_durations_have_two_units_and_never_60_of_one(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize("seconds", [-1, math.inf])
def test_duration_refuses_what_no_clock_shows(seconds: float) -> None:
    with pytest.raises(ValueError, match="Expected a finite number of seconds"):
        duration(seconds)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "less than a minute"),
        (29.9, "less than a minute"),
        (31.0, "about a minute"),
        (2_460.0, "about 41 minutes"),
        (3_569.0, "about 59 minutes"),
        (3_571.0, "about 1 h"),
        (7_700.0, "about 2 h 10 min"),
        (360_000.0, "about 100 h"),
    ],
)
def test_an_estimate_is_rough(seconds: float, text: str) -> None:
    assert rough_duration(seconds) == text


@pytest.mark.parametrize("seconds", [-1.0, math.nan, math.inf])
def test_an_impossible_estimate_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="Expected a finite number of seconds"):
        rough_duration(seconds)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e-5, "0.00001"),
        (1e-7, "0.0000001"),
        (0.002, "0.002"),
        (0.1, "0.1"),
        (10.0, "10"),
        (100.0, "100"),
        (1 / 3, "0.333333"),
        (2_000_000.0, "2000000"),
        (1.5e-4, "0.00015"),
        (1e-12, "1e-12"),
        (0.0, "0"),
    ],
)
def test_a_setting_is_written_without_an_exponent(value: float, text: str) -> None:
    assert decimal(value) == text


def test_a_setting_that_is_not_finite_is_refused() -> None:
    with pytest.raises(ValueError, match="Expected a finite number, got nan"):
        decimal(math.nan)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e-4, "0.000100"),
        (2.346e-5, "0.0000235"),
        (1e-6, "0.00000100"),
        (-2.5e-5, "-0.0000250"),
        (9.9e-7, "below a millionth"),
        (-9.9e-7, "minus less than a millionth"),
        (67.8201, "67.8"),
        (999.6, "1,000"),
        (2_716.4, "2,720"),
        (14_962.0, "15,000"),
        (269_097.97, "269,000"),
        (1_939_837.0, "1.9 million"),
        (999_960_000.0, "1.0 billion"),
        (2_585_777_942.9, "2.6 billion"),
        (1e12, "1.0 trillion"),
        (2.58e17, "more than a trillion"),
        (-1_234.5, "-1,230"),
        (-2.58e17, "below minus a trillion"),
    ],
)
def test_a_number_of_any_size_is_written_for_people(value: float, text: str) -> None:
    assert number(value) == text
