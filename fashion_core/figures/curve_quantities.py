"""What differs between the loss figure and the accuracy figure; how to draw them is `curves.py`."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from fashion_core.analysis.formatting import number, percent
from fashion_core.history import EpochRecord, best_epoch

HIGHEST_LOSS: Final = 2 * math.log(10)
"""Nats; twice the loss of guessing. What lies above would press everything else flat."""

_ABOVE_BEST: Final = 1.25  # times the lowest validation loss, which is always in sight
_LEAST_POINTS: Final = 10.0  # per cent of accuracy: less would blow up noise

_HEADROOM: Final = 0.18
"""Share of the data's span left free above the loss, for the word "overfitting"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One thing measured after every epoch on two splits.

    Attributes:
        title: Title of the y axis, with the unit.
        hover: Plotly template of a value, with the unit.
        train: Takes the training value, in the unit of the axis, from an epoch.
        val: Takes the validation value, likewise.
        text: Writes a value of the axis as text.
        span: Gives the range of the y axis from all finite values.
        guessing: What guessing among the ten classes gives, in the unit of the axis.
        is_cut: Whether values far above the others are cut off.
        overfitting_at_top: Whether the word "overfitting" finds free space at the top.
    """

    title: str
    hover: str
    train: Callable[[EpochRecord], float]
    val: Callable[[EpochRecord], float]
    text: Callable[[float], str]
    span: Callable[[list[float]], tuple[float, float]]
    guessing: float
    is_cut: bool
    overfitting_at_top: bool


def finite_values(history: Sequence[EpochRecord], quantity: Quantity) -> list[float]:
    """Give all values of both lines that can be drawn."""
    values = [value(record) for record in history for value in (quantity.train, quantity.val)]
    return [value for value in values if math.isfinite(value)]


def value_range(history: Sequence[EpochRecord], quantity: Quantity) -> tuple[float, float]:
    """Give the range of the y axis: all values, but for those it is cut at.

    A loss of a billion in the first epoch would press all others flat. The axis then ends at
    `HIGHEST_LOSS`, or a little above the lowest validation loss if that is even higher.
    """
    low, high = quantity.span(finite_values(history, quantity))
    best = best_epoch(history)
    if not quantity.is_cut or best is None:
        return low, high
    return low, min(high, max(HIGHEST_LOSS, _ABOVE_BEST * quantity.val(best)))


def describe_above(history: Sequence[EpochRecord], quantity: Quantity, high: float) -> str:
    """Say what lies above the end of the axis: "above: 2.6 billion at epoch 1"; empty if nothing.

    Args:
        history: Finished epochs in order.
        quantity: What is drawn.
        high: Where the axis ends.
    """
    above = [
        (value(record), record.epoch)
        for record in history
        for value in (quantity.train, quantity.val)
        if high < value(record) < math.inf
    ]
    if not above:
        return ""
    highest, epoch = max(above)
    if len(above) == 1:
        return f"above: {number(highest)} at epoch {epoch}"
    return f"{len(above)} above: up to {number(highest)} at epoch {epoch}"


def _loss_span(values: list[float]) -> tuple[float, float]:
    """Give a range from 0 with room for a word above the data."""
    return 0, max(values, default=1.0) * (1 + _HEADROOM)


def _accuracy_span(values: list[float]) -> tuple[float, float]:
    """Give a range around the data, in per cent, of ten at least, with room for a word below."""
    if not values:
        return 0, 100
    low, high = min(values), max(values)
    missing = max(_LEAST_POINTS - (high - low), 0)
    low = max(min(low - missing / 2, 100 - _LEAST_POINTS), 0) if missing else low
    high = max(high, low + _LEAST_POINTS)
    span = high - low
    return max(low - _HEADROOM * span, 0), high + 0.1 * span


LOSS: Final = Quantity(
    title="cross-entropy loss (nats)",
    hover="%{y:.3g} nats",
    train=lambda record: record.train_loss,
    val=lambda record: record.val_loss,
    text=number,
    span=_loss_span,
    guessing=math.log(10),
    is_cut=True,
    overfitting_at_top=True,
)
ACCURACY: Final = Quantity(
    title="accuracy (%)",
    hover="%{y:.1f} %",
    train=lambda record: 100 * record.train_accuracy,
    val=lambda record: 100 * record.val_accuracy,
    text=lambda value: percent(value / 100),
    span=_accuracy_span,
    guessing=10.0,
    is_cut=False,
    overfitting_at_top=False,
)
