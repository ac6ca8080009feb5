"""The best validation loss of a study against the learning rate, both axes logarithmic."""

import math
from collections.abc import Sequence
from typing import Final

from plotly import graph_objects as go

from fashion_core.analysis.formatting import decimal, number
from fashion_core.analysis.study import RateResult
from fashion_core.figures.layout import SMALL_FONT_SIZE, axis, axis_title, empty_figure
from fashion_core.figures.palette import WRONG, Theme
from fashion_core.figures.rate_colours import rate_colours
from fashion_core.figures.study_axis import HEIGHT, LossAxis, note_that_nothing_is_there

_MARGIN: Final = {"l": 52, "r": 20, "t": 28, "b": 44}
"""As the curves beside it, but for their labels at the right."""

_MAX_TICKS: Final = 8
_HIGH: Final = 0.9  # share of the height above which there is no room for a value
_ROOM: Final = 0.35  # decades, free at either end for a value above its mark


def best_loss_figure(
    results: Sequence[RateResult], *, theme: Theme, chosen: float | None
) -> go.Figure:
    """Draw the best validation loss against the learning rate, both axes logarithmic.

    A bar is the mean over the seeds, rings are the seeds, joined from the lowest to the highest;
    the chosen rate has its value in bold. An arrow and the value say that a mean is above the shown
    range. A rate at which a run diverged has a cross at the top.

    Args:
        results: Of all rates, ascending.
        theme: The theme it is drawn for.
        chosen: The chosen learning rate, or None before there is one.
    """
    losses = LossAxis.of(results, lambda result: list(result.losses))
    figure = empty_figure(theme, height=HEIGHT, margin=_MARGIN)
    figure.update_layout(
        showlegend=False,
        hovermode="closest",
        xaxis=_rate_axis(theme, [result.learning_rate for result in results]),
        yaxis=losses.options(theme, "best validation loss (nats)"),
    )
    losses.mark_guessing(figure, theme)
    _join_means(figure, results, theme)
    for result, colour in zip(results, rate_colours(len(results), theme), strict=True):
        _add_rate(figure, result, colour, theme)
        _name_value(figure, result, losses, theme, is_chosen=result.learning_rate == chosen)
    if not any(result.losses or result.diverged for result in results):
        note_that_nothing_is_there(figure, theme)
    return figure


def _join_means(figure: go.Figure, results: Sequence[RateResult], theme: Theme) -> None:
    figure.add_scatter(
        x=[result.learning_rate for result in results if result.losses],
        y=[result.mean_loss for result in results if result.losses],
        name="means",
        mode="lines",
        line={"color": theme.muted, "width": 1},
        hoverinfo="skip",
    )


def _add_rate(figure: go.Figure, result: RateResult, colour: str, theme: Theme) -> None:
    rate = result.learning_rate
    if len(result.losses) > 1:
        figure.add_scatter(
            x=[rate] * len(result.losses),
            y=list(result.losses),
            name=f"seeds of {decimal(rate)}",
            mode="lines+markers",
            line={"color": colour, "width": 1.5},
            marker={
                "color": theme.background,
                "size": 7,
                "line": {"color": colour, "width": 1.5},
            },
            hovertemplate="one seed: %{y:.3g} nats<extra></extra>",
        )
    if result.losses:
        figure.add_scatter(
            x=[rate],
            y=[result.mean_loss],
            name=decimal(rate),
            mode="markers",
            marker={
                "symbol": "line-ew-open",
                "size": 18,
                "color": colour,  # of an open symbol's line; the other is that of its edge
                "line": {"color": colour, "width": 3},
            },
            hovertemplate=f"learning rate {decimal(rate)}<br>mean %{{y:.3g}} nats<extra></extra>",
        )
    if result.diverged:
        figure.add_annotation(
            x=math.log10(rate),
            y=1,
            yref="paper",
            yanchor="bottom",
            text=f'<span style="color:{WRONG}">✕</span> diverged',
            showarrow=False,
            font={"color": theme.text, "size": SMALL_FONT_SIZE},
        )


def _name_value(
    figure: go.Figure, result: RateResult, losses: LossAxis, theme: Theme, *, is_chosen: bool
) -> None:
    """Write the mean above its highest seed; below its lowest where that is near the top."""
    if not result.losses:
        return
    is_cut = losses.cuts(result.mean_loss)
    is_high = is_cut or losses.place(max(result.losses)) > _HIGH
    text = f"{'↑ ' if is_cut else ''}{number(result.mean_loss)}"
    figure.add_annotation(
        x=math.log10(result.learning_rate),
        y=losses.place(min(result.losses) if is_high else max(result.losses)),
        yref="paper",
        yanchor="top" if is_high else "bottom",
        yshift=-7 if is_high else 7,
        text=f"<b>{text}</b>" if is_chosen else text,
        showarrow=False,
        bgcolor=theme.background,  # the line between the means stops before it
        borderpad=1,
        font={"color": theme.text, "size": SMALL_FONT_SIZE + is_chosen},
    )


def _rate_axis(theme: Theme, rates: Sequence[float]) -> dict[str, object]:
    """Put a tick at every rate, with room at both ends."""
    ticks = rates if len(rates) <= _MAX_TICKS else [rates[0], rates[len(rates) // 2], rates[-1]]
    ends = (math.log10(min(rates)) - _ROOM, math.log10(max(rates)) + _ROOM)
    return axis(
        theme,
        type="log",
        title=axis_title(theme, "learning rate"),
        range=ends,
        tickvals=ticks,
        ticktext=[decimal(rate) for rate in ticks],
        showgrid=False,
        showline=True,
        linecolor=theme.grid,
    )
