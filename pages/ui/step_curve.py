"""The training loss step by step, as a curve light enough to be drawn anew every second.

A Plotly figure would be made anew each time, and Streamlit's own charts load a library for it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from fashion_core.analysis.formatting import count, number
from pages.ui.sheet import component

GUESSING: Final = math.log(10)
"""Cross-entropy in nats of ten equally likely classes."""

_LEAST_TOP: Final = 2.6  # the line of guessing is in sight from the first step on
_HIGHEST_TOP: Final = 5.0  # a few steps of a large learning rate must not press the rest flat
_WIDTH: Final = 1000  # units of the drawing, which is stretched over the width of the page
_LARGE_PIXELS: Final = 268
_STRIP_PIXELS: Final = 64

StepLoss = tuple[int, int, float | None]
"""Epoch, step, and mean training loss in nats of the block that ends there; None if undefined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    """The range of losses that is drawn, from 0 to the top."""

    top: float

    def down(self, loss: float) -> float:
        """Give the place of a loss in per cent below the top; 100 is a loss of 0."""
        return round(100 * (1 - min(loss, self.top) / self.top), 2)


def draw_steps(content: dict[str, Any], *, key: str) -> None:
    """Draw a curve; its place has the same height from the first draw on.

    Args:
        content: From `first_epoch` or `latest_steps`.
        key: Streamlit key, one per curve.
    """
    height = _LARGE_PIXELS if content["isLarge"] else _STRIP_PIXELS
    component("steps")(key=key, data=content, height=height)


def first_epoch(steps: Sequence[StepLoss], *, steps_per_epoch: int) -> dict[str, Any]:
    """Give the curve of the first epoch, large, with the loss of guessing named.

    The width is the whole epoch, so that the curve grows to the right and nothing else moves.

    Args:
        steps: Losses in order.
        steps_per_epoch: Steps of the whole epoch.
    """
    points = [(step / steps_per_epoch, loss) for _, step, loss in steps if is_finite(loss)]
    highest = max((loss for _, loss in points), default=0.0)
    scale = _Scale(top=min(max(_LEAST_TOP, highest), _HIGHEST_TOP))
    ticks = [[scale.down(loss), str(loss)] for loss in range(math.floor(scale.top) + 1)]
    if highest > scale.top:
        ticks[-1][1] = f"≥ {ticks[-1][1]}"
    return {
        "isLarge": True,
        "title": "Training loss in the first epoch, step by step",
        "path": _path(points, scale),
        "says": _in_words(points),
        "ticks": ticks,
        "guess": [scale.down(GUESSING), f"{number(GUESSING)}: guessing among ten classes"],
        "start": "step 0",
        "end": f"step {count(steps_per_epoch)}, the end of epoch 1",
    }


def latest_steps(steps: Sequence[StepLoss], *, steps_per_epoch: int) -> dict[str, Any]:
    """Give the curve of the last two epochs as a strip without axes; they are its width.

    Args:
        steps: Losses in order; those of older epochs are left out.
        steps_per_epoch: Steps of a whole epoch.
    """
    newest = max((epoch for epoch, *_ in steps), default=0)
    points = [
        ((epoch - newest + 1 + step / steps_per_epoch) / 2, loss)
        for epoch, step, loss in steps
        if epoch >= newest - 1 and is_finite(loss)
    ]
    scale = _Scale(top=max((loss for _, loss in points), default=0.0) or 1.0)
    return {
        "isLarge": False,
        "title": "Training loss in the last two epochs, step by step",
        "path": _path(points, scale),
        "says": _in_words(points),
        "ticks": [],
        "guess": None,
        "start": "",
        "end": "",
    }


def is_finite(loss: float | None) -> bool:
    """Tell whether a loss can be drawn; the database keeps one that is not a number as None."""
    return loss is not None and math.isfinite(loss)


def _in_words(points: Sequence[tuple[float, float]]) -> str:
    """Say what the curve shows, for those who cannot see it."""
    if not points:
        return "Training loss step by step: no step has been written down yet"
    return (
        f"Training loss step by step: from {number(points[0][1])} to {number(points[-1][1])}; "
        f"guessing among ten classes has {number(GUESSING)}"
    )


def _path(points: Sequence[tuple[float, float]], scale: _Scale) -> str:
    """Give the line as an SVG path; a single point is a dot, for the ends of a line are round."""
    places = [f"{_WIDTH * x:.1f} {scale.down(loss):.2f}" for x, loss in points]
    return f"M{'L'.join(places if len(places) > 1 else places * 2)}" if places else ""
