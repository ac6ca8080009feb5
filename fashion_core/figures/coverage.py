"""How often the prediction sets of each class contain it, against what was promised."""

from collections.abc import Sequence
from typing import Final

from plotly import graph_objects as go

from fashion_core.analysis.conformal import Coverage
from fashion_core.analysis.formatting import NOT_DEFINED, percent
from fashion_core.analysis.intervals import Interval
from fashion_core.analysis.metrics import divide
from fashion_core.classes import CLASS_NAMES
from fashion_core.figures.layout import (
    FONT_SIZE,
    SMALL_FONT_SIZE,
    axis,
    axis_title,
    empty_figure,
    horizontal_legend,
)
from fashion_core.figures.palette import RIGHT, WRONG, Theme, with_opacity

_ROW: Final = 26
_MARGIN: Final = {"l": 92, "r": 52, "t": 34, "b": 44}
_BAND_WIDTH: Final = 14


def coverage_figure(
    coverage: Coverage, expected: Sequence[Interval], *, percent_level: int, theme: Theme
) -> go.Figure:
    """Draw a dot per class, in label order, on the band in which 95 % of such dots fall.

    A dot below its band is vermilion, all others are green; the promised level is a line.

    Args:
        coverage: What was measured, of the ten classes.
        expected: Of `expected_coverage`, one per class.
        percent_level: What was promised, in per cent.
        theme: The theme it is drawn for.

    Raises:
        ValueError: if there are not ten classes.
    """
    if coverage.pictures.shape != (len(CLASS_NAMES),) or len(expected) != len(CLASS_NAMES):
        raise ValueError(
            f"Expected ten classes, got {len(coverage.pictures)} measured, {len(expected)} bands."
        )
    shares = [float(share) for share in divide(coverage.covered, coverage.pictures)]
    height = _MARGIN["t"] + _MARGIN["b"] + _ROW * len(CLASS_NAMES)
    figure = empty_figure(theme, height=height, margin=_MARGIN)
    _add_bands(figure, expected, theme)
    _add_dots(figure, coverage, shares, expected)
    _add_values(figure, shares, theme)
    figure.add_vline(x=percent_level, line={"color": theme.muted, "width": 1.5, "dash": "dash"})
    lowest = min([percent_level, *(100 * s for s in shares), *(100 * i.low for i in expected)])
    _set_axes(figure, lowest, theme)
    return figure


def _add_bands(figure: go.Figure, expected: Sequence[Interval], theme: Theme) -> None:
    x: list[float | None] = []
    y: list[str | None] = []
    for name, interval in zip(CLASS_NAMES, expected, strict=True):
        x += [100 * interval.low, 100 * interval.high, None]
        y += [name, name, None]
    figure.add_scatter(
        x=x,
        y=y,
        name="expected if the promise holds",
        mode="lines",
        line={"color": with_opacity(theme.muted, 0.28), "width": _BAND_WIDTH},
        hoverinfo="skip",
    )


def _add_dots(
    figure: go.Figure, coverage: Coverage, shares: list[float], expected: Sequence[Interval]
) -> None:
    colours = [
        WRONG if share < interval.low else RIGHT
        for share, interval in zip(shares, expected, strict=True)
    ]
    figure.add_scatter(
        x=[100 * share for share in shares],
        y=list(CLASS_NAMES),
        name="reached",
        mode="markers",
        marker={"color": colours, "size": 10},
        customdata=list(zip(coverage.covered.tolist(), coverage.pictures.tolist(), strict=True)),
        hovertemplate=(
            "%{y}: in the set of %{customdata[0]:,} of %{customdata[1]:,} pictures<extra></extra>"
        ),
    )


def _add_values(figure: go.Figure, shares: list[float], theme: Theme) -> None:
    for name, share in zip(CLASS_NAMES, shares, strict=True):
        text = percent(share)
        figure.add_annotation(
            x=1,
            xref="paper",
            y=name,
            xanchor="right" if text == NOT_DEFINED else "left",
            xshift=0 if text == NOT_DEFINED else 6,
            text=text,
            showarrow=False,
            font={"color": theme.text, "size": SMALL_FONT_SIZE},
        )


def _set_axes(figure: go.Figure, lowest: float, theme: Theme) -> None:
    room = (100 - lowest) * 0.06
    figure.update_layout(
        legend=horizontal_legend(theme),
        hovermode="closest",
        xaxis=axis(
            theme,
            title=axis_title(theme, "sets that contain the true class (%)"),
            range=[lowest - room, 100 + room],
            nticks=6,
        ),
        yaxis=axis(
            theme,
            type="category",
            categoryorder="array",
            categoryarray=list(CLASS_NAMES),
            autorange="reversed",
            showgrid=False,
            ticklabelstandoff=6,
            tickfont={"color": theme.text, "size": FONT_SIZE},
        ),
    )
