"""Work of one training step, counted by hand from the widths: operations, bytes, least time."""

from collections.abc import Mapping
from typing import Final

from fashion_core.config import RunSpec

_CLASSES: Final = 10
_KERNEL: Final = 9  # 3x3
_SIDES: Final = (28, 14, 7)  # of the picture, after the first and after the second pooling
_FLOAT_BYTES: Final = 4
_ADAM_TRANSFERS: Final = 7  # reads weight, gradient and two moments; writes all but the gradient


def forward_flops(spec: RunSpec) -> Mapping[str, int]:
    """Count the floating-point operations of one picture on its way through each layer.

    A multiplication and an addition are two operations. Only convolutions and linear layers
    are counted: the rest is below 3 % of the operations.
    """
    first, second = spec.conv_widths
    hidden, last = spec.fc_widths
    return {
        "conv 1": 2 * _SIDES[0] ** 2 * _KERNEL * first,
        "conv 2": 2 * _SIDES[1] ** 2 * _KERNEL * first * second,
        "fully connected 1": 2 * second * _SIDES[2] ** 2 * hidden,
        "fully connected 2": 2 * hidden * last,
        "output": 2 * last * _CLASSES,
    }


def step_flops(spec: RunSpec) -> int:
    """Count the operations of one training step of a full batch, forward and backward.

    Backward costs each layer twice its forward pass, once for the gradient of its weights and
    once for that of its input; nobody asks for the gradient of the pictures.
    """
    forward = forward_flops(spec)
    return spec.batch_size * (3 * sum(forward.values()) - forward["conv 1"])


def parameters(spec: RunSpec) -> int:
    """Count the trained numbers."""
    first, second = spec.conv_widths
    hidden, last = spec.fc_widths
    convolutions = (_KERNEL + 1) * first + (_KERNEL * first + 1) * second
    normalisations = 2 * (first + second)
    flat = second * _SIDES[2] ** 2
    linear = (flat + 1) * hidden + (hidden + 1) * last + (last + 1) * _CLASSES
    return convolutions + normalisations + linear


def optimizer_bytes(spec: RunSpec) -> int:
    """Count the bytes that one step of Adam must move between memory and processor."""
    return _ADAM_TRANSFERS * _FLOAT_BYTES * parameters(spec)


def limit_seconds(spec: RunSpec, *, flops_per_second: float, bytes_per_second: float) -> float:
    """Give the least time of a step: operations / rate + optimiser's bytes / bandwidth."""
    return step_flops(spec) / flops_per_second + optimizer_bytes(spec) / bytes_per_second
