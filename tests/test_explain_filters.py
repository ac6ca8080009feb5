"""The answers of filters: by hand, by torch's functions on the weights alone, and in a batch."""

import numpy as np
import pytest
import torch
from helpers import DATA_DIR, REPO_ROOT, small_spec
from torch import nn
from torch.nn import functional

from fashion_core.config import RunSpec
from fashion_core.data import read_split
from fashion_core.explain.filters import filter_maps
from fashion_core.explain.network import open_network
from fashion_core.model import FashionCNN
from fashion_core.runs import artifacts
from fashion_core.training.recipe import build_network

EXAMPLE = REPO_ROOT / "examples" / "reference-run"


def one_pixel() -> np.ndarray:
    """Give a black picture with one pixel of 0.4 in row 12, column 20."""
    image = np.zeros((28, 28), np.uint8)
    image[12, 20] = 102
    return image


def network_by_hand() -> FashionCNN:
    """Make a network of two filters: one looks to its right, one is 0.5 less twice the middle."""
    network = build_network(small_spec(conv_widths=(2, 1)))
    for parameter in network.parameters():
        nn.init.zeros_(parameter)
    with torch.no_grad():
        first, normal = network.features[0][0], network.features[0][2]
        first.weight[0, 0, 1, 2] = 3
        first.weight[1, 0, 1, 1] = -2
        first.bias[1] = 0.5
        normal.weight.copy_(torch.tensor([2.0, -4.0]))
        network.features[1][0].weight[0, :, 0, 1] = 1  # what is above, of both maps
    return network.eval()


def random_network() -> FashionCNN:
    """Make a network whose BatchNorm turns the sign of some maps round."""
    network = build_network(small_spec(conv_widths=(4, 6), seed=5))
    random = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for block in network.features:
            block[2].weight.uniform_(-1.5, 1.5, generator=random)
            block[2].bias.uniform_(-1, 1, generator=random)
            block[2].running_mean.uniform_(0, 1, generator=random)
            block[2].running_var.uniform_(0.5, 2, generator=random)
    return network.eval()


def reference_network() -> FashionCNN:
    return open_network(RunSpec(), "best", artifacts.read(EXAMPLE, "best", 8))


def noise() -> np.ndarray:
    return np.random.default_rng(4).integers(0, 256, (28, 28), dtype=np.uint8)


def test_first_maps_of_a_network_made_by_hand():
    """The pixel lies right of column 19; the second filter answers 0.5 to black, less to it."""
    found = filter_maps(network_by_hand(), one_pixel())
    expected = np.zeros((2, 28, 28))
    expected[0, 12, 19] = 3 * 0.4
    expected[1] = 0.5
    expected[1, 12, 20] = 0  # 0.5 - 0.8 is cut off
    np.testing.assert_allclose(found.first, expected, atol=1e-6)


def test_second_maps_read_the_first_ones_as_they_are_passed_on():
    """BatchNorm gives 2.4 at the pixel and -2 for black; 14 x 14 places, the one above counts."""
    found = filter_maps(network_by_hand(), one_pixel())
    expected = np.zeros((1, 14, 14))
    expected[0, 7, 9] = 2 * 3 * 0.4 - 4 * 0.5
    expected[0, 7, 10] = 0  # the hole in the second map: its -4 x 0 is the largest of four
    np.testing.assert_allclose(found.second, expected, atol=1e-4)


def test_kernels_are_the_weights_of_the_first_layer_as_rows_and_columns():
    kernels = filter_maps(network_by_hand(), one_pixel()).kernels
    assert kernels.shape == (2, 3, 3)
    assert (kernels[0, 1, 2], kernels[1, 1, 1]) == (3, -2)
    assert np.count_nonzero(kernels) == 2


@pytest.mark.parametrize("network", [random_network(), reference_network()])
def test_maps_are_those_of_torchs_functions_on_the_stored_weights(network):
    weights, image = network.state_dict(), noise()
    values = torch.tensor(image)[None, None] / 255
    answers = []
    for block in ("features.0", "features.1"):
        kernel, bias = weights[f"{block}.0.weight"], weights[f"{block}.0.bias"]
        values = functional.conv2d(values, kernel, bias, padding=1).relu()
        answers.append(values[0].numpy())
        figures = (weights[f"{block}.2.{name}"] for name in ("running_mean", "running_var"))
        scale = (weights[f"{block}.2.weight"], weights[f"{block}.2.bias"])
        values = functional.max_pool2d(functional.batch_norm(values, *figures, *scale), 2)
    found = filter_maps(network, image)
    np.testing.assert_allclose(found.first, answers[0], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.second, answers[1], rtol=1e-4, atol=1e-4)


def test_maps_are_those_the_network_itself_makes_of_the_picture_among_others():
    network, images = reference_network(), read_split(DATA_DIR, "test").images[:5]
    seen = []
    for block in network.features:
        block[1].register_forward_hook(lambda _layer, _inputs, output: seen.append(output[3]))
    with torch.no_grad():
        network(torch.tensor(images).unsqueeze(1) / 255)
    found = filter_maps(reference_network(), images[3])
    np.testing.assert_allclose(found.first, seen[0].numpy(), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.second, seen[1].numpy(), rtol=1e-4, atol=1e-4)


def test_maps_have_the_shapes_of_the_specification():
    found = filter_maps(reference_network(), noise())
    assert (found.first.shape, found.first.dtype) == ((32, 28, 28), np.float32)
    assert (found.second.shape, found.second.dtype) == ((64, 14, 14), np.float32)
    assert (found.kernels.shape, found.kernels.dtype) == ((32, 3, 3), np.float32)
    assert found.first.min() == 0
    assert found.second.min() == 0


def test_a_picture_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"uint8 images of shape \(N, 28, 28\)"):
        filter_maps(network_by_hand(), np.zeros((14, 14), np.uint8))
