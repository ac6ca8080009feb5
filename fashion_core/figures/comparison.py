"""Where two runs differ: the difference of their matrices, and pictures won and lost by class."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from plotly import graph_objects as go

from fashion_core.analysis.changes import ClassChange
from fashion_core.analysis.metrics import check_matrix
from fashion_core.classes import CLASS_NAMES
from fashion_core.figures.layout import (
    FONT_SIZE,
    SMALL_FONT_SIZE,
    axis,
    axis_title,
    empty_figure,
    horizontal_legend,
)
from fashion_core.figures.palette import RIGHT, WRONG, Theme

STRONGEST: Final = 0.7
"""Share of the right or wrong colour in the strongest cell; text stays readable (WCAG AA)."""

_MATRIX_MARGIN: Final = {"l": 84, "r": 4, "t": 92, "b": 34}  # below: the page's button
_MATRIX_ROW: Final = 36
_WIDE: Final = 1_000  # from here on "+1,000" is wider than a cell on a phone,
_WIDE_SIZE: Final = 9  # so it is written smaller
_CLASS_MARGIN: Final = {"l": 92, "r": 48, "t": 34, "b": 44}
_CLASS_ROW: Final = 26
_TICK_STEPS: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000)
_TICKS_PER_SIDE: Final = 3


def difference_strengths(difference: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Give how much better or worse each cell is, on a square-root scale.

    More pictures on the diagonal are better, elsewhere worse: [[4, -4], [1, -1]] gives
    [[1, 1], [-0.5, -0.5]].

    Args:
        difference: Counts of B minus counts of A, integer of shape (K, K).

    Returns:
        float64 of shape (K, K) in [-1, 1]; 1 or -1 in the cell that changed most.
    """
    is_better = np.where(np.eye(len(difference), dtype=bool), 1, -1) * np.sign(difference)
    largest = max(int(np.abs(difference).max(initial=0)), 1)
    strengths: npt.NDArray[np.float64] = is_better * np.sqrt(np.abs(difference) / largest)
    return strengths


def difference_matrix_figure(
    first: npt.NDArray[np.int64],
    second: npt.NDArray[np.int64],
    *,
    is_real: npt.NDArray[np.bool_],
    theme: Theme,
) -> go.Figure:
    """Draw B's confusion matrix minus A's, green where B is better and vermilion where worse.

    Every cell is a bar of its own, so that a click on it can be told apart at every width; its
    `customdata` is (true, predicted). Framed cells changed by more than chance.

    Args:
        first: Counts of A, integer of shape (10, 10), row = true, column = predicted.
        second: Counts of B.
        is_real: Whether the change of a cell is more than chance, bool of shape (10, 10).
        theme: The theme it is drawn for.

    Raises:
        ValueError: if a shape is not (10, 10) or a matrix is none.
    """
    for matrix in (first, second):
        check_matrix(matrix)
    classes = len(CLASS_NAMES)
    if {first.shape, second.shape, is_real.shape} != {(classes, classes)}:
        raise ValueError(
            f"Expected three arrays of shape (10, 10), got {first.shape}, {second.shape} and "
            f"{is_real.shape}."
        )
    height = _MATRIX_MARGIN["t"] + _MATRIX_MARGIN["b"] + _MATRIX_ROW * classes
    figure = empty_figure(theme, height=height, margin=_MATRIX_MARGIN)
    cells = [(true, predicted) for true in range(classes) for predicted in range(classes)]
    strengths = difference_strengths(second - first)
    figure.add_bar(
        x=[predicted for _, predicted in cells],
        y=[0.94] * len(cells),
        base=[true - 0.47 for true, _ in cells],
        width=0.94,
        marker={"color": [_cell_colour(strengths[cell], theme) for cell in cells]},
        customdata=cells,
        hovertext=[_cell_words(cell, first, second) for cell in cells],
        hovertemplate="%{hovertext}<extra></extra>",
        # A click must not fade the other cells: what is chosen is said beside the figure.
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
    )
    _add_cell_texts(figure, second - first, is_real, theme)
    _set_matrix_axes(figure, theme)
    return figure


def class_change_figure(changes: Sequence[ClassChange], *, theme: Theme) -> go.Figure:
    """Draw the pictures each class won (right) and lost (left), with the balance at the edge.

    The class with the best balance is on top. A balance in bold is more than chance.

    Args:
        changes: One for each class, as `class_changes` gives them.
        theme: The theme it is drawn for.
    """
    rows = by_balance(changes)
    names = [CLASS_NAMES[change.true] for change in rows]
    height = _CLASS_MARGIN["t"] + _CLASS_MARGIN["b"] + _CLASS_ROW * len(rows)
    figure = empty_figure(theme, height=height, margin=_CLASS_MARGIN)
    for name, colour, sign, counts in (
        ("broken", WRONG, -1, [change.broken for change in rows]),
        ("fixed", RIGHT, 1, [change.fixed for change in rows]),
    ):
        figure.add_bar(
            x=[sign * count for count in counts],
            y=names,
            orientation="h",
            name=name,
            marker={"color": colour},
            customdata=counts,
            hovertemplate=f"%{{y}}: %{{customdata}} {name}<extra></extra>",
        )
    for row, name in zip(rows, names, strict=True):
        _add_balance(figure, signed(row.net, is_bold=row.is_real), name, theme)
    _add_balance(figure, "balance", None, theme)
    _set_class_axes(figure, rows, names, theme)
    return figure


def by_balance(changes: Sequence[ClassChange]) -> list[ClassChange]:
    """Sort classes as the figure shows them: most pictures won first, then by label."""
    return sorted(changes, key=lambda change: (-change.net, change.true))


def signed(count: int, *, is_bold: bool = False) -> str:
    """Write a difference of counts: "+12", "−5" or "0"."""
    text = f"{count:+,}".replace("-", "−") if count else "0"
    return f"<b>{text}</b>" if is_bold else text


def _cell_colour(strength: float, theme: Theme) -> str:
    """Give the colour of a cell between the background and right or wrong."""
    if strength == 0:
        return _mix(theme.background, theme.text, 0.035)
    colour = RIGHT if strength > 0 else WRONG
    return _mix(theme.background, colour, STRONGEST * abs(strength))


def _mix(start: str, end: str, fraction: float) -> str:
    """Give the colour a fraction of the way from one "#RRGGBB" to another."""
    parts = [(int(start[i : i + 2], 16), int(end[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * fraction):02X}" for a, b in parts)


def _cell_words(
    cell: tuple[int, int], first: npt.NDArray[np.int64], second: npt.NDArray[np.int64]
) -> str:
    """Say one cell in words."""
    true, predicted = (CLASS_NAMES[label] for label in cell)
    what = f"{true} recognised" if true == predicted else f"{true} taken for {predicted}"
    return f"{what}<br>A: {first[cell]:,}, B: {second[cell]:,}"


def _add_cell_texts(
    figure: go.Figure,
    difference: npt.NDArray[np.int64],
    is_real: npt.NDArray[np.bool_],
    theme: Theme,
) -> None:
    """Write the change into each cell that changed, and frame those that are real."""
    cells = [(int(true), int(predicted)) for true, predicted in np.argwhere(difference)]
    figure.add_scatter(
        x=[predicted for _, predicted in cells],
        y=[true for true, _ in cells],
        mode="text",
        text=[signed(int(difference[cell]), is_bold=bool(is_real[cell])) for cell in cells],
        textfont={
            "color": theme.text,
            "size": [_WIDE_SIZE if abs(difference[c]) >= _WIDE else SMALL_FONT_SIZE for c in cells],
        },
        hoverinfo="skip",
    )
    for true, predicted in np.argwhere(is_real):
        figure.add_shape(
            type="rect",
            x0=predicted - 0.47,
            x1=predicted + 0.47,
            y0=true - 0.47,
            y1=true + 0.47,
            line={"color": theme.text, "width": 1.5},
        )


def _set_matrix_axes(figure: go.Figure, theme: Theme) -> None:
    """Put true classes down the left side and predicted ones along the top."""
    names: dict[str, Any] = {
        "tickvals": list(range(len(CLASS_NAMES))),
        "ticktext": list(CLASS_NAMES),
        "showgrid": False,
    }
    figure.update_layout(
        showlegend=False,
        hovermode="closest",
        barmode="overlay",
        xaxis=axis(theme, side="top", tickangle=-90, range=[-0.5, 9.5], **names),
        yaxis=axis(theme, range=[9.5, -0.5], ticklabelstandoff=4, **names),
    )
    figure.add_annotation(
        x=0,
        y=1,
        xref="paper",
        yref="paper",
        xanchor="right",
        yanchor="bottom",
        xshift=-6,
        yshift=6,
        align="right",
        text="predicted →<br>true ↓",
        showarrow=False,
        font={"color": theme.muted, "size": SMALL_FONT_SIZE},
    )


def _add_balance(figure: go.Figure, text: str, name: str | None, theme: Theme) -> None:
    """Write at the right edge: beside a class, or above all of them."""
    figure.add_annotation(
        x=1,
        xref="paper",
        y=1 if name is None else name,
        yref="paper" if name is None else "y",
        xanchor="right" if name is None else "left",
        yanchor="bottom" if name is None else "middle",
        xshift=_CLASS_MARGIN["r"] - 2 if name is None else 8,
        text=text,
        showarrow=False,
        font={"color": theme.text, "size": SMALL_FONT_SIZE},
    )


def _set_class_axes(
    figure: go.Figure, rows: Sequence[ClassChange], names: Sequence[str], theme: Theme
) -> None:
    """Give both sides the same scale, with numbers of pictures on both."""
    most = max([1, *(max(row.fixed, row.broken) for row in rows)])
    step = next((s for s in _TICK_STEPS if most / s <= _TICKS_PER_SIDE), most)
    ticks = list(range(-(most // step) * step, most + 1, step))
    figure.update_layout(
        legend=horizontal_legend(theme),
        barmode="relative",
        bargap=0.35,
        hovermode="y unified",
        xaxis=axis(
            theme,
            title=axis_title(theme, "pictures"),
            range=[-1.05 * most, 1.05 * most],
            tickvals=ticks,
            ticktext=[f"{abs(tick):,}" for tick in ticks],
            zeroline=True,
            zerolinecolor=theme.muted,
        ),
        yaxis=axis(
            theme,
            type="category",
            categoryorder="array",
            categoryarray=list(names),
            autorange="reversed",
            showgrid=False,
            ticklabelstandoff=6,
            tickfont={"color": theme.text, "size": FONT_SIZE},
        ),
    )
