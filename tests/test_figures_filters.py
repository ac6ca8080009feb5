"""Maps as greys on one scale, weights as squares whose area is their size."""

import re

import numpy as np
import pytest

from fashion_core.figures.filters import grey_maps, kernel_drawing


def squares(drawing: str) -> list[tuple[float, float, float, str]]:
    """Give (x, y, side, fill) of each weight, row by row; all are square."""
    pattern = r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="\3" fill="(#\w+)"/>'
    return [
        (float(x), float(y), float(side), fill) for x, y, side, fill in re.findall(pattern, drawing)
    ]


def test_the_strongest_answer_of_the_layer_is_white_and_a_quarter_of_it_half_as_bright():
    found = grey_maps(np.array([[[0.0, 1.0]], [[4.0, 2.0]]]))
    assert found.tolist() == [[[0, 128]], [[255, 180]]]
    assert found.dtype == np.uint8


def test_a_layer_that_is_silent_is_black():
    assert not grey_maps(np.zeros((2, 3, 3))).any()


@pytest.mark.parametrize("wrong", [-1.0, np.nan])
def test_answers_below_zero_are_refused(wrong):
    with pytest.raises(ValueError, match="at least 0"):
        grey_maps(np.array([[[1.0, wrong]]]))


def test_area_of_a_square_is_the_size_of_its_weight_and_white_adds():
    drawing = kernel_drawing(np.array([[4.0, -1.0], [0.0, 8.0]]), largest=4)
    assert squares(drawing) == [
        (0.5, 0.5, 9, "#FFFFFF"),
        (12.75, 2.75, 4.5, "#000000"),
        (5, 15, 0, "#000000"),
        (10.5, 10.5, 9, "#FFFFFF"),  # cut to its cell
    ]


def test_ground_is_neither_white_nor_black():
    assert '<rect width="100%" height="100%" fill="#7F8A94"/>' in kernel_drawing(
        np.ones((3, 3)), largest=1
    )


def test_nothing_is_no_scale():
    with pytest.raises(ValueError, match="above 0, got 0"):
        kernel_drawing(np.zeros((3, 3)), largest=0)
