"""Loss against rising learning rate, with the suggested range and rate and the one now set."""

import math
from collections.abc import Sequence
from typing import Any, Final

from plotly import graph_objects as go

from fashion_core.analysis.range_test import (
    HIGHEST_RATE,
    LOWEST_RATE,
    Suggestion,
    rate_text,
    smooth,
    suggest,
    until_broken,
)
from fashion_core.figures.layout import (
    SMALL_FONT_SIZE,
    axis,
    axis_title,
    empty_figure,
    horizontal_legend,
)
from fashion_core.figures.palette import RIGHT, TRAIN, Theme, with_opacity

HEIGHT: Final = 300
"""Pixels, as the loss curve of a run."""

_MARGIN: Final = {"l": 52, "r": 12, "t": 54, "b": 44}
"""Above the plot area: one row for the legend, one for the suggested rate."""

_ROOM_BELOW: Final = 0.2  # of the height the loss falls through: for its noise
_ROOM_ABOVE: Final = 0.4  # the same, for a loss that shoots up; what goes beyond is cut off
_LEAST_SPAN: Final = 0.2  # nats: the noise of a loss that does not fall must not fill the figure

_TICKS: Final = (1e-5, 1e-3, 1e-1, 1e1)
"""Every second power of ten: all, written without exponents, do not fit into 350 pixels."""


def range_figure(
    rates: Sequence[float], losses: Sequence[float], *, theme: Theme, current: float
) -> go.Figure:
    """Draw the loss of each step and its smoothed line over the learning rate, to the log.

    Args:
        rates: Learning rate of each step, rising, above 0.
        losses: Loss of each step in nats; from the first that is not finite on, all are left out.
        theme: The theme it is drawn for.
        current: The learning rate that is set now; a thin line if the test went over it.
    """
    figure = empty_figure(theme, height=HEIGHT, margin=_MARGIN)
    raw = until_broken(losses)
    at, smoothed = rates[: len(raw)], smooth(raw).tolist()
    _set_axes(figure, theme, smoothed)
    suggestion = suggest(rates, losses)
    if suggestion is not None:
        _add_suggestion(figure, suggestion, theme)
    if LOWEST_RATE <= current <= HIGHEST_RATE:
        _add_current(figure, current, theme)
    _add_line(
        figure, at, raw.tolist(), "each step", {"color": with_opacity(TRAIN, 0.5), "width": 1}
    )
    _add_line(figure, at, smoothed, "smoothed", {"color": TRAIN, "width": 2.5})
    return figure


def _set_axes(figure: go.Figure, theme: Theme, smoothed: Sequence[float]) -> None:
    figure.update_layout(
        legend=horizontal_legend(theme),
        hovermode="x unified",
        xaxis=axis(
            theme,
            title=axis_title(theme, "learning rate"),
            type="log",
            range=[math.log10(LOWEST_RATE), math.log10(HIGHEST_RATE)],
            tickvals=list(_TICKS),
            ticktext=[rate_text(tick) for tick in _TICKS],
            unifiedhovertitle={"text": "learning rate %{x:.2g}"},
            spikecolor=theme.muted,
            spikethickness=1,
            spikedash="solid",
            showline=True,
            linecolor=theme.grid,
        ),
        yaxis=axis(
            theme, title=axis_title(theme, "training loss (nats)"), range=_span(smoothed), nticks=6
        ),
    )


def _span(smoothed: Sequence[float]) -> list[float]:
    """Show the fall of the loss and the beginning of its rise, not how far it explodes."""
    if not smoothed:
        return [0, 2.5]
    lowest = smoothed.index(min(smoothed))
    start = max(smoothed[: lowest + 1])
    height = max(start - smoothed[lowest], _LEAST_SPAN)
    return [max(smoothed[lowest] - _ROOM_BELOW * height, 0), start + _ROOM_ABOVE * height]


def _add_line(
    figure: go.Figure, x: Sequence[float], y: Sequence[float], name: str, line: dict[str, Any]
) -> None:
    figure.add_scatter(
        x=x,
        y=y,
        name=name,
        mode="lines",
        line=line,
        hovertemplate=f"{name} %{{y:.3g}} nats<extra></extra>",
        showlegend=True,
    )


def _add_suggestion(figure: go.Figure, suggestion: Suggestion, theme: Theme) -> None:
    """Shade the suggested range, draw the rate to choose, and name both above."""
    low, rate, high = suggestion.low, suggestion.rate, suggestion.high
    shade = with_opacity(RIGHT, 0.15)
    figure.add_vrect(x0=low, x1=high, fillcolor=shade, line_width=0, layer="below")
    figure.add_vline(x=rate, line={"color": RIGHT, "width": 2}, layer="below")
    text = f"suggested: {rate_text(rate)} ({rate_text(low)} to {rate_text(high)})"
    anchor = "left" if _place(rate) < 1 / 4 else "right" if _place(rate) > 3 / 4 else "center"
    above = {"y": 1, "yanchor": "bottom", "xanchor": anchor}
    _add_text(figure, rate, text, above | {"font": {"color": theme.text}})


def _add_current(figure: go.Figure, rate: float, theme: Theme) -> None:
    figure.add_vline(x=rate, line={"color": theme.muted, "width": 1, "dash": "dot"}, layer="below")
    anchor = "left" if _place(rate) < 2 / 3 else "right"  # beside the line, not over it
    at_top = {"y": 1, "yanchor": "top", "xanchor": anchor, "bgcolor": theme.background}
    _add_text(figure, rate, f"now: {rate_text(rate)}", at_top | {"font": {"color": theme.muted}})


def _place(rate: float) -> float:
    """Give where a rate lies on the axis: 0 at the left end, 1 at the right."""
    return math.log(rate / LOWEST_RATE) / math.log(HIGHEST_RATE / LOWEST_RATE)


def _add_text(figure: go.Figure, rate: float, text: str, options: dict[str, Any]) -> None:
    """Write at a learning rate, towards the inside of the figure."""
    figure.add_annotation(
        x=math.log10(rate),  # on a logarithmic axis a text wants the exponent, a shape the value
        yref="paper",
        text=text,
        showarrow=False,
        **options,
    )
    figure.layout.annotations[-1].font.size = SMALL_FONT_SIZE
