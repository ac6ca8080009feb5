"""What a network says about one picture that is in no file."""

import numpy as np
import numpy.typing as npt
import torch

from fashion_core.explain.network import as_batch
from fashion_core.model import FashionCNN
from fashion_core.training.evaluate import answer


def probabilities(
    network: FashionCNN, image: npt.NDArray[np.uint8], *, mirror_average: bool = False
) -> npt.NDArray[np.float32]:
    """Give the ten class probabilities, as the stored predictions were made.

    Args:
        network: Network in evaluation mode, see `open_network`.
        image: uint8 of shape (28, 28).
        mirror_average: Whether the run answers with the mean of picture and mirror image.

    Returns:
        float32 of shape (10,); the sum is 1.

    Raises:
        ValueError: if the image is not uint8 of shape (28, 28).
    """
    with torch.inference_mode():
        logits = answer(network, as_batch(image[np.newaxis]), mirror_average=mirror_average)
        probs: npt.NDArray[np.float32] = logits.softmax(dim=1)[0].numpy()
    return probs
