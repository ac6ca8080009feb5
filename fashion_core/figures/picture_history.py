"""The answers to one picture over the epochs of a run: how sure, and which class."""

from typing import Any, Final

import numpy as np
from plotly import graph_objects as go

from fashion_core.analysis.formatting import percent
from fashion_core.analysis.picture_history import PictureHistory
from fashion_core.classes import CLASS_NAMES
from fashion_core.figures.layout import (
    FONT_SIZE,
    SMALL_FONT_SIZE,
    axis,
    axis_title,
    empty_figure,
    epoch_axis,
    horizontal_legend,
    share_ticks,
)
from fashion_core.figures.palette import CLASS_COLOURS, RIGHT, WRONG, Theme

_CURVES, _STRIP = [0.2, 1.0], [0.0, 0.1]  # shares of the plot area's height
_LEGEND_ROW: Final = 20  # pixels
_LEGEND_COLUMNS: Final = 3  # names of classes that fit beside each other on a phone


def picture_history_figure(history: PictureHistory, *, shown: int, theme: Theme) -> go.Figure:
    """Draw two probabilities at every epoch, and below them the answer as a strip of colours.

    Green is the probability of the label. The points are the probability of the answered class:
    a green dot where the answer is right, a vermilion cross where it is wrong; where it is right
    both are the same. Epochs that are missing leave gaps.

    Args:
        history: The picture's answers.
        shown: The epoch that the page is about; it is marked.
        theme: The theme it is drawn for.
    """
    answered = sorted(set(history.predictions.tolist()))
    below = 46 + _LEGEND_ROW * -(-len(answered) // _LEGEND_COLUMNS)
    margin = {"l": 62, "r": 12, "t": 46, "b": below}
    figure = empty_figure(theme, height=250 + below, margin=margin)
    _add_label(figure, history)
    _add_answers(figure, history, theme)
    for label in answered:
        _add_strip(figure, history, label)
    _set_axes(figure, history, theme)
    _mark_shown(figure, shown, int(history.epochs[-1]), theme)
    return figure


def _add_label(figure: go.Figure, history: PictureHistory) -> None:
    """Add the probability of the label as a line with gaps."""
    found = dict(zip(history.epochs.tolist(), history.label_probs.tolist(), strict=True))
    epochs = list(range(1, int(history.epochs[-1]) + 1))
    figure.add_scatter(
        x=epochs,
        y=[found.get(epoch) for epoch in epochs],
        name=f"label: {CLASS_NAMES[history.label]}",
        mode="lines+markers",
        line={"color": RIGHT, "width": 2},
        marker={"color": RIGHT, "size": 3},
        customdata=[_sure(found[epoch]) if epoch in found else "" for epoch in epochs],
        hovertemplate=f"{CLASS_NAMES[history.label]} (the label): %{{customdata}}<extra></extra>",
    )


def _add_answers(figure: go.Figure, history: PictureHistory, theme: Theme) -> None:
    """Add the probability of the answered class as dots and crosses."""
    right = history.is_right
    figure.add_scatter(
        x=history.epochs.tolist(),
        y=history.confidences.tolist(),
        name="answer: ● right, ✕ wrong",
        mode="markers",
        marker={
            "color": [RIGHT if is_right else WRONG for is_right in right],
            "symbol": ["circle" if is_right else "x" for is_right in right],
            "size": 8,
            "line": {"color": theme.background, "width": 1},
        },
        customdata=[
            f"{CLASS_NAMES[label]}: {_sure(confidence)}"
            for label, confidence in zip(history.predictions, history.confidences, strict=True)
        ],
        hovertemplate="answer %{customdata}<extra></extra>",
    )


def _sure(probability: float) -> str:
    """Write a probability; a softmax output is never exactly 0 or 1, it was rounded on disk."""
    return percent(min(max(probability, 1e-6), 1 - 1e-6))


def _add_strip(figure: go.Figure, history: PictureHistory, label: int) -> None:
    """Add one cell for each epoch that answered with a class."""
    epochs = history.epochs[history.predictions == label]
    figure.add_bar(
        x=epochs.tolist(),
        y=np.ones(len(epochs)).tolist(),
        yaxis="y2",
        width=1,
        name=CLASS_NAMES[label],
        legend="legend2",
        marker={"color": CLASS_COLOURS[label], "line": {"width": 0}},
        hoverinfo="skip",
    )


def _set_axes(figure: go.Figure, history: PictureHistory, theme: Theme) -> None:
    """Share the epochs between curves and strip; name the strip's colours at the lower edge."""
    lower: dict[str, Any] = horizontal_legend(theme) | {
        "y": 0,
        "yanchor": "bottom",
        "title": {"text": "answer", "font": {"color": theme.muted, "size": SMALL_FONT_SIZE}},
    }
    figure.update_layout(
        hovermode="x unified",
        legend=horizontal_legend(theme),
        legend2=lower,
        barmode="overlay",
        xaxis=epoch_axis(
            theme,
            int(history.epochs[-1]),
            anchor="y2",
            hoverformat="d",
            unifiedhovertitle={"text": "epoch %{x}"},
            spikecolor=theme.muted,
            spikethickness=1,
            spikedash="solid",
        ),
        yaxis=axis(
            theme,
            domain=_CURVES,
            title=axis_title(theme, "probability"),
            range=[-0.03, 1.05],
            **share_ticks(0, 0.25, 0.5, 0.75, 1),
            tickfont={"color": theme.muted, "size": SMALL_FONT_SIZE},
        ),
        yaxis2=axis(theme, domain=_STRIP, range=[0, 1], visible=False),
    )


def _mark_shown(figure: go.Figure, shown: int, last_epoch: int, theme: Theme) -> None:
    """Draw a line through the epoch that the page is about, and name it."""
    figure.add_vline(x=shown, line={"color": theme.muted, "width": 1}, layer="below")
    place = (shown - 0.5) / last_epoch
    figure.add_annotation(
        x=shown,
        y=1,
        yref="paper",
        yanchor="bottom",
        xanchor="left" if place < 1 / 3 else "right" if place > 2 / 3 else "center",
        text=f"epoch {shown}, shown here",
        showarrow=False,
        font={"color": theme.text, "size": FONT_SIZE - 1},
    )
