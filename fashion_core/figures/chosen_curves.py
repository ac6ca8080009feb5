"""The validation loss of several runs over the epochs, each with its best epoch."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from plotly import graph_objects as go

from fashion_core.figures.end_labels import MARGIN, CurveEnd, label_ends
from fashion_core.figures.layout import empty_figure, epoch_axis
from fashion_core.figures.palette import Theme
from fashion_core.figures.rate_colours import rate_colours
from fashion_core.figures.study_axis import HEIGHT, LossAxis
from fashion_core.history import EpochRecord, best_epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCurve:
    """One run.

    Attributes:
        name: Its short name, such as "run 3".
        history: Its finished epochs in order, at least one.
    """

    name: str
    history: Sequence[EpochRecord]

    @property
    def losses(self) -> Sequence[float]:
        """The lowest validation loss in nats; none if none is finite."""
        best = best_epoch(self.history)
        return () if best is None else (best.val_loss,)

    @property
    def finite(self) -> list[EpochRecord]:
        """The epochs whose validation loss is finite."""
        return [record for record in self.history if math.isfinite(record.val_loss)]


def chosen_curves_figure(runs: Sequence[RunCurve], *, theme: Theme) -> go.Figure:
    """Draw the validation loss of runs over the epochs, logarithmic, with a ring at each best.

    A run's name stands at the end of its line; an arrow and the value say that the line ends
    above the shown range.

    Args:
        runs: In the order of their colours, from dark to light on a light background.
        theme: The theme it is drawn for.

    Raises:
        ValueError: if there is no run or one without an epoch.
    """
    if not runs or not all(run.history for run in runs):
        raise ValueError("Expected runs with at least one epoch each, got none or one without.")
    losses = LossAxis.of(runs, lambda run: [record.val_loss for record in run.finite])
    figure = empty_figure(theme, height=HEIGHT, margin=MARGIN)
    figure.update_layout(
        showlegend=False,
        hovermode="closest",
        xaxis=epoch_axis(theme, max(run.history[-1].epoch for run in runs)),
        yaxis=losses.options(theme, "validation loss (nats)"),
    )
    losses.mark_guessing(figure, theme)
    colours = rate_colours(len(runs), theme)
    for run, colour in zip(runs, colours, strict=True):
        _add_run(figure, run, colour, theme)
    ends = [
        CurveEnd(name=run.name, colour=colour, loss=run.finite[-1].val_loss if run.finite else None)
        for run, colour in zip(runs, colours, strict=True)
    ]
    label_ends(figure, ends, losses, theme)
    return figure


def _add_run(figure: go.Figure, run: RunCurve, colour: str, theme: Theme) -> None:
    """Add the line of a run and the ring at its best epoch."""
    figure.add_scatter(
        x=[record.epoch for record in run.finite],
        y=[record.val_loss for record in run.finite],
        name=run.name,
        mode="lines+markers",
        line={"color": colour, "width": 2},
        marker={"color": colour, "size": 4},
        hovertemplate=f"{run.name}<br>epoch %{{x}}: %{{y:.3g}} nats<extra></extra>",
    )
    best = best_epoch(run.history)
    if best is not None:
        figure.add_scatter(
            x=[best.epoch],
            y=[best.val_loss],
            name=f"best of {run.name}",
            mode="markers",
            marker={
                "color": theme.background,
                "size": 10,
                "line": {"color": colour, "width": 2.5},
            },
            hovertemplate=f"{run.name}, best<br>epoch %{{x}}: %{{y:.3g}} nats<extra></extra>",
        )
