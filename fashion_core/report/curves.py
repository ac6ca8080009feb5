"""The curves of a report as static SVG: same quantities, colours and marks as on the pages.

Plotly's figures are not put in: its script is 4.8 MB in each file and would have to run, and a
picture of them needs a browser. A report is read and printed; nobody hovers over it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fashion_core.analysis.learning import Overfitting, describe_learning, find_overfitting
from fashion_core.figures.curve_quantities import (
    ACCURACY,
    LOSS,
    Quantity,
    describe_above,
    value_range,
)
from fashion_core.figures.palette import TRAIN, VAL
from fashion_core.history import EpochRecord, best_epoch
from fashion_core.report.markup import Html, element, join, section
from fashion_core.report.subject import Subject

WIDTH, HEIGHT = 460, 270
_LEFT, _RIGHT, _TOP, _BOTTOM = 46.0, 450.0, 46.0, 228.0  # edges of the plot area
_MOST_TICKS: Final = 8  # two-digit numbers that fit below
_ROUND: Final = (1.0, 2.0, 5.0, 10.0)  # steps of a readable axis, times a power of ten


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plane:
    """Where values lie in the picture: epochs from 1 to the last, values from low to high.

    A value above stands at the upper edge.
    """

    last_epoch: int
    low: float
    high: float

    def x(self, epoch: float) -> float:
        share = (epoch - 0.5) / self.last_epoch
        return round(_LEFT + share * (_RIGHT - _LEFT), 1)

    def y(self, value: float) -> float:
        share = min((value - self.low) / (self.high - self.low), 1)
        return round(_BOTTOM - share * (_BOTTOM - _TOP), 1)


def curves_section(subject: Subject) -> Html:
    """Give loss and accuracy over the epochs, and what they say in a sentence."""
    history, run = subject.run.history, subject.run
    planned = run.spec.epochs if run.is_active else max(len(history), 1)
    how = (
        "Training figures are measured while the network learns, with dropout on; validation "
        "figures afterwards, with dropout off. Early on, validation can therefore look better."
    )
    pictures = [curve_svg(history, quantity, run.spec.epochs) for quantity in (LOSS, ACCURACY)]
    return section(
        "When did it stop learning?",
        element("p", describe_learning(history, planned_epochs=planned)),
        element("div", *pictures, class_="curves"),
        element("p", how, class_="small"),
    )


def curve_svg(history: Sequence[EpochRecord], quantity: Quantity, planned_epochs: int) -> Html:
    """Draw training and validation values over the epochs, with the best epoch marked.

    A value that is not finite leaves a gap.

    Args:
        history: Finished epochs in order, at least one.
        quantity: What is drawn.
        planned_epochs: Last epoch of the x axis.
    """
    low, high = value_range(history, quantity)
    last = max(planned_epochs, history[-1].epoch)
    plane = _Plane(last_epoch=last, low=low, high=high if high > low else low + 1)
    return element(
        "svg",
        _overfitting(plane, find_overfitting(history)),
        _axes(plane, quantity.title),
        _line(plane, [(r.epoch, quantity.train(r)) for r in history], TRAIN),
        _line(plane, [(r.epoch, quantity.val(r)) for r in history], VAL),
        _best(plane, history, quantity),
        _above(describe_above(history, quantity, high)),
        _legend(),
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
        aria_label=f"Training and validation {quantity.title} after each epoch",
    )


def _line(plane: _Plane, points: Sequence[tuple[int, float]], colour: str) -> Html:
    """Draw a line through the finite points; one between two gaps is a dot."""
    commands, dots, is_down = [], [], False
    for epoch, value in points:
        if not math.isfinite(value):
            is_down = False
            continue
        x, y = plane.x(epoch), plane.y(value)
        commands.append(f"{'L' if is_down else 'M'}{x} {y}")
        dots.append(element("circle", cx=x, cy=y, r=1.8, fill=colour))
        is_down = True
    path = element("path", d="".join(commands), stroke=colour, fill="none", stroke_width=2)
    return join([path, *dots])


def _best(plane: _Plane, history: Sequence[EpochRecord], quantity: Quantity) -> Html:
    """Mark the epoch of the lowest validation loss with a line, a ring and its value."""
    best = best_epoch(history)
    if best is None:
        return Html("")
    x, value = plane.x(best.epoch), quantity.val(best)
    text = f"best: epoch {best.epoch}, {quantity.text(value)}"
    parts = [
        element("line", x1=x, x2=x, y1=_TOP, y2=_BOTTOM, class_="mark"),
        element("text", text, x=x, y=_TOP - 6, text_anchor=_anchor(plane, best.epoch)),
    ]
    if math.isfinite(value):
        ring = element("circle", cx=x, cy=plane.y(value), r=5, class_="ring", stroke=VAL)
        parts.append(ring)
    return join(parts)


def _above(text: str) -> Html:
    """Say below the upper edge what lies above it."""
    if not text:
        return Html("")
    return element("text", f"↑ {text}", x=_RIGHT, y=_TOP + 14, text_anchor="end")


def _overfitting(plane: _Plane, region: Overfitting | None) -> Html:
    """Shade the epochs in which the network learned by heart."""
    if region is None:
        return Html("")
    left, right = plane.x(region.start_epoch), plane.x(region.end_epoch)
    band = {"x": left, "y": _TOP, "width": right - left, "height": _BOTTOM - _TOP}
    shade = element("rect", **band, fill=VAL, fill_opacity=0.12)
    word = element("text", "overfitting", x=right - 4, y=_BOTTOM - 6, text_anchor="end")
    return join([shade, element("g", word, class_="quiet")])


def _axes(plane: _Plane, title: str) -> Html:
    """Draw quiet grid lines with their values, the epochs below, and what is measured."""
    parts = [element("text", title, x=4, y=_TOP - 32, class_="quiet")]
    for value in _ticks(plane.low, plane.high, 5):
        y = plane.y(value)
        parts.append(element("line", x1=_LEFT, x2=_RIGHT, y1=y, y2=y, class_="grid"))
        label = f"{round(value, 6):g}"
        parts.append(element("text", label, x=_LEFT - 6, y=y + 4, text_anchor="end"))
    step = max(round(_step(plane.last_epoch, _MOST_TICKS)), 1)
    for epoch in sorted({1, *range(step, plane.last_epoch + 1, step)}):
        x = plane.x(epoch)
        parts.append(element("text", str(epoch), x=x, y=_BOTTOM + 16, text_anchor="middle"))
    middle = (_LEFT + _RIGHT) / 2
    parts.append(element("text", "epoch", x=middle, y=HEIGHT - 8, text_anchor="middle"))
    return element("g", *parts, class_="axes")


def _legend() -> Html:
    """Name the two lines at the upper right, each beside a piece of it."""
    parts = []
    for x, name, colour in ((_RIGHT - 150, "training", TRAIN), (_RIGHT - 76, "validation", VAL)):
        y = _TOP - 36
        parts.append(element("line", x1=x, x2=x + 14, y1=y, y2=y, stroke=colour, stroke_width=3))
        parts.append(element("text", name, x=x + 18, y=y + 4))
    return join(parts)


def _ticks(low: float, high: float, most: int) -> list[float]:
    """Give the multiples of a round step from low to high."""
    step = _step(high - low, most)
    first, last = math.ceil(low / step), math.floor(high / step + 1e-9)
    return [multiple * step for multiple in range(first, last + 1)]


def _step(span: float, most: int) -> float:
    """Give the smallest round step that divides a span into so many parts at most."""
    power = 10.0 ** math.floor(math.log10(span / most))
    return next(r * power for r in _ROUND if span / (r * power) <= most * (1 + 1e-9))


def _anchor(plane: _Plane, epoch: int) -> str:
    """Say which end of a text goes at an epoch, so that it stays inside."""
    share = (epoch - 0.5) / plane.last_epoch
    return "start" if share < 1 / 3 else "end" if share > 2 / 3 else "middle"
