"""Loss or accuracy of several runs over the epochs, each with its best epoch."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from plotly import graph_objects as go

from fashion_core.figures.accuracy_axis import AccuracyAxis
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """What is drawn of a run: its name, its (epoch, value) where finite, its best epoch."""

    name: str
    colour: str
    points: Sequence[tuple[int, float]]
    best: tuple[int, float] | None

    @property
    def values(self) -> list[float]:
        return [value for _, value in self.points]

    @property
    def losses(self) -> Sequence[float]:
        """The lowest value above 0, for a logarithmic axis has no 0; none if there is none."""
        above = [value for value in self.values if value > 0]
        return [min(above)] if above else []


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measure:
    """One thing that is measured after each epoch.

    Attributes:
        unit: As written behind a title.
        hover: Plotly template of a value, with the unit.
        value: Takes it from an epoch, in the unit.
        scale: Gives the y axis for all lines.
    """

    unit: str
    hover: str
    value: Callable[[EpochRecord], float]
    scale: Callable[[Sequence[_Line]], LossAxis | AccuracyAxis]


def _loss_axis(lines: Sequence[_Line]) -> LossAxis:
    return LossAxis.of(lines, lambda line: line.values)


def _training_loss_axis(lines: Sequence[_Line]) -> LossAxis:
    """Give an axis for losses that go towards 0: what learns by heart is not the measure."""
    return LossAxis.of(lines, lambda line: line.values, far=math.inf)


def _accuracy_axis(lines: Sequence[_Line]) -> AccuracyAxis:
    return AccuracyAxis.of([line.values for line in lines])


_MEASURES: Final[Mapping[str, _Measure]] = {
    "validation loss": _Measure(
        unit="nats",
        hover="%{y:.3g} nats",
        value=lambda record: record.val_loss,
        scale=_loss_axis,
    ),
    "validation accuracy": _Measure(
        unit="%",
        hover="%{y:.1f} %",
        value=lambda record: 100 * record.val_accuracy,
        scale=_accuracy_axis,
    ),
    "training loss": _Measure(
        unit="nats",
        hover="%{y:.3g} nats",
        value=lambda record: record.train_loss,
        scale=_training_loss_axis,
    ),
}

MEASURES: Final = tuple(_MEASURES)
"""What can be drawn, the one that chooses the best epoch first."""


def chosen_curves_figure(
    runs: Sequence[RunCurve], *, theme: Theme, measure: str = MEASURES[0]
) -> go.Figure:
    """Draw one measure of runs over the epochs, with a ring at each best epoch.

    Losses are logarithmic. A run's name stands at the end of its line; an arrow and the value say
    that the line ends outside the shown range.

    Args:
        runs: In the order of their colours, from dark to light on a light background.
        theme: The theme it is drawn for.
        measure: One of `MEASURES`.

    Raises:
        ValueError: if there is no run or one without an epoch.
    """
    if not runs or not all(run.history for run in runs):
        raise ValueError("Expected runs with at least one epoch each, got none or one without.")
    shown = _MEASURES[measure]
    colours = rate_colours(len(runs), theme)
    lines = [_line(run, colour, shown) for run, colour in zip(runs, colours, strict=True)]
    scale = shown.scale(lines)
    figure = empty_figure(theme, height=HEIGHT, margin=MARGIN)
    figure.update_layout(
        showlegend=False,
        hovermode="closest",
        xaxis=epoch_axis(theme, max(run.history[-1].epoch for run in runs)),
        yaxis=scale.options(theme, f"{measure} ({shown.unit})"),
    )
    scale.mark_guessing(figure, theme)
    for line in lines:
        _add_line(figure, line, shown, theme)
    ends = [
        CurveEnd(name=line.name, colour=line.colour, value=line.values[-1] if line.points else None)
        for line in lines
    ]
    label_ends(figure, ends, scale, theme)
    return figure


def _line(run: RunCurve, colour: str, measure: _Measure) -> _Line:
    points = [(record.epoch, measure.value(record)) for record in run.history]
    best = best_epoch(run.history)
    return _Line(
        name=run.name,
        colour=colour,
        points=[(epoch, value) for epoch, value in points if math.isfinite(value)],
        best=(best.epoch, measure.value(best)) if best else None,
    )


def _add_line(figure: go.Figure, line: _Line, measure: _Measure, theme: Theme) -> None:
    """Add the line of a run and the ring at its best epoch."""
    figure.add_scatter(
        x=[epoch for epoch, _ in line.points],
        y=line.values,
        name=line.name,
        mode="lines+markers",
        line={"color": line.colour, "width": 2},
        marker={"color": line.colour, "size": 4},
        hovertemplate=f"{line.name}<br>epoch %{{x}}: {measure.hover}<extra></extra>",
    )
    if line.best is not None:
        figure.add_scatter(
            x=[line.best[0]],
            y=[line.best[1]],
            name=f"best of {line.name}",
            mode="markers",
            marker={
                "color": theme.background,
                "size": 10,
                "line": {"color": line.colour, "width": 2.5},
            },
            hovertemplate=f"{line.name}, best<br>epoch %{{x}}: {measure.hover}<extra></extra>",
        )
