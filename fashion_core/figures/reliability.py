"""Confidence against outcome: bars for the share right, below them how many pictures there are."""

import math
from typing import Any, Final

import numpy as np
from plotly import graph_objects as go

from fashion_core.analysis.calibration import Reliability
from fashion_core.analysis.formatting import count
from fashion_core.figures.layout import (
    SMALL_FONT_SIZE,
    axis,
    axis_title,
    empty_figure,
    horizontal_legend,
)
from fashion_core.figures.palette import WRONG, Theme, with_opacity

HEIGHT: Final = 430
_MARGIN: Final = {"l": 52, "r": 12, "t": 34, "b": 44}
_COUNTS_TOP: Final = 0.24  # share of the height for the counts
_SHARES_BOTTOM: Final = 0.31
_ROOM: Final = 1.25  # above the tallest count, for its number
_MOST_NUMBERS: Final = 20  # more bins than that have no room for a number each


def reliability_figure(
    found: Reliability, *, theme: Theme, before: Reliability | None = None
) -> go.Figure:
    """Draw the share right of each bin of confidence, its distance to the diagonal, and counts.

    A bar below the diagonal is a network that is too sure; the distance to its mean confidence
    is vermilion. Heights of the counts are square roots, so that small ones show; the numbers
    are exact.

    Args:
        found: What is shown.
        theme: The theme it is drawn for.
        before: The same pictures before the probabilities were softened, drawn as rings.
    """
    figure = empty_figure(theme, height=HEIGHT, margin=_MARGIN)
    _add_shares(figure, found, theme)
    _add_diagonal(figure, theme)
    if before is not None:
        _add_before(figure, before, theme)
    _add_counts(figure, found, theme)
    _set_axes(figure, found, theme)
    return figure


def _add_shares(figure: go.Figure, found: Reliability, theme: Theme) -> None:
    """Add the bars of the share right, and on or in them the distance to the confidence."""
    used = found.counts > 0
    centres, right = 100 * _centres(found)[used], 100 * found.share_right[used]
    sure, counts = 100 * found.mean_confidence[used], found.counts[used]
    figure.add_bar(
        x=centres,
        y=right,
        width=_width(found),
        name="share right",
        marker={"color": with_opacity(theme.accent, 0.75), "line": {"width": 0}},
        customdata=np.stack([sure, counts], axis=1),
        hovertemplate=(
            "%{customdata[1]:,} pictures: %{customdata[0]:.1f} % sure on average, "
            "%{y:.1f} % right<extra></extra>"
        ),
    )
    figure.add_bar(
        x=centres,
        y=sure - right,
        base=right,
        width=_width(found) * 0.4,
        name="distance to the confidence",
        marker={"color": with_opacity(WRONG, 0.8), "line": {"width": 0}},
        hoverinfo="skip",
    )


def _add_diagonal(figure: go.Figure, theme: Theme) -> None:
    figure.add_scatter(
        x=[0, 100],
        y=[0, 100],
        name="as sure as right",
        mode="lines",
        line={"color": theme.muted, "width": 1.5, "dash": "dash"},
        hoverinfo="skip",
    )


def _add_before(figure: go.Figure, before: Reliability, theme: Theme) -> None:
    used = before.counts > 0
    figure.add_scatter(
        x=100 * before.mean_confidence[used],
        y=100 * before.share_right[used],
        name="before softening",
        mode="markers",
        marker={"color": theme.background, "size": 9, "line": {"color": theme.text, "width": 1.5}},
        hovertemplate="before: %{x:.1f} % sure, %{y:.1f} % right<extra></extra>",
    )


def _add_counts(figure: go.Figure, found: Reliability, theme: Theme) -> None:
    """Add the pictures of each bin, with numbers where there is room."""
    is_roomy = len(found.counts) <= _MOST_NUMBERS
    figure.add_bar(
        x=100 * _centres(found),
        y=np.sqrt(found.counts),
        width=_width(found),
        marker={"color": with_opacity(theme.muted, 0.55), "line": {"width": 0}},
        text=[count(int(n)) for n in found.counts] if is_roomy else None,
        textposition="outside",
        textangle=0,
        textfont={"color": theme.muted, "size": SMALL_FONT_SIZE - 1},
        customdata=found.counts,
        hovertemplate="%{customdata:,} pictures<extra></extra>",
        cliponaxis=False,
        showlegend=False,
        yaxis="y2",
    )


def _set_axes(figure: go.Figure, found: Reliability, theme: Theme) -> None:
    edge: dict[str, Any] = {"range": [0, 100], "nticks": 6}
    tallest = math.sqrt(max(int(found.counts.max()), 1))
    figure.update_layout(
        barmode="overlay",
        legend=horizontal_legend(theme),
        hovermode="closest",
        xaxis=axis(theme, title=axis_title(theme, "confidence (%)"), anchor="y2", **edge),
        yaxis=axis(theme, title=axis_title(theme, "right (%)"), domain=[_SHARES_BOTTOM, 1], **edge),
        yaxis2=axis(
            theme,
            title=axis_title(theme, "pictures"),
            domain=[0, _COUNTS_TOP],
            range=[0, _ROOM * tallest],
            showticklabels=False,
            showgrid=False,
            showline=False,
        ),
    )


def _centres(found: Reliability) -> Any:
    """Give the middle of each bin, float64 of shape (B,), in [0, 1]."""
    return (np.arange(len(found.counts)) + 0.5) / len(found.counts)


def _width(found: Reliability) -> float:
    """Give the width of a bar in per cent, a little less than its bin."""
    return 100 / len(found.counts) * 0.94
