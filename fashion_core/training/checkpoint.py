"""Everything that continues a run after an epoch, as bytes; safetensors, never pickle."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from fashion_core.errors import DamagedFileError
from fashion_core.history import EpochRecord

_KEY: Final = "json"  # one key only: safetensors writes several in no fixed order
_MODEL: Final = "model."
_AVERAGE: Final = "average."


def pack_weights(model: nn.Module) -> bytes:
    """Give the model's parameters and buffers as safetensors bytes."""
    return safetensors.torch.save(_contiguous(model.state_dict()))


def unpack_weights(model: nn.Module, content: bytes) -> None:
    """Put weights into a model of the same widths.

    Raises:
        DamagedFileError: if the bytes are no such weights.
    """
    tensors, _ = _unpack(content)
    _load_model(model, tensors)


def pack_checkpoint(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    history: Sequence[EpochRecord],
    average: nn.Module | None = None,
) -> bytes:
    """Give weights, optimiser moments and the history so far as safetensors bytes.

    Args:
        model: Network in training.
        optimizer: Its optimiser.
        history: Finished epochs.
        average: The network that holds the running mean of the weights, if there is one.
    """
    tensors = {f"{_MODEL}{name}": tensor for name, tensor in model.state_dict().items()}
    if average is not None:
        tensors |= {f"{_AVERAGE}{name}": mean for name, mean in average.state_dict().items()}
    for index, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{name}": value for name, value in state.items()}
    header = json.dumps([asdict(record) for record in history])
    return safetensors.torch.save(_contiguous(tensors), metadata={_KEY: header})


def unpack_checkpoint(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    content: bytes,
    average: nn.Module | None = None,
) -> tuple[EpochRecord, ...]:
    """Put a checkpoint into a model, its optimiser and, if there is one, the mean of its weights.

    Returns:
        The history up to and including the checkpoint's epoch.

    Raises:
        DamagedFileError: if the bytes are no checkpoint of such a model.
    """
    tensors, header = _unpack(content)
    _load_model(model, _under(_MODEL, tensors))
    if average is not None:
        _load_model(average, _under(_AVERAGE, tensors))
    try:
        state: dict[int, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            if name.startswith("optimizer."):
                _, index, key = name.split(".")
                state.setdefault(int(index), {})[key] = tensor
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": state, "param_groups": groups})
        _lay_out_like_parameters(optimizer)
        return tuple(EpochRecord(**record) for record in json.loads(header))
    except (ValueError, TypeError, KeyError) as error:
        raise DamagedFileError(f"The checkpoint does not fit this run: {error}") from error


def _lay_out_like_parameters(optimizer: torch.optim.Optimizer) -> None:
    """Give the moments the memory layout of their parameters.

    Files are contiguous, convolution weights are channels last, and the fused optimiser goes
    through memory without a look at the strides: it would mix up the moments of the weights.
    """
    for parameter, moments in optimizer.state.items():
        for name, value in moments.items():
            if value.shape == parameter.shape:
                moments[name] = torch.empty_like(parameter).copy_(value)


def _load_model(model: nn.Module, tensors: dict[str, Tensor]) -> None:
    try:
        model.load_state_dict(tensors)
    except RuntimeError as error:
        raise DamagedFileError(f"The weights do not fit this network: {error}") from error


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Give the tensors whose name starts with a prefix, named without it."""
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }


def _contiguous(tensors: dict[str, Any]) -> dict[str, Tensor]:
    return {name: tensor.contiguous() for name, tensor in tensors.items()}


def _unpack(content: bytes) -> tuple[dict[str, Tensor], str]:
    try:
        tensors = safetensors.torch.load(content)
    except safetensors.SafetensorError as error:
        raise DamagedFileError(f"Expected a safetensors file: {error}") from error
    size = int.from_bytes(content[:8], "little")
    metadata = json.loads(content[8 : 8 + size]).get("__metadata__", {})
    return tensors, str(metadata.get(_KEY, "[]"))
