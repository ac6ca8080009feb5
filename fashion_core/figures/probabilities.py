"""The ten class probabilities of one picture, true and predicted class told apart."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
from plotly import graph_objects as go

from fashion_core.analysis.formatting import percent
from fashion_core.classes import CLASS_NAMES
from fashion_core.figures.layout import FONT_SIZE, axis, empty_figure
from fashion_core.figures.palette import RIGHT, WRONG, Theme, with_opacity

HEIGHT: Final = 268
"""Pixels: ten rows of 26, and a little air."""

_NAME_WIDTH: Final = 92
"""Pixels left of the bars; "T-shirt/top" and "Ankle boot" fit at 13 pixels."""

_BAR_SHARE: Final = 0.5
"""Share of the width for a bar of 100 %; at 350 pixels ">99.9 %  predicted" needs the rest."""

_ROUNDED: Final = 1e-6
"""A softmax output is never 0 or 1; where float16 says so, it was rounded."""


def probability_figure(
    pred_probs: npt.NDArray[np.floating[Any]], *, true: int | None, predicted: int, theme: Theme
) -> go.Figure:
    """Draw a bar for each class, in label order, with its probability as text.

    The true class is green and says "true"; a different predicted class is vermilion and says
    "predicted"; all others are grey. Where both are one, it is green and says "right". A
    picture without a true class (somebody's own) has its prediction in the accent colour.

    Args:
        pred_probs: Softmax outputs of one picture, floating of shape (10,), in [0, 1].
        true: True class, or None if nobody knows.
        predicted: Predicted class.
        theme: The theme it is drawn for.

    Raises:
        ValueError: if the shape is not (10,), or a class or a probability is out of range.
    """
    if pred_probs.shape != (len(CLASS_NAMES),):
        raise ValueError(f"Expected pred_probs of shape (10,), got {pred_probs.shape}.")
    for label in (true, predicted):
        if label is not None and not 0 <= label < len(CLASS_NAMES):
            raise ValueError(f"Expected a class in [0, 10), got {label}.")
    if not ((pred_probs >= 0) & (pred_probs <= 1)).all():
        raise ValueError("Expected pred_probs in [0, 1], got values outside or nan.")
    roles = {label: _role(label, true, predicted) for label in range(len(CLASS_NAMES))}
    figure = empty_figure(theme, height=HEIGHT, margin={"l": _NAME_WIDTH, "r": 8, "t": 4, "b": 4})
    figure.add_bar(
        x=[float(value) for value in pred_probs],
        y=list(CLASS_NAMES),
        orientation="h",
        marker={"color": [_colour(roles[label], true, theme) for label in roles]},
        text=[_text(float(pred_probs[label]), roles[label]) for label in roles],
        textposition="outside",
        textfont={"color": [theme.text if roles[label] else theme.muted for label in roles]},
        cliponaxis=False,
        hoverinfo="skip",
    )
    _set_axes(figure, theme)
    return figure


def _set_axes(figure: go.Figure, theme: Theme) -> None:
    """Put label 0 on top, leave room for the texts, and draw only the line the bars start at."""
    figure.update_layout(
        bargap=0.35,
        xaxis=axis(theme, range=[0, 1 / _BAR_SHARE], visible=False),
        yaxis=axis(
            theme,
            autorange="reversed",
            showgrid=False,
            showline=True,
            linecolor=theme.grid,
            ticklabelstandoff=6,
            tickfont={"color": theme.text, "size": FONT_SIZE},
        ),
    )


def _role(label: int, true: int | None, predicted: int) -> str:
    """Say what a class is to this picture; empty for the eight or nine others."""
    if label == true:
        return "right" if true == predicted else "true"
    return "predicted" if label == predicted else ""


def _colour(role: str, true: int | None, theme: Theme) -> str:
    """Give the colour of a bar by its role."""
    if role in {"true", "right"}:
        return RIGHT
    if role == "predicted":
        return theme.accent if true is None else WRONG
    return with_opacity(theme.muted, 0.55)


def _text(probability: float, role: str) -> str:
    """Write a probability, and in bold what the class is to this picture."""
    value = percent(min(max(probability, _ROUNDED), 1 - _ROUNDED))
    return f"{value}  <b>{role}</b>" if role else value
