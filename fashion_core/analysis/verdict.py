"""A comparison in plain sentences: which is better, is it chance, and how far apart they may be."""

from typing import Final

from fashion_core.analysis.comparison import Comparison
from fashion_core.analysis.formatting import count, percent
from fashion_core.analysis.paired import FEWEST_FOR_INTERVAL, SIGNIFICANCE

_ALMOST: Final = 0.1
"""Up to this p a difference is not called chance either; "weak evidence" by old convention."""


def describe_comparison(comparison: Comparison, *, is_seed_alone: bool = False) -> str:
    """Write the answer in one sentence.

    For example "From A to B, 488 pictures changed sides, 248 for the better: p = 0.75, no real
    difference."

    Args:
        comparison: What came out.
        is_seed_alone: Whether A and B are runs that differ in their seed alone. Neither is better
            then: trained again, they come out otherwise.
    """
    if comparison.is_same:
        return (
            f"A and B give the same answer to all {count(comparison.pictures)} pictures: "
            "there is no difference."
        )
    if comparison.changed == 0:
        return (
            "No picture changed sides: A and B are right on the same pictures, "
            "so neither is better."
        )
    found = f"From A to B, {_moves(comparison)}: {p_text(comparison.p_value)}"
    if is_seed_alone and comparison.is_real:
        return (
            f"{found}. These weights differ by more than chance, but only by the luck of the seed."
        )
    return f"{found}, {_call(comparison)}."


def explain_test(comparison: Comparison) -> str:
    """Write what the p of a comparison means, without the letter."""
    if comparison.changed == 0:
        others = comparison.both_wrong - comparison.same_mistakes
        what = "picture" if others == 1 else "pictures"
        also = f" On {count(others)} {what} they are wrong in different ways." if others else ""
        return f"The test weighs pictures that changed sides; here it has none to weigh.{also}"
    if comparison.changed == 1:
        return "One picture says nothing about which is better: it had to fall on some side."
    split = f"chance alone would split the {count(comparison.changed)} at least this unevenly"
    if comparison.is_real:
        meaning = "Luck in these pictures is a poor explanation."
    else:
        meaning = "That does not prove them equal; it means these pictures cannot tell them apart."
    return f"If A and B were equally good, {split} {_how_often(comparison.p_value)}. {meaning}"


def explain_difference(comparison: Comparison) -> str:
    """Write by how much B is better or worse, with the interval, and what that leaves open."""
    before = percent(comparison.accuracy_first, decimals=2)
    after = percent(comparison.accuracy_second, decimals=2)
    if comparison.difference == 0:
        size = f"A and B are both right on {before}"
    else:
        way = "above" if comparison.difference > 0 else "below"
        size = (
            f"B is right on {after}, {points(abs(comparison.difference), sign=False)} percentage "
            f"points {way} A's {before}"
        )
    if comparison.changed == 0:
        return f"{size}."
    if not comparison.interval.is_defined:
        return (
            f"{size}; with fewer than {FEWEST_FOR_INTERVAL} changed pictures there is no "
            "interval worth giving."
        )
    return f"{size}; {_describe_interval(comparison)}"


def warn_of_many(comparison: Comparison, *, candidates: int, kind: str) -> str:
    """Warn if the difference would not be called real among all that could be compared; else empty.

    Args:
        comparison: What came out.
        candidates: Runs, or epochs of one run, any two of which could have been chosen.
        kind: What they are, in the plural.
    """
    pairs = candidates * (candidates - 1) // 2
    if not comparison.is_real or comparison.p_value * pairs < SIGNIFICANCE:
        return ""
    return (
        f"With {candidates} {kind} there are {count(pairs)} pairs to compare. If this is the "
        "one that stood out among them, p would have to be below "
        f"{SIGNIFICANCE:g} / {count(pairs)} = {SIGNIFICANCE / pairs:.2g} to be more than chance."
    )


def p_text(p_value: float) -> str:
    """Write a p with two digits, never rounded across the limit: 0.7514 is "p = 0.75"."""
    if p_value == 1:
        return "p = 1"
    if p_value > 0.99:
        return "p > 0.99"
    if p_value < 0.001:
        return "p < 0.001"
    for digits in range(2, 17):
        text = f"{p_value:#.{digits}g}"
        if (float(text) < SIGNIFICANCE) == (p_value < SIGNIFICANCE):
            break
    return f"p = {text}"


def points(fraction: float, *, sign: bool = True, decimals: int = 2) -> str:
    """Write a difference of shares in percentage points: 0.0008 is "+0.08", -0.01 is "−1.00"."""
    text = f"{abs(100 * fraction):.{decimals}f}"
    if float(text) == 0:
        return "0"
    if not sign:
        return text
    return f"+{text}" if fraction > 0 else f"−{text}"


def _moves(comparison: Comparison) -> str:
    """Write how many pictures changed sides and which way."""
    changed, fixed = comparison.changed, comparison.fixed
    if changed == 1:
        return f"1 picture changed sides, for the {'better' if fixed else 'worse'}"
    way = {0: "all for the worse", changed: "all for the better"}.get(
        fixed, f"{count(fixed)} for the better"
    )
    return f"{count(changed)} pictures changed sides, {way}"


def _call(comparison: Comparison) -> str:
    """Write the verdict."""
    if comparison.is_real:
        return f"{'B' if comparison.difference > 0 else 'A'} is better by more than chance"
    if comparison.p_value < _ALMOST:
        return "not enough to call the difference real"
    return "no real difference"


def _how_often(p_value: float) -> str:
    """Write a probability as times in 100 or in 1,000."""
    if p_value == 1:
        return "every time"
    if p_value > 0.99:
        return "nearly every time"
    if p_value < 0.001:
        return "less than once in 1,000 times"
    of = 100 if p_value >= 0.01 else 1_000
    times = round(p_value * of)
    return f"about {'once' if times == 1 else f'{times} times'} in {count(of)}"


def _describe_interval(comparison: Comparison) -> str:
    """Write the interval and what it leaves open."""
    low, high = comparison.interval.low, comparison.interval.high
    text = f"95 % interval {points(low)} to {points(high)}"
    if comparison.is_real == comparison.interval.has_zero:
        return f"{text}. Test and interval do not agree about zero: it is a close call."
    if comparison.interval.has_zero:
        return f"{text}: B may be anything from {_worse(low)} to {_better(high)}."
    better = "B" if low > 0 else "A"
    least, most = sorted((abs(low), abs(high)))
    return (
        f"{text}: {better} is better by {points(least, sign=False)} to "
        f"{points(most, sign=False)} points."
    )


def _worse(low: float) -> str:
    return f"{points(abs(low), sign=False)} points worse" if low < 0 else "no worse"


def _better(high: float) -> str:
    return f"{points(high, sign=False)} points better" if high > 0 else "no better"
