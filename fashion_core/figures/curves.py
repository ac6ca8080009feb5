"""Loss and accuracy over the epochs of one run, with the best epoch and what came after it."""

import math
from collections.abc import Sequence
from typing import Final

from plotly import graph_objects as go

from fashion_core.analysis.learning import find_overfitting
from fashion_core.figures.curve_marks import add_above, add_guessing
from fashion_core.figures.curve_quantities import ACCURACY, LOSS, Quantity, value_range
from fashion_core.figures.layout import (
    SMALL_FONT_SIZE,
    axis,
    axis_title,
    empty_figure,
    epoch_axis,
    horizontal_legend,
)
from fashion_core.figures.palette import TRAIN, VAL, WRONG, Theme, with_opacity
from fashion_core.history import EpochRecord, best_epoch

HEIGHT: Final = 300
"""Pixels; the same for loss and accuracy, so that they align side by side."""

_MARGIN: Final = {"l": 52, "r": 12, "t": 54, "b": 44}
"""Above the plot area: one row for the legend, one for the best epoch's value."""


def loss_figure(
    history: Sequence[EpochRecord], *, theme: Theme, planned_epochs: int | None = None
) -> go.Figure:
    """Draw training and validation loss, in nats, over the epochs.

    The best epoch (lowest validation loss) is marked; the stretch after it is shaded once
    `find_overfitting` says so. An epoch without a finite value leaves a gap and a note. A loss
    far above the others is cut off, with an arrow and its size in words.

    Args:
        history: Finished epochs in order; may be empty.
        theme: The theme it is drawn for.
        planned_epochs: Last epoch of the x axis, so that it stays while the run is live; None
            ends it at the last finished epoch.
    """
    return _curve_figure(history, LOSS, theme, planned_epochs)


def accuracy_figure(
    history: Sequence[EpochRecord], *, theme: Theme, planned_epochs: int | None = None
) -> go.Figure:
    """Draw training and validation accuracy, in per cent, over the epochs.

    Marks the same epoch as `loss_figure`, the one with the lowest validation loss, which need
    not be the one with the highest accuracy. Same x axis, height and margins.

    Args:
        history: Finished epochs in order; may be empty.
        theme: The theme it is drawn for.
        planned_epochs: Last epoch of the x axis; None ends it at the last finished epoch.
    """
    return _curve_figure(history, ACCURACY, theme, planned_epochs)


def _curve_figure(
    history: Sequence[EpochRecord],
    quantity: Quantity,
    theme: Theme,
    planned_epochs: int | None,
) -> go.Figure:
    last_epoch = max([planned_epochs or 1, *(record.epoch for record in history)])
    figure = empty_figure(theme, height=HEIGHT, margin=_MARGIN)
    _set_axes(figure, history, quantity, theme, last_epoch)
    _add_overfitting(figure, history, quantity, theme, last_epoch)
    train = [(record.epoch, quantity.train(record)) for record in history]
    val = [(record.epoch, quantity.val(record)) for record in history]
    _add_line(figure, train, "training", TRAIN, quantity.hover)
    _add_line(figure, val, "validation", VAL, quantity.hover)
    add_guessing(figure, history, quantity, theme, last_epoch)
    _add_best(figure, history, quantity, theme, last_epoch)
    add_above(figure, history, quantity, theme, last_epoch)
    _add_not_finite(figure, history, quantity, theme, last_epoch)
    if not history:
        _add_note(figure, "no epoch has finished yet", theme)
    return figure


def _set_axes(
    figure: go.Figure,
    history: Sequence[EpochRecord],
    quantity: Quantity,
    theme: Theme,
    last_epoch: int,
) -> None:
    """Fix both ranges and name the units; hovering an epoch shows both values at once."""
    figure.update_layout(
        legend=horizontal_legend(theme),
        hovermode="x unified",
        xaxis=epoch_axis(
            theme,
            last_epoch,
            hoverformat="d",
            unifiedhovertitle={"text": "epoch %{x}"},
            spikecolor=theme.muted,
            spikethickness=1,
            spikedash="solid",
        ),
        yaxis=axis(
            theme,
            title=axis_title(theme, quantity.title),
            range=value_range(history, quantity),
            nticks=6,
        ),
    )


def _add_line(
    figure: go.Figure,
    points: Sequence[tuple[int, float]],
    name: str,
    colour: str,
    hover: str,
) -> None:
    """Add one line through (epoch, value); values that are not finite become gaps."""
    figure.add_scatter(
        x=[epoch for epoch, _ in points],
        y=[value if math.isfinite(value) else None for _, value in points],
        name=name,
        mode="lines+markers",
        line={"color": colour, "width": 2},
        marker={"color": colour, "size": 5},
        connectgaps=False,
        hovertemplate=f"{name} {hover}<extra></extra>",
        showlegend=True,
    )


def _add_best(
    figure: go.Figure,
    history: Sequence[EpochRecord],
    quantity: Quantity,
    theme: Theme,
    last_epoch: int,
) -> None:
    """Mark the best epoch with a line, a ring on the validation line, and its value above."""
    best = best_epoch(history)
    if best is None:
        return
    value = quantity.val(best)
    figure.add_vline(x=best.epoch, line={"color": theme.muted, "width": 1}, layer="below")
    if math.isfinite(value):
        figure.add_scatter(
            x=[best.epoch],
            y=[value],
            name="best epoch",
            mode="markers",
            marker={"color": theme.background, "size": 10, "line": {"color": VAL, "width": 2.5}},
            hoverinfo="skip",
            showlegend=False,
        )
    figure.add_annotation(
        x=best.epoch,
        y=1,
        yref="paper",
        yanchor="bottom",
        xanchor=_anchor(best.epoch, last_epoch),
        text=f"best: epoch {best.epoch}, {quantity.text(value)}",
        showarrow=False,
        font={"color": theme.text, "size": SMALL_FONT_SIZE},
    )


def _add_overfitting(
    figure: go.Figure,
    history: Sequence[EpochRecord],
    quantity: Quantity,
    theme: Theme,
    last_epoch: int,
) -> None:
    """Shade and name the epochs in which the network learned by heart."""
    region = find_overfitting(history)
    if region is None:
        return
    is_left = _anchor(region.start_epoch, last_epoch) != "right"
    figure.add_vrect(
        x0=region.start_epoch,
        x1=region.end_epoch,
        fillcolor=with_opacity(VAL, 0.12),
        line_width=0,
        layer="below",
    )
    figure.add_annotation(
        x=region.start_epoch if is_left else region.end_epoch,
        y=1 if quantity.overfitting_at_top else 0,
        yref="paper",
        yanchor="top" if quantity.overfitting_at_top else "bottom",
        xanchor="left" if is_left else "right",
        xshift=3 if is_left else 0,
        text="overfitting",
        showarrow=False,
        font={"color": theme.muted, "size": SMALL_FONT_SIZE},
    )


def _add_not_finite(
    figure: go.Figure,
    history: Sequence[EpochRecord],
    quantity: Quantity,
    theme: Theme,
    last_epoch: int,
) -> None:
    """Say where a line has a gap because there is no finite value to draw."""
    epochs = [
        record.epoch
        for record in history
        if not (math.isfinite(quantity.train(record)) and math.isfinite(quantity.val(record)))
    ]
    if not epochs:
        return
    for epoch in epochs:
        figure.add_vline(x=epoch, line={"color": WRONG, "width": 1.5, "dash": "dot"}, layer="below")
    more = f" and {len(epochs) - 1} more" if len(epochs) > 1 else ""
    figure.add_annotation(
        x=epochs[0],
        y=0.5,
        yref="paper",
        xanchor=_anchor(epochs[0], last_epoch),
        text=f"epoch {epochs[0]}{more}: not a finite number",
        showarrow=False,
        bgcolor=theme.background,
        font={"color": theme.text, "size": SMALL_FONT_SIZE},
    )


def _add_note(figure: go.Figure, text: str, theme: Theme) -> None:
    """Write one quiet line in the middle of the plot area."""
    figure.add_annotation(
        x=0.5,
        y=0.5,
        xref="paper",
        yref="paper",
        text=text,
        showarrow=False,
        bgcolor=theme.background,
        borderpad=4,
        font={"color": theme.muted, "size": SMALL_FONT_SIZE + 1},
    )


def _anchor(epoch: int, last_epoch: int) -> str:
    """Say which end of a text goes at an epoch, so that the text stays inside the figure."""
    position = (epoch - 0.5) / last_epoch
    if position < 1 / 3:
        return "left"
    return "right" if position > 2 / 3 else "center"
