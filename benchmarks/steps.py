"""One training step of each path, as a function without arguments."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torchvision.datasets import FashionMNIST
from torchvision.transforms import ToTensor

from benchmarks.variants import Variant
from fashion_core.config import RunSpec
from fashion_core.data import read_split
from fashion_core.model import FashionCNN
from fashion_core.training.recipe import batches, generator, make_optimizer, train_step

_IMAGES: Final = 6_400  # 200 steps; more would only cost memory in every process
_BATCH_SIZE: Final = RunSpec().batch_size

Step = Callable[[], object]
Batches = Iterator[tuple[Tensor, Tensor]]


def make_step(variant: Variant, data_dir: Path) -> Step:
    """Make the step of a variant; the unpacked data set must be there.

    Raises:
        ValueError: if the variant does not train.
    """
    if variant.path == "ours":
        return _our_step(variant, data_dir)
    if variant.path == "plain":
        return _plain_step(variant, data_dir)
    raise ValueError(f"Expected a variant that trains, got {variant.path!r}.")


def plain_network(dropout: float = 0.5) -> nn.Sequential:
    """Build the network of the default spec as a tutorial would."""
    return nn.Sequential(
        *_conv_block(1, 32),
        *_conv_block(32, 64),
        nn.Flatten(),
        *(nn.Linear(3136, 512), nn.ReLU(), nn.Dropout(dropout)),
        *(nn.Linear(512, 128), nn.ReLU(), nn.Dropout(dropout)),
        nn.Linear(128, 10),
    )


def plain_train_step(
    network: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, labels: Tensor
) -> float:
    """Change the weights once, as in the tutorials, and give the loss before."""
    loss = nn.functional.cross_entropy(network(images), labels)
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    return loss.item()


def _conv_block(channels: int, width: int) -> tuple[nn.Module, ...]:
    convolution = nn.Conv2d(channels, width, kernel_size=3, padding=1)
    return convolution, nn.ReLU(), nn.BatchNorm2d(width), nn.MaxPool2d(2)


def _our_step(variant: Variant, data_dir: Path) -> Step:
    spec = RunSpec(threads=variant.threads, train_images=_IMAGES)
    model = FashionCNN(spec, generator(spec.seed, "init", 0))
    model.to(memory_format=torch.channels_last)
    optimizer = make_optimizer(model, spec)
    images, labels = _tensors(data_dir)
    source = (
        batch for epoch in itertools.count(1) for batch in batches(images, labels, spec, epoch)
    )
    network = _maybe_compiled(model, variant)
    return lambda: train_step(network, optimizer, *next(source))


def _plain_step(variant: Variant, data_dir: Path) -> Step:
    network = plain_network()
    source = _in_memory(data_dir) if "tensors" in variant.options else _data_loader(data_dir)
    if "channels-last" in variant.options:
        network = network.to(memory_format=torch.channels_last)
        source = ((x.contiguous(memory_format=torch.channels_last), y) for x, y in source)
    fused = {"fused": True} if "fused" in variant.options else {}
    optimizer = torch.optim.Adam(network.parameters(), **fused)  # type: ignore[arg-type]
    trained = _maybe_compiled(network, variant)
    return lambda: plain_train_step(trained, optimizer, *next(source))


def _maybe_compiled(network: nn.Module, variant: Variant) -> nn.Module:
    if "compiled" not in variant.options:
        return network
    compiled: nn.Module = torch.compile(network, dynamic=False)
    return compiled


def _data_loader(data_dir: Path) -> Batches:
    dataset = FashionMNIST(str(data_dir), train=True, transform=ToTensor())
    loader = DataLoader(dataset, batch_size=_BATCH_SIZE, shuffle=True)
    return (batch for _ in itertools.count() for batch in loader)


def _in_memory(data_dir: Path) -> Batches:
    images, labels = _tensors(data_dir)
    images = images.float() / 255
    for _ in itertools.count():
        for chosen in torch.randperm(len(images)).split(_BATCH_SIZE):
            yield images[chosen], labels[chosen]


def _tensors(data_dir: Path) -> tuple[Tensor, Tensor]:
    part = read_split(data_dir, "train").take(np.arange(_IMAGES))
    return torch.tensor(part.images).unsqueeze(1), torch.tensor(part.labels)
