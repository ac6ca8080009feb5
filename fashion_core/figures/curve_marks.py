"""Marks on the curves of a run: what guessing would give, and what lies above the axis."""

import math
from collections.abc import Sequence

from plotly import graph_objects as go

from fashion_core.analysis.formatting import number
from fashion_core.figures.curve_quantities import Quantity, describe_above, finite_values
from fashion_core.figures.layout import SMALL_FONT_SIZE
from fashion_core.figures.palette import TRAIN, VAL, Theme
from fashion_core.history import EpochRecord, best_epoch


def add_guessing(
    figure: go.Figure,
    history: Sequence[EpochRecord],
    quantity: Quantity,
    theme: Theme,
    last_epoch: int,
) -> None:
    """Draw what guessing among ten classes gives as a dotted line, if the axis reaches there."""
    low, high = figure.layout.yaxis.range
    if not (finite_values(history, quantity) and low < quantity.guessing < high):
        return
    figure.add_scatter(
        x=[0.5, last_epoch + 0.5],
        y=[quantity.guessing] * 2,
        name=f"guessing, {quantity.text(quantity.guessing)}",
        mode="lines",
        line={"color": theme.muted, "width": 1.5, "dash": "dot"},
        hoverinfo="skip",
        showlegend=True,
    )


def add_above(
    figure: go.Figure,
    history: Sequence[EpochRecord],
    quantity: Quantity,
    theme: Theme,
    last_epoch: int,
) -> None:
    """Put an arrow at the upper edge for each value above it, and say how high the highest is."""
    high = figure.layout.yaxis.range[1]
    text = describe_above(history, quantity, high)
    if not text:
        return
    _add_arrows(figure, history, quantity, high)
    best = best_epoch(history)
    is_in_the_way = (
        best is not None and best.epoch > last_epoch / 2 and quantity.val(best) > high / 2
    )
    figure.add_annotation(
        x=0 if is_in_the_way else 1,
        xref="paper",
        xanchor="left" if is_in_the_way else "right",
        y=0.94,  # below the arrows
        yref="paper",
        yanchor="top",
        text=f"↑ {text}",
        showarrow=False,
        bgcolor=theme.background,
        font={"color": theme.text, "size": SMALL_FONT_SIZE},
    )


def _add_arrows(
    figure: go.Figure, history: Sequence[EpochRecord], quantity: Quantity, high: float
) -> None:
    """Put an arrow at the upper edge for each value above it."""
    for name, value, colour in (
        ("training", quantity.train, TRAIN),
        ("validation", quantity.val, VAL),
    ):
        above = [record for record in history if high < value(record) < math.inf]
        figure.add_scatter(
            x=[record.epoch for record in above],
            y=[high] * len(above),
            name=f"{name} above",
            mode="markers",
            marker={"color": colour, "size": 11, "symbol": "triangle-up"},
            cliponaxis=False,
            text=[f"{name} {number(value(record))}" for record in above],
            hovertemplate="%{text}<extra></extra>",
            showlegend=False,
        )
