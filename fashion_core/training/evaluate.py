"""What the network says about a picture, and about every picture of a split."""

import math
from collections.abc import Callable
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from fashion_core.runs.artifacts import Predictions
from fashion_core.training.recipe import as_network_input

_BATCH_SIZE: Final = 250  # fastest of 250, 500 and 1,000 on the CPUs measured
_SMALLEST_PROBABILITY: Final = 2.0**-14
"""Smallest normal float16; what is below is stored as 0, which halves the file."""


class EvaluationStoppedError(Exception):
    """The user asked to stop in the middle of an evaluation."""


def answer(model: nn.Module, batch: Tensor, *, mirror_average: bool) -> Tensor:
    """Give the answer of a run's network as logits: the one way from weights to probabilities.

    Whoever loads best weights and shows what they say goes through here, with the setting of the
    run's spec; else the page would contradict the stored predictions.

    Args:
        model: Network in evaluation mode.
        batch: Network input, float32 of shape (N, 1, 28, 28), see `as_network_input`.
        mirror_average: Whether the probabilities of picture and mirror image are averaged.

    Returns:
        float32 of shape (N, 10). Their softmax gives the probabilities and their cross-entropy
        the loss, in both cases: with averaging they are the logarithms of the averaged
        probabilities.
    """
    logits: Tensor = model(batch)
    if not mirror_average:
        return logits
    mirrored: Tensor = model(batch.flip(-1))
    both = torch.logaddexp(logits.log_softmax(dim=1), mirrored.log_softmax(dim=1))
    return both - math.log(2)


def predict(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    should_stop: Callable[[], bool] = lambda: False,
    *,
    mirror_average: bool = False,
) -> Predictions:
    """Classify every image, dropout off, leaving the model in evaluation mode.

    Args:
        model: Network that gives logits.
        images: uint8 of shape (N, 1, 28, 28).
        labels: int64 of shape (N,), for the loss.
        should_stop: Asked before each batch.
        mirror_average: Whether the mirror images are asked, too; see `answer`.

    Raises:
        EvaluationStoppedError: if asked to stop; there is then no result.
    """
    model.eval()
    parts: list[tuple[Tensor, Tensor, Tensor]] = []
    with torch.inference_mode():
        for start in range(0, len(images), _BATCH_SIZE):
            if should_stop():
                raise EvaluationStoppedError
            batch = as_network_input(images[start : start + _BATCH_SIZE])
            logits = answer(model, batch, mirror_average=mirror_average)
            target = labels[start : start + _BATCH_SIZE]
            loss = nn.functional.cross_entropy(logits, target, reduction="none")
            parts.append((logits.argmax(dim=1), logits.softmax(dim=1), loss))
    predictions, probs, loss = (torch.cat(column) for column in zip(*parts, strict=True))
    rounded = probs.numpy()
    rounded[rounded < _SMALLEST_PROBABILITY] = 0
    return Predictions(
        predictions=predictions.numpy().astype(np.uint8),
        pred_probs=rounded.astype(np.float16),
        loss=loss.numpy().astype(np.float32),
    )
