"""The network of a run as it was after an epoch, made again from its stored weights."""

from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from fashion_core.config import RunSpec
from fashion_core.model import FashionCNN
from fashion_core.training.checkpoint import unpack_checkpoint, unpack_weights
from fashion_core.training.recipe import as_network_input, build_network, make_optimizer

Kind = Literal["best", "checkpoint"]
"""Which of a run's files the weights come from; see `fashion_core.runs.artifacts`."""


def open_network(spec: RunSpec, kind: Kind, content: bytes) -> FashionCNN:
    """Make the network whose answers are stored for an epoch: averaged weights, if there are any.

    Args:
        spec: What was trained.
        kind: Whether the bytes are best weights or a checkpoint.
        content: Verified bytes of the file.

    Returns:
        The network in evaluation mode; its parameters take no gradients.

    Raises:
        DamagedFileError: if the bytes are no weights of such a network.
    """
    network = build_network(spec)
    if kind == "best":
        unpack_weights(network, content)
        return _frozen(network)
    average = build_network(spec) if spec.average_decay > 0 else None
    unpack_checkpoint(network, make_optimizer(network, spec), content, average)
    return _frozen(average or network)


def as_batch(images: npt.NDArray[np.uint8]) -> Tensor:
    """Turn uint8 images (N, 28, 28) into network input, and compute with one thread from here on.

    Two threads would be faster on an idle machine and would take the training's core on a busy
    one. The setting is that of the calling thread; every run sets its own.

    Raises:
        ValueError: if shape or dtype differ.
    """
    if images.ndim != 3 or images.shape[1:] != (28, 28) or images.dtype != np.uint8:
        raise ValueError(
            f"Expected uint8 images of shape (N, 28, 28), got {images.dtype} {images.shape}."
        )
    torch.set_num_threads(1)
    return as_network_input(torch.tensor(images).unsqueeze(1))


def _frozen(network: FashionCNN) -> FashionCNN:
    return network.eval().requires_grad_(requires_grad=False)
