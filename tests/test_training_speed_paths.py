"""The fast path computes what the plain PyTorch loop computes, but for rounding."""

import itertools

import pytest
import torch
from helpers import small_split
from torch import nn

from benchmarks.steps import plain_network, plain_train_step
from fashion_core.config import RunSpec
from fashion_core.model import FashionCNN
from fashion_core.training.recipe import batches, generator, make_optimizer, train_step

STEPS = 50
SPEC = RunSpec(dropout=0)  # the plain dropout draws from the process-wide generator


def network() -> FashionCNN:
    return FashionCNN(SPEC, generator(SPEC.seed, "init", 0))


def same_batches(dtype: torch.dtype) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Give the first 50 batches of real pictures, a few epochs of a small part."""
    part = small_split("train")
    images, labels = torch.tensor(part.images).unsqueeze(1), torch.tensor(part.labels)
    epochs = (batches(images, labels, SPEC, epoch) for epoch in itertools.count(1))
    chosen = itertools.islice(itertools.chain.from_iterable(epochs), STEPS)
    return [(batch.to(dtype), truth) for batch, truth in chosen]


def plain_twin(model: FashionCNN) -> nn.Sequential:
    """Give the tutorial's network with the same weights, in the plain memory layout."""
    twin = plain_network(dropout=0)
    values = [value.contiguous() for value in model.state_dict().values()]
    twin.load_state_dict(dict(zip(twin.state_dict(), values, strict=True)))
    return twin


def our_losses(model: FashionCNN, dtype: torch.dtype) -> list[float]:
    model.to(dtype).to(memory_format=torch.channels_last).train()
    optimizer = make_optimizer(model, SPEC)
    return [train_step(model, optimizer, *batch)[0] for batch in same_batches(dtype)]


def plain_losses(model: nn.Module, dtype: torch.dtype) -> list[float]:
    optimizer = torch.optim.Adam(model.to(dtype).parameters(), lr=SPEC.learning_rate)
    return [
        plain_train_step(model, optimizer, images.contiguous(), labels)
        for images, labels in same_batches(dtype)
    ]


def test_the_plain_network_has_the_layers_of_ours():
    plain = [tuple(parameter.shape) for parameter in plain_network().parameters()]
    assert plain == [tuple(parameter.shape) for parameter in network().parameters()]


@pytest.mark.slow
def test_the_fast_path_is_the_plain_mathematics():
    """In float64, where 50 steps do not blow rounding up: 7e-14 apart when this was written."""
    model = network()
    plain = plain_losses(plain_twin(model), torch.float64)
    assert our_losses(model, torch.float64) == pytest.approx(plain, rel=1e-9)
    assert plain[-1] < plain[0] / 2, "nothing was learned, so nothing was compared"


@pytest.mark.slow
def test_the_fast_path_learns_as_the_plain_loop_in_float32():
    """The first losses are 1e-6 and 3e-5 apart, later ones up to 20 % either way.

    Adam divides each gradient by its own size, so that rounding decides the direction of tiny
    ones; a plain loop with its weights changed in the last bit ends 8 % apart, too.
    """
    model = network()
    plain = plain_losses(plain_twin(model), torch.float32)
    ours = our_losses(model, torch.float32)
    assert ours[:2] == pytest.approx(plain[:2], rel=1e-4)
    assert sum(ours) == pytest.approx(sum(plain), rel=0.1)
