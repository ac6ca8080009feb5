"""How the points of a map are told apart: by class, outcome, epoch or confidence."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from fashion_core.analysis.forgetting import NEVER
from fashion_core.classes import CLASS_NAMES
from fashion_core.figures.palette import CLASS_COLOURS, RIGHT, WRONG, Theme
from fashion_core.figures.rate_colours import rate_colours

_CLASS_SYMBOLS: Final = (
    "circle",  # T-shirt/top
    "star",  # Trouser
    "square",  # Pullover
    "triangle-up",  # Dress
    "diamond",  # Coat
    "cross",  # Sandal
    "x",  # Shirt
    "triangle-right",  # Sneaker
    "hexagon",  # Bag
    "triangle-down",  # Ankle boot
)
"""The four that look alike, all blue, have the four signs that differ most."""

_SPANS: Final = ((1, 1), (2, 2), (3, 4), (5, 8), (9, None))
"""First and last epoch of each colour: most is learned at first, so the spans double."""

_CONFIDENCES: Final = (
    (0.99, "99\u00a0% sure or more"),
    (0.9, "90 to 99\u00a0%"),
    (0.7, "70 to 90\u00a0%"),
    (0.5, "50 to 70\u00a0%"),
    (0.0, "less than 50\u00a0%"),
)
"""Least confidence of each colour and its name: most answers are sure, so the spans widen."""

_SPAN_SYMBOLS: Final = ("circle", "square", "diamond", "triangle-up", "star")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Group:
    """Points of one colour and sign.

    Attributes:
        name: What they have in common, for the legend.
        colour: "#RRGGBB".
        symbol: Name of the sign in assets/map_drawing.js.
        rows: Which points, int64 of shape (M,), M at least 1.
    """

    name: str
    colour: str
    symbol: str
    rows: npt.NDArray[np.int64]


def by_class(labels: npt.NDArray[np.int64]) -> list[Group]:
    """Group points by their label; classes without a point are left out."""
    styles = zip(CLASS_NAMES, CLASS_COLOURS, _CLASS_SYMBOLS, strict=True)
    groups = [_group(*style, labels == label) for label, style in enumerate(styles)]
    return _not_empty(groups)


def by_outcome(is_right: npt.NDArray[np.bool_]) -> list[Group]:
    """Group points by whether the answer is right; the mistakes are drawn above the rest."""
    return _not_empty(
        [_group("right", RIGHT, "circle", is_right), _group("wrong", WRONG, "x", ~is_right)]
    )


def by_epoch_learned(learned_at: npt.NDArray[np.int64], theme: Theme) -> list[Group]:
    """Group points by the epoch of the first right answer, the latest above the rest.

    Args:
        learned_at: Epochs, `NEVER` for none, int64 of shape (N,).
        theme: The theme they are drawn for.
    """
    groups = []
    colours = rate_colours(len(_SPANS), theme)
    for (first, last), colour, symbol in zip(_SPANS, colours, _SPAN_SYMBOLS, strict=True):
        is_inside = (learned_at >= first) & (learned_at <= (last or learned_at.max()))
        groups.append(_group(_span_name(first, last), colour, symbol, is_inside))
    return _not_empty([*groups, _group("never", theme.text, "x", learned_at == NEVER)])


def by_confidence(confidence: npt.NDArray[Any], theme: Theme) -> list[Group]:
    """Group points by how sure the answer is, the least sure above the rest.

    Args:
        confidence: Probability of the answered class in [0, 1], floating of shape (N,).
        theme: The theme they are drawn for.
    """
    groups, highest = [], np.inf
    colours = rate_colours(len(_CONFIDENCES), theme)
    for (lowest, name), colour, symbol in zip(_CONFIDENCES, colours, _SPAN_SYMBOLS, strict=True):
        is_inside = (confidence >= lowest) & (confidence < highest)
        groups.append(_group(name, colour, symbol, is_inside))
        highest = lowest
    return _not_empty(groups)


def _span_name(first: int, last: int | None) -> str:
    if last is None:
        return f"epoch {first} or later"
    return f"epoch {first}" if first == last else f"epochs {first}–{last}"


def _group(name: str, colour: str, symbol: str, is_inside: npt.NDArray[Any]) -> Group:
    return Group(name=name, colour=colour, symbol=symbol, rows=np.flatnonzero(is_inside))


def _not_empty(groups: list[Group]) -> list[Group]:
    return [group for group in groups if len(group.rows)]
