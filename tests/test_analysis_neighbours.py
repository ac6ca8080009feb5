"""The nearest pictures by angle and by pixels: by hand, and against scikit-learn."""

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from fashion_core.analysis.neighbours import (
    describe_neighbours,
    most_similar,
    nearest_by_pixels,
    unit_rows,
)

SHIRT, COAT, PULLOVER, BAG = 6, 4, 2, 8
CORNERS = unit_rows(np.array([[9, 0], [0, 2], [3, 3], [1, 4]], dtype=np.float32))


def test_the_nearest_by_angle_does_not_depend_on_length():
    found = most_similar(CORNERS, np.array([1, 2], dtype=np.float32), count=3)
    assert found.positions.tolist() == [3, 2, 1]
    assert found.values == pytest.approx([9 / np.sqrt(85), 3 / np.sqrt(10), 2 / np.sqrt(5)])


def test_rows_of_zeros_are_not_near_to_anything():
    units = unit_rows(np.array([[0, 0], [-1, 0], [5, 1]], dtype=np.float32))
    found = most_similar(units, np.array([2, 0], dtype=np.float32), count=3)
    assert found.positions.tolist() == [2, 0, 1]
    assert found.values[1] == 0


def test_equally_near_pictures_keep_their_order():
    units = unit_rows(np.array([[0, 1], [1, 0], [2, 0], [3, 0]], dtype=np.float32))
    assert most_similar(units, units[2], count=2).positions.tolist() == [1, 2]


def test_the_nearest_by_angle_are_those_of_scikit_learn():
    random = np.random.default_rng(3)
    vectors = random.gamma(0.5, size=(700, 16)).astype(np.float32)
    query = random.gamma(0.5, size=16).astype(np.float32)
    oracle = NearestNeighbors(n_neighbors=9, metric="cosine", algorithm="brute").fit(vectors)
    distances, positions = oracle.kneighbors(query[np.newaxis])
    found = most_similar(unit_rows(vectors), query, count=9)
    assert found.positions.tolist() == positions[0].tolist()
    assert found.values == pytest.approx(1 - distances[0], abs=1e-6)


@pytest.mark.parametrize("query", [[0, 0], [np.nan, 1], [1, 2, 3]])
def test_a_query_without_direction_or_of_another_width_is_refused(query):
    with pytest.raises(ValueError, match="Expected a query"):
        most_similar(CORNERS, np.array(query, dtype=np.float32), count=1)


def test_difference_of_pixels_is_the_root_mean_square_without_overflow():
    images = np.array([[[255, 255]], [[0, 3]], [[4, 0]]], dtype=np.uint8)
    found = nearest_by_pixels(images, np.array([[0, 0]], dtype=np.uint8), count=3)
    assert found.positions.tolist() == [1, 2, 0]
    assert found.values == pytest.approx([np.sqrt(9 / 2), np.sqrt(16 / 2), 255])


def test_the_nearest_by_pixels_are_those_of_scikit_learn_beyond_one_chunk():
    random = np.random.default_rng(8)
    images = random.integers(0, 256, (2_600, 6, 5), dtype=np.uint8)
    image = images[2_577] // 2
    rows = images.reshape(2_600, -1).astype(float)
    oracle = NearestNeighbors(n_neighbors=4, algorithm="brute").fit(rows)
    distances, positions = oracle.kneighbors(image.reshape(1, -1).astype(float))
    found = nearest_by_pixels(images, image, count=4)
    assert found.positions.tolist() == positions[0].tolist()
    assert found.values == pytest.approx(distances[0] / np.sqrt(30))


@pytest.mark.parametrize("image", [np.zeros((2, 2), np.uint8), np.zeros((1, 2), np.float32)])
def test_a_picture_of_another_shape_or_type_is_refused(image):
    with pytest.raises(ValueError, match=r"Expected a uint8 picture of shape \(1, 2\)"):
        nearest_by_pixels(np.zeros((3, 1, 2), np.uint8), image, count=1)


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ([COAT] * 5, "All five are labelled Coat: the training data says so."),
        (
            [SHIRT] * 5,
            "All five are labelled Shirt, as this picture is: the training data does not explain "
            "the answer.",
        ),
        ([BAG] * 5, "All five are labelled Bag, which is neither the answer nor the label."),
        (
            [SHIRT, COAT, COAT, COAT, BAG],
            "Three of the five are labelled Coat, one Shirt and one Bag: the training data leans "
            "to the answer.",
        ),
        (
            [BAG, PULLOVER, BAG, BAG, BAG],
            "Four of the five are labelled Bag, one Pullover: neither the answer nor the label is "
            "among them.",
        ),
        (
            [SHIRT, COAT, SHIRT, SHIRT, SHIRT],
            "Four of the five are labelled Shirt, one Coat: the training data leans to the label.",
        ),
        (
            [COAT, SHIRT, PULLOVER, SHIRT, COAT],
            "Two of the five are labelled Coat, two Shirt and one Pullover: the training data is "
            "of two minds here.",
        ),
    ],
)
def test_labels_of_the_neighbours_of_a_mistake_in_words(labels, sentence):
    assert describe_neighbours(labels, true=SHIRT, predicted=COAT) == sentence


def test_labels_of_the_neighbours_of_a_right_answer_in_words():
    def say(labels):
        return describe_neighbours(labels, true=SHIRT, predicted=SHIRT)

    assert say([SHIRT] * 5) == "All five are labelled Shirt: the training data says so."
    assert say([COAT] * 3 + [SHIRT] * 2).endswith("Shirt: the training data is of two minds here.")
    assert say([SHIRT] * 3 + [COAT] * 2).endswith("most agree with the answer.")


def test_one_neighbour_is_not_enough_to_agree():
    with pytest.raises(ValueError, match="at least 2 neighbours, got 1"):
        describe_neighbours([SHIRT], true=SHIRT, predicted=SHIRT)
