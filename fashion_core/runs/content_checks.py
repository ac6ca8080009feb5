"""Whether an epoch's file from elsewhere holds what it claims; nothing is unpickled.

A hash says only that a file arrived as it was sent. Shapes and sizes are read before any memory is
taken for them, so that a hostile file costs no more than a sound one.
"""

import io
import math
import re
import struct
import zipfile
import zlib
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from fashion_core.history import EpochRecord
from fashion_core.runs.curves_csv import check_record
from fashion_core.runs.strict_json import read_object

IMAGES: Final = 10_000
"""Pictures of the validation and of the test split each."""

_CLASSES: Final = 10
_ARRAYS: Final[dict[str, tuple[str, tuple[int, ...]]]] = {
    "predictions": ("|u1", ()),
    "pred_probs": ("<f2", (_CLASSES,)),
    "loss": ("<f4", ()),
}
_MAX_RECORD_BYTES: Final = 4_000
_ROUNDING: Final = 0.01  # ten float16 probabilities, the smallest stored as 0, against a sum of 1
_TIE: Final = 0.002  # float16 near 1 has steps of 0.0005
_LOSS_ROUNDING: Final = 1e-6  # the same mean, added up in another order

# NumPy's format 1.0: magic, version, length of the header (2 bytes), a Python dictionary, padding.
_NPY_MAGIC: Final = b"\x93NUMPY\x01\x00"
_NPY_HEADER: Final = re.compile(
    rb"\{'descr': '([^']{2,8})', 'fortran_order': False, 'shape': \(([0-9, ]{1,40})\), \} *\n"
)

_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
)
"""What Python's zip reader raises, besides `ValueError`, when it meets damage."""


def check_epoch(content: bytes, record: EpochRecord, *, max_epoch: int) -> None:
    """Verify an epoch's file against the figures of its epoch.

    Args:
        content: The file, an uncompressed size of at most a megabyte.
        record: What the curves say of this epoch.
        max_epoch: Epochs of the run.

    Raises:
        ValueError: if it is no such file, holds pickled objects or contradicts the figures.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = _read_members(archive)
    except _BROKEN as error:
        raise ValueError(f"Expected an .npz file: {error}") from error
    own = check_record(read_object(members["record"].tobytes()), max_epoch=max_epoch)
    if own != record:
        raise ValueError(f"It holds the figures {own}, the curves say {record}.")
    for split in ("val", "test"):
        _check_predictions(*(members[f"{split}_{name}"] for name in _ARRAYS))
    val_loss = float(members["val_loss"].mean(dtype=np.float64))
    if not math.isclose(val_loss, record.val_loss, rel_tol=_LOSS_ROUNDING):
        raise ValueError(
            f"The loss of its pictures is {val_loss} nats, the curves say {record.val_loss}."
        )


def _read_members(archive: zipfile.ZipFile) -> dict[str, npt.NDArray[Any]]:
    """Read the seven arrays; sizes are compared before anything is unpacked.

    Raises:
        ValueError: if there are others, or one is not as expected.
    """
    names = {f"{split}_{name}.npy" for split in ("val", "test") for name in _ARRAYS}
    infos = archive.infolist()
    if sorted(info.filename for info in infos) != sorted({*names, "record.npy"}):
        raise ValueError("Expected the record, predictions, probabilities and losses, no more.")
    members: dict[str, npt.NDArray[Any]] = {}
    for info in infos:
        stem = info.filename.removesuffix(".npy")
        dtype, rest = _ARRAYS.get(stem.split("_", maxsplit=1)[-1], ("|u1", None))
        shape = None if rest is None else (IMAGES, *rest)
        members[stem] = _read_array(archive, info, dtype, shape)
    return members


def _read_array(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, dtype: str, shape: tuple[int, ...] | None
) -> npt.NDArray[Any]:
    """Read an array of a known type and shape; None is one short row.

    Raises:
        ValueError: if it is another, or pickled.
    """
    most = _MAX_RECORD_BYTES if shape is None else math.prod(shape) * np.dtype(dtype).itemsize
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise ValueError(f"Expected {info.filename} to be compressed as NumPy does it.")
    if info.file_size > most + 256:  # NumPy's header has 128 bytes
        raise ValueError(
            f"Expected {info.filename} to have {most:,} bytes, got {info.file_size:,}."
        )
    with archive.open(info) as file:
        content = file.read(most + 257)
    size = int.from_bytes(content[8:10], "little")
    header, values = content[10 : 10 + size], content[10 + size :]
    match = _NPY_HEADER.fullmatch(header)
    if not content.startswith(_NPY_MAGIC) or not match:
        raise ValueError(f"Expected {info.filename} to be a plain array in C order.")
    if match[1] != dtype.encode():
        kind = "pickled objects" if b"O" in match[1] else match[1].decode(errors="replace")
        raise ValueError(f"Expected {info.filename} to hold numbers of type {dtype}, got {kind}.")
    found = tuple(int(part) for part in match[2].replace(b" ", b"").split(b",") if part)
    expected = shape or (len(values),)
    if found != expected or len(values) != math.prod(expected) * np.dtype(dtype).itemsize:
        raise ValueError(f"Expected {info.filename} of shape {expected}, got {found}.")
    return np.frombuffer(values, dtype).reshape(expected)


def _check_predictions(
    predictions: npt.NDArray[np.uint8],
    pred_probs: npt.NDArray[np.float16],
    loss: npt.NDArray[np.float32],
) -> None:
    """Verify that the answers of a split agree with each other.

    Raises:
        ValueError: if they do not.
    """
    probs = pred_probs.astype(np.float32)
    if not (np.isfinite(probs).all() and np.isfinite(loss).all()):
        raise ValueError("Expected finite probabilities and losses.")
    if probs.min() < 0 or np.abs(probs.sum(axis=1) - 1).max() > _ROUNDING:
        raise ValueError("Expected probabilities from 0 to 1 with a sum of 1.")
    if loss.min() < -_LOSS_ROUNDING:
        raise ValueError("Expected losses of at least 0.")
    if predictions.max() >= _CLASSES:
        raise ValueError(f"Expected classes from 0 to {_CLASSES - 1}, got {predictions.max()}.")
    chosen = probs[np.arange(len(probs)), predictions]
    if (chosen < probs.max(axis=1) - _TIE).any():
        raise ValueError("Expected the predicted class to be the most probable one.")
