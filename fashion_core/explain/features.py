"""What pictures look like to the network: the activations before its output layer."""

from typing import Final

import numpy as np
import numpy.typing as npt
import torch

from fashion_core.explain.network import as_batch
from fashion_core.model import FashionCNN

_BATCH_SIZE: Final = 250  # as in evaluations: fastest of 250, 500 and 1,000 on the CPUs measured


def feature_vectors(network: FashionCNN, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Give the activations of the last fully connected block, after its ReLU, dropout off.

    The output layer is linear in them, so pictures with equal features get equal answers. With
    mirror averaging in the spec they are still those of the picture alone.

    Args:
        network: Network in evaluation mode, see `open_network`.
        images: uint8 of shape (N, 28, 28).

    Returns:
        float32 of shape (N, D), at least 0; D is the width of that block, 128 as specified.

    Raises:
        ValueError: if the shape or dtype of the images differ.
    """
    parts = []
    with torch.inference_mode():
        for start in range(0, max(len(images), 1), _BATCH_SIZE):
            batch = as_batch(images[start : start + _BATCH_SIZE])
            parts.append(network.classifier(network.features(batch)))
        vectors: npt.NDArray[np.float32] = torch.cat(parts).numpy()
    return vectors
