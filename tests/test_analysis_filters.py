"""Which filters tell places apart, in order and in words: hand-computed cases."""

import numpy as np
import pytest

from fashion_core.analysis.filters import (
    by_contrast,
    contrasts,
    describe_first_layer,
    describe_layer,
)

IMAGE = np.array([[0, 9, 9, 9]], dtype=np.uint8)  # one black place, three that show something
LOUD_BUT_EVEN = [[5.0, 5.0, 5.0, 5.0]]
MORE = [[0.0, 1.0, 1.0, 0.25]]
LESS = [[2.0, 0.0, 0.0, 1.0]]
SILENT = [[0.0, 0.0, 0.0, 0.0]]


def maps(*rows: list[list[float]]) -> np.ndarray:
    return np.array(rows, dtype=np.float32)


def test_contrast_is_the_standard_deviation_over_the_places():
    found = contrasts(maps([[0, 0, 0, 4]], LOUD_BUT_EVEN, [[1, 3, 1, 3]]))
    np.testing.assert_allclose(found, [np.sqrt(3), 0, 1])
    assert found.dtype == np.float64


def test_filters_come_by_contrast_and_equal_ones_by_number():
    order = by_contrast(maps(SILENT, MORE, LOUD_BUT_EVEN, LESS, SILENT))
    assert order.tolist() == [3, 1, 0, 2, 4]


def test_filters_are_counted_by_where_they_answer_more():
    assert describe_first_layer(maps(MORE, MORE, LESS, LOUD_BUT_EVEN, SILENT), IMAGE) == (
        "Of the 5 filters of the first layer, 2 answer more where the picture shows something than "
        "where it is black, 1 less, 1 the same and 1 not at all. Filter 3 differs most from place "
        "to place: on average it answers 0.33 where something is shown and 2.00 where it is black."
    )


def test_kinds_that_are_not_there_are_not_named():
    assert describe_first_layer(maps(MORE, MORE), IMAGE).startswith(
        "Of the 2 filters of the first layer, 2 answer more where the picture shows something than "
        "where it is black. Filter 1 differs most"
    )


@pytest.mark.parametrize(
    ("answer", "written"), [(0.0, " 0 where it"), (0.004, "less than 0.01 wh")]
)
def test_a_small_answer_is_not_written_as_none(answer, written):
    assert written in describe_first_layer(maps([[answer, 1, 1, 1]]), IMAGE)


@pytest.mark.parametrize("image", [np.full((1, 4), 9, np.uint8), np.zeros((1, 4), np.uint8)])
def test_a_picture_without_black_or_all_black_has_no_two_parts(image):
    assert describe_first_layer(maps(MORE, SILENT, LESS), image) == (
        "Of the 3 filters of the first layer, 2 answer somewhere in this picture."
    )


def test_a_layer_that_is_silent_says_so():
    assert describe_first_layer(maps(SILENT, SILENT), IMAGE) == (
        "Of the 2 filters of the first layer, none answer somewhere in this picture."
    )


def test_one_filter_answers():
    assert describe_layer(maps(SILENT, MORE), "second") == (
        "Of the 2 filters of the second layer, 1 answers somewhere in this picture."
    )


def test_maps_of_another_size_than_the_picture_are_refused():
    with pytest.raises(ValueError, match=r"shape \(C, \*\(2, 2\)\), got \(1, 1, 4\)"):
        describe_first_layer(maps(MORE), np.zeros((2, 2), np.uint8))
