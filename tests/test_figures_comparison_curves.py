"""Curves of two runs over each other: whose line is which, the compared epochs, odd histories."""

import math
from typing import Any

import pytest
from helpers import record
from plotly import graph_objects as go

from fashion_core.figures.comparison_curves import (
    CurveSide,
    compared_accuracy_figure,
    compared_loss_figure,
)
from fashion_core.figures.curve_quantities import HIGHEST_LOSS
from fashion_core.figures.palette import LIGHT, TRAIN, VAL
from fashion_core.history import EpochRecord

LONG = [record(n, 0.9 / n, train_loss=1.2 / n, val_accuracy=0.8 + n / 100) for n in range(1, 7)]
SHORT = [record(n, 0.7 / n, train_loss=0.8 / n, val_accuracy=0.7 + n / 100) for n in (1, 2, 3)]


def side(name: str, history: list[EpochRecord], epoch: int) -> CurveSide:
    return CurveSide(name=name, history=history, epoch=epoch)


def loss(first: CurveSide | None = None, second: CurveSide | None = None) -> go.Figure:
    return compared_loss_figure(
        first or side("A", LONG, 4), second or side("B", SHORT, 2), theme=LIGHT
    )


def lines(figure: go.Figure) -> list[Any]:
    return [trace for trace in figure.data if trace.mode == "lines+markers"]


def ring(figure: go.Figure, name: str) -> Any:
    return next(t for t in figure.data if t.mode == "markers+text" and t.name == name)


def texts(figure: go.Figure) -> list[str]:
    return [note.text for note in figure.layout.annotations]


def legend(figure: go.Figure) -> list[str]:
    return [trace.name for trace in figure.data if trace.showlegend is not False]


def test_a_is_solid_and_b_dashed_in_the_same_two_colours() -> None:
    looks = [(trace.line.color, trace.line.dash) for trace in lines(loss())]
    assert looks == [(TRAIN, "solid"), (VAL, "solid"), (TRAIN, "5px,3px"), (VAL, "5px,3px")]


def test_lines_hold_each_run_s_own_values() -> None:
    drawn = lines(loss())
    assert drawn[0].y == pytest.approx([1.2 / n for n in range(1, 7)])
    assert drawn[3].y == pytest.approx([0.7, 0.35, 0.7 / 3])
    assert drawn[3].x == (1, 2, 3)


def test_hovering_says_whose_value_it_is() -> None:
    assert [t.hovertemplate.split(" %")[0] for t in lines(loss())] == [
        "A training",
        "A validation",
        "B training",
        "B validation",
    ]


def test_the_compared_epochs_carry_their_letter_on_the_validation_line() -> None:
    figure = loss()
    assert (ring(figure, "A").x, ring(figure, "A").y) == ((4,), (0.225,))
    assert (ring(figure, "B").x, ring(figure, "B").y) == ((2,), (0.35,))
    assert ring(figure, "A").text == ("<b>A</b>",)
    assert ring(figure, "A").textposition != ring(figure, "B").textposition
    assert "A: epoch 4, 0.225 · B: epoch 2, 0.350" in texts(figure)


def test_accuracy_is_in_per_cent() -> None:
    figure = compared_accuracy_figure(side("A", LONG, 4), side("B", SHORT, 2), theme=LIGHT)
    assert ring(figure, "B").y == pytest.approx((72,))
    assert "A: epoch 4, 84.0\u00a0% · B: epoch 2, 72.0\u00a0%" in texts(figure)


def test_two_epochs_of_one_run_share_its_lines() -> None:
    figure = loss(side("A", LONG, 2), side("B", LONG, 6))
    assert len(lines(figure)) == 2
    assert lines(figure)[0].hovertemplate.startswith("training")
    assert (ring(figure, "A").x, ring(figure, "B").x) == ((2,), (6,))
    assert legend(figure) == ["training", "validation"]


def test_the_legend_explains_colours_and_dashes_once_each() -> None:
    assert legend(loss()) == ["training", "validation", "A", "B"]


def test_the_axis_spans_the_longer_run() -> None:
    assert loss().layout.xaxis.range == (0.5, 6.5)
    assert loss(side("A", SHORT, 1), side("B", LONG, 1)).layout.xaxis.range == (0.5, 6.5)


def test_a_run_that_broke_does_not_press_the_other_flat() -> None:
    broken = [record(1, 0.8, train_loss=0.9), record(2, 2e5, train_loss=3e4)]
    figure = loss(second=side("B", broken, 1))
    assert figure.layout.yaxis.range[1] == HIGHEST_LOSS
    assert "losses above 4.6 are not shown" in texts(figure)


def test_losses_in_sight_are_not_cut() -> None:
    assert loss().layout.yaxis.range[1] < HIGHEST_LOSS
    assert not any("not shown" in text for text in texts(loss()))


def test_a_value_that_is_not_finite_is_a_gap_and_has_no_ring() -> None:
    broken = [record(1, 0.5), record(2, math.nan, train_loss=math.inf)]
    figure = loss(second=side("B", broken, 2))
    assert lines(figure)[3].y == (0.5, None)
    assert lines(figure)[2].y == (0.75, None)
    assert not [t for t in figure.data if t.mode == "markers+text" and t.name == "B"]
    assert "A: epoch 4, 0.225 · B: epoch 2, not finite" in texts(figure)
