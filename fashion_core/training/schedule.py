"""The learning rate of every step: a pure function of the spec, so that a resume needs no state."""

import math
from typing import Final

import torch

from fashion_core.config import RunSpec

# The shape of Smith & Topin with the usual numbers of torch's `OneCycleLR`.
_RISING_SHARE: Final = 0.3
_FIRST: Final = 1 / 25
_LAST: Final = 1 / 25 / 10_000


def learning_rate_at(spec: RunSpec, step: int) -> float:
    """Give the learning rate of a step.

    Args:
        spec: Gives schedule, highest rate and number of steps.
        step: Steps taken before it since the start of the run, from 0.

    References:
        Smith & Topin, "Super-Convergence", 2018; cosine pieces as in torch's `OneCycleLR`.
    """
    if spec.schedule == "constant":
        return spec.learning_rate
    last = spec.epochs * spec.steps_per_epoch - 1
    top = _RISING_SHARE * last
    if step < top:
        share = _between(_FIRST, 1.0, step / top)
    else:
        share = _between(1.0, _LAST, (step - top) / max(last - top, 1))
    return spec.learning_rate * share


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Let the optimiser's next step use a rate."""
    for group in optimizer.param_groups:
        group["lr"] = rate


def _between(start: float, end: float, share: float) -> float:
    """Go from start to end along half a cosine wave; share 0 is the start, 1 the end."""
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2
