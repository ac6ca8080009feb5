"""All validation curves of a study over the epochs: a colour for each rate, seeds as a band."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from plotly import graph_objects as go

from fashion_core.analysis.formatting import decimal
from fashion_core.analysis.study import RateResult
from fashion_core.figures.end_labels import MARGIN, CurveEnd, label_ends
from fashion_core.figures.layout import empty_figure, epoch_axis
from fashion_core.figures.palette import Theme, with_opacity
from fashion_core.figures.rate_colours import rate_colours
from fashion_core.figures.study_axis import HEIGHT, LossAxis, note_that_nothing_is_there


@dataclass(frozen=True, slots=True, kw_only=True)
class _Curve:
    """The curves of one rate: of each seed, and of all seeds together.

    Attributes:
        result: What they are of.
        colour: Of all of them.
        seeds: (epoch, validation loss) of each seed, finite ones only.
        band: (epoch, lowest, highest) where at least two seeds have a value.
        mean: (epoch, mean) where every seed that has begun has a value.
    """

    result: RateResult
    colour: str
    seeds: tuple[tuple[tuple[int, float], ...], ...]
    band: tuple[tuple[int, float, float], ...]
    mean: tuple[tuple[int, float], ...]


def overlay_figure(
    results: Sequence[RateResult], *, theme: Theme, planned_epochs: int
) -> go.Figure:
    """Draw the validation loss of all runs over the epochs, one colour for each learning rate.

    A thin line is a seed, the band reaches from the lowest to the highest seed, the thick line is
    their mean as far as all seeds that have begun have come. A rate's label stands at the end of
    its line; an arrow and the value say that the line ends above the shown range.

    Args:
        results: Of all rates, ascending.
        theme: The theme it is drawn for.
        planned_epochs: Last epoch of the x axis, so that it stays while runs go on.
    """
    colours = rate_colours(len(results), theme)
    curves = [_curve(result, colour) for result, colour in zip(results, colours, strict=True)]
    losses = LossAxis.of(
        results, lambda result: [r.val_loss for run in result.runs for r in run.history]
    )
    figure = empty_figure(theme, height=HEIGHT, margin=MARGIN)
    figure.update_layout(
        showlegend=False,
        hovermode="closest",
        xaxis=epoch_axis(theme, planned_epochs),
        yaxis=losses.options(theme, "validation loss (nats)"),
    )
    losses.mark_guessing(figure, theme)
    for curve in curves:
        _add_curve(figure, curve)
    ends = [
        CurveEnd(name=decimal(curve.result.learning_rate), colour=curve.colour, value=_end(curve))
        for curve in curves
    ]
    label_ends(figure, ends, losses, theme)
    if not any(curve.seeds for curve in curves):
        note_that_nothing_is_there(figure, theme)
    return figure


def _curve(result: RateResult, colour: str) -> _Curve:
    seeds = tuple(
        tuple((r.epoch, r.val_loss) for r in run.history if math.isfinite(r.val_loss))
        for run in result.runs
        if run.history
    )
    by_epoch: dict[int, list[float]] = {}
    for seed in seeds:
        for epoch, loss in seed:
            by_epoch.setdefault(epoch, []).append(loss)
    ordered = sorted(by_epoch.items())
    return _Curve(
        result=result,
        colour=colour,
        seeds=seeds,
        band=tuple((epoch, min(v), max(v)) for epoch, v in ordered if len(v) > 1),
        mean=tuple((epoch, fmean(v)) for epoch, v in ordered if len(v) == len(seeds)),
    )


def _add_curve(figure: go.Figure, curve: _Curve) -> None:
    """Add band, seeds and mean of one rate, in this order from back to front."""
    rate, colour = decimal(curve.result.learning_rate), curve.colour
    if len(curve.band) > 1:
        there, back = curve.band, curve.band[::-1]
        figure.add_scatter(
            x=[epoch for epoch, *_ in (*there, *back)],
            y=[*(high for _, _, high in there), *(low for _, low, _ in back)],
            name=f"band {rate}",
            mode="lines",
            line={"width": 0},
            fill="toself",
            fillcolor=with_opacity(colour, 0.16),
            hoverinfo="skip",
        )
    for seed in curve.seeds if len(curve.seeds) > 1 else ():
        figure.add_scatter(
            x=[epoch for epoch, _ in seed],
            y=[loss for _, loss in seed],
            name=f"seed of {rate}",
            mode="lines",
            line={"color": with_opacity(colour, 0.55), "width": 1},
            hoverinfo="skip",
        )
    figure.add_scatter(
        x=[epoch for epoch, _ in curve.mean],
        y=[loss for _, loss in curve.mean],
        name=rate,
        mode="lines+markers",
        line={"color": colour, "width": 2.5},
        marker={"color": colour, "size": 5},
        hovertemplate=f"learning rate {rate}<br>epoch %{{x}}: %{{y:.3g}} nats<extra></extra>",
    )


def _end(curve: _Curve) -> float | None:
    """Give the loss at which the lines of a rate end: the mean of those that have come furthest."""
    last = max((seed[-1][0] for seed in curve.seeds if seed), default=0)
    ends = [seed[-1][1] for seed in curve.seeds if seed and seed[-1][0] == last]
    return fmean(ends) if ends else None
