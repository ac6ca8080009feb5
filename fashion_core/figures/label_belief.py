"""How the belief in one picture's label and in the suggested class went over the epochs."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from plotly import graph_objects as go

from fashion_core.analysis.formatting import percent
from fashion_core.classes import CLASS_NAMES
from fashion_core.figures.layout import (
    axis,
    empty_figure,
    epoch_axis,
    horizontal_legend,
    share_ticks,
)
from fashion_core.figures.palette import RIGHT, WRONG, Theme

HEIGHT: Final = 220
"""Pixels, the legend's row and the epochs included."""


def belief_figure(
    *,
    epochs: Sequence[int],
    label_probs: npt.NDArray[np.floating[Any]],
    suggested_probs: npt.NDArray[np.floating[Any]],
    names: tuple[int, int],
    theme: Theme,
) -> go.Figure:
    """Draw the probability of the label, green, and of the suggested class, vermilion.

    Args:
        epochs: Numbers of the epochs, ascending; at least one.
        label_probs: Probability of the label after each of them, shape (E,), in [0, 1].
        suggested_probs: Probability of the suggested class, shape (E,), in [0, 1].
        names: The label and the suggested class.
        theme: The theme it is drawn for.

    Raises:
        ValueError: if there is no epoch, or the lengths differ.
    """
    if not epochs or not len(epochs) == len(label_probs) == len(suggested_probs):
        raise ValueError(
            f"Expected at least one epoch and a probability for each, got {len(epochs)} epochs, "
            f"{len(label_probs)} and {len(suggested_probs)} probabilities."
        )
    figure = empty_figure(theme, height=HEIGHT, margin={"l": 44, "r": 8, "t": 34, "b": 42})
    label, suggested = (CLASS_NAMES[name] for name in names)
    _add_line(figure, epochs, suggested_probs, f"{suggested} (suggested)", WRONG)
    _add_line(figure, epochs, label_probs, f"{label} (label)", RIGHT)
    figure.update_layout(
        xaxis=epoch_axis(theme, epochs[-1]),
        yaxis=axis(theme, range=[-0.03, 1.03], **share_ticks(0, 0.5, 1)),
        legend=horizontal_legend(theme),
        hovermode="x unified",
    )
    return figure


def _add_line(
    figure: go.Figure,
    epochs: Sequence[int],
    probs: npt.NDArray[np.floating[Any]],
    name: str,
    colour: str,
) -> None:
    """Draw one class; squares for the label's, circles for the other, told apart without colour."""
    figure.add_scatter(
        x=list(epochs),
        y=[float(value) for value in probs],
        mode="lines+markers",
        name=name,
        line={"color": colour, "width": 2},
        marker={"color": colour, "size": 5, "symbol": "square" if colour == RIGHT else "circle"},
        customdata=[percent(min(max(float(value), 0.0), 1.0)) for value in probs],
        hovertemplate="%{customdata}",
    )
