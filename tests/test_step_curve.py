"""The training loss step by step as a drawing: places, scale, words."""

import math

import pytest

from pages.ui.step_curve import first_epoch, latest_steps


def test_the_width_of_the_first_curve_is_the_whole_epoch():
    content = first_epoch([(1, 50, 2.6), (1, 100, 1.3)], steps_per_epoch=400)
    assert content["path"] == "M125.0 0.00L250.0 50.00"
    assert content["end"] == "step 400, the end of epoch 1"


def test_guessing_is_named_before_the_first_step():
    content = first_epoch([], steps_per_epoch=400)
    assert content["path"] == ""
    place, text = content["guess"]
    assert place == pytest.approx(100 * (1 - math.log(10) / 2.6), abs=0.01)
    assert text == "2.30: guessing among ten classes"
    assert "no step has been written down yet" in content["says"]


def test_losses_above_the_highest_top_are_cut_and_the_top_says_so():
    content = first_epoch([(1, 10, 40.0), (1, 20, 4.0)], steps_per_epoch=100)
    assert content["path"] == "M100.0 0.00L200.0 20.00"
    assert content["ticks"][-1] == [0.0, "≥ 5"]
    assert first_epoch([(1, 10, 5.0)], steps_per_epoch=100)["ticks"][-1] == [0.0, "5"]


def test_a_loss_that_is_not_finite_is_left_out():
    steps = [(1, 10, 2.6), (1, 20, None), (1, 30, math.inf), (1, 40, 1.3)]
    assert first_epoch(steps, steps_per_epoch=100)["path"] == "M100.0 0.00L400.0 50.00"


def test_a_single_step_is_a_dot():
    content = first_epoch([(1, 25, 1.3)], steps_per_epoch=100)
    assert content["path"] == "M250.0 50.00L250.0 50.00"


def test_the_width_of_the_strip_is_two_epochs_and_its_top_the_highest_loss():
    steps = [(1, 200, 0.8), (1, 400, 0.2), (2, 200, 0.4)]
    content = latest_steps(steps, steps_per_epoch=400)
    assert content["path"] == "M250.0 0.00L500.0 75.00L750.0 50.00"


@pytest.mark.parametrize("points", [16, 51, 99])
def test_the_strip_is_of_two_epochs_however_many_points_they_have(points):
    steps = [(epoch, step, 1.0) for epoch in range(1, 9) for step in range(1, points + 1)]
    path = latest_steps(steps[-200:], steps_per_epoch=points)["path"]
    assert path.count("L") + 1 == 2 * points


def test_a_curve_is_said_in_words():
    words = "from 2.31 to 0.620; guessing among ten classes has 2.30"
    steps = [(1, 10, 2.31), (1, 20, 0.62)]
    assert words in first_epoch(steps, steps_per_epoch=100)["says"]
    assert words in latest_steps(steps, steps_per_epoch=100)["says"]
