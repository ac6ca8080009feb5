"""Ten ways in which a picture gets worse: by hand, the same every time, worse with strength."""

import numpy as np
import pytest
from helpers import small_split
from scipy import ndimage

from fashion_core.analysis.corruptions import (
    CORRUPTIONS,
    STRENGTHS,
    corrupt,
    corrupt_all,
    corruption_of,
)

RANDOM = np.random.default_rng(5)
PICTURE = RANDOM.integers(0, 256, (28, 28), dtype=np.uint8)
EVERY = [(c, s) for c in CORRUPTIONS for s in STRENGTHS]
WITH_CHANCE = ("noise", "specks", "turn", "shift", "patch")


def worse(key: str, strength: int, image: np.ndarray = PICTURE, image_id: int = 7) -> np.ndarray:
    return corrupt(image, image_id, corruption_of(key), strength)


def test_there_are_ten_with_names_and_seeds_of_their_own():
    assert len(CORRUPTIONS) == 10
    for name in ("key", "label", "number", "made_of", "definition"):
        assert len({getattr(corruption, name) for corruption in CORRUPTIONS}) == 10


@pytest.mark.parametrize(("corruption", "strength"), EVERY)
def test_a_picture_gets_worse_the_same_way_alone_and_in_any_order(corruption, strength):
    images, ids = small_split("test").images[:6], np.array([3, 41, 0, 9_999, 12, 7])
    together = corrupt_all(images, ids, corruption, strength)
    assert together.dtype == np.uint8
    backwards = corrupt_all(images[::-1], ids[::-1], corruption, strength)
    np.testing.assert_array_equal(together, backwards[::-1])
    for image, image_id, one in zip(images, ids, together, strict=True):
        np.testing.assert_array_equal(corrupt(image, int(image_id), corruption, strength), one)
        assert (one != image).any()


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda c: c.key)
def test_more_strength_takes_real_pictures_further_away(corruption):
    pictures = small_split("test")
    distances = [
        np.abs(
            corrupt_all(pictures.images, pictures.image_ids, corruption, strength).astype(float)
            - pictures.images
        ).mean()
        for strength in STRENGTHS
    ]
    assert distances[0] < distances[1] < distances[2]


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda c: c.key)
def test_only_what_is_left_to_chance_depends_on_the_picture_s_number(corruption):
    some = [corrupt(PICTURE, image_id, corruption, 2).tobytes() for image_id in range(12)]
    assert (len(set(some)) > 1) == (corruption.key in WITH_CHANCE)


def test_noise_has_the_standard_deviation_it_says():
    grey = np.full((28, 28), 128, np.uint8)
    noise = np.stack([worse("noise", 1, grey, i).astype(float) - 128 for i in range(100)])
    assert noise.std() == pytest.approx(16, rel=0.02)
    assert noise.mean() == pytest.approx(0, abs=0.3)


def test_specks_are_black_and_white_in_equal_parts():
    grey = np.full((28, 28), 128, np.uint8)
    many = np.stack([worse("specks", 3, grey, i) for i in range(200)])
    assert (many == 0).mean() == pytest.approx(0.075, abs=0.005)
    assert (many == 255).mean() == pytest.approx(0.075, abs=0.005)
    assert set(np.unique(many)) == {0, 128, 255}


def test_slight_specks_are_among_the_heavy_ones():
    grey = np.full((28, 28), 128, np.uint8)
    slight, heavy = worse("specks", 1, grey) != 128, worse("specks", 3, grey) != 128
    assert slight.any()
    assert heavy[slight].all()


@pytest.mark.parametrize(("strength", "sigma"), [(1, 0.75), (2, 1.25), (3, 2.0)])
def test_blur_is_scipy_s(strength, sigma):
    expected = ndimage.gaussian_filter(
        PICTURE.astype(float), sigma, mode="constant", radius=round(4 * sigma)
    )
    np.testing.assert_allclose(worse("blur", strength), expected, atol=0.51)


def test_pixelation_puts_the_mean_into_each_square():
    image = np.zeros((28, 28), np.uint8)
    image[2:4, 26:28] = [[10, 20], [30, 41]]  # mean 25.25
    coarse = worse("pixels", 1, image)
    assert (coarse[2:4, 26:28] == 25).all()
    assert coarse.sum() == 100
    assert worse("pixels", 3).reshape(4, 7, 4, 7).std(axis=(1, 3)).max() == 0


def test_low_contrast_goes_towards_the_mean():
    image = np.full((28, 28), 100, np.uint8)
    image[:14] = 200  # mean 150
    assert np.unique(worse("contrast", 3, image)).tolist() == [130, 170]


def test_brightness_adds_and_is_cut_off_at_white():
    image = np.full((28, 28), 10, np.uint8)
    image[0, 0] = 230
    bright = worse("bright", 1, image)
    assert (bright[0, 0], bright[5, 5]) == (255, 42)


def test_darkness_multiplies():
    assert (worse("dark", 2, np.full((28, 28), 201, np.uint8)) == 60).all()  # 60.3


def test_pictures_are_turned_to_both_sides_and_stronger_to_the_same():
    image = np.zeros((28, 28), np.uint8)
    image[:6, 13:15] = 255  # straight up from the middle
    lean = np.array(
        [
            [(worse("turn", s, image, i) * (np.arange(28) - 13.5)).sum() for s in STRENGTHS]
            for i in range(20)
        ]
    )
    assert {True, False} == set((lean[:, 0] > 0).tolist())
    assert (np.sign(lean) == np.sign(lean[:, :1])).all()


def test_pictures_are_moved_to_all_four_sides():
    image = np.zeros((28, 28), np.uint8)
    image[13, 13] = 255
    places = {tuple(np.argwhere(worse("shift", 2, image, i))[0].tolist()) for i in range(60)}
    assert places == {(13, 17), (13, 9), (17, 13), (9, 13)}


def test_the_erased_square_lies_in_the_picture_and_reaches_every_edge():
    white = np.full((28, 28), 255, np.uint8)
    many = np.stack([worse("patch", 3, white, i) for i in range(300)]) == 0
    assert (many.sum(axis=(1, 2)) == 16 * 16).all()
    places = [np.argwhere(one)[0] for one in many]
    assert (np.min(places, axis=0).tolist(), np.max(places, axis=0).tolist()) == ([0, 0], [12, 12])


def test_what_is_done_is_said_with_its_unit():
    assert corruption_of("turn").describe(2) == "turned by 20° to either side"
    assert corruption_of("patch").describe(3) == (
        "a black square with a side of 16 pixels somewhere in it"
    )
    assert corruption_of("specks").describe(1) == "2\u00a0% of the pixels black or white"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((PICTURE[:27], 0, CORRUPTIONS[0], 1), "Expected a uint8 picture"),
        ((PICTURE.astype(float), 0, CORRUPTIONS[0], 1), "Expected a uint8 picture"),
        ((PICTURE, -1, CORRUPTIONS[0], 1), "Expected a picture's number"),
        ((PICTURE, 0, CORRUPTIONS[0], 4), "Expected a strength"),
    ],
)
def test_what_is_no_picture_number_or_strength_is_refused(arguments, problem):
    with pytest.raises(ValueError, match=problem):
        corrupt(*arguments)


def test_an_unknown_name_and_missing_numbers_are_refused():
    with pytest.raises(ValueError, match="Expected one of noise, "):
        corruption_of("fog")
    with pytest.raises(ValueError, match="Expected 1 numbers of pictures, got 2"):
        corrupt_all(PICTURE[np.newaxis], np.array([1, 2]), CORRUPTIONS[0], 1)


def test_the_definition_of_kept_answers_is_the_text_they_were_kept_under() -> None:
    """Answers are found by this text: another one, be it by a space, has them computed again."""
    kept = "1: {} % of the pixels black or white (2, 5, 15)"
    assert corruption_of("specks").definition == kept
