"""Accuracy of what the network answers against what it hands over, with the chosen threshold."""

import math
from typing import Final

import numpy as np
from plotly import graph_objects as go

from fashion_core.analysis.formatting import percent
from fashion_core.analysis.selective import HandOver, SelectiveCurve
from fashion_core.figures.layout import SMALL_FONT_SIZE, axis, axis_title, empty_figure
from fashion_core.figures.palette import Theme

HEIGHT: Final = 300
_MARGIN: Final = {"l": 56, "r": 14, "t": 16, "b": 44}
_MOST_POINTS: Final = 150  # more cannot be told apart at this width, and take longer to draw
_FEWEST_ANSWERED: Final = 0.02  # share below which a handful of pictures decides: all noise


def selective_figure(curve: SelectiveCurve, chosen: HandOver, *, theme: Theme) -> go.Figure:
    """Draw the curve of all thresholds and mark the chosen one.

    The curve ends where fewer than 2 % of the pictures are answered.

    Args:
        curve: Of `selective_curve`.
        chosen: What the chosen threshold does; without a mark if it answers nothing.
        theme: The theme it is drawn for.
    """
    figure = empty_figure(theme, height=HEIGHT, margin=_MARGIN)
    kept = np.flatnonzero(1 - curve.handed_share >= min(_FEWEST_ANSWERED, 1.0))
    kept = kept[np.unique(np.linspace(0, len(kept) - 1, _MOST_POINTS).astype(int))]
    figure.add_scatter(
        x=100 * curve.handed_share[kept],
        y=100 * curve.accuracy[kept],
        customdata=100 * curve.threshold[kept],
        mode="lines",
        line={"color": theme.accent, "width": 2},
        hovertemplate=(
            "at least %{customdata:.1f} % sure:<br>%{x:.1f} % handed over, "
            "%{y:.2f} % of the answers right<extra></extra>"
        ),
        showlegend=False,
    )
    lowest = 100 * float(curve.accuracy[kept].min())
    farthest = max(100 * float(curve.handed_share[kept].max()), 100 * chosen.handed_share, 1.0)
    if not math.isnan(chosen.accuracy):
        _add_mark(figure, chosen, theme, is_left=100 * chosen.handed_share < 0.6 * farthest)
        lowest = min(lowest, 100 * chosen.accuracy)
    figure.update_layout(
        hovermode="closest",
        xaxis=axis(
            theme,
            title=axis_title(theme, "handed to a person (%)"),
            range=[-0.02 * farthest, 1.04 * farthest],
            nticks=6,
            showgrid=False,
            showline=True,
            linecolor=theme.grid,
        ),
        yaxis=axis(
            theme,
            title=axis_title(theme, "right among its answers (%)"),
            range=[lowest - (100.4 - lowest) * 0.06, 100.4],
            nticks=6,
        ),
    )
    return figure


def _add_mark(figure: go.Figure, chosen: HandOver, theme: Theme, *, is_left: bool) -> None:
    """Mark the chosen threshold with a ring and its two shares in words, below the curve."""
    x, y = 100 * chosen.handed_share, 100 * chosen.accuracy
    figure.add_scatter(
        x=[x],
        y=[y],
        mode="markers",
        marker={
            "color": theme.background,
            "size": 12,
            "line": {"color": theme.accent, "width": 3},
        },
        hoverinfo="skip",
        showlegend=False,
    )
    beside = {"x": x, "y": y, "xanchor": "left", "yanchor": "top", "xshift": 10, "yshift": -6}
    corner = {
        "x": 1,
        "y": 0.05,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "right",
        "yanchor": "bottom",
    }
    figure.add_annotation(
        **(beside if is_left else corner),
        text=f"{percent(chosen.accuracy)} right, {percent(chosen.handed_share)} handed over",
        showarrow=False,
        font={"color": theme.text, "size": SMALL_FONT_SIZE},
    )
