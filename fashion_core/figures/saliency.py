"""Where the network looked: a map laid over the picture it belongs to."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
from plotly import graph_objects as go

from fashion_core.figures.layout import axis, empty_figure
from fashion_core.figures.palette import Theme, with_opacity

SIZE: Final = 252
"""Pixels along one side of the picture: nine for each of its own."""

_STRONGEST: Final = 0.8
"""Opacity of the strongest place; the picture still shows through."""


def saliency_figure(
    image: npt.NDArray[np.uint8],
    values: npt.NDArray[np.floating[Any]],
    *,
    colour: str,
    theme: Theme,
) -> go.Figure:
    """Draw a picture in its greys, and over it a map in one colour: none at 0, most at its maximum.

    A map that is 0 everywhere leaves the picture as it is.

    Args:
        image: uint8 of shape (H, W).
        values: The map, floating of shape (H, W), at least 0.
        colour: Of the map, as #RRGGBB.
        theme: The theme it is drawn for.

    Raises:
        ValueError: if the shapes differ or the map has negative values or nan.
    """
    if values.shape != image.shape:
        raise ValueError(f"Expected a map of shape {image.shape}, got {values.shape}.")
    if not (values >= 0).all():
        raise ValueError("Expected a map of at least 0, got negative values or nan.")
    figure = empty_figure(theme, height=SIZE, margin={"l": 0, "r": 0, "t": 0, "b": 0})
    _add_layer(figure, image, "#000000", "#FFFFFF", highest=255)
    strongest = float(values.max())
    if strongest > 0:
        clear, strong = with_opacity(colour, 0), with_opacity(colour, _STRONGEST)
        _add_layer(figure, values / strongest, clear, strong, highest=1)
        figure.data[-1].update(
            hoverinfo=None,
            hovertemplate="row %{y}, column %{x}<br>%{z:.0%} of the strongest<extra></extra>",
        )
    _set_axes(figure, theme, image.shape)
    return figure


def _add_layer(
    figure: go.Figure, values: npt.NDArray[Any], low: str, high: str, *, highest: float
) -> None:
    """Add one layer of pixels; rows and columns are counted from 1, the first row on top."""
    figure.add_heatmap(
        z=values.tolist(),
        x0=1,
        y0=1,
        zmin=0,
        zmax=highest,
        colorscale=[[0, low], [1, high]],
        showscale=False,
        hoverinfo="skip",
        zsmooth=False,
    )


def _set_axes(figure: go.Figure, theme: Theme, shape: tuple[int, ...]) -> None:
    """Keep pixels square, at the left edge, whatever the width of the page."""
    height, width = shape
    figure.update_layout(
        xaxis=axis(
            theme, range=[0.5, width + 0.5], visible=False, constrain="domain", domain=[0, 1]
        ),
        yaxis=axis(
            theme,
            range=[height + 0.5, 0.5],
            visible=False,
            scaleanchor="x",
            constrain="domain",
        ),
    )
    figure.layout.xaxis.constraintoward = "left"
