"""How a training image is changed before the network sees it: mirrored, moved, partly erased.

Every change draws from a generator of its own, so that switching one on leaves the random numbers
of the others as they are.
"""

import math
from typing import Final

import torch
from torch import Tensor

# Zhong et al., "Random Erasing Data Augmentation", 2020, table 1: share of the picture's area, and
# the rectangle's height over its width.
_ERASED_AREA: Final = (0.02, 0.4)
_LOWEST_ASPECT: Final = 0.3


def mirror(batch: Tensor, random: torch.Generator) -> Tensor:
    """Mirror each image of (N, C, H, W) left to right with probability 1/2, in place."""
    mirrored = torch.rand(len(batch), generator=random) < 0.5
    batch[mirrored] = batch[mirrored].flip(-1)
    return batch


def shift(batch: Tensor, random: torch.Generator, pixels: int) -> Tensor:
    """Move each image by its own whole number of pixels, black where nothing was.

    Args:
        batch: Images of shape (N, C, H, W).
        random: Source of the distances, uniform in [-pixels, pixels] each way.
        pixels: Longest distance each way.
    """
    count, _, height, width = batch.shape
    padded = torch.nn.functional.pad(batch, (pixels, pixels, pixels, pixels))
    places = [torch.randint(2 * pixels + 1, (count, 1), generator=random) for _ in "yx"]
    rows = places[0] + torch.arange(height)  # (N, H)
    columns = places[1] + torch.arange(width)  # (N, W)
    images = torch.arange(count)[:, None, None]
    moved = padded.permute(0, 2, 3, 1)[images, rows[:, :, None], columns[:, None, :]]
    return moved.permute(0, 3, 1, 2)  # (N, C, H, W), channels last in memory


def erase(batch: Tensor, random: torch.Generator, probability: float) -> Tensor:
    """Blacken one rectangle of each chosen image, in place.

    Args:
        batch: Images of shape (N, C, H, W).
        random: Source of choice, area, shape and place.
        probability: How likely an image is chosen.

    References:
        Zhong et al., "Random Erasing Data Augmentation", 2020. Black as the background instead of
        random, and a rectangle that does not fit is cut to the picture instead of drawn again.
    """
    count, _, height, width = batch.shape
    chosen, area, aspect, top, left = torch.rand(5, count, generator=random)
    low, high = _ERASED_AREA
    area = (low + (high - low) * area) * height * width
    aspect = torch.exp((1 - 2 * aspect) * math.log(_LOWEST_ASPECT))  # log-uniform
    rows = _span(top, (area * aspect).sqrt(), height)
    columns = _span(left, (area / aspect).sqrt(), width)
    inside = rows[:, :, None] & columns[:, None, :] & (chosen < probability)[:, None, None]
    return batch.masked_fill_(inside[:, None], 0)


def _span(place: Tensor, length: Tensor, size: int) -> Tensor:
    """Mark a stretch of a side.

    Args:
        place: Where it lies, in [0, 1), of shape (N,); 0 starts at the edge.
        length: Pixels, rounded and cut to 1 to size, of shape (N,).
        size: Pixels of the side.

    Returns:
        bool of shape (N, size).
    """
    length = length.round().clamp(1, size)
    start = (place * (size + 1 - length)).floor()
    pixel = torch.arange(size)
    return (pixel >= start[:, None]) & (pixel < (start + length)[:, None])
