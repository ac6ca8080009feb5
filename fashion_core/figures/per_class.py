"""Precision, recall and F1 of each class, worst class first."""

import math
from typing import TYPE_CHECKING, Final

from plotly import graph_objects as go

from fashion_core.analysis.formatting import NOT_DEFINED, percent
from fashion_core.figures.layout import (
    FONT_SIZE,
    SMALL_FONT_SIZE,
    axis,
    axis_title,
    empty_figure,
    horizontal_legend,
)
from fashion_core.figures.palette import Theme

if TYPE_CHECKING:
    import pandas as pd

_ROW_HEIGHT: Final = 26
_MARGIN: Final = {"l": 92, "r": 52, "t": 34, "b": 44}
"""Left: the longest class name; right: the F1 as text."""

_MEASURES: Final = ("precision", "recall", "f1")


def per_class_figure(report: "pd.DataFrame", *, theme: Theme) -> go.Figure:
    """Draw three marks on one line per class, sorted by F1 with the lowest on top.

    Precision is a ring, recall a disc, F1 a bar with its value at the right edge. What is not
    defined has no mark; a class without an F1 stands last and says "not defined".

    Args:
        report: One row per class, index = class name, columns precision, recall and f1 in
            [0, 1] or nan, as `per_class_report` gives it.
        theme: The theme it is drawn for.

    Raises:
        ValueError: if a column is missing.
    """
    missing = [column for column in _MEASURES if column not in report.columns]
    if missing:
        raise ValueError(f"Expected columns {', '.join(_MEASURES)}, got none named {missing[0]}.")
    rows = report.sort_values("f1", kind="stable", na_position="last")
    height = _MARGIN["t"] + _MARGIN["b"] + _ROW_HEIGHT * len(rows)
    figure = empty_figure(theme, height=height, margin=_MARGIN)
    _add_spans(figure, rows, theme)
    _add_marks(figure, rows, theme)
    _add_values(figure, rows, theme)
    _set_axes(figure, rows, theme)
    return figure


def _add_spans(figure: go.Figure, rows: "pd.DataFrame", theme: Theme) -> None:
    """Join precision and recall of a class: a long line is a class that is guessed unevenly."""
    x: list[float | None] = []
    y: list[str | None] = []
    for name, row in rows.iterrows():
        if not (math.isnan(row["precision"]) or math.isnan(row["recall"])):
            x += [100 * row["precision"], 100 * row["recall"], None]
            y += [str(name), str(name), None]
    figure.add_scatter(
        x=x,
        y=y,
        mode="lines",
        line={"color": theme.grid, "width": 4},
        hoverinfo="skip",
        showlegend=False,
    )


def _add_marks(figure: go.Figure, rows: "pd.DataFrame", theme: Theme) -> None:
    """Add the three marks, told apart by shape as well as by fill."""
    ring = {"color": theme.background, "size": 10, "line": {"color": theme.accent, "width": 2}}
    disc = {"color": theme.accent, "size": 10}
    bar = {"symbol": "line-ns", "size": 12, "line": {"color": theme.text, "width": 2.5}}
    for measure, name, marker in zip(
        _MEASURES, ("precision", "recall", "F1"), (ring, disc, bar), strict=True
    ):
        shown = rows[measure].dropna()
        figure.add_scatter(
            x=list(100 * shown),
            y=list(shown.index),
            name=name,
            mode="markers",
            marker=marker,
            showlegend=measure != "f1",
            hovertemplate=f"%{{y}}: {name} %{{x:.1f}} %<extra></extra>",
        )


def _add_values(figure: go.Figure, rows: "pd.DataFrame", theme: Theme) -> None:
    """Write the F1 of each class at the right edge, below the bar that stands for it."""
    for name, value in rows["f1"].items():
        is_defined = not math.isnan(value)
        figure.add_annotation(
            x=1,
            xref="paper",
            y=name,
            xanchor="left" if is_defined else "right",
            xshift=6 if is_defined else 0,
            text=percent(value) if is_defined else NOT_DEFINED,
            showarrow=False,
            font={"color": theme.text if is_defined else theme.muted, "size": SMALL_FONT_SIZE},
        )
    figure.add_annotation(
        x=1,
        xref="paper",
        y=1,
        yref="paper",
        xanchor="left",
        yanchor="bottom",
        xshift=6,
        text="<b>|</b> F1",
        showarrow=False,
        font={"color": theme.text, "size": FONT_SIZE},
    )


def _set_axes(figure: go.Figure, rows: "pd.DataFrame", theme: Theme) -> None:
    """Start the scale below the lowest mark, end it at 100 %, and put the worst class on top."""
    lowest = 100 * rows[list(_MEASURES)].min().min()
    start = 0.0 if math.isnan(lowest) else math.floor(lowest / 10) * 10
    figure.update_layout(
        legend=horizontal_legend(theme),
        hovermode="closest",
        xaxis=axis(
            theme,
            title=axis_title(theme, "share (%)"),
            range=[max(start, 0) - 1.5, 101.5],
            nticks=6,
        ),
        yaxis=axis(
            theme,
            type="category",
            categoryorder="array",
            categoryarray=list(rows.index),
            autorange="reversed",
            showgrid=False,
            ticklabelstandoff=6,
            tickfont={"color": theme.text, "size": FONT_SIZE},
        ),
    )
