"""The files in a run's folder, named by content so that damage is found before use.

    spec.json                               what was trained
    epochs/epoch-0007-<hash>.npz            predictions of an epoch and its figures
    weights/best-0007-<hash>.safetensors    parameters of the best epoch so far
    checkpoints/checkpoint-0007-<hash>.safetensors    the last two, to resume from
    robustness/                             what can be made again, see `robustness`

<hash> is the first 16 hexadecimal digits of the content's SHA-256.
"""

import io
import json
import re
import secrets
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from fashion_core.errors import DamagedFileError, StoreError
from fashion_core.files import sha256, write_atomically
from fashion_core.history import EpochRecord

Kind = Literal["epoch", "best", "checkpoint"]

_FOLDERS: Final[dict[Kind, tuple[str, str]]] = {
    "epoch": ("epochs", "npz"),
    "best": ("weights", "safetensors"),
    "checkpoint": ("checkpoints", "safetensors"),
}
_NAME: Final = re.compile(r"^[a-z]+-(\d{4})-([0-9a-f]{16})\.[a-z]+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictions:
    """What the network says about every picture of one split after one epoch.

    Attributes:
        predictions: uint8 of shape (N,), the most probable class, from unrounded logits.
        pred_probs: float16 of shape (N, 10); probabilities below 2**-14 are stored as 0.
        loss: float32 of shape (N,), cross-entropy in nats, exact where the probability is rounded.
    """

    predictions: npt.NDArray[np.uint8]
    pred_probs: npt.NDArray[np.float16]
    loss: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochFile:
    """Content of an epoch's file: its figures and its predictions for both splits."""

    record: EpochRecord
    val: Predictions
    test: Predictions


def prepare_folders(run_dir: Path) -> None:
    """Make the run's folders and see that each can be written.

    Raises:
        OSError: with the folder's name, if it cannot be made or written.
    """
    for name, _ in _FOLDERS.values():
        folder = run_dir / name
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:  # not the name of the trial file
            raise OSError(error.errno, error.strerror, str(folder)) from error


def remove_leftovers(run_dir: Path) -> None:
    """Remove what killed writers left half written; for the holder of the run's lock only."""
    for path in run_dir.rglob(".*.tmp"):
        with suppress(OSError):  # a leftover costs room, not truth
            path.unlink()


def write(run_dir: Path, kind: Kind, epoch: int, content: bytes, *, keep: int) -> Path:
    """Write a file under its hash, then remove older ones of its kind.

    Args:
        run_dir: Folder of the run.
        kind: What it is.
        epoch: Epoch it belongs to.
        content: Bytes to write.
        keep: Newest epochs of this kind to keep; 0 keeps all.

    Raises:
        OSError: if the disk is full or read-only; older files are then untouched.
        StoreError: if somebody removed the folder of the run.
    """
    path = run_dir / name_of(kind, epoch, content)
    if path.is_dir():  # a damaged file system gave the name to a folder; never deleted
        path.rename(path.with_name(f"{path.name}.damaged-{secrets.token_hex(4)}"))
    try:
        write_atomically(path, content)
    except FileNotFoundError as error:
        raise StoreError(
            f"The folder {path.parent} was removed while the run was computed. "
            "Put it back if you can, then press Resume; without it the training starts again."
        ) from error
    kept = epochs_on_disk(run_dir, kind)[-keep:]
    for other, other_epoch in _files(run_dir, kind):
        if other != path and (other_epoch == epoch or other_epoch not in kept):
            with suppress(OSError):  # a leftover costs room, not truth
                other.unlink()
    return path


def name_of(kind: Kind, epoch: int, content: bytes) -> str:
    """Give the name of a file inside the run's folder, with slashes."""
    folder, suffix = _FOLDERS[kind]
    return f"{folder}/{kind}-{epoch:04d}-{sha256(content)[:16]}.{suffix}"


def parse_name(name: str) -> tuple[Kind, int] | None:
    """Tell kind and epoch of a name that `name_of` gives; None for every other text."""
    for kind, (folder, suffix) in _FOLDERS.items():
        match = re.fullmatch(rf"{folder}/{kind}-([0-9]{{4}})-[0-9a-f]{{16}}\.{suffix}", name)
        if match:
            return kind, int(match[1])
    return None


def bytes_on_disk(run_dir: Path, kind: Kind) -> int:
    """Give the size of all files of a kind together, in bytes."""
    total = 0
    for path, _ in _files(run_dir, kind):
        with suppress(FileNotFoundError):  # replaced by a newer one just now
            total += path.stat().st_size
    return total


def epochs_on_disk(run_dir: Path, kind: Kind) -> list[int]:
    """List the epochs that have a file of a kind, ascending."""
    return sorted({epoch for _, epoch in _files(run_dir, kind)})


def read(run_dir: Path, kind: Kind, epoch: int) -> bytes:
    """Read a file and verify its content.

    Raises:
        DamagedFileError: if it is missing, unreadable or not what was written.
    """
    while True:
        paths = [path for path, of_epoch in _files(run_dir, kind) if of_epoch == epoch]
        problem = f"is missing from {run_dir.name}"
        for path in paths:
            try:
                content = path.read_bytes()
            except OSError as error:
                problem = f"of {run_dir.name} cannot be read ({error.strerror})"
                continue
            if sha256(content)[:16] == _hash_in_name(path):
                return content
            problem = f"of {run_dir.name} is damaged: its content is not what was written"
        if all(path.exists() for path in paths):  # else replaced by a newer one just now
            raise DamagedFileError(f"The {kind} file of epoch {epoch} {problem}.")


def read_weights(run_dir: Path, epoch: int) -> tuple[Literal["best", "checkpoint"], bytes]:
    """Read the weights of an epoch from the first sound file that holds them.

    Returns:
        What kind of file it is, and its verified content.

    Raises:
        StoreError: if there is none.
    """
    problem = StoreError(f"The weights of epoch {epoch} are not kept.")
    kinds: tuple[Literal["best", "checkpoint"], ...] = ("best", "checkpoint")
    for kind in kinds:
        if epoch not in epochs_on_disk(run_dir, kind):
            continue
        try:
            return kind, read(run_dir, kind, epoch)
        except DamagedFileError as error:
            problem = error
    raise problem


def write_epoch(run_dir: Path, content: EpochFile) -> None:
    """Write the figures and predictions of one epoch.

    Raises:
        OSError: if the disk is full or read-only.
        StoreError: if somebody removed the folder of the run.
    """
    arrays: dict[str, npt.NDArray[np.generic]] = {
        "record": np.frombuffer(json.dumps(asdict(content.record)).encode(), np.uint8)
    }
    for split, part in (("val", content.val), ("test", content.test)):
        arrays |= {
            f"{split}_predictions": part.predictions,
            f"{split}_pred_probs": part.pred_probs,
            f"{split}_loss": part.loss,
        }
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    write(run_dir, "epoch", content.record.epoch, buffer.getvalue(), keep=0)


def read_epoch(run_dir: Path, epoch: int) -> EpochFile:
    """Read the figures and predictions of one epoch.

    Raises:
        DamagedFileError: if the file is missing or damaged.
    """
    with _arrays(read(run_dir, "epoch", epoch), epoch) as arrays:
        val, test = (
            Predictions(
                predictions=arrays[f"{split}_predictions"],
                pred_probs=arrays[f"{split}_pred_probs"],
                loss=arrays[f"{split}_loss"],
            )
            for split in ("val", "test")
        )
        return EpochFile(record=_record(arrays, epoch), val=val, test=test)


def read_record(run_dir: Path, epoch: int) -> EpochRecord:
    """Read the figures of one epoch; the whole file is verified, little of it unpacked.

    Raises:
        DamagedFileError: if the file is missing or damaged.
    """
    return unpack_record(read(run_dir, "epoch", epoch), epoch)


def unpack_record(content: bytes, epoch: int) -> EpochRecord:
    """Take the figures out of the verified content of an epoch's file.

    Raises:
        DamagedFileError: if it is no such file or that of another epoch.
    """
    with _arrays(content, epoch) as arrays:
        return _record(arrays, epoch)


@contextmanager
def _arrays(content: bytes, epoch: int) -> Iterator[Mapping[str, npt.NDArray[Any]]]:
    """Open the verified content of an epoch's file.

    Raises:
        DamagedFileError: if something is damaged, or the reader finds that it is.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            yield arrays
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise DamagedFileError(f"The file of epoch {epoch} is not an epoch: {error}") from error


def _record(arrays: Mapping[str, npt.NDArray[Any]], epoch: int) -> EpochRecord:
    """Unpack the figures of an epoch.

    Raises:
        DamagedFileError: if they are those of another epoch.
    """
    record = EpochRecord(**json.loads(arrays["record"].tobytes()))
    if record.epoch != epoch:  # renamed: the hash in the name is of the content only
        raise DamagedFileError(f"The file of epoch {epoch} holds epoch {record.epoch}.")
    return record


def _files(run_dir: Path, kind: Kind) -> Iterator[tuple[Path, int]]:
    """Yield the files of a kind with their epochs."""
    folder, suffix = _FOLDERS[kind]
    for path in sorted((run_dir / folder).glob(f"{kind}-*.{suffix}")):
        if match := _NAME.match(path.name):
            yield path, int(match[1])


def _hash_in_name(path: Path) -> str:
    match = _NAME.match(path.name)
    return match[2] if match else ""
