"""The recipe of one epoch: which images in which order, mirrored or not, and the optimiser step."""

import hashlib
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from fashion_core.config import RunSpec


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


def make_optimizer(model: nn.Module, spec: RunSpec) -> torch.optim.Adam:
    """Make the specification's optimiser: Adam with its usual moments.

    References:
        Kingma & Ba, "Adam: A Method for Stochastic Optimization", 2015.
    """
    return torch.optim.Adam(model.parameters(), lr=spec.learning_rate, fused=True)


def batches(
    images: Tensor, labels: Tensor, spec: RunSpec, epoch: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the batches of one epoch in its shuffled order, the smaller last one included.

    Args:
        images: uint8 of shape (N, 1, 28, 28).
        labels: int64 of shape (N,).
        spec: Gives batch size, seed and whether to mirror.
        epoch: Epoch, from 1; each has an order of its own.

    Yields:
        Network input, float32 of shape (B, 1, 28, 28), and labels, int64 of shape (B,).
    """
    order = torch.randperm(len(images), generator=generator(spec.seed, "order", epoch))
    flip = generator(spec.seed, "flip", epoch)
    for chosen in torch.split(order, spec.batch_size):
        batch = as_network_input(images[chosen])
        if spec.horizontal_flip:
            mirrored = torch.rand(len(chosen), generator=flip) < 0.5
            batch[mirrored] = batch[mirrored].flip(-1)
        yield batch, labels[chosen]


def train_step(
    model: nn.Module, optimizer: torch.optim.Optimizer, batch: Tensor, labels: Tensor
) -> tuple[float, int]:
    """Change the weights once.

    Returns:
        Mean cross-entropy of the batch in nats before the change, and how many were right.
    """
    logits = model(batch)
    loss = nn.functional.cross_entropy(logits, labels)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    right = int((logits.detach().argmax(dim=1) == labels).sum())
    return float(loss.detach()), right
