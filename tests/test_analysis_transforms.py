"""Changes to a picture: hand-computed ones, and SciPy as the second opinion."""

import numpy as np
import pytest
from helpers import small_split
from scipy import ndimage

from fashion_core.analysis.transforms import Changes, change

SMALL = np.array([[10, 20, 30], [40, 50, 60]], dtype=np.uint8)
PICTURE = np.random.default_rng(3).integers(0, 256, (28, 28), dtype=np.uint8)


def changed(image: np.ndarray, **changes) -> list[list[int]]:
    return change(image, Changes(**changes)).tolist()


def test_no_change_gives_the_same_pixels_of_every_real_picture():
    for image in small_split("test").images:
        np.testing.assert_array_equal(change(image, Changes()), image)


def test_to_the_right_and_down_move_and_bring_in_black():
    assert changed(SMALL, right=1, down=1) == [[0, 0, 0], [0, 10, 20]]
    assert changed(SMALL, right=-2) == [[30, 0, 0], [60, 0, 0]]
    assert changed(SMALL, down=-1) == [[40, 50, 60], [0, 0, 0]]


@pytest.mark.parametrize("far", [{"right": 3}, {"right": -9}, {"down": 2}, {"down": -2}])
def test_what_leaves_the_picture_is_lost(far):
    assert changed(SMALL, **far) == [[0, 0, 0], [0, 0, 0]]


def test_mirror_swaps_left_and_right():
    assert changed(SMALL, is_mirrored=True) == [[30, 20, 10], [60, 50, 40]]


def test_invert_makes_0_of_255():
    assert changed(SMALL, is_inverted=True) == [[245, 235, 225], [215, 205, 195]]


def test_turn_is_clockwise():
    square = np.array([[1, 2], [3, 4]], dtype=np.uint8)
    assert changed(square, degrees=90) == [[3, 1], [4, 2]]
    assert changed(square, degrees=-90) == [[2, 4], [1, 3]]


@pytest.mark.parametrize("quarters", [1, 2, 3, 4, -1])
def test_quarter_turns_lose_nothing(quarters):
    turned = change(PICTURE, Changes(degrees=90.0 * quarters))
    np.testing.assert_array_equal(turned, np.rot90(PICTURE, -quarters))


@pytest.mark.parametrize("degrees", [5, -17, 45, 133])
def test_turn_agrees_with_scipy(degrees):
    # SciPy turns the other way in its axes (0, 1), and takes what lies outside as black as well.
    expected = ndimage.rotate(
        PICTURE.astype(float), -degrees, reshape=False, order=1, mode="grid-constant"
    )
    turned = change(PICTURE, Changes(degrees=degrees))
    np.testing.assert_allclose(turned, expected, atol=0.51)


@pytest.mark.parametrize("sigma", [0.3, 1.0, 2.5])
def test_blur_agrees_with_scipy(sigma):
    expected = ndimage.gaussian_filter(PICTURE.astype(float), sigma, mode="constant")
    np.testing.assert_allclose(change(PICTURE, Changes(blur=sigma)), expected, atol=0.6)


def test_contrast_is_about_the_mean():
    """The mean of the six is 35."""
    assert changed(SMALL, contrast=2.0) == [[0, 5, 25], [45, 65, 85]]
    assert changed(SMALL, contrast=0.0) == [[35, 35, 35], [35, 35, 35]]


def test_patch_is_black_and_may_hang_over_the_edge():
    assert changed(SMALL, patch=1, patch_left=2) == [[10, 20, 0], [40, 50, 60]]
    assert changed(SMALL, patch=5, patch_left=1, patch_top=1) == [[10, 20, 30], [40, 0, 0]]


def test_patch_is_black_in_an_inverted_picture():
    assert changed(SMALL, patch=1, is_inverted=True)[0] == [0, 235, 225]


def test_noise_is_the_same_every_time_and_as_strong_as_said():
    grey = np.full((200, 200), 128, dtype=np.uint8)
    noisy = change(grey, Changes(noise=20))
    np.testing.assert_array_equal(noisy, change(grey, Changes(noise=20)))
    assert np.std(noisy) == pytest.approx(20, rel=0.02)
    assert np.mean(noisy) == pytest.approx(128, abs=0.5)


def test_changes_combine_in_the_order_of_the_dataclass():
    """Mirrored first, then moved: the other order would move to the left."""
    assert changed(SMALL, is_mirrored=True, right=1) == [[0, 30, 20], [0, 60, 50]]


def test_picture_that_was_given_stays_as_it_is():
    before = PICTURE.copy()
    change(PICTURE, Changes(patch=9, right=3, is_inverted=True))
    np.testing.assert_array_equal(PICTURE, before)


@pytest.mark.parametrize(
    "bad", [{"blur": -1}, {"noise": np.nan}, {"patch": -1}, {"degrees": 1e999}]
)
def test_impossible_changes_are_refused(bad):
    with pytest.raises(ValueError, match=f"Expected .*{'degrees' if 'degrees' in bad else ''}"):
        Changes(**bad)


def test_picture_of_another_dtype_is_refused():
    with pytest.raises(ValueError, match="uint8 picture"):
        change(PICTURE.astype(float), Changes())
