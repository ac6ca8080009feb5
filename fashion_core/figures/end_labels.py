"""Labels at the right edge of curves, level with the ends of their lines, none over another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from plotly import graph_objects as go

from fashion_core.figures.layout import SMALL_FONT_SIZE
from fashion_core.figures.palette import Theme
from fashion_core.figures.study_axis import HEIGHT

MARGIN: Final = {"l": 52, "r": 78, "t": 28, "b": 44}
"""Of a figure with such labels; they stand in the right one."""

_LABEL_PIXELS: Final = 17  # from one label to the next at least


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveEnd:
    """Where a curve ends, and what it is called.

    Attributes:
        name: Text of the label.
        colour: Of the curve.
        value: Its last value, or None while it has none: then it gets no label.
    """

    name: str
    colour: str
    value: float | None


class _Axis(Protocol):
    """A y axis that knows where a value stands and what to write of one outside its range."""

    def place(self, value: float) -> float: ...

    def note(self, value: float) -> str: ...


def label_ends(figure: go.Figure, ends: Sequence[CurveEnd], scale: _Axis, theme: Theme) -> None:
    """Write each name at the right edge; an arrow and the value say that a line ends outside it.

    Args:
        figure: Of the height `HEIGHT`, with the margins `MARGIN`.
        ends: Of all curves.
        scale: The figure's y axis.
        theme: The theme it is drawn for.
    """
    places = {i: scale.place(end.value) for i, end in enumerate(ends) if end.value is not None}
    free = HEIGHT - MARGIN["t"] - MARGIN["b"]
    for i, place in spread(places, _LABEL_PIXELS / free).items():
        end = ends[i]
        note = "" if end.value is None else scale.note(end.value)
        figure.add_annotation(
            x=1,
            xref="paper",
            xanchor="left",
            xshift=6,
            y=place,
            yref="paper",
            yanchor="middle",
            text=f'<span style="color:{end.colour}">●</span> {f"{end.name} {note}".strip()}',
            showarrow=False,
            font={"color": theme.text, "size": SMALL_FONT_SIZE},
        )


def spread(places: dict[int, float], distance: float) -> dict[int, float]:
    """Move places in [0, 1] apart, as little as needed, in their order, inside [0, 1].

    Args:
        places: Place of each label; lower is further down.
        distance: Least distance between two; made smaller if all do not fit.
    """
    order = sorted(places, key=lambda i: (places[i], i))
    distance = min(distance, 1 / max(len(order) - 1, 1))
    moved: dict[int, float] = {}
    lowest = 0.0
    for i in order:  # upwards, none closer than the distance to the one below
        moved[i] = max(places[i], lowest)
        lowest = moved[i] + distance
    highest = 1.0
    for i in reversed(order):  # back down from the upper edge
        moved[i] = min(moved[i], highest)
        highest = moved[i] - distance
    return moved
