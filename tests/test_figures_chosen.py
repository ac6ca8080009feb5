"""The figure of several runs: which lines, which rings, what is written beside them."""

import math
from dataclasses import replace
from typing import Any

import pytest
from helpers import record
from plotly import graph_objects as go

from fashion_core.figures.chosen_curves import MEASURES, RunCurve, chosen_curves_figure
from fashion_core.figures.palette import DARK, LIGHT
from fashion_core.figures.rate_colours import rate_colours


def curve(name: str, *losses: float) -> RunCurve:
    history = tuple(record(epoch, loss) for epoch, loss in enumerate(losses, start=1))
    return RunCurve(name=name, history=history)


RUNS = (curve("run 1", 0.5, 0.25, 0.375), curve("run 4", 0.75, math.nan, 0.625, 0.6875))


def trace(figure: go.Figure, name: str) -> Any:
    (found,) = [each for each in figure.data if each.name == name]
    return found


def labels(figure: go.Figure) -> list[str]:
    """Give the texts at the right edge, from below."""
    found = [note for note in figure.layout.annotations if "●" in note.text]
    return [note.text.split("</span> ")[1] for note in sorted(found, key=lambda note: note.y)]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_each_run_has_a_line_of_its_own_colour_and_a_ring_at_its_best(theme: Any) -> None:
    figure = chosen_curves_figure(RUNS, theme=theme)
    first, second = trace(figure, "run 1"), trace(figure, "run 4")
    assert list(zip(first.x, first.y, strict=True)) == [(1, 0.5), (2, 0.25), (3, 0.375)]
    assert list(zip(second.x, second.y, strict=True)) == [(1, 0.75), (3, 0.625), (4, 0.6875)]
    assert (first.line.color, second.line.color) == rate_colours(2, theme)
    rings = [trace(figure, f"best of {run.name}") for run in RUNS]
    assert [(ring.x[0], ring.y[0]) for ring in rings] == [(2, 0.25), (3, 0.625)]
    assert [ring.marker.color for ring in rings] == [theme.background] * 2


def test_names_stand_where_the_lines_end() -> None:
    assert labels(chosen_curves_figure(RUNS, theme=LIGHT)) == ["run 1", "run 4"]
    assert labels(chosen_curves_figure(RUNS[::-1], theme=LIGHT)) == ["run 1", "run 4"]


def test_a_run_far_above_the_best_is_cut_off_with_its_value() -> None:
    figure = chosen_curves_figure([*RUNS, curve("run 7", 2.31, 2.3)], theme=LIGHT)
    assert labels(figure) == ["run 1", "run 4", "run 7 ↑ 2.30"]
    assert 10 ** figure.layout.yaxis.range[1] < 1


def test_the_axis_reaches_the_last_epoch_of_the_longest_run() -> None:
    low, high = chosen_curves_figure(RUNS, theme=LIGHT).layout.xaxis.range
    assert low < 1
    assert 4 < high < 5


def test_a_run_that_never_was_finite_has_neither_ring_nor_label() -> None:
    figure = chosen_curves_figure([RUNS[0], curve("run 2", math.inf)], theme=LIGHT)
    assert labels(figure) == ["run 1"]
    assert [each.name for each in figure.data] == ["run 1", "best of run 1", "run 2"]


def measured(name: str, *values: tuple[float, float, float]) -> RunCurve:
    """Give a run by training loss, validation loss and validation accuracy of each epoch."""
    history = tuple(
        replace(record(n, val_loss=loss, val_accuracy=accuracy), train_loss=train)
        for n, (train, loss, accuracy) in enumerate(values, start=1)
    )
    return RunCurve(name=name, history=history)


MEASURED = (
    measured("run 1", (0.9, 0.5, 0.80), (0.7, 0.25, 0.92), (0.3, 0.375, 0.93)),
    measured("run 4", (1.5, 0.75, 0.75), (0.6, 0.625, 0.90)),
)


def test_accuracy_is_in_per_cent_and_its_ring_at_the_epoch_of_the_lowest_loss() -> None:
    figure = chosen_curves_figure(MEASURED, theme=LIGHT, measure="validation accuracy")
    assert trace(figure, "run 1").y == pytest.approx((80, 92, 93))
    ring = trace(figure, "best of run 1")
    assert (ring.x, ring.y) == ((2,), (92,))
    assert figure.layout.yaxis.title.text == "validation accuracy (%)"
    assert figure.layout.yaxis.type is None
    low, high = figure.layout.yaxis.range
    assert (low, high) == pytest.approx((75 - 0.05 * 18, 93 + 0.05 * 18))


def test_training_loss_has_its_ring_at_the_epoch_that_is_kept() -> None:
    figure = chosen_curves_figure(MEASURED, theme=LIGHT, measure="training loss")
    assert trace(figure, "run 4").y == (1.5, 0.6)
    assert trace(figure, "best of run 1").y == (0.7,)
    assert figure.layout.yaxis.title.text == "training loss (nats)"


def test_a_run_with_far_more_mistakes_is_cut_off_below_with_its_value() -> None:
    guessing = measured("run 7", (2.3, 2.3, 0.10), (2.3, 2.3, 0.104))
    figure = chosen_curves_figure([*MEASURED, guessing], theme=LIGHT, measure=MEASURES[1])
    assert labels(figure) == ["run 7 ↓ 10.4", "run 4", "run 1"]
    assert figure.layout.yaxis.range[0] > 70


def test_runs_that_all_guess_are_shown_beside_the_line_of_guessing() -> None:
    guessing = [measured("run 7", (2.3, 2.3, 0.10), (2.3, 2.3, 0.104))]
    figure = chosen_curves_figure(guessing, theme=LIGHT, measure="validation accuracy")
    assert "guessing" in [note.text for note in figure.layout.annotations]
    assert "guessing" not in [
        note.text
        for note in chosen_curves_figure(
            MEASURED, theme=LIGHT, measure=MEASURES[1]
        ).layout.annotations
    ]


def test_an_accuracy_that_never_was_finite_leaves_the_whole_range() -> None:
    broken = [measured("run 2", (2.3, 2.3, math.nan))]
    figure = chosen_curves_figure(broken, theme=LIGHT, measure="validation accuracy")
    assert labels(figure) == []
    assert figure.layout.yaxis.range == pytest.approx((-5, 105))


@pytest.mark.parametrize("runs", [(), (RUNS[0], curve("run 2"))])
def test_runs_without_an_epoch_are_refused(runs: tuple[RunCurve, ...]) -> None:
    with pytest.raises(ValueError, match="at least one epoch"):
        chosen_curves_figure(runs, theme=LIGHT)


def test_a_training_loss_of_zero_ends_at_the_lower_edge_and_hides_no_other_run() -> None:
    by_heart = [replace(record(1, 0.5), train_loss=0.25), replace(record(2, 0.5), train_loss=0.0)]
    other = [replace(record(epoch, 0.5), train_loss=0.5) for epoch in (1, 2)]
    runs = [RunCurve(name="run 1", history=by_heart), RunCurve(name="run 2", history=other)]
    figure = chosen_curves_figure(runs, theme=LIGHT, measure="training loss")
    low, high = (10**end for end in figure.layout.yaxis.range)
    assert low < 0.25
    assert high > 0.5
    assert labels(figure) == ["run 1", "run 2"]
    assert min(n.y for n in figure.layout.annotations if "run 1" in n.text) == pytest.approx(0)


def test_a_run_that_learned_by_heart_does_not_cut_off_the_training_loss_of_others() -> None:
    by_heart = measured("run 2", (0.5, 0.4, 0.9), (0.002, 0.5, 0.9))
    figure = chosen_curves_figure([MEASURED[0], by_heart], theme=LIGHT, measure="training loss")
    assert labels(figure) == ["run 2", "run 1"]  # without an arrow
    assert figure.layout.yaxis.tickvals == (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
