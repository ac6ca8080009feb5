"""How people voted on one picture, and whose fault the network's mistakes are, by class."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
from plotly import graph_objects as go

from fashion_core.analysis.formatting import count
from fashion_core.analysis.human_votes import MistakeKind
from fashion_core.classes import CLASS_NAMES
from fashion_core.figures.layout import (
    FONT_SIZE,
    axis,
    axis_title,
    empty_figure,
    horizontal_legend,
)
from fashion_core.figures.palette import RIGHT, TEST, VAL, WRONG, Theme, with_opacity

_NAME_WIDTH: Final = 92
"""Pixels left of the bars; "T-shirt/top" and "Ankle boot" fit at 13 pixels."""

_ROW: Final = 27
"""Pixels for a class; as in the figure of the probabilities."""

_BAR_SHARE: Final = 0.5
"""Share of the width for the longest bar; "42  network's answer" needs the rest at 350 pixels."""

KIND_COLOURS: Final = {
    MistakeKind.OWN: WRONG,
    MistakeKind.SHARED: VAL,
    MistakeKind.DISPUTED: TEST,
}
"""The network's own are what it can still learn; the colours of the palette's safe set."""

_KIND_HEIGHT: Final = 348


def votes_figure(
    votes: npt.NDArray[np.int64], *, true: int, predicted: int, theme: Theme
) -> go.Figure:
    """Draw a bar for each class that got votes, most votes first.

    The label is green and says "label"; a different answer of the network is vermilion and says
    "network's answer"; all others are grey. Label and answer are there also without votes.

    Args:
        votes: Votes for each class, int64 of shape (10,), at least one vote.
        true: The label.
        predicted: The network's answer.
        theme: The theme it is drawn for.

    Raises:
        ValueError: if the shape is another, there is no vote, or a class is out of range.
    """
    if votes.shape != (len(CLASS_NAMES),) or (votes < 0).any() or votes.sum() == 0:
        raise ValueError(f"Expected votes of shape (10,), at least one, got {votes.tolist()}.")
    if not 0 <= min(true, predicted) <= max(true, predicted) < len(CLASS_NAMES):
        raise ValueError(f"Expected classes in [0, 10), got {true} and {predicted}.")
    roles = {predicted: "network's answer", true: "label"}
    shown = [c for c in range(len(CLASS_NAMES)) if votes[c] or c in roles]
    shown.sort(key=lambda c: (-votes[c], c))
    colours = {predicted: WRONG, true: RIGHT}
    height = _ROW * len(shown) + 8
    figure = empty_figure(theme, height=height, margin={"l": _NAME_WIDTH, "r": 8, "t": 4, "b": 4})
    figure.add_bar(
        x=[int(votes[c]) for c in shown],
        y=[CLASS_NAMES[c] for c in shown],
        orientation="h",
        marker={"color": [colours.get(c, with_opacity(theme.muted, 0.55)) for c in shown]},
        text=[_text(int(votes[c]), roles.get(c, "")) for c in shown],
        textposition="outside",
        textfont={"color": [theme.text if c in roles else theme.muted for c in shown]},
        cliponaxis=False,
        hoverinfo="skip",
    )
    _set_name_axis(figure, theme, largest=int(votes.max()))
    return figure


def mistake_kinds_figure(
    counts: Mapping[MistakeKind, npt.NDArray[np.int64]], *, theme: Theme
) -> go.Figure:
    """Draw the mistakes of each class as a bar in three parts, most mistakes on top.

    Args:
        counts: Mistakes of each kind by true class, int64 of shape (10,) each.
        theme: The theme it is drawn for.

    Raises:
        ValueError: if a shape is another.
    """
    if any(values.shape != (len(CLASS_NAMES),) for values in counts.values()):
        raise ValueError("Expected the counts of each kind to have the shape (10,).")
    total = np.sum(list(counts.values()), axis=0)
    order = sorted(range(len(CLASS_NAMES)), key=lambda c: (-int(total[c]), c))
    margin = {"l": _NAME_WIDTH, "r": 12, "t": 52, "b": 42}  # a narrow legend has two rows
    figure = empty_figure(theme, height=_KIND_HEIGHT, margin=margin)
    for kind, colour in KIND_COLOURS.items():
        figure.add_bar(
            x=[int(counts[kind][c]) for c in order],
            y=[CLASS_NAMES[c] for c in order],
            orientation="h",
            name=kind.label,
            marker={"color": colour, "line": {"width": 1, "color": theme.background}},
            hovertemplate="%{y}: %{x:,} " + kind.label + "<extra></extra>",
        )
    figure.update_layout(
        barmode="stack",
        bargap=0.3,
        xaxis=axis(theme, title=axis_title(theme, "mistakes of the network")),
        yaxis=_name_axis(theme),
        legend=horizontal_legend(theme) | {"traceorder": "normal"},
    )
    return figure


def _set_name_axis(figure: go.Figure, theme: Theme, *, largest: int) -> None:
    """Put the first class on top and leave room for the texts."""
    figure.update_layout(
        bargap=0.35,
        xaxis=axis(theme, range=[0, largest / _BAR_SHARE], visible=False),
        yaxis=_name_axis(theme),
    )


def _name_axis(theme: Theme) -> dict[str, object]:
    return axis(
        theme,
        autorange="reversed",
        showgrid=False,
        showline=True,
        linecolor=theme.grid,
        ticklabelstandoff=6,
        tickfont={"color": theme.text, "size": FONT_SIZE},
    )


def _text(votes: int, role: str) -> str:
    """Write a number of votes, and in bold what the class is to this picture."""
    return f"{count(votes)}  <b>{role}</b>" if role else count(votes)
