"""`run_range_test`: raise the learning rate from step to step on a throw-away copy of a network."""

from collections.abc import Callable
from itertools import chain, count, islice
from pathlib import Path
from typing import Final, Literal

import numpy as np
import torch
from torch import Tensor

from fashion_core.analysis.range_test import has_exploded, learning_rates
from fashion_core.config import RunSpec
from fashion_core.data import read_split
from fashion_core.training.recipe import (
    batches,
    build_network,
    derived_seed,
    make_optimizer,
    train_step,
)
from fashion_core.training.schedule import set_learning_rate

RangeOutcome = Literal["finished", "exploded", "stopped"]

_EPOCH: Final = 1
"""The test shuffles, changes and drops what the first epoch of a run of this spec does."""


def run_range_test(
    spec: RunSpec,
    steps: int,
    emit: Callable[[float, float], None],
    should_stop: Callable[[], bool],
    *,
    data_dir: Path,
) -> RangeOutcome:
    """Train a new network while the learning rate rises, and tell every loss.

    A pure function of the spec and the number of steps on one machine. The spec's learning rate,
    schedule, epochs and averages make no difference. Writes nothing: the network is thrown away.

    Args:
        spec: Network, batch size, seed and all else that a step depends on.
        steps: Steps from the lowest to the highest rate, 100 to 2,000.
        emit: Called in this thread after each step with its learning rate and the mean
            cross-entropy of its batch in nats before the step, which may be nan or infinite.
        should_stop: Asked before every step.
        data_dir: Folder that holds `FashionMNIST/raw`.

    Returns:
        "exploded" if the loss left no doubt before the highest rate.

    Raises:
        DataError: if the data set is missing or damaged.
        ValueError: if there are fewer or more steps.

    References:
        Smith, "Cyclical Learning Rates for Training Neural Networks", WACV 2017, section 3.3. He
        raises the rate evenly; by a constant factor, seven powers of ten fit into one test.
    """
    torch.set_num_threads(spec.threads)  # of this thread only
    losses: list[float] = []
    rates = learning_rates(steps)
    images, labels = _load(spec, data_dir)
    model = build_network(spec).train()
    model.dropout_generator.manual_seed(derived_seed(spec.seed, "dropout", _EPOCH))
    optimizer = make_optimizer(model, spec)
    endless = chain.from_iterable(batches(images, labels, spec, epoch) for epoch in count(_EPOCH))
    for rate, (batch, truth) in zip(rates, islice(endless, steps), strict=True):
        if should_stop():
            return "stopped"
        set_learning_rate(optimizer, rate)
        loss, _ = train_step(model, optimizer, batch, truth, spec)
        losses.append(loss)
        emit(rate, loss)
        if has_exploded(losses):
            return "exploded"
    return "finished"


def _load(spec: RunSpec, data_dir: Path) -> tuple[Tensor, Tensor]:
    """Give the spec's training images, uint8 (N, 1, 28, 28), and labels, int64 (N,)."""
    # Not `load_split`, which unpacks the archives: the test leaves the disk alone.
    part = read_split(data_dir, "train").take(np.arange(spec.train_images))
    return torch.tensor(part.images).unsqueeze(1), torch.tensor(part.labels)
