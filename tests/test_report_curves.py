"""The curves of a report: points where they belong, gaps, marks, readable axes."""

import math
import re

import pytest
from helpers import record

from fashion_core.figures.curve_quantities import ACCURACY, LOSS
from fashion_core.report.curves import curve_svg

FALLING_THEN_RISING = [
    record(epoch, loss, train_loss=1.0 - epoch / 10)
    for epoch, loss in enumerate([0.8, 0.4, 0.5, 0.6, 0.7], start=1)
]


def texts(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>(.*?)</text>", svg)


def paths(svg: str) -> list[str]:
    """Give the training and the validation line."""
    return re.findall(r'<path d="([^"]*)"', svg)


def points(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"[ML]([\d.]+) ([\d.]+)", path)]


def test_a_line_goes_from_left_to_right_and_a_lower_loss_lies_lower():
    _, val = paths(curve_svg(FALLING_THEN_RISING, LOSS, 5))
    across, down = zip(*points(val), strict=True)
    assert list(across) == sorted(across)
    assert max(down) == down[1]  # SVG counts from the top
    assert down[0] < down[4] < down[3]


def test_distances_are_in_proportion_to_the_values():
    _, val = paths(curve_svg(FALLING_THEN_RISING, LOSS, 5))
    down = [y for _, y in points(val)]
    assert (down[1] - down[0]) / (down[1] - down[2]) == pytest.approx(4, abs=0.05)


def test_the_best_epoch_is_marked_with_a_ring_on_the_validation_line():
    svg = curve_svg(FALLING_THEN_RISING, LOSS, 5)
    assert "best: epoch 2, 0.400" in texts(svg)
    x, y = points(paths(svg)[1])[1]
    assert f'<circle cx="{x:g}" cy="{y:g}" r="5" class="ring"' in svg


def test_the_accuracy_marks_the_epoch_of_the_lowest_loss_in_per_cent():
    assert "best: epoch 2, 87.5\u00a0%" in texts(curve_svg(FALLING_THEN_RISING, ACCURACY, 5))


def test_learning_by_heart_is_shaded_from_the_best_to_the_last_epoch():
    svg = curve_svg(FALLING_THEN_RISING, LOSS, 10)
    (start, width) = re.search(r'<rect x="([\d.]+)" y="46" width="([\d.]+)"', svg).groups()
    val = points(paths(svg)[1])
    assert float(start) == val[1][0]
    assert float(start) + float(width) == pytest.approx(val[4][0])
    assert "overfitting" not in texts(curve_svg(FALLING_THEN_RISING[:2], LOSS, 10))


def test_a_value_that_is_not_finite_leaves_a_gap():
    history = [record(1, 0.5), record(2, math.inf), record(3, 0.25), record(4, math.nan)]
    svg = curve_svg(history, LOSS, 4)
    train, val = paths(svg)
    assert (val.count("M"), val.count("L")) == (2, 0)
    assert (train.count("M"), train.count("L")) == (1, 3)
    assert "nan" not in svg
    assert "inf" not in svg


def test_a_run_in_which_nothing_is_finite_has_a_picture_without_a_mark():
    history = [record(1, math.nan, train_loss=math.nan)]
    svg = curve_svg(history, LOSS, 3)
    assert paths(svg) == ["", ""]
    assert not [text for text in texts(svg) if text.startswith("best")]


@pytest.mark.parametrize("epochs", [1, 2, 7, 30, 300, 1000])
def test_epochs_have_few_round_numbers_that_begin_with_1(epochs):
    svg = curve_svg([record(1)], LOSS, epochs)
    below = re.findall(r'y="244" text-anchor="middle">(\d+)<', svg)
    numbers = [int(text) for text in below]
    assert numbers[0] == 1
    assert numbers[-1] <= epochs < 2 * numbers[-1]
    assert len(numbers) <= 9


@pytest.mark.parametrize("loss", [1e-6, 0.003, 0.4, 2.5, 90.0, 3e7])
def test_the_axis_has_two_to_six_round_values_up_to_the_highest(loss):
    svg = curve_svg([record(1, loss, train_loss=loss / 2)], LOSS, 1)
    assert 2 <= svg.count('class="grid"') <= 6


def test_a_loss_of_zero_is_drawn():
    assert len(points(paths(curve_svg([record(1, 0.0, train_loss=0.0)], LOSS, 1))[1])) == 1


def test_a_loss_far_above_the_others_stands_at_the_upper_edge_and_is_named():
    broken = [record(1, 3.9, train_loss=2.6e9), record(2, 3.2, train_loss=3.1)]
    svg = curve_svg(broken, LOSS, 2)
    assert "↑ above: 2.6 billion at epoch 1" in texts(svg)
    train, val = paths(svg)
    assert points(train)[0][1] == 46
    assert 46 < points(val)[0][1] < points(val)[1][1] < 228
