"""Grad-CAM and features: a closed form, an independent computation, and the stored run."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from helpers import DATA_DIR, REPO_ROOT, record, small_spec, small_split, train
from torch import nn

from fashion_core.config import RunSpec
from fashion_core.data import read_split
from fashion_core.errors import DamagedFileError
from fashion_core.explain.features import feature_vectors
from fashion_core.explain.gradcam import grad_cam
from fashion_core.explain.network import open_network
from fashion_core.model import FashionCNN
from fashion_core.runs import artifacts
from fashion_core.training.checkpoint import pack_checkpoint, pack_weights
from fashion_core.training.recipe import build_network, make_optimizer

Array = npt.NDArray[np.floating]
EPSILON = 1e-5  # of torch's BatchNorm
HEAD = np.array([[0.5, -0.25, 1.0], [-1.0, 0.75, -0.5]])
"""Weights of the first two classes of the network made by hand, for its three channels."""


def frozen(network: FashionCNN) -> FashionCNN:
    return network.eval().requires_grad_(requires_grad=False)


def pooled_head_network() -> FashionCNN:
    """Make a network whose logits are HEAD times the mean of each channel after pooling.

    The first convolution copies the picture; the second gives it, it moved left, and its double.
    """
    network = build_network(RunSpec(conv_widths=(1, 3), fc_widths=(3, 3)))
    for parameter in network.parameters():
        nn.init.zeros_(parameter)
    for block in network.features:
        nn.init.ones_(block[2].weight)
    with torch.no_grad():
        network.features[0][0].weight[0, 0, 1, 1] = 1
        network.features[1][0].weight[0, 0, 1, 1] = 1
        network.features[1][0].weight[1, 0, 1, 2] = 1
        network.features[1][0].weight[2, 0, 1, 1] = 2
        mean, copy = network.classifier[1][0], network.classifier[2][0]
        for channel in range(3):
            mean.weight[channel, 49 * channel : 49 * (channel + 1)] = 1 / 49
        copy.weight.copy_(torch.eye(3))
        network.output.weight[:2] = torch.tensor(HEAD)
    return frozen(network)


def enlarge(coarse: Array) -> Array:
    """Enlarge (14, 14) to (28, 28) bilinearly; pixel centres lie at quarters."""
    places = np.clip((np.arange(28) + 0.5) / 2 - 0.5, 0, 13)
    low = np.floor(places).astype(int)
    high, share = np.minimum(low + 1, 13), places - low
    rows = coarse[low] * (1 - share)[:, None] + coarse[high] * share[:, None]
    return rows[:, low] * (1 - share) + rows[:, high] * share


def closed_form(image: npt.NDArray[np.uint8], label: int) -> Array:
    """Give the map of the network made by hand.

    The score is the mean of 49 maxima of pools, so a channel's mean gradient over its 196 places
    is its weight / 196, times the scale of BatchNorm.
    """
    scale = 1 / np.sqrt(1 + EPSILON)
    pooled = (image / 255 * scale).reshape(14, 2, 14, 2).max(axis=(1, 3))
    left = np.pad(pooled, ((0, 0), (0, 1)))[:, 1:]
    channels = np.stack([pooled, left, 2 * pooled])
    coarse = np.tensordot(HEAD[label] / 196 * scale, channels, axes=1)
    return enlarge(np.maximum(coarse, 0))


def test_map_of_a_linear_head_over_mean_channels_has_a_closed_form():
    network, image = pooled_head_network(), small_split("test").images[1]
    maps = grad_cam(network, image, [0, 1])
    for label in (0, 1):
        assert closed_form(image, label).max() > 0
        np.testing.assert_allclose(maps[label], closed_form(image, label), atol=1e-6)


def test_class_that_nothing_speaks_for_has_an_empty_map():
    maps = grad_cam(pooled_head_network(), small_split("test").images[1], [9, 0])
    assert not maps[0].any()
    assert maps[1].any()


def test_places_that_speak_against_a_class_are_cut_off():
    """A black picture with one bright pixel: its copy moved left speaks for class 1."""
    image = np.zeros((28, 28), np.uint8)
    image[12, 20] = 255
    found = grad_cam(pooled_head_network(), image, [1])[0]
    assert np.unravel_index(found.argmax(), found.shape) in {(12, 18), (12, 19), (13, 18), (13, 19)}
    assert found.min() == 0
    assert not found[12:14, 21:].any()


# An independent computation: NumPy only, gradients by finite differences


def random_network() -> FashionCNN:
    """Make a network of random weights in which no ReLU of a convolution is off: no ties."""
    network = build_network(small_spec(seed=5))
    random = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for block in network.features:
            block[0].bias.fill_(3)
            block[2].weight.uniform_(0.5, 1.5, generator=random)
            block[2].bias.uniform_(-1, 1, generator=random)
            block[2].running_mean.uniform_(1, 4, generator=random)
            block[2].running_var.uniform_(0.5, 2, generator=random)
    return frozen(network)


def convolve(values: Array, layer: nn.Conv2d) -> Array:
    """Convolve (C, H, W) with 3 x 3 kernels and a border of zeros, then ReLU."""
    kernels, bias = layer.weight.double().numpy(), layer.bias.double().numpy()
    padded = np.pad(values, ((0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    return np.maximum(np.einsum("chwij,kcij->khw", windows, kernels) + bias[:, None, None], 0)


def normalise_and_pool(values: Array, layer: nn.BatchNorm2d) -> Array:
    """Apply BatchNorm with its stored figures to (C, H, W), then take the maximum of 2 x 2."""
    figures = (layer.running_mean, layer.running_var, layer.weight, layer.bias)
    mean, variance, scale, shift = (f.double().numpy()[:, None, None] for f in figures)
    normal = (values - mean) / np.sqrt(variance + layer.eps) * scale + shift
    channels, height, width = normal.shape
    return normal.reshape(channels, height // 2, 2, width // 2, 2).max(axis=(2, 4))


def score(network: FashionCNN, maps: Array, label: int) -> float:
    """Give a logit from the maps of the last convolution."""
    values = normalise_and_pool(maps, network.features[1][2]).reshape(-1)
    for block in network.classifier[1:]:
        weight, bias = block[0].weight.double().numpy(), block[0].bias.double().numpy()
        values = np.maximum(weight @ values + bias, 0)
    output = network.output
    return float(output.weight[label].double().numpy() @ values + output.bias[label].double())


def map_by_finite_differences(network: FashionCNN, image: Array, label: int) -> Array:
    first = convolve(image[None] / 255, network.features[0][0])
    maps = convolve(normalise_and_pool(first, network.features[0][2]), network.features[1][0])
    gradient, step = np.zeros_like(maps), 1e-6
    for place in np.ndindex(maps.shape):
        moved = maps.copy()
        moved[place] += step
        above = score(network, moved, label)
        moved[place] -= 2 * step
        gradient[place] = (above - score(network, moved, label)) / (2 * step)
    weights = gradient.mean(axis=(1, 2))
    return enlarge(np.maximum(np.tensordot(weights, maps, axes=1), 0))


def noise() -> npt.NDArray[np.uint8]:
    return np.random.default_rng(4).integers(0, 256, (28, 28), dtype=np.uint8)


def test_maps_agree_with_finite_differences_of_a_network_computed_in_numpy():
    network, image = random_network(), noise()
    labels = [label for label in range(10) if grad_cam(network, image, [label]).any()][:2]
    assert len(labels) == 2
    found = grad_cam(network, image, labels)
    for place, label in enumerate(labels):
        expected = map_by_finite_differences(network, image, label)
        np.testing.assert_allclose(found[place], expected, rtol=1e-3, atol=1e-3 * expected.max())


def test_map_of_a_mirror_averaging_run_is_the_mean_of_both_maps():
    network, image = random_network(), noise()
    plain = grad_cam(network, image, [0, 3])
    mirrored = grad_cam(network, np.ascontiguousarray(image[:, ::-1]), [0, 3])[..., ::-1]
    found = grad_cam(network, image, [0, 3], mirror_average=True)
    np.testing.assert_allclose(found, (plain + mirrored) / 2, rtol=1e-5, atol=1e-7)
    assert not np.allclose(found, plain)


@pytest.mark.parametrize("label", [-1, 10])
def test_class_outside_the_ten_is_refused(label):
    with pytest.raises(ValueError, match=r"classes in \[0, 10\)"):
        grad_cam(random_network(), noise(), [0, label])


@pytest.mark.parametrize("images", [np.zeros((28, 28), np.uint8), np.zeros((1, 28, 28))])
def test_pictures_of_another_shape_or_type_are_refused(images):
    with pytest.raises(ValueError, match=r"uint8 images of shape \(N, 28, 28\)"):
        feature_vectors(random_network(), images)


# Features


def test_features_are_what_the_output_layer_reads():
    """More pictures than one batch; the last block of the small network has 8 units."""
    network, images = random_network(), small_split("test").images
    vectors = feature_vectors(network, images)
    assert (vectors.shape, vectors.dtype) == ((300, 8), np.float32)
    assert vectors.min() == 0
    with torch.no_grad():
        logits = network(torch.tensor(images).unsqueeze(1) / 255)
        said = network.output(torch.tensor(vectors))
    torch.testing.assert_close(said, logits, rtol=1e-4, atol=1e-4)


def test_no_picture_has_no_features():
    assert feature_vectors(random_network(), np.zeros((0, 28, 28), np.uint8)).shape == (0, 8)


# Stored weights


def biased(value: float, **changes: object) -> FashionCNN:
    network = build_network(small_spec(**changes))
    nn.init.constant_(network.output.bias, value)
    return network


def checkpoint_of(network: FashionCNN, average: FashionCNN | None = None) -> bytes:
    return pack_checkpoint(network, make_optimizer(network, small_spec()), [record(1)], average)


@pytest.mark.parametrize(
    ("kind", "content", "spec"),
    [
        ("best", pack_weights(biased(2.5)), small_spec()),
        ("checkpoint", checkpoint_of(biased(2.5)), small_spec()),
        (
            "checkpoint",
            checkpoint_of(biased(-1), average=biased(2.5)),
            small_spec(average_decay=0.9),
        ),
    ],
)
def test_weights_that_gave_the_stored_answers_are_opened(kind, content, spec):
    network = open_network(spec, kind, content)
    assert network.output.bias.tolist() == [2.5] * 10
    assert not network.training


@pytest.mark.parametrize("kind", ["best", "checkpoint"])
def test_bytes_that_are_no_weights_are_refused(kind):
    with pytest.raises(DamagedFileError):
        open_network(small_spec(), kind, b"not weights")


def test_checkpoint_of_a_real_run_gives_the_answers_of_its_epoch(tmp_path: Path, small_data):
    spec = small_spec(average_decay=0.9)
    train(tmp_path, spec)
    for epoch in artifacts.epochs_on_disk(tmp_path, "checkpoint"):
        content = artifacts.read(tmp_path, "checkpoint", epoch)
        network = open_network(spec, "checkpoint", content)
        with torch.no_grad():
            logits = network(torch.tensor(small_split("test").images).unsqueeze(1) / 255)
        stored = artifacts.read_epoch(tmp_path, epoch).test
        np.testing.assert_allclose(logits.softmax(1).numpy(), stored.pred_probs, atol=2e-3)


def test_best_weights_of_the_reference_run_give_its_stored_answers():
    content = artifacts.read(REPO_ROOT / "examples" / "reference-run", "best", 8)
    network = open_network(RunSpec(), "best", content)
    images = read_split(DATA_DIR, "test").images[:50]
    vectors = torch.tensor(feature_vectors(network, images))
    stored = artifacts.read_epoch(REPO_ROOT / "examples" / "reference-run", 8).test
    said = network.output(vectors).softmax(dim=1).numpy()
    np.testing.assert_allclose(said, stored.pred_probs[:50], atol=2e-3)
