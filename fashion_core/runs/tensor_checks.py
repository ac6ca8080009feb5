"""Whether weights and checkpoints from elsewhere are what they claim, without loading them.

The safetensors library is not asked: it takes memory for what a header promises, and pages, which
may import this, know no torch. The files are read a megabyte at a time.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from fashion_core.architecture import parameter_count
from fashion_core.config import RunSpec
from fashion_core.history import EpochRecord
from fashion_core.runs.curves_csv import check_record
from fashion_core.runs.strict_json import read_object, read_value

_MAX_TENSORS: Final = 1_000
_MAX_HEADER_BYTES: Final = 1_000_000  # 1,000 tensors of about 120 bytes, and the history
_MAX_DIMENSIONS: Final = 8
_CHUNK_BYTES: Final = 1 << 20
_SIZES: Final = {"F32": 4, "F64": 8, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "U8": 1, "BOOL": 1}
"""Bytes of a number in the formats that networks and optimisers use."""

_Tensor = tuple[str, tuple[int, ...], int]
"""Number format, shape and place of the first byte in the file."""


def check_weights(path: Path, spec: RunSpec) -> None:
    """Verify that a file holds the finite weights of a network of the spec's size.

    Raises:
        ValueError: if it is no safetensors file, or of another network.
    """
    tensors, _ = _read_tensor_header(path)
    numbers = sum(math.prod(shape) for kind, shape, _ in tensors if kind == "F32")
    # Trained parameters, and mean and variance of each channel in the two batch norms.
    expected = parameter_count(spec) + 2 * sum(spec.conv_widths)
    if numbers != expected:
        raise ValueError(f"Expected {expected:,} numbers for this network, got {numbers:,}.")
    for kind, shape, start in tensors:
        if kind == "F32" and not _is_finite(path, start, math.prod(shape)):
            raise ValueError("Expected finite weights.")


def check_checkpoint(path: Path, history: Sequence[EpochRecord], *, max_epoch: int) -> None:
    """Verify a checkpoint's structure and that its history is that of the curves.

    The seconds may differ: an epoch whose file was lost is computed again.

    Args:
        path: The file.
        history: The curves up to the checkpoint's epoch.
        max_epoch: Epochs of the run.

    Raises:
        ValueError: if it is no safetensors file, or its history is another.
    """
    _, text = _read_tensor_header(path)
    records = read_value(text.encode())
    if not isinstance(records, list) or not all(isinstance(each, dict) for each in records):
        raise ValueError("Expected a list of epochs in its header.")
    own = [check_record(each, max_epoch=max_epoch) for each in records]
    if [replace(r, seconds=0.0) for r in own] != [replace(r, seconds=0.0) for r in history]:
        raise ValueError("Its history is not that of the curves.")


def _read_tensor_header(path: Path) -> tuple[list[_Tensor], str]:
    """Read what a safetensors file says it holds, and the text this program adds.

    Raises:
        ValueError: if the tensors do not fill the file exactly, one after another.

    References:
        The format: https://github.com/huggingface/safetensors#format
    """
    total = path.stat().st_size
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        if total < 8 or size > min(total - 8, _MAX_HEADER_BYTES):
            raise ValueError(f"Expected a safetensors header, got one of {size:,} bytes.")
        header = read_object(file.read(size))
    text = _added_text(header.pop("__metadata__", {}))
    if len(header) > _MAX_TENSORS:
        raise ValueError(f"Expected at most {_MAX_TENSORS:,} tensors, got {len(header):,}.")
    place, tensors = 0, []
    for kind, shape, start, end in sorted(map(_tensor, header.values()), key=lambda t: t[2:]):
        if start != place or end - start != math.prod(shape) * _SIZES[kind]:
            raise ValueError("Expected tensors of the size of their shape, one after another.")
        tensors.append((kind, shape, 8 + size + start))
        place = end
    if 8 + size + place != total:
        raise ValueError(f"Expected {8 + size + place:,} bytes, got {total:,}.")
    return tensors, text


def _added_text(metadata: Any) -> str:
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise ValueError("Expected texts as metadata.")
    return str(metadata.get("json", "[]"))


def _tensor(value: Any) -> tuple[str, tuple[int, ...], int, int]:
    """Take one tensor's format, shape, start and end out of a header.

    Raises:
        ValueError: if one of them is not there.
    """
    if not isinstance(value, dict) or sorted(value) != ["data_offsets", "dtype", "shape"]:
        raise ValueError("Expected dtype, shape and data_offsets of every tensor.")
    kind, shape, offsets = value["dtype"], value["shape"], value["data_offsets"]
    if not isinstance(kind, str) or kind not in _SIZES:
        raise ValueError(f"Expected a number format, got {str(kind)[:20]!r}.")
    if (
        not (_are_whole(shape) and _are_whole(offsets))
        or len(shape) > _MAX_DIMENSIONS
        or len(offsets) != 2
    ):
        raise ValueError("Expected whole numbers as shape and data_offsets.")
    return kind, tuple(shape), offsets[0], offsets[1]


def _are_whole(values: Any) -> bool:
    return isinstance(values, list) and all(type(v) is int and v >= 0 for v in values)


def _is_finite(path: Path, start: int, count: int) -> bool:
    """Look at float32 numbers in a file, a megabyte at a time."""
    with path.open("rb") as file:
        file.seek(start)
        left = count * 4
        while left:
            part = file.read(min(left, _CHUNK_BYTES))
            if not part or not np.isfinite(np.frombuffer(part, "<f4")).all():
                return False
            left -= len(part)
    return True
