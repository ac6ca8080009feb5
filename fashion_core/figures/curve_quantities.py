"""What differs between the loss figure and the accuracy figure; how to draw them is `curves.py`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from fashion_core.analysis.formatting import number, percent
from fashion_core.history import EpochRecord

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
        overfitting_at_top: Whether the word "overfitting" finds free space at the top.
    """

    title: str
    hover: str
    train: Callable[[EpochRecord], float]
    val: Callable[[EpochRecord], float]
    text: Callable[[float], str]
    span: Callable[[list[float]], tuple[float, float]]
    overfitting_at_top: bool


def _loss_span(values: list[float]) -> tuple[float, float]:
    """Give a range from 0 with room for a word above the data."""
    return 0, max(values, default=1.0) * (1 + _HEADROOM)


def _accuracy_span(values: list[float]) -> tuple[float, float]:
    """Give a range around the data, in per cent, with room for a word below them."""
    if not values:
        return 0, 100
    span = max(max(values) - min(values), 1)
    return max(min(values) - _HEADROOM * span, 0), max(values) + 0.1 * span


LOSS: Final = Quantity(
    title="cross-entropy loss (nats)",
    hover="%{y:.3g} nats",
    train=lambda record: record.train_loss,
    val=lambda record: record.val_loss,
    text=number,
    span=_loss_span,
    overfitting_at_top=True,
)
ACCURACY: Final = Quantity(
    title="accuracy (%)",
    hover="%{y:.1f} %",
    train=lambda record: 100 * record.train_accuracy,
    val=lambda record: 100 * record.val_accuracy,
    text=lambda value: percent(value / 100),
    span=_accuracy_span,
    overfitting_at_top=False,
)
