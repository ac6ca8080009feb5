"""The recipe of one epoch: which images in which order, changed how, and the optimiser step."""

import hashlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import torch
from torch import Tensor, nn

from fashion_core.config import RunSpec
from fashion_core.model import FashionCNN
from fashion_core.training.augment import erase, mirror, shift

_AS_SPECIFIED: Final = RunSpec()


def derived_seed(seed: int, purpose: str, epoch: int) -> int:
    """Give the seed of one generator in one epoch.

    Seeds are derived instead of saved: an interrupted epoch is simply run again, and a checkpoint
    needs no random state.

    Returns:
        A number in [0, 2**63), different for every purpose and epoch.
    """
    text = f"{seed}/{purpose}/{epoch}".encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "big") >> 1


def generator(seed: int, purpose: str, epoch: int) -> torch.Generator:
    """Make a private generator for one purpose in one epoch."""
    return torch.Generator().manual_seed(derived_seed(seed, purpose, epoch))


def as_network_input(images: Tensor) -> Tensor:
    """Turn uint8 images (N, 1, 28, 28) into float32 in [0, 1], channels last in memory."""
    # Channels last and the fused optimiser: 1.3-1.6 times faster on the CPUs measured.
    return images.to(torch.float32).div_(255).contiguous(memory_format=torch.channels_last)


def build_network(spec: RunSpec) -> FashionCNN:
    """Make the untrained network of a spec, laid out in memory as it is trained."""
    model = FashionCNN(spec, generator(spec.seed, "init", 0))
    return model.to(memory_format=torch.channels_last)


def make_optimizer(model: nn.Module, spec: RunSpec) -> torch.optim.Optimizer:
    """Make the specification's optimiser: Adam with its usual moments.

    With weight decay it is AdamW; biases and BatchNorm, which are vectors, do not decay.

    References:
        Kingma & Ba, "Adam: A Method for Stochastic Optimization", 2015;
        Loshchilov & Hutter, "Decoupled Weight Decay Regularization", 2019.
    """
    if spec.weight_decay == 0:
        return torch.optim.Adam(model.parameters(), lr=spec.learning_rate, fused=True)
    matrices = [p for p in model.parameters() if p.ndim > 1]
    vectors = [p for p in model.parameters() if p.ndim <= 1]
    groups: list[dict[str, Any]] = [
        {"params": matrices, "weight_decay": spec.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=spec.learning_rate, fused=True)


def batches(
    images: Tensor, labels: Tensor, spec: RunSpec, epoch: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the batches of one epoch in its shuffled order, the smaller last one included.

    Args:
        images: uint8 of shape (N, 1, 28, 28).
        labels: int64 of shape (N,).
        spec: Gives batch size, seed and how images are changed.
        epoch: Epoch, from 1; each has an order of its own.

    Yields:
        Network input, float32 of shape (B, 1, 28, 28), and labels, int64 of shape (B,).
    """
    order = torch.randperm(len(images), generator=generator(spec.seed, "order", epoch))
    changes = _changes(spec, epoch)
    for chosen in torch.split(order, spec.batch_size):
        batch = as_network_input(images[chosen])
        for change in changes:
            batch = change(batch)
        yield batch, labels[chosen]


def _changes(spec: RunSpec, epoch: int) -> list[Callable[[Tensor], Tensor]]:
    """List what happens to each batch of an epoch, in order."""
    random = partial(generator, spec.seed, epoch=epoch)
    changes: list[Callable[[Tensor], Tensor]] = []
    if spec.horizontal_flip:
        changes.append(partial(mirror, random=random("flip")))
    if spec.shift_pixels:
        changes.append(partial(shift, random=random("shift"), pixels=spec.shift_pixels))
    if spec.erase_probability:
        probability = spec.erase_probability
        changes.append(partial(erase, random=random("erase"), probability=probability))
    return changes


def train_step(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    batch: Tensor,
    labels: Tensor,
    spec: RunSpec = _AS_SPECIFIED,
) -> tuple[float, int]:
    """Change the weights once.

    Args:
        model: Network in training mode.
        optimizer: Holds the model's parameters.
        batch: Network input, float32 of shape (B, 1, 28, 28).
        labels: int64 of shape (B,).
        spec: Gives label smoothing and precision.

    Returns:
        Mean cross-entropy of the batch in nats before the change, labels not smoothed, and how
        many were right.
    """
    logits = _forward(model, batch, spec)
    loss = nn.functional.cross_entropy(logits, labels, label_smoothing=spec.label_smoothing)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    logits, told = logits.detach(), loss.detach()
    if spec.label_smoothing:
        told = nn.functional.cross_entropy(logits, labels)
    return float(told), int((logits.argmax(dim=1) == labels).sum())


def _forward(model: nn.Module, batch: Tensor, spec: RunSpec) -> Tensor:
    """Give the logits; torch chooses what is computed in bfloat16 and what stays float32."""
    if spec.precision == "float32":
        logits: Tensor = model(batch)
        return logits
    with torch.autocast("cpu", torch.bfloat16):
        logits = model(batch)
    return logits.float()
