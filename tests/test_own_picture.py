"""From somebody's picture to the form of the data set: each step by hand, all on real garments."""

import io

import numpy as np
import pytest
from helpers import DATA_DIR, REPO_ROOT, small_split
from PIL import Image
from scipy import ndimage

from fashion_core.config import RunSpec
from fashion_core.data import read_split
from fashion_core.errors import RefusedPictureError
from fashion_core.explain.answer import probabilities
from fashion_core.explain.network import open_network
from fashion_core.own_picture import Background, Step, bring_to_form
from fashion_core.picture_file import read_picture
from fashion_core.runs import artifacts


def steps(grey: np.ndarray, background: Background = "by its border") -> dict[str, Step]:
    """Bring a grey picture to the form; by the names of the steps."""
    found = bring_to_form(np.stack([grey] * 3, axis=2), background)
    return {step.name: step for step in found}


def garment(*, light: bool, height: int = 60, width: int = 40) -> np.ndarray:
    """Give a picture of 100 x 80 whose garment is a block with a dark stripe, off the middle."""
    picture = np.zeros((100, 80), dtype=np.uint8)
    picture[10 : 10 + height, 5 : 5 + width] = 200
    picture[10 : 10 + height, 5 + width // 2] = 90
    return 255 - picture if light else picture


def test_grey_is_as_bright_as_it_looks():
    """0.299, 0.587 and 0.114 of 200."""
    colours = np.array([[[200, 0, 0], [0, 200, 0], [0, 0, 200]]], dtype=np.uint8)
    wide = np.pad(colours, ((1, 1), (1, 1), (0, 0)))
    assert bring_to_form(wide)[1].image[1, 1:4].tolist() == [60, 117, 23]


@pytest.mark.parametrize("light", [True, False])
def test_light_background_is_found_and_negated(light):
    found = steps(garment(light=light))
    assert ("Negated" in found) == light
    assert found["Made black"].image.tolist() == garment(light=False).tolist()


def test_visitor_may_say_what_the_background_is_where_the_garment_fills_the_border():
    picture = np.full((100, 80), 60, dtype=np.uint8)
    picture[:, 30:50] = 240  # a light gap between two dark legs
    assert "Not negated" in steps(picture)
    found = steps(picture, "light")
    assert "Negated" in found
    assert (found["Made black"].image == 0).tolist() == (picture == 240).tolist()


def test_uneven_background_becomes_black_and_the_garment_keeps_its_place():
    """A background of 20 to 35 is black; 200 is raised to (200 - 27.5) * 255 / 227.5 or so."""
    random = np.random.default_rng(1)
    picture = np.maximum(garment(light=False), random.integers(20, 36, (100, 80), dtype=np.uint8))
    found = steps(picture)
    assert (found["Made black"].image[:, 60:] == 0).all()
    assert found["Made black"].image[12, 8] == pytest.approx(193, abs=2)
    assert found["Trimmed"].image.shape == (60, 40)


def test_trimmed_to_the_garment_and_dust_is_cut_off():
    picture = garment(light=False)
    picture[95, 75] = 255  # one of 100 and of 80: dust is less than 1 %
    wide = np.pad(picture, ((100, 100), (100, 100)))
    assert steps(wide)["Trimmed"].image.shape == (60, 40)


def test_longest_edge_becomes_28_and_the_other_keeps_its_share():
    assert steps(garment(light=False))["Scaled to 28"].image.shape == (28, 19)
    lying = np.pad(np.full((10, 70), 200, np.uint8), 5)
    assert steps(lying)["Scaled to 28"].image.shape == (4, 28)


def test_sharpening_agrees_with_scipy():
    found = steps(garment(light=False))
    before = found["Scaled to 28"].image.astype(float)
    side, corner = np.exp(-0.5), np.exp(-1.0)
    total = 1 + 4 * side + 4 * corner
    kernel = -np.array([[corner, side, corner], [side, -2 * total, side], [corner, side, corner]])
    expected = ndimage.correlate(before, kernel / kernel.sum(), mode="nearest").clip(0, 255)
    np.testing.assert_allclose(found["Sharpened"].image, expected, atol=0.51)


def test_centred_with_the_larger_rest_at_the_right():
    """19 columns leave 9: 4 at the left, 5 at the right."""
    last = steps(garment(light=False))["In the middle"].image
    assert last.shape == (28, 28)
    assert np.flatnonzero(last.any(axis=0)).tolist() == list(range(4, 23))
    assert last.any(axis=1).all()


def test_picture_in_the_form_of_the_data_set_stays_as_it_is():
    image = small_split("test").images[5]
    assert bring_to_form(np.stack([image] * 3, axis=2))[-1].image.tolist() == image.tolist()


@pytest.mark.parametrize("level", [0, 90, 255])
@pytest.mark.parametrize("background", ["by its border", "light", "dark"])
def test_picture_of_one_colour_is_refused_in_words(level, background):
    with pytest.raises(RefusedPictureError, match="Nothing in this picture stands out"):
        steps(np.full((50, 40), level, dtype=np.uint8), background)


@pytest.mark.parametrize("shape", [(1, 1), (1, 90), (90, 1), (2, 2)])
def test_tiny_picture_is_refused_or_brought_to_form(shape):
    picture = np.zeros(shape, dtype=np.uint8)
    picture[0, -1] = 255
    try:
        (*_, last) = steps(picture).values()
    except RefusedPictureError:
        return
    assert last.image.shape == (28, 28)


def test_wrong_shape_is_refused():
    with pytest.raises(ValueError, match="Expected uint8 of shape"):
        bring_to_form(np.zeros((20, 20), np.uint8))


def photo(image: np.ndarray) -> bytes:
    """Make a JPEG of a garment 20 times as large on light grey, not in the middle."""
    large = np.asarray(Image.fromarray(image).resize((560, 560), Image.Resampling.BICUBIC))
    paper = np.full((760, 700), 253, dtype=np.uint8)
    paper[100:660, 70:630] = np.rint(253 - large * (253 / 255)).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(paper).convert("RGB").save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


@pytest.mark.slow
def test_photos_of_test_pictures_are_answered_almost_as_well():
    """Of 200 test pictures made into photos, at most 3 in 100 more are wrong than of themselves."""
    content = artifacts.read(REPO_ROOT / "examples" / "reference-run", "best", 8)
    network, test = open_network(RunSpec(), "best", content), read_split(DATA_DIR, "test")
    own, theirs = (
        np.mean(
            [
                probabilities(network, i).argmax() == n
                for i, n in zip(images, test.labels, strict=False)
            ]
        )
        for images in (
            [bring_to_form(read_picture(photo(image)))[-1].image for image in test.images[:200]],
            test.images[:200],
        )
    )
    assert own >= theirs - 0.03
