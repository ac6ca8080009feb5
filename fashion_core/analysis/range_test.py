"""What a learning-rate range test says: where the loss falls, where it turns, what to choose."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from fashion_core.analysis.formatting import count

LOWEST_RATE: Final = 1e-6
"""Two powers of ten below where Adam begins to move the networks of this program."""

HIGHEST_RATE: Final = 10.0
"""Two powers of ten above the highest rate that the specification tries, which is too high."""

MIN_STEPS: Final = 100  # fewer are further apart than the line is smooth
MAX_STEPS: Final = 2_000  # more say no more; the time to smooth them grows with the square

_SMOOTHING: Final = 0.9
"""Weight of the step before or after, squared for the one beyond it: a memory of ten steps."""

_NOISE_LEFT: Final = math.sqrt((1 - _SMOOTHING) * (1 + _SMOOTHING**2) / (1 + _SMOOTHING) ** 3)
"""Standard deviation of the smoothed line over that of independent steps, 0.16, away from the ends:
the root of the sum of the squared weights."""

_CLEAR_FALL: Final = 8.0
"""Standard deviations of the smoothed line. In 20,000 made-up tests of 300 steps of noise, half of
them normal and half exponential, the largest fall was 7.6."""

_LEAST_FALL: Final = 0.03  # of the first loss; a network of 4,000 parameters lost 12 %
_FIRST_STEPS: Final = 20  # of 300: the rate is then still below 0.000003
_BEGUN: Final = 0.25  # of the fall: the noise of the first steps stays below it
_TURNED: Final = 0.1  # of the fall: seeds then agree on the turn within a factor of 1.3
_MOST_COUNTED: Final = 2.0  # times the first losses
_EXPLODED: Final = 2.0  # times the lowest loss


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Learning rates to choose from, each rounded to one digit: seeds do not agree on a second.

    Attributes:
        low: Where a quarter of the fall of the loss was done.
        high: A third of the rate of the turn, at least `rate`.
        rate: The one to choose: a tenth of the rate of the turn, at least `low`.
        turn: Where the loss had risen again by a tenth of its fall or was not finite; nan if
            neither happened.
    """

    low: float
    high: float
    rate: float
    turn: float


def learning_rates(steps: int) -> tuple[float, ...]:
    """Give the learning rate of every step: each is the one before times the same factor.

    Raises:
        ValueError: if the steps are fewer or more than make sense.
    """
    if not MIN_STEPS <= steps <= MAX_STEPS:
        raise ValueError(
            f"Expected from {MIN_STEPS} to {count(MAX_STEPS)} steps of a range test, got {steps}."
        )
    return tuple(np.geomspace(LOWEST_RATE, HIGHEST_RATE, steps).tolist())


def until_broken(losses: Sequence[float]) -> npt.NDArray[np.float64]:
    """Give the losses before the first that is not finite, float64 of shape (M,), M <= N."""
    values = np.asarray(losses, np.float64)
    broken = np.flatnonzero(~np.isfinite(values))
    return values[: broken[0]] if len(broken) else values


def smooth(losses: Sequence[float] | npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Give the mean around each step, in which a step counts 0.9 times as much as its neighbour.

    Both directions count, so that the line is not late by the memory of a running mean: 19 steps
    of a usual one are a factor of 3 in the learning rate. Divided by the sum of the weights, which
    is smaller near the ends: without this, the line would start at nearly 0. A loss above twice the
    first ones counts as that much: one step that explodes must not lift the line far before it.

    Args:
        losses: Finite losses of shape (N,), in the order of the steps.

    Returns:
        (N,); the last value is the usual exponential running mean with its bias corrected,
        if no loss is as high.

    References:
        Kingma & Ba, "Adam: A Method for Stochastic Optimization", 2015, section 3, for the
        correction of the bias.
    """
    steps = np.arange(len(losses))
    weights = _SMOOTHING ** np.abs(steps[:, np.newaxis] - steps)
    values = np.asarray(losses, np.float64)
    if len(values):
        values = np.minimum(values, _MOST_COUNTED * np.median(values[:_FIRST_STEPS]))
    smoothed: npt.NDArray[np.float64] = weights @ values / weights.sum(axis=1)
    return smoothed


def has_exploded(losses: Sequence[float]) -> bool:
    """Tell whether a test may end: the loss has left no doubt that the rate is too high.

    So if the last loss is not finite, or if the running mean is above the first loss and more than
    twice as high as it was at its lowest.
    """
    if not losses:
        return False
    if not math.isfinite(losses[-1]):
        return True
    means = _running_means(losses)
    return means[-1] > max(means[0], _EXPLODED * min(means))


def _running_means(losses: Sequence[float]) -> list[float]:
    """Give the mean of the losses up to each step, as the last value of `smooth` has it."""
    means, total, weight = [], 0.0, 0.0
    for loss in losses:
        total, weight = _SMOOTHING * total + loss, _SMOOTHING * weight + 1
        means.append(total / weight)
    return means


def suggest(rates: Sequence[float], losses: Sequence[float]) -> Suggestion | None:
    """Choose a learning rate from a range test; None if nothing honest can be said.

    Smith raises the rate evenly over a few epochs; his range ends where that stops to help, and
    begins where it starts to help or at a third or a quarter of its end. Here the rate rises by a
    factor of ten million in a few hundred steps of Adam, and the network meets each rate with less
    training behind it than in a run: a rate that is kept for epochs has to be lower. A third of the
    rate of the turn was the highest good one, and a tenth a good one, for all networks measured.

    Args:
        rates: Learning rate of each step, shape (N,), rising, above 0.
        losses: Loss of each step in nats; from the first that is not finite on, all are left out.

    Returns:
        None if the loss ends before it has fallen by more than its noise.

    References:
        Smith, "Cyclical Learning Rates for Training Neural Networks", WACV 2017, section 3.3.
    """
    raw = until_broken(losses)
    if len(raw) <= _FIRST_STEPS:
        return None
    smoothed = smooth(raw)
    first, lowest = float(np.median(smoothed[:_FIRST_STEPS])), int(smoothed.argmin())
    fall = first - smoothed[lowest]
    noise = float(np.std((raw - smoothed)[: max(lowest, _FIRST_STEPS)])) * _NOISE_LEFT
    if lowest < _FIRST_STEPS or fall <= max(_CLEAR_FALL * noise, _LEAST_FALL * first):
        return None
    low = rates[int(np.flatnonzero(smoothed[:lowest] > first - _BEGUN * fall)[-1])]
    turn = _find_turn(rates, smoothed, _TURNED * fall)
    reference = turn if math.isfinite(turn) else rates[-1]
    rate = max(reference / 10, low)
    return Suggestion(
        low=_one_digit(low),
        high=_one_digit(max(reference / 3, rate)),
        rate=_one_digit(rate),
        turn=_one_digit(turn),
    )


def _find_turn(rates: Sequence[float], smoothed: npt.NDArray[np.float64], rise: float) -> float:
    """Give where the line is up by a rise from its lowest, or breaks off; nan if never."""
    lowest = int(smoothed.argmin())
    risen = np.flatnonzero(smoothed[lowest:] > smoothed[lowest] + rise)
    if len(risen):
        return rates[lowest + int(risen[0])]
    return rates[len(smoothed)] if len(smoothed) < len(rates) else math.nan


def _one_digit(rate: float) -> float:
    return float(f"{rate:.0e}")


def rate_text(rate: float) -> str:
    """Write a learning rate with at most three digits and no exponent: 0.00003 and 0.0025."""
    return f"{float(f'{rate:.2e}'):.12f}".rstrip("0").rstrip(".")


def describe_range_test(rates: Sequence[float], losses: Sequence[float], *, current: float) -> str:
    """Write what a finished range test says about the learning rate, for a beginner.

    Args:
        rates: Learning rate of each step, rising, above 0.
        losses: Loss of each step in nats.
        current: The learning rate that is set now.
    """
    suggestion = suggest(rates, losses)
    if suggestion is None:
        return _describe_nothing(rates, losses)
    low, high, rate = (rate_text(r) for r in (suggestion.low, suggestion.high, suggestion.rate))
    if math.isfinite(suggestion.turn):
        turn = f"turns up again at {rate_text(suggestion.turn)}"
    else:
        turn = f"has not turned up by {rate_text(rates[-1])}, the highest tried"
    return (
        f"The loss falls from {low} on and {turn}. A good choice is {rate}; anything from {low} to "
        f"{high} should learn. {_describe_current(current, suggestion)}"
    )


def _describe_current(current: float, suggestion: Suggestion) -> str:
    """Write where the rate that is set now lies."""
    now = f"{rate_text(current)} is set now"
    if current < suggestion.low:
        return f"{now}: below this range, learning would take long."
    if current > suggestion.high:
        return f"{now}: above this range, learning may be worse or fail."
    return f"{now}: inside this range."


def _describe_nothing(rates: Sequence[float], losses: Sequence[float]) -> str:
    """Write why nothing is suggested."""
    if has_exploded(losses) and len(losses) <= _FIRST_STEPS:
        return (
            f"The loss broke after {len(losses)} steps, at a rate of only {rate_text(rates[-1])}: "
            "nothing can be suggested. Something else is wrong with these settings."
        )
    return (
        f"The loss did not fall clearly at any learning rate up to {rate_text(rates[-1])}: nothing "
        "can be suggested. A larger batch, a wider network or less dropout may help."
    )
