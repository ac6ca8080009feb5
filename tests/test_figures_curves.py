"""Loss and accuracy curves: what is drawn, where the best epoch is, and every odd history."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import pytest
from plotly import graph_objects as go

from fashion_core.figures.curves import HEIGHT, accuracy_figure, loss_figure
from fashion_core.figures.palette import DARK, LIGHT, TRAIN, VAL
from fashion_core.history import EpochRecord

BOTH = pytest.mark.parametrize("draw", [loss_figure, accuracy_figure], ids=["loss", "accuracy"])
Draw = Callable[..., go.Figure]


def epoch(number: int, train: float = 0.5, val: float = 0.4) -> EpochRecord:
    return EpochRecord(
        epoch=number,
        train_loss=train,
        train_accuracy=0.8 + number / 100,
        val_loss=val,
        val_accuracy=0.9 + number / 1000,
        seconds=1.0,
    )


OVERFIT = [epoch(1, 0.6, 0.41), epoch(2, 0.4, 0.3), *(epoch(n, 0.6 / n, 0.4) for n in (3, 4, 5))]
BROKEN = [epoch(1), epoch(2, math.nan, math.inf), epoch(3, 0.4, 0.3)]


def line(figure: go.Figure, name: str) -> Any:
    return next(trace for trace in figure.data if trace.name == name)


def texts(figure: go.Figure) -> list[str]:
    return [note.text for note in figure.layout.annotations]


def test_loss_lines_hold_the_losses() -> None:
    figure = loss_figure(OVERFIT, theme=LIGHT)
    assert line(figure, "training").y == pytest.approx((0.6, 0.4, 0.2, 0.15, 0.12))
    assert line(figure, "validation").y == pytest.approx((0.41, 0.3, 0.4, 0.4, 0.4))
    assert line(figure, "training").x == (1, 2, 3, 4, 5)


def test_accuracy_lines_hold_per_cent() -> None:
    figure = accuracy_figure(OVERFIT, theme=LIGHT)
    assert line(figure, "training").y == pytest.approx((81, 82, 83, 84, 85))
    assert line(figure, "validation").y == pytest.approx((90.1, 90.2, 90.3, 90.4, 90.5))


@BOTH
def test_training_is_blue_and_validation_orange(draw: Draw) -> None:
    figure = draw(OVERFIT, theme=LIGHT)
    assert line(figure, "training").line.color == TRAIN
    assert line(figure, "validation").line.color == VAL


def test_axes_name_their_unit() -> None:
    loss, accuracy = (draw(OVERFIT, theme=LIGHT).layout for draw in (loss_figure, accuracy_figure))
    assert loss.yaxis.title.text == "cross-entropy loss (nats)"
    assert accuracy.yaxis.title.text == "accuracy (%)"
    assert loss.xaxis.title.text == accuracy.xaxis.title.text == "epoch"


def test_hover_names_split_and_unit() -> None:
    loss, accuracy = (draw(OVERFIT, theme=LIGHT) for draw in (loss_figure, accuracy_figure))
    assert line(loss, "validation").hovertemplate == "validation %{y:.3g} nats<extra></extra>"
    assert line(accuracy, "training").hovertemplate == "training %{y:.1f} %<extra></extra>"


@BOTH
@pytest.mark.parametrize("finished", [0, 1, 2, 5])
def test_the_epoch_axis_does_not_move_while_the_run_is_live(draw: Draw, finished: int) -> None:
    figure = draw(OVERFIT[:finished], theme=LIGHT, planned_epochs=30)
    assert figure.layout.xaxis.range == (0.5, 30.5)


@BOTH
def test_without_a_plan_the_epoch_axis_ends_at_the_last_epoch(draw: Draw) -> None:
    assert draw(OVERFIT, theme=LIGHT).layout.xaxis.range == (0.5, 5.5)


@BOTH
def test_epochs_beyond_the_plan_are_still_shown(draw: Draw) -> None:
    assert draw(OVERFIT, theme=LIGHT, planned_epochs=3).layout.xaxis.range == (0.5, 5.5)


@pytest.mark.parametrize(
    ("planned", "ticks"),
    [
        (1, (1,)),
        (5, (1, 2, 3, 4, 5)),
        (30, (1, 5, 10, 15, 20, 25, 30)),
        (100, (1, 20, 40, 60, 80, 100)),
    ],
)
def test_epoch_ticks_are_few_round_integers(planned: int, ticks: tuple[int, ...]) -> None:
    assert loss_figure([], theme=LIGHT, planned_epochs=planned).layout.xaxis.tickvals == ticks


def test_the_best_epoch_is_named_with_its_value() -> None:
    assert "best: epoch 2, 0.300" in texts(loss_figure(OVERFIT, theme=LIGHT))


def test_the_accuracy_figure_marks_the_epoch_of_the_lowest_loss() -> None:
    """Accuracy is highest at epoch 5; what is kept is epoch 2."""
    assert "best: epoch 2, 90.2\u00a0%" in texts(accuracy_figure(OVERFIT, theme=LIGHT))


def test_the_best_epoch_has_a_line_and_a_ring() -> None:
    figure = loss_figure(OVERFIT, theme=LIGHT)
    assert [shape.x0 for shape in figure.layout.shapes if shape.type == "line"] == [2]
    assert (line(figure, "best epoch").x, line(figure, "best epoch").y) == ((2,), (0.3,))


@pytest.mark.parametrize(("best", "anchor"), [(2, "left"), (15, "center"), (29, "right")])
def test_the_best_value_stays_inside_the_figure(best: int, anchor: str) -> None:
    history = [epoch(n, val=0.3 if n == best else 0.4) for n in range(1, 31)]
    note = loss_figure(history, theme=LIGHT).layout.annotations[-1]
    assert (note.text, note.xanchor) == (f"best: epoch {best}, 0.300", anchor)


@BOTH
def test_overfitting_is_shaded_from_the_best_to_the_last_epoch(draw: Draw) -> None:
    figure = draw(OVERFIT, theme=LIGHT, planned_epochs=30)
    (region,) = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    assert (region.x0, region.x1, region.layer) == (2, 5, "below")
    assert "overfitting" in texts(figure)


@BOTH
def test_nothing_is_shaded_before_it_is_overfitting(draw: Draw) -> None:
    figure = draw(OVERFIT[:4], theme=LIGHT)
    assert "overfitting" not in texts(figure)
    assert not [shape for shape in figure.layout.shapes if shape.type == "rect"]


def test_a_late_region_writes_its_name_towards_the_inside() -> None:
    late = [epoch(n, 1 / n, 0.3 if n == 27 else 0.4) for n in range(1, 31)]
    (note,) = [
        n for n in loss_figure(late, theme=LIGHT).layout.annotations if n.text == "overfitting"
    ]
    assert (note.x, note.xanchor) == (30, "right")


@BOTH
def test_no_epoch_is_an_empty_frame_with_a_note(draw: Draw) -> None:
    figure = draw([], theme=LIGHT, planned_epochs=30)
    assert texts(figure) == ["no epoch has finished yet"]
    assert len(figure.data[0].x) == 0


def test_an_empty_frame_has_a_sensible_range() -> None:
    assert loss_figure([], theme=LIGHT).layout.yaxis.range[0] == 0
    assert accuracy_figure([], theme=LIGHT).layout.yaxis.range == (0, 100)


@BOTH
def test_one_epoch_is_a_visible_point(draw: Draw) -> None:
    trace = line(draw([epoch(1)], theme=LIGHT), "training")
    assert trace.mode == "lines+markers"
    assert len(trace.x) == 1


def test_a_loss_that_is_not_finite_is_a_gap_with_a_note() -> None:
    figure = loss_figure(BROKEN, theme=LIGHT)
    assert line(figure, "training").y == (0.5, None, 0.4)
    assert line(figure, "validation").y == (0.4, None, 0.3)
    assert line(figure, "training").connectgaps is False
    assert "epoch 2: not a finite number" in texts(figure)


def test_several_losses_that_are_not_finite_share_one_note() -> None:
    figure = loss_figure([epoch(1), *(epoch(n, math.nan) for n in (2, 3, 4))], theme=LIGHT)
    assert [t for t in texts(figure) if "finite" in t] == [
        "epoch 2 and 2 more: not a finite number"
    ]
    assert sum(shape.line.dash == "dot" for shape in figure.layout.shapes) == 3


def test_a_lost_loss_leaves_the_accuracy_alone() -> None:
    figure = accuracy_figure(BROKEN, theme=LIGHT)
    assert None not in line(figure, "training").y
    assert not [t for t in texts(figure) if "finite" in t]


def test_a_run_without_any_finite_loss_is_drawn_without_a_best_epoch() -> None:
    figure = loss_figure([epoch(1, math.nan, math.nan)], theme=LIGHT)
    assert texts(figure) == ["epoch 1: not a finite number"]
    assert all(math.isfinite(limit) for limit in figure.layout.yaxis.range)


def test_a_best_epoch_without_an_accuracy_says_so() -> None:
    lost = dataclasses.replace(epoch(1), val_accuracy=math.nan)
    figure = accuracy_figure([lost], theme=LIGHT)
    assert "best: epoch 1, not defined" in texts(figure)
    assert "best epoch" not in {trace.name for trace in figure.data}


def test_loss_starts_at_zero_and_leaves_room_above() -> None:
    low, high = loss_figure(OVERFIT, theme=LIGHT).layout.yaxis.range
    assert low == 0
    assert high > 0.6


def test_accuracy_zooms_in_on_its_values_and_never_below_zero() -> None:
    low, high = accuracy_figure(OVERFIT, theme=LIGHT).layout.yaxis.range
    assert 75 < low < 81
    assert 90.5 < high < 93
    lost = dataclasses.replace(epoch(1), train_accuracy=0.0)
    assert accuracy_figure([lost], theme=LIGHT).layout.yaxis.range[0] == 0


def test_loss_and_accuracy_align_side_by_side() -> None:
    loss, accuracy = (draw(OVERFIT, theme=LIGHT).layout for draw in (loss_figure, accuracy_figure))
    assert loss.height == accuracy.height == HEIGHT
    assert loss.margin == accuracy.margin
    assert loss.xaxis == accuracy.xaxis


def test_the_word_overfitting_is_where_the_lines_are_not() -> None:
    """Loss leaves the upper edge free, accuracy the lower one."""
    at = []
    for draw in (loss_figure, accuracy_figure):
        notes = draw(OVERFIT, theme=LIGHT).layout.annotations
        at += [(note.y, note.yanchor) for note in notes if note.text == "overfitting"]
    assert at == [(1, "top"), (0, "bottom")]


@BOTH
def test_one_hover_box_shows_both_values_of_an_epoch(draw: Draw) -> None:
    layout = draw(OVERFIT, theme=LIGHT).layout
    assert layout.hovermode == "x unified"
    assert layout.xaxis.unifiedhovertitle.text == "epoch %{x}"


@BOTH
def test_a_slip_of_the_mouse_neither_zooms_nor_hides_a_line(draw: Draw) -> None:
    layout = draw(OVERFIT, theme=LIGHT).layout
    assert layout.dragmode is False
    assert layout.xaxis.fixedrange is layout.yaxis.fixedrange is True
    assert layout.legend.itemclick is layout.legend.itemdoubleclick is False


@BOTH
def test_figures_are_transparent_and_take_the_colours_of_their_theme(draw: Draw) -> None:
    layout = draw(OVERFIT, theme=DARK).layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0, 0, 0, 0)"
    assert layout.font.color == DARK.text
    assert layout.yaxis.gridcolor == DARK.grid


@BOTH
def test_the_same_history_gives_the_same_figure(draw: Draw) -> None:
    assert draw(OVERFIT, theme=LIGHT).to_json() == draw(OVERFIT, theme=LIGHT).to_json()


# Runs that learned nothing, as they were measured: rates of 10, 1 and 1e-7


def broken(*losses: tuple[float, float], accuracy: float = 0.1) -> list[EpochRecord]:
    return [
        dataclasses.replace(
            epoch(number, train, val), train_accuracy=accuracy + 0.005, val_accuracy=accuracy
        )
        for number, (train, val) in enumerate(losses, start=1)
    ]


RATE_10 = broken((2585777942.9, 3.8755), (3.1055, 3.2127), (2.8666, 3.0149))
RATE_1 = broken((450402.85, 269097.97), (2.7204, 214.2614), (2.457, 20.6882))
RATE_TINY = broken((2.3233, 2.2969), (2.3144, 2.2887))


def test_a_loss_far_above_the_others_is_cut_off_and_named() -> None:
    figure = loss_figure(RATE_10, theme=LIGHT)
    assert figure.layout.yaxis.range == (0, 2 * math.log(10))
    assert "↑ above: 2.6 billion at epoch 1" in texts(figure)
    arrow = line(figure, "training above")
    assert (arrow.x, arrow.y, arrow.marker.symbol) == ((1,), (2 * math.log(10),), "triangle-up")
    assert arrow.text == ("training 2.6 billion",)
    assert line(figure, "validation above").x == ()
    assert line(figure, "training").y[0] == 2585777942.9


def test_the_lowest_validation_loss_is_always_in_sight() -> None:
    figure = loss_figure(RATE_1, theme=LIGHT)
    assert figure.layout.yaxis.range == (0, pytest.approx(1.25 * 20.6882))
    assert "↑ 3 above: up to 450,000 at epoch 1" in texts(figure)


def test_what_lies_above_is_said_where_no_line_ends() -> None:
    last_is_best = loss_figure(RATE_1, theme=LIGHT)
    last_is_low = loss_figure(broken((90.0, 1.5), (0.8, 0.7), (0.6, 0.5)), theme=LIGHT)
    for figure, side in ((last_is_best, "left"), (last_is_low, "right")):
        (said,) = (a for a in figure.layout.annotations if "above" in a.text)
        assert (said.xanchor, said.x) == (side, 0 if side == "left" else 1)


def test_an_ordinary_loss_is_not_cut() -> None:
    assert not [text for text in texts(loss_figure(OVERFIT, theme=LIGHT)) if "above" in text]


def test_the_accuracy_of_guessing_is_not_blown_up_and_has_its_line() -> None:
    figure = accuracy_figure(RATE_TINY, theme=LIGHT)
    low, high = figure.layout.yaxis.range
    assert 3 < low < 5.5
    assert 15 < high < 17
    assert line(figure, "guessing, 10.0\u00a0%").y == (10, 10)
    assert line(loss_figure(RATE_TINY, theme=LIGHT), "guessing, 2.30").y == (math.log(10),) * 2


@BOTH
def test_a_run_far_from_guessing_has_no_line_for_it(draw: Draw) -> None:
    for history in ([], OVERFIT):
        assert not [t for t in draw(history, theme=LIGHT).data if "guessing" in str(t.name)]


@pytest.mark.parametrize(
    ("accuracy", "low", "high"), [(0.995, 88.2, 101.0), (0.0, 0, 11.0), (0.5, 43.45, 56.25)]
)
def test_accuracy_spans_ten_points_at_least_within_what_is_possible(
    accuracy: float, low: float, high: float
) -> None:
    made = accuracy_figure(broken((0.5, 0.5), accuracy=accuracy), theme=LIGHT)
    assert made.layout.yaxis.range == pytest.approx((low, high), abs=0.01)
