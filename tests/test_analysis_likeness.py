"""Whether a picture is like the training pictures."""

from functools import cache

import numpy as np
import pytest
from helpers import DATA_DIR, small_split

from fashion_core.analysis.likeness import Likeness, likeness
from fashion_core.analysis.transforms import Changes, change
from fashion_core.data import read_split


@cache
def training() -> np.ndarray:
    return read_split(DATA_DIR, "train").images


def found(image: np.ndarray) -> Likeness:
    return likeness(training(), image)


def test_distance_and_share_of_a_hand_computed_picture():
    """Differences 3 and 4: sqrt(25 / 2); own strength sqrt((9 + 16) / 2)."""
    black = np.zeros((1, 1, 2), np.uint8)
    far = np.full((1, 1, 2), 200, np.uint8)
    one = likeness(np.concatenate([far, black]), np.array([[3, 4]], np.uint8))
    assert one.distance == pytest.approx(np.sqrt(12.5))
    assert one.share == pytest.approx(1.0)


def test_training_picture_is_like_itself():
    one = found(training()[4_321])
    assert (one.distance, one.share) == (0, 0)
    assert one.describe().startswith("Like the training pictures")


def test_black_picture_is_unlike_and_has_no_share():
    one = found(np.zeros((28, 28), np.uint8))
    assert one.is_unlike
    assert "black all over" in one.describe()


def test_about_two_in_a_hundred_test_pictures_are_unlike():
    flagged = [found(image).is_unlike for image in small_split("test").images[:150]]
    assert np.mean(flagged) <= 0.06


def test_negated_pictures_and_noise_are_unlike():
    images = [change(image, Changes(is_inverted=True)) for image in small_split("test").images[:8]]
    images.append(np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8))
    assert all(found(image).is_unlike for image in images)


def test_thin_line_is_unlike_although_it_is_near_to_black():
    line = np.zeros((28, 28), np.uint8)
    np.fill_diagonal(line, 255)
    one = found(line)
    assert one.distance < 63.2
    assert one.is_unlike
    assert "nothing backs it" in one.describe()


@pytest.mark.parametrize(
    ("distance", "share", "is_unlike"),
    [(63.2, 0.748, False), (63.3, 0.1, True), (1.0, 0.749, True)],
)
def test_either_limit_is_enough(distance, share, is_unlike):
    assert Likeness(distance=distance, share=share).is_unlike == is_unlike
