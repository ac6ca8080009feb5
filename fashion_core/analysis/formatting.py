"""How numbers are written on every page and figure: few digits, the unit, never a made-up zero."""

import math
from typing import Final

NOT_DEFINED: Final = "not defined"
"""What stands where a number would be nan: a share of nothing, a mean over an undefined value."""

_UNCOUNTABLE: Final = 1e-9
_MILLIONTH: Final = 1e-6
_EXPONENT: Final = 1e-4  # below, Python writes one
_THOUSAND: Final = 1_000
_TRILLION: Final = 1e12
_SECONDS_PER_MINUTE: Final = 60
_SECONDS_PER_HOUR: Final = 3600


def percent(fraction: float, *, decimals: int = 1) -> str:
    """Write a share as per cent: 0.9213 is "92.1 %", nan is "not defined".

    No line ever breaks between the number and its sign.

    Rounding never claims all or nothing: 0.99999 is ">99.9 %" and 0.00001 is "<0.1 %"; only
    exactly 1 is "100 %" and only exactly 0 is "0 %".

    Raises:
        ValueError: if the fraction is outside [0, 1].
    """
    if math.isnan(fraction):
        return NOT_DEFINED
    return f"{percent_digits(fraction, decimals=decimals)}\u00a0%"


def percent_digits(fraction: float, *, decimals: int = 1) -> str:
    """Write a share as `percent` does, but without the unit: for columns that name it.

    Raises:
        ValueError: if the fraction is outside [0, 1].
    """
    if math.isnan(fraction):
        return NOT_DEFINED
    if not 0 <= fraction <= 1:
        raise ValueError(f"Expected a fraction in [0, 1], got {fraction}.")
    if fraction in {0, 1}:
        return f"{100 * fraction:.0f}"
    smallest = 10.0**-decimals
    text = f"{100 * fraction:.{decimals}f}"
    if float(text) == 0:
        return f"<{smallest:.{decimals}f}"
    if float(text) == 100:
        return f">{100 - smallest:.{decimals}f}"
    return text


def percent_with_interval(fraction: float, low: float, high: float) -> str:
    """Write a share with its interval: "92.1 % [91.5, 92.6]"; without one if a limit is nan.

    Raises:
        ValueError: if one of the three is outside [0, 1].
    """
    if any(math.isnan(value) for value in (fraction, low, high)):
        return percent(fraction)
    return f"{percent(fraction)} [{percent_digits(low)}, {percent_digits(high)}]"


def number(value: float) -> str:
    """Write a loss or another measured number with three significant digits, without an exponent.

    0.2124 is "0.212", 2.3 is "2.30", 0.00002 is "0.0000200", 269,098 is "269,000" and 2.6e9 is
    "2.6 billion".
    """
    if math.isnan(value):
        return NOT_DEFINED
    if math.isinf(value):
        return "infinite" if value > 0 else "minus infinite"
    rounded = float(f"{value:.3g}")  # first: 999.6 is a thousand
    if 0 < abs(rounded) < _EXPONENT:
        return _small(rounded)
    if abs(rounded) >= _THOUSAND:
        return _large(rounded)
    return f"{rounded + 0.0:#.3g}".removesuffix(".")  # + 0.0: no minus before a zero


def _small(value: float) -> str:
    if abs(value) < _MILLIONTH:
        return "below a millionth" if value > 0 else "minus less than a millionth"
    return f"{value:.{2 - math.floor(math.log10(abs(value)))}f}"


def _large(value: float) -> str:
    if abs(value) > _TRILLION:
        return "more than a trillion" if value > 0 else "below minus a trillion"
    for unit, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if abs(value) >= unit:
            return f"{value / unit:.1f} {word}"
    return count(int(value))


def decimal(value: float) -> str:
    """Write a setting such as a learning rate without an exponent: 0.00001, 0.002, 10.

    Six significant digits at most; below a billionth, where nobody counts the zeros, "1e-12".

    Raises:
        ValueError: if the value is not finite.
    """
    if not math.isfinite(value):
        raise ValueError(f"Expected a finite number, got {value}.")
    if abs(value) < _UNCOUNTABLE:
        return f"{value:g}"
    places = 5 - math.floor(math.log10(abs(value)))
    text = f"{value:.{max(places, 1)}f}"
    return text.rstrip("0").rstrip(".")


def count(value: int) -> str:
    """Write a count with commas between thousands: "10,000"."""
    return f"{value:,}"


def duration(seconds: float) -> str:
    """Write a time in its two largest units: "3.4 s", "42 s", "6 min 12 s", "1 h 3 min".

    Raises:
        ValueError: if the time is negative or infinite.
    """
    if math.isnan(seconds):
        return NOT_DEFINED
    if not 0 <= seconds < math.inf:
        raise ValueError(f"Expected a finite number of seconds of at least 0, got {seconds}.")
    if round(seconds, 1) < 10:
        return f"{seconds:.1f} s"
    if round(seconds) < _SECONDS_PER_MINUTE:
        return f"{round(seconds)} s"
    if round(seconds) < _SECONDS_PER_HOUR:
        minutes, rest = divmod(round(seconds), _SECONDS_PER_MINUTE)
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(round(seconds / _SECONDS_PER_MINUTE), _SECONDS_PER_MINUTE)
    return f"{count(hours)} h {minutes} min"


def rough_duration(seconds: float) -> str:
    """Write an estimate: "less than a minute", "about 41 minutes", "about 2 h 10 min".

    Raises:
        ValueError: if the time is negative or not finite.
    """
    if not 0 <= seconds < math.inf:  # also false for nan
        raise ValueError(f"Expected a finite number of seconds of at least 0, got {seconds}.")
    minutes = round(seconds / _SECONDS_PER_MINUTE)
    if minutes < 1:
        return "less than a minute"
    if minutes == 1:
        return "about a minute"
    if minutes < 60:
        return f"about {minutes} minutes"
    hours, rest = divmod(round(minutes, -1), 60)  # ten minutes more or less: nobody knows better
    return f"about {count(hours)} h" + (f" {rest} min" if rest else "")
