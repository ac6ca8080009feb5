"""Maps of many pictures, one point each, to choose some with a box or a lasso."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from plotly import graph_objects as go

from fashion_core.analysis.cartography import AMBIGUOUS_FROM, EASY_FROM, Region, TrainingMap
from fashion_core.analysis.embedding import MainPlane
from fashion_core.analysis.formatting import percent
from fashion_core.figures.layout import (
    FONT_SIZE,
    axis,
    axis_title,
    empty_figure,
    horizontal_legend,
)
from fashion_core.figures.map_groups import Group
from fashion_core.figures.palette import Theme, with_opacity

PLOT_HEIGHT: Final = 440
_MARGIN: Final = {"l": 56, "r": 12, "t": 30}  # the buttons for box and lasso are above
_AXIS_ROOM: Final = 46  # pixels below the plot, for ticks and title
_NAME_ROOM: Final = np.array([0.16, 0.05])  # of the map's width and height, for a long name
_LEGEND_ROW: Final = 20  # pixels
_LEGEND_COLUMNS: Final = 3  # names of classes that fit beside each other on a phone


def training_figure(
    found: TrainingMap, groups: Sequence[Group], image_ids: npt.NDArray[np.int64], *, theme: Theme
) -> go.Figure:
    """Draw confidence against variability with the borders and names of the three regions.

    Args:
        found: Where the pictures lie.
        groups: How they are told apart; each picture is in one.
        image_ids: Number of each picture, `customdata` of its point, shape (N,).
        theme: The theme it is drawn for.
    """
    points = np.column_stack([found.variability, found.confidence])
    figure = _scatter(points, groups, image_ids, theme)
    figure.update_layout(
        xaxis=_axis(theme, "variability: standard deviation over the epochs", [-0.012, 0.512]),
        yaxis=_axis(theme, "mean probability of the label", [-0.03, 1.03]),
    )
    line = {"color": theme.muted, "width": 1, "dash": "dot"}
    figure.add_shape(x0=AMBIGUOUS_FROM, x1=AMBIGUOUS_FROM, y0=-0.03, y1=1.03, line=line)
    figure.add_shape(x0=-0.012, x1=AMBIGUOUS_FROM, y0=EASY_FROM, y1=EASY_FROM, line=line)
    # Corners where points are few: the spread over the epochs is at most sqrt(p (1 - p)).
    _name(figure, Region.EASY.value, (0.0, EASY_FROM + 0.05), theme, xanchor="left")
    _name(figure, Region.HARD.value, (0.0, EASY_FROM - 0.05), theme, xanchor="left")
    _name(figure, Region.AMBIGUOUS.value, (AMBIGUOUS_FROM + 0.01, 0.0), theme, xanchor="left")
    return figure


def plane_figure(
    plane: MainPlane,
    groups: Sequence[Group],
    image_ids: npt.NDArray[np.int64],
    *,
    theme: Theme,
    named: Sequence[Group] = (),
) -> go.Figure:
    """Draw the main plane of the features; both axes have one scale.

    Args:
        plane: Where the pictures lie.
        groups: How they are told apart; each picture is in one.
        image_ids: Number of each picture, `customdata` of its point, shape (N,).
        theme: The theme it is drawn for.
        named: Groups whose name stands at the median of their points, or just above.
    """
    figure = _scatter(plane.points, groups, image_ids, theme)
    titles = (
        f"{rank} direction: {percent(share)} of the variance"
        for rank, share in zip(("first", "second"), plane.shares, strict=True)
    )
    x, y = (_axis(theme, title) for title in titles)
    figure.update_layout(xaxis=x, yaxis=y | {"scaleanchor": "x"})
    _name_medians(figure, plane.points, named, theme)
    return figure


def neighbour_figure(
    points: npt.NDArray[np.float32],
    groups: Sequence[Group],
    image_ids: npt.NDArray[np.int64],
    *,
    theme: Theme,
    named: Sequence[Group] = (),
) -> go.Figure:
    """Draw a t-SNE map; its axes mean nothing and have no ticks.

    Args:
        points: float32 of shape (N, 2).
        groups: How they are told apart; each picture is in one.
        image_ids: Number of each picture, `customdata` of its point, shape (N,).
        theme: The theme it is drawn for.
        named: Groups whose name stands at the median of their points, or just above.
    """
    figure = _scatter(points, groups, image_ids, theme)
    bare = {"showticklabels": False, "showgrid": False}
    x, y = _axis(theme, "no unit, no direction") | bare, _axis(theme, "") | bare
    figure.update_layout(xaxis=x, yaxis=y | {"scaleanchor": "x"})
    _name_medians(figure, points, named, theme)
    return figure


def _scatter(
    points: npt.NDArray[Any],
    groups: Sequence[Group],
    image_ids: npt.NDArray[np.int64],
    theme: Theme,
) -> go.Figure:
    """Draw the points of each group, as arrays of four bytes a value."""
    legend_height = _LEGEND_ROW * -(-len(groups) // _LEGEND_COLUMNS)
    below = _AXIS_ROOM + legend_height
    height = PLOT_HEIGHT + _MARGIN["t"] + below
    figure = empty_figure(theme, height=height, margin=_MARGIN | {"b": below})
    for group in groups:
        chosen = points[group.rows].astype(np.float32)
        figure.add_scattergl(
            x=chosen[:, 0],
            y=chosen[:, 1],
            customdata=image_ids[group.rows].astype(np.int32),
            name=group.name,
            mode="markers",
            marker={"color": group.colour, "symbol": group.symbol, "size": 6, "opacity": 0.7},
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 0.12}},
            hovertemplate=f"{group.name}<br>picture %{{customdata}}<extra></extra>",
        )
    lower = horizontal_legend(theme) | {"y": 0, "yanchor": "bottom", "itemsizing": "constant"}
    buttons = {"bgcolor": "rgba(0, 0, 0, 0)", "color": theme.muted, "activecolor": theme.accent}
    figure.update_layout(
        dragmode="select", hovermode="closest", legend=lower, showlegend=True, modebar=buttons
    )
    return figure


def _axis(theme: Theme, title: str, limits: list[float] | None = None) -> dict[str, Any]:
    """Give an axis that the buttons above the map may zoom."""
    shown = {} if limits is None else {"range": limits}
    return axis(theme, title=axis_title(theme, title), nticks=8, **shown) | {"fixedrange": False}


def _name_medians(
    figure: go.Figure, points: npt.NDArray[Any], named: Sequence[Group], theme: Theme
) -> None:
    """Name groups at their medians, higher where another name is in the way."""
    width, height = np.ptp(points, axis=0) * _NAME_ROOM
    taken: list[tuple[float, float]] = []
    for group in named:
        x, y = np.median(points[group.rows], axis=0).tolist()
        while any(abs(x - u) < width and abs(y - v) < height for u, v in taken):
            y += height / 4
        taken.append((x, y))
        _name(figure, group.name, (x, y), theme)


def _name(
    figure: go.Figure,
    text: str,
    place: tuple[float, float],
    theme: Theme,
    *,
    xanchor: str = "center",
) -> None:
    """Write a name on the map, readable above the points."""
    figure.add_annotation(
        x=place[0],
        y=place[1],
        text=text,
        xanchor=xanchor,
        showarrow=False,
        bgcolor=with_opacity(theme.background, 0.8),
        font={"color": theme.text, "size": FONT_SIZE},
    )
