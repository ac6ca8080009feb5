"""Grad-CAM: which places of a picture spoke for a class."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from fashion_core.classes import CLASS_NAMES
from fashion_core.explain.network import as_batch
from fashion_core.model import FashionCNN


def grad_cam(
    network: FashionCNN,
    image: npt.NDArray[np.uint8],
    labels: Sequence[int],
    *,
    mirror_average: bool = False,
) -> npt.NDArray[np.float32]:
    """Give a map for each class of where the last convolution found what raises its score.

    The channels of the last convolution layer, after its ReLU and before pooling (14 x 14), are
    weighted with the mean gradient of the class's logit, added up, and cut off at 0. The maps are
    taken before BatchNorm: it adds the same number everywhere, and the cut would depend on it.

    Args:
        network: Network in evaluation mode, see `open_network`.
        image: uint8 of shape (28, 28).
        labels: Classes to explain, each in [0, 10).
        mirror_average: Whether the run answers with the mean of picture and mirror image; the map
            is then the mean of both maps, the second one mirrored back.

    Returns:
        float32 of shape (len(labels), 28, 28), at least 0, in units of the logit; 0 everywhere
        where no place raises the score. Upsampled bilinearly, so fine detail is not there.

    Raises:
        ValueError: if the image is not uint8 of shape (28, 28) or a class is out of range.

    References:
        Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
        Localization", 2017, equations 1 and 2.
    """
    if not all(0 <= label < len(CLASS_NAMES) for label in labels):
        raise ValueError(f"Expected classes in [0, {len(CLASS_NAMES)}), got {list(labels)}.")
    batch = as_batch(image[np.newaxis])
    coarse = _coarse_maps(network, batch, labels)
    if mirror_average:
        mirrored = _coarse_maps(network, batch.flip(-1), labels)
        coarse = (coarse + mirrored.flip(-1)) / 2
    maps: npt.NDArray[np.float32] = _upsampled(coarse, size=image.shape[-1]).numpy()
    return maps


def _coarse_maps(network: FashionCNN, batch: Tensor, labels: Sequence[int]) -> Tensor:
    """Give the maps of one picture in the resolution of the last convolution, (L, 14, 14)."""
    first, second = network.features
    layers = list(second.children())
    convolution, rest = nn.Sequential(*layers[:2]), nn.Sequential(*layers[2:])
    channels = convolution(first(batch)).detach().requires_grad_()  # after ReLU, (1, C, 14, 14)
    logits = network.output(network.classifier(rest(channels)))[0]
    maps = []
    for label in labels:
        (gradient,) = torch.autograd.grad(logits[label], channels, retain_graph=True)
        weights = gradient.mean(dim=(2, 3), keepdim=True)  # (1, C, 1, 1)
        maps.append((weights * channels.detach()).sum(dim=1)[0].relu())
    return torch.stack(maps)


def _upsampled(coarse: Tensor, *, size: int) -> Tensor:
    """Enlarge maps (L, H, W) to (L, size, size)."""
    return nn.functional.interpolate(
        coarse.unsqueeze(1), size=(size, size), mode="bilinear", align_corners=False
    ).squeeze(1)
