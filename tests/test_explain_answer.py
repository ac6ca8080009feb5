"""What the network says about one picture, and the map laid over it."""

import numpy as np
import pytest
from helpers import DATA_DIR, REPO_ROOT

from fashion_core.analysis.transforms import Changes, change
from fashion_core.config import RunSpec
from fashion_core.data import read_split
from fashion_core.explain.answer import probabilities
from fashion_core.explain.network import open_network
from fashion_core.figures.overlay import overlay
from fashion_core.runs import artifacts

REFERENCE = REPO_ROOT / "examples" / "reference-run"


@pytest.fixture(scope="module")
def network():
    """Give the reference run's network of its best epoch."""
    return open_network(RunSpec(), "best", artifacts.read(REFERENCE, "best", 8))


def test_unchanged_test_picture_gets_exactly_its_stored_answer(network):
    """The class is the same, the probabilities agree within the rounding of float16."""
    said, images = artifacts.read_epoch(REFERENCE, 8).test, read_split(DATA_DIR, "test").images
    for position in range(0, 10_000, 97):
        probs = probabilities(network, change(images[position], Changes()))
        assert probs.argmax() == said.predictions[position]
        np.testing.assert_allclose(said.pred_probs[position], probs, rtol=2**-10, atol=2**-14)


def test_probabilities_are_ten_and_add_up_to_one(network):
    probs = probabilities(network, np.zeros((28, 28), np.uint8))
    assert probs.shape == (10,)
    assert probs.sum() == pytest.approx(1, abs=1e-6)


def test_mirror_averaging_gives_the_mean_of_picture_and_mirror_image(network):
    image = read_split(DATA_DIR, "test").images[7800]
    mirrored = np.ascontiguousarray(image[:, ::-1])
    both = (probabilities(network, image) + probabilities(network, mirrored)) / 2
    np.testing.assert_allclose(probabilities(network, image, mirror_average=True), both, atol=1e-6)


def test_overlay_mixes_most_where_the_map_is_strongest():
    """Four fifths of the colour at the maximum, two fifths at half of it, nothing at 0."""
    image = np.array([[100, 100, 0]], dtype=np.uint8)
    mixed = overlay(image, np.array([[2.0, 1.0, 0.0]]), colour="#FF0080")
    assert mixed.tolist() == [[[224, 20, 122], [162, 60, 111], [0, 0, 0]]]


def test_empty_map_leaves_the_picture_grey():
    image = np.array([[7, 250]], dtype=np.uint8)
    mixed = overlay(image, np.zeros((1, 2)), colour="#D55E00")
    assert mixed.tolist() == [[[7] * 3, [250] * 3]]


@pytest.mark.parametrize(
    "values", [np.zeros((2, 2)), np.array([[-1.0, 0.0]]), np.array([[np.nan, 0]])]
)
def test_map_that_does_not_fit_is_refused(values):
    with pytest.raises(ValueError, match="Expected a map of"):
        overlay(np.zeros((1, 2), np.uint8), values, colour="#D55E00")
