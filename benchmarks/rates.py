"""How fast the machine multiplies matrices and moves numbers, measured."""

import shutil
import time
from collections.abc import Callable
from typing import Final

import torch

from benchmarks.counts import parameters
from fashion_core.config import RunSpec

_REPEATS: Final = 10
_FLOAT_BYTES: Final = 4


def flops_per_second(spec: RunSpec) -> float:
    """Measure the fastest matrix product among the sizes of the network's two largest layers."""
    first, second = spec.conv_widths
    pixels = spec.batch_size * 14 * 14
    sizes = (
        (pixels, 9 * first, second),  # second convolution
        (spec.batch_size, second * 7 * 7, spec.fc_widths[0]),  # first fully connected, forward
        (spec.fc_widths[0], spec.batch_size, second * 7 * 7),  # the gradient of its weights
    )
    return max(_product_rate(*size) for size in sizes)


def bytes_per_second(spec: RunSpec) -> float:
    """Measure the copying of as many numbers as the optimiser holds: 2 in, 2 out a parameter.

    The same amount sits in the same caches as the optimiser's four arrays.
    """
    source = torch.ones(2 * parameters(spec))
    target = torch.empty_like(source)
    return 2 * _FLOAT_BYTES * source.numel() / _best_seconds(lambda: target.copy_(source))


def _product_rate(rows: int, inner: int, columns: int) -> float:
    left, right = torch.ones(rows, inner), torch.ones(inner, columns)
    out = torch.empty(rows, columns)
    seconds = _best_seconds(lambda: torch.mm(left, right, out=out))
    return 2 * rows * inner * columns / seconds


def _best_seconds(work: Callable[[], object]) -> float:
    work()
    return min(_seconds(work) for _ in range(_REPEATS))


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def has_compiler() -> bool:
    """Tell whether `torch.compile` finds a C++ compiler."""
    return any(shutil.which(name) for name in ("g++", "clang++", "c++"))
