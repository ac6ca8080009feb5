"""What the filters of both convolutions answer to one picture, place by place."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from fashion_core.explain.network import as_batch
from fashion_core.model import FashionCNN


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterMaps:
    """The answers of all filters to one picture: after ReLU, before BatchNorm and pooling.

    There 0 means that a filter found nothing. BatchNorm then shifts and stretches each map by two
    numbers of its own, and pooling keeps the largest of 2 x 2 places.

    Attributes:
        first: Answers of the first convolution, float32 of shape (C1, 28, 28), at least 0; C1 is
            32 as specified.
        second: Answers of the second one, float32 of shape (C2, 14, 14), at least 0; C2 is 64 as
            specified.
        kernels: Weights of the first convolution, float32 of shape (C1, 3, 3), row 0 on top: an
            answer is the sum of weight times grey value in [0, 1] over 3 x 3 places around it,
            plus a bias, cut off at 0. Beyond the border the picture counts as black.
    """

    first: npt.NDArray[np.float32]
    second: npt.NDArray[np.float32]
    kernels: npt.NDArray[np.float32]


def filter_maps(network: FashionCNN, image: npt.NDArray[np.uint8]) -> FilterMaps:
    """Give what the filters of both convolutions answer to a picture, dropout off.

    With mirror averaging in the spec they are still those of the picture alone.

    Args:
        network: Network in evaluation mode, see `open_network`.
        image: uint8 of shape (28, 28).

    Raises:
        ValueError: if the image is not uint8 of shape (28, 28).
    """
    block, block_after = (list(block.children()) for block in network.features)
    convolution = block[0]
    assert isinstance(convolution, nn.Conv2d)
    with torch.inference_mode():
        first = nn.Sequential(*block[:2])(as_batch(image[np.newaxis]))  # (1, 32, 28, 28)
        halved = nn.Sequential(*block[2:])(first)  # (1, 32, 14, 14)
        second = nn.Sequential(*block_after[:2])(halved)  # (1, 64, 14, 14)
        return FilterMaps(
            first=first[0].contiguous().numpy(),
            second=second[0].contiguous().numpy(),
            kernels=convolution.weight[:, 0].contiguous().numpy(),
        )
