"""Loss and accuracy of two runs, or of two epochs of one run, in one figure."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from plotly import graph_objects as go

from fashion_core.figures.curve_quantities import ACCURACY, HIGHEST_LOSS, LOSS, Quantity
from fashion_core.figures.curves import HEIGHT
from fashion_core.figures.layout import (
    SMALL_FONT_SIZE,
    axis,
    axis_title,
    empty_figure,
    epoch_axis,
    horizontal_legend,
)
from fashion_core.figures.palette import TRAIN, VAL, Theme
from fashion_core.history import EpochRecord

_MARGIN: Final = {"l": 52, "r": 12, "t": 54, "b": 44}
"""Above the plot area: one row for the legend, one for the values of the compared epochs."""

_DASHES: Final = ("solid", "5px,3px")
"""Lines of A and of B."""

_LABEL_PLACES: Final = ("top center", "bottom center")
"""Where the letters of A and B stand at their rings: two rings at one place stay readable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveSide:
    """One of the two.

    Attributes:
        name: "A" or "B".
        history: Its finished epochs, in order.
        epoch: The epoch that is compared.
    """

    name: str
    history: Sequence[EpochRecord]
    epoch: int


def compared_loss_figure(first: CurveSide, second: CurveSide, *, theme: Theme) -> go.Figure:
    """Draw training and validation loss, in nats, of both: A solid, B dashed.

    The compared epochs carry their letter. Two epochs of one run share its lines. The axis ends
    at `HIGHEST_LOSS`, with a note if a line goes on above it.
    """
    return _figure(first, second, LOSS, theme)


def compared_accuracy_figure(first: CurveSide, second: CurveSide, *, theme: Theme) -> go.Figure:
    """Draw training and validation accuracy, in per cent, likewise."""
    return _figure(first, second, ACCURACY, theme)


def _figure(first: CurveSide, second: CurveSide, quantity: Quantity, theme: Theme) -> go.Figure:
    sides = (first, second)
    is_one_run = tuple(first.history) == tuple(second.history)
    figure = empty_figure(theme, height=HEIGHT, margin=_MARGIN)
    _set_axes(figure, sides, quantity, theme)
    for side, dash in zip(sides[:1] if is_one_run else sides, _DASHES, strict=False):
        name = "" if is_one_run else f"{side.name} "
        _add_line(figure, side, quantity.train, f"{name}training {quantity.hover}", (TRAIN, dash))
        _add_line(figure, side, quantity.val, f"{name}validation {quantity.hover}", (VAL, dash))
    for side, place in zip(sides, _LABEL_PLACES, strict=True):
        _add_ring(figure, side, quantity, place, theme)
    _add_legend(figure, is_one_run=is_one_run, theme=theme)
    _add_values(figure, sides, quantity, theme)
    return figure


def _add_line(
    figure: go.Figure,
    side: CurveSide,
    value: Callable[[EpochRecord], float],
    hover: str,
    look: tuple[str, str],
) -> None:
    """Add one line; values that are not finite become gaps. `look` is colour and dash."""
    colour, dash = look
    figure.add_scatter(
        x=[record.epoch for record in side.history],
        y=[y if math.isfinite(y := value(record)) else None for record in side.history],
        mode="lines+markers",
        line={"color": colour, "width": 2, "dash": dash},
        marker={"color": colour, "size": 4},
        connectgaps=False,
        hovertemplate=f"{hover}<extra></extra>",
        showlegend=False,
    )


def _add_ring(
    figure: go.Figure, side: CurveSide, quantity: Quantity, place: str, theme: Theme
) -> None:
    """Mark the compared epoch on the validation line with a ring and the side's letter."""
    value = _value_at(side, quantity)
    if value is None:
        return
    figure.add_scatter(
        x=[side.epoch],
        y=[value],
        name=side.name,
        mode="markers+text",
        marker={"color": theme.background, "size": 10, "line": {"color": VAL, "width": 2.5}},
        text=[f"<b>{side.name}</b>"],
        textposition=place,
        textfont={"color": theme.text, "size": SMALL_FONT_SIZE},
        cliponaxis=False,
        hoverinfo="skip",
        showlegend=False,
    )


def _add_legend(figure: go.Figure, *, is_one_run: bool, theme: Theme) -> None:
    """Explain colours and dashes apart from each other: four short words, not four long ones."""
    entries = [("training", TRAIN, "solid"), ("validation", VAL, "solid")]
    if not is_one_run:
        entries += [("A", theme.muted, _DASHES[0]), ("B", theme.muted, _DASHES[1])]
    for name, colour, dash in entries:
        figure.add_scatter(
            x=[None],
            y=[None],
            name=name,
            mode="lines",
            line={"color": colour, "width": 2, "dash": dash},
        )


def _add_values(
    figure: go.Figure, sides: Sequence[CurveSide], quantity: Quantity, theme: Theme
) -> None:
    """Write the validation values of the compared epochs above, and what is out of sight."""
    values = [(side, _value_at(side, quantity)) for side in sides]
    texts = [
        f"{side.name}: epoch {side.epoch}, "
        f"{'not finite' if value is None else quantity.text(value)}"
        for side, value in values
    ]
    _add_note(figure, " · ".join(texts), y=1.04, yanchor="bottom", theme=theme)
    if _is_cut(sides, quantity):
        note = f"losses above {HIGHEST_LOSS:.1f} are not shown"
        _add_note(figure, note, y=0.99, yanchor="top", theme=theme)


def _add_note(figure: go.Figure, text: str, *, y: float, yanchor: str, theme: Theme) -> None:
    figure.add_annotation(
        x=1,
        xref="paper",
        xanchor="right",
        y=y,
        yref="paper",
        yanchor=yanchor,
        text=text,
        showarrow=False,
        font={"color": theme.text, "size": SMALL_FONT_SIZE},
    )


def _set_axes(
    figure: go.Figure, sides: Sequence[CurveSide], quantity: Quantity, theme: Theme
) -> None:
    """Span both runs; hovering an epoch shows all values at once."""
    last = max(1, *(record.epoch for side in sides for record in side.history))
    low, high = quantity.span(_finite_values(sides, quantity))
    if _is_cut(sides, quantity):
        high = HIGHEST_LOSS
    figure.update_layout(
        legend=horizontal_legend(theme),
        hovermode="x unified",
        xaxis=epoch_axis(theme, last, hoverformat="d", unifiedhovertitle={"text": "epoch %{x}"}),
        yaxis=axis(theme, title=axis_title(theme, quantity.title), range=[low, high], nticks=6),
    )


def _value_at(side: CurveSide, quantity: Quantity) -> float | None:
    """Give the validation value of the compared epoch, None if it is not finite."""
    found = [quantity.val(record) for record in side.history if record.epoch == side.epoch]
    return found[0] if found and math.isfinite(found[0]) else None


def _is_cut(sides: Sequence[CurveSide], quantity: Quantity) -> bool:
    """Say whether a loss lies above what the figure shows."""
    return quantity is LOSS and max(_finite_values(sides, quantity), default=0) > HIGHEST_LOSS


def _finite_values(sides: Sequence[CurveSide], quantity: Quantity) -> list[float]:
    """Give all values of all lines that can be drawn."""
    values = [
        value(record)
        for side in sides
        for record in side.history
        for value in (quantity.train, quantity.val)
    ]
    return [value for value in values if math.isfinite(value)]
