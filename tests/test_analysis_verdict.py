"""A comparison in words: every verdict, both directions, and what is not said."""

import pytest

from fashion_core.analysis.comparison import Comparison
from fashion_core.analysis.paired import (
    DifferenceInterval,
    bootstrap_difference,
    mcnemar_p_value,
)
from fashion_core.analysis.verdict import (
    describe_comparison,
    explain_difference,
    explain_test,
    p_text,
    points,
    warn_of_many,
)


def found(
    fixed: int, broken: int, *, both_right: int = 9_000, same: int = 300, other: int = 0
) -> Comparison:
    """Give a comparison with these counts; `other` are wrong in two different ways."""
    pictures = both_right + fixed + broken + same + other
    return Comparison(
        both_right=both_right,
        fixed=fixed,
        broken=broken,
        both_wrong=same + other,
        same_mistakes=same,
        p_value=mcnemar_p_value(fixed=fixed, broken=broken),
        interval=bootstrap_difference(fixed=fixed, broken=broken, pictures=pictures),
    )


def test_what_the_seed_alone_did_makes_neither_better():
    assert describe_comparison(found(300, 188), is_seed_alone=True) == (
        "From A to B, 488 pictures changed sides, 300 for the better: p < 0.001. These weights "
        "differ by more than chance, but only by the luck of the seed."
    )
    assert describe_comparison(found(248, 240), is_seed_alone=True).endswith("no real difference.")


@pytest.mark.parametrize(
    ("comparison", "sentence"),
    [
        (
            found(248, 240),
            "From A to B, 488 pictures changed sides, 248 for the better: p = 0.75, "
            "no real difference.",
        ),
        (
            found(300, 188),
            "From A to B, 488 pictures changed sides, 300 for the better: p < 0.001, "
            "B is better by more than chance.",
        ),
        (
            found(188, 300),
            "From A to B, 488 pictures changed sides, 188 for the better: p < 0.001, "
            "A is better by more than chance.",
        ),
        (
            found(33, 19),
            "From A to B, 52 pictures changed sides, 33 for the better: p = 0.070, "
            "not enough to call the difference real.",
        ),
        (
            found(0, 3),
            "From A to B, 3 pictures changed sides, all for the worse: p = 0.25, "
            "no real difference.",
        ),
        (
            found(2, 0),
            "From A to B, 2 pictures changed sides, all for the better: p = 0.50, "
            "no real difference.",
        ),
        (
            found(1, 0),
            "From A to B, 1 picture changed sides, for the better: p = 1, no real difference.",
        ),
        (
            found(0, 1),
            "From A to B, 1 picture changed sides, for the worse: p = 1, no real difference.",
        ),
        (
            found(0, 0, other=5),
            "No picture changed sides: A and B are right on the same pictures, "
            "so neither is better.",
        ),
        (
            found(0, 0),
            "A and B give the same answer to all 9,300 pictures: there is no difference.",
        ),
    ],
)
def test_the_answer_in_one_sentence(comparison: Comparison, sentence: str) -> None:
    assert describe_comparison(comparison) == sentence


def test_what_p_means_is_said_without_the_letter() -> None:
    assert explain_test(found(248, 240)) == (
        "If A and B were equally good, chance alone would split the 488 at least this unevenly "
        "about 75 times in 100. That does not prove them equal; it means these pictures cannot "
        "tell them apart."
    )
    assert explain_test(found(300, 188)) == (
        "If A and B were equally good, chance alone would split the 488 at least this unevenly "
        "less than once in 1,000 times. Luck in these pictures is a poor explanation."
    )


@pytest.mark.parametrize(
    ("fixed", "broken", "times"),
    [
        (50, 50, "every time"),
        (4_000, 4_002, "nearly every time"),
        (29, 50, "about 2 times in 100"),
        (43, 71, "about once in 100"),
        (42, 72, "about 6 times in 1,000"),
        (37, 72, "about once in 1,000"),
    ],
)
def test_p_as_times_out_of_many(fixed: int, broken: int, times: str) -> None:
    assert f"this unevenly {times}." in explain_test(found(fixed, broken))


def test_nothing_to_weigh_is_said_with_what_else_differs() -> None:
    assert explain_test(found(0, 0)) == (
        "The test weighs pictures that changed sides; here it has none to weigh."
    )
    assert "On 5 pictures they are wrong in different ways." in explain_test(found(0, 0, other=5))
    assert "On 1 picture they are wrong in" in explain_test(found(0, 0, other=1))


def test_one_changed_picture_is_not_put_as_odds() -> None:
    assert explain_test(found(1, 0)).startswith("One picture says nothing")


def test_an_interval_with_zero_says_how_far_both_ways() -> None:
    assert explain_difference(found(248, 240, both_right=9_212)) == (
        "B is right on 94.60\u00a0%, 0.08 percentage points above A's 94.52\u00a0%; 95 % interval "
        "−0.35 to +0.51: B may be anything from 0.35 points worse to 0.51 points better."
    )


def test_an_interval_without_zero_names_the_better_one() -> None:
    better = explain_difference(found(300, 188))
    worse = explain_difference(found(188, 300))
    assert "percentage points above A's" in better
    assert ": B is better by 0." in better
    assert "percentage points below A's" in worse
    assert ": A is better by 0." in worse


def test_limits_of_a_better_a_are_in_rising_order() -> None:
    """B minus A from -1.60 to -0.71: A is better by 0.71 to 1.60."""
    text = explain_difference(found(188, 300))
    least, most = text.split("A is better by ")[1].removesuffix(" points.").split(" to ")
    assert 0 < float(least) < float(most)


def test_equal_accuracy_is_not_called_above_or_below() -> None:
    text = explain_difference(found(40, 40))
    assert text.startswith("A and B are both right on 96.38\u00a0%; 95 % interval −")


def test_a_limit_at_zero_is_no_worse() -> None:
    at_zero = Comparison(
        both_right=900,
        fixed=12,
        broken=3,
        both_wrong=85,
        same_mistakes=85,
        p_value=0.08,
        interval=DifferenceInterval(0.0, 0.018),
    )
    assert "from no worse to 1.80 points better." in explain_difference(at_zero)


def test_test_and_interval_that_disagree_are_called_a_close_call() -> None:
    """With p = 0.054 the interval just misses zero."""
    close = found(120, 91)
    assert (close.is_real, close.interval.has_zero) == (False, False)
    assert "do not agree about zero: it is a close call." in explain_difference(close)


def test_few_changed_pictures_get_no_interval() -> None:
    assert explain_difference(found(3, 0)).endswith(
        "with fewer than 10 changed pictures there is no interval worth giving."
    )
    assert explain_difference(found(0, 0)) == "A and B are both right on 96.77\u00a0%."


# Many comparisons


def test_a_p_that_would_not_stand_out_among_all_pairs_is_warned_of() -> None:
    """With p = 0.0245; four runs make six pairs, and 0.05 / 6 = 0.0083."""
    text = warn_of_many(found(29, 50), candidates=4, kind="runs")
    assert "With 4 runs there are 6 pairs to compare." in text
    assert "below 0.05 / 6 = 0.0083" in text


@pytest.mark.parametrize(
    ("fixed", "broken", "candidates"), [(29, 50, 2), (29, 50, 1), (248, 240, 9), (300, 188, 9)]
)
def test_no_warning_for_one_pair_for_chance_or_for_a_tiny_p(
    fixed: int, broken: int, candidates: int
) -> None:
    assert warn_of_many(found(fixed, broken), candidates=candidates, kind="epochs") == ""


# Numbers


@pytest.mark.parametrize(
    ("p_value", "text"),
    [
        (1.0, "p = 1"),
        (0.999, "p > 0.99"),
        (0.7514, "p = 0.75"),
        (0.5, "p = 0.50"),
        (0.0123, "p = 0.012"),
        (0.00501, "p = 0.0050"),
        (0.0009, "p < 0.001"),
        (0.0, "p < 0.001"),
    ],
)
def test_p_is_written_with_two_digits(p_value: float, text: str) -> None:
    assert p_text(p_value) == text


def test_p_is_never_rounded_to_the_other_side_of_the_limit() -> None:
    assert p_text(0.04996) == "p = 0.04996"
    assert p_text(0.0499) == "p = 0.0499"
    assert p_text(0.0501) == "p = 0.050"


@pytest.mark.parametrize(
    ("fraction", "text"), [(0.0008, "+0.08"), (-0.0123, "−1.23"), (0.0, "0"), (0.00001, "0")]
)
def test_points_have_a_sign(fraction: float, text: str) -> None:
    assert points(fraction) == text


def test_points_without_a_sign() -> None:
    assert points(0.0123, sign=False) == "1.23"


def test_points_of_few_pictures_have_fewer_decimals() -> None:
    assert points(-0.9634, decimals=1) == "−96.3"
