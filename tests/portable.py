"""Runs that are sound in every detail, and surgery on the zips that hold them."""

import io
import json
import struct
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path

import numpy as np
import torch
from helpers import record, small_spec

from fashion_core.config import RunSpec
from fashion_core.files import sha256
from fashion_core.history import EpochRecord
from fashion_core.model import FashionCNN
from fashion_core.runs import artifacts
from fashion_core.runs.artifacts import EpochFile, Predictions
from fashion_core.runs.exporting import export_run
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.store import RunStore
from fashion_core.training.checkpoint import pack_checkpoint, pack_weights
from fashion_core.training.recipe import make_optimizer

SPEC = small_spec()
STEPS = ((1, 2, 2.25), (1, 4, 2.0), (2, 2, 1.75), (2, 4, 0.1 + 0.2), (3, 4, 1.5))
SHARPNESS = {1: 1.0, 2: 3.0, 3: 2.0}
"""How sure the made-up network is of the right class: epoch 2 has the lowest loss."""


@cache
def sound_epoch(epoch: int) -> EpochFile:
    """Give an epoch of 10,000 pictures in each split whose figures follow from its predictions."""
    val, test = _predictions(epoch, seed=epoch), _predictions(epoch, seed=100 + epoch)
    loss = float(val.loss.mean(dtype=np.float64))
    return EpochFile(record=record(epoch, val_loss=loss), val=val, test=test)


def _predictions(epoch: int, seed: int) -> Predictions:
    random = np.random.default_rng(seed)
    logits = random.integers(0, 4, (10_000, 10)).astype(np.float32) / 2
    labels = random.integers(0, 10, 10_000)
    logits[np.arange(10_000), labels] += SHARPNESS[epoch]
    probs = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return Predictions(
        predictions=logits.argmax(axis=1).astype(np.uint8),
        pred_probs=probs.astype(np.float16),
        loss=-np.log(probs[np.arange(10_000), labels]),
    )


@cache
def weights(spec: RunSpec, seed: int = 0) -> bytes:
    """Give the weights of a network of the spec."""
    return pack_weights(FashionCNN(spec, torch.Generator().manual_seed(seed)))


def checkpoint(spec: RunSpec, history: Iterable[EpochRecord]) -> bytes:
    """Give a checkpoint of a network that has taken one step."""
    model = FashionCNN(spec, torch.Generator().manual_seed(1))
    optimizer = make_optimizer(model, spec)
    model(torch.zeros(2, 1, 28, 28)).sum().backward()
    optimizer.step()
    return pack_checkpoint(model, optimizer, list(history))


def put_run(
    store: RunStore,
    state: str | None = "finished",
    *,
    epochs: int | None = None,
    checkpoints: int = 0,
) -> str:
    """Put a run into a store: rows, predictions, best weights, perhaps checkpoints.

    Args:
        store: Where it goes.
        state: How it ended; None leaves it as a killed program does.
        epochs: Finished ones; None is all, but one less of a stopped run, which would be finished.
        checkpoints: How many of the last of them have one.
    """
    if epochs is None:
        epochs = SPEC.epochs - (state == "stopped")
    run_id = store.create(SPEC, name="Taken along")
    journal, run_dir = RunJournal(store, run_id), store.run_dir(run_id)
    journal.start()
    journal.steps([row for row in STEPS if row[0] <= epochs])
    history = [sound_epoch(epoch).record for epoch in range(1, epochs + 1)]
    for figures in history:
        artifacts.write_epoch(run_dir, sound_epoch(figures.epoch))
        journal.epoch(figures)
        if figures.epoch > epochs - checkpoints:
            content = checkpoint(SPEC, history[: figures.epoch])
            artifacts.write(run_dir, "checkpoint", figures.epoch, content, keep=2)
    if history:
        artifacts.write(run_dir, "best", min(2, epochs), weights(SPEC), keep=1)
    journal.notice("A sentence to read.")
    if state is not None:
        journal.end(state, "How it went.")
    return run_id


def zip_of(store: RunStore, run_id: str, **options) -> bytes:
    """Export a run into memory."""
    file = io.BytesIO()
    export_run(store, run_id, file, **options)
    return file.getvalue()


# Surgery


def contents(zipped: bytes) -> dict[str, bytes]:
    """Give every file of a zip."""
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files: Mapping[str, bytes] | Iterable[tuple[str, bytes]], method: int = 0) -> bytes:
    """Zip files, by default stored as the program does it; names may come twice."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items() if isinstance(files, Mapping) else files:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type, info.external_attr = method, 0o100644 << 16
            archive.writestr(info, content)
    return buffer.getvalue()


def changed(zipped: bytes, files: Mapping[str, bytes | None], **manifest: object) -> bytes:
    """Replace files (None removes one) and fields of the manifest, and hash everything anew.

    A stranger can do the same; only what the files say can then give it away.
    """
    kept = {**contents(zipped), **files}
    parts = {name: content for name, content in kept.items() if content is not None}
    values = json.loads(parts.pop("manifest.json")) | {"files": entries(parts)} | manifest
    return packed({**parts, "manifest.json": json.dumps(values).encode()})


def entries(files: Mapping[str, bytes]) -> dict[str, dict[str, object]]:
    """Give what a manifest says about files."""
    return {name: {"bytes": len(c), "sha256": sha256(c)} for name, c in files.items()}


def renamed(kind: artifacts.Kind, epoch: int, content: bytes) -> dict[str, bytes]:
    """Give a file under the name that belongs to its content."""
    return {artifacts.name_of(kind, epoch, content): content}


def name_in(zipped: bytes, part: str) -> str:
    """Give the one name in a zip that begins with some text."""
    (name,) = [name for name in contents(zipped) if name.startswith(part)]
    return name


def with_swapped(zipped: bytes, kind: artifacts.Kind, epoch: int, content: bytes) -> bytes:
    """Put another file in the place of one of the run's, all hashes right."""
    folder = {"epoch": "epochs", "best": "weights", "checkpoint": "checkpoints"}[kind]
    old = name_in(zipped, f"{folder}/{kind}-{epoch:04d}-")
    return changed(zipped, {old: None, **renamed(kind, epoch, content)})


def npz(**arrays: np.ndarray) -> bytes:
    """Give an epoch's file in which some arrays are others; pickles what is no number."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=True, **arrays)
    return buffer.getvalue()


def arrays_of(epoch: int) -> dict[str, np.ndarray]:
    """Give the arrays in the file of a sound epoch."""
    file = sound_epoch(epoch)
    arrays = {"record": np.frombuffer(json.dumps(asdict(file.record)).encode(), np.uint8)}
    for split in ("val", "test"):
        for name in ("predictions", "pred_probs", "loss"):
            arrays[f"{split}_{name}"] = getattr(getattr(file, split), name)
    return arrays


def tensor_file(
    header: object, data: bytes = b"", *, size: int | None = None, pad: bytes = b""
) -> bytes:
    """Give the bytes of a safetensors file with any header."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if size is None else size) + text + data + pad


def patch(content: bytes, place: int, new: bytes) -> bytes:
    """Overwrite bytes at a place."""
    return content[:place] + new + content[place + len(new) :]


def patch_directory(zipped: bytes, name: str, change: Callable[[bytearray], None]) -> bytes:
    """Change the 46 bytes that announce a file in the zip's directory."""
    (start,) = struct.unpack("<L", zipped[-6:-2])
    place = zipped.index(name.encode(), start) - 46
    entry = bytearray(zipped[place : place + 46])
    change(entry)
    return patch(zipped, place, bytes(entry))


def files_in(root: Path) -> set[str]:
    """Give everything in a store's folder but its locks and its database's companions."""
    return {
        str(path.relative_to(root))
        for path in root.rglob("*")
        if not path.name.endswith(".lock") and not path.name.endswith(("-wal", "-shm"))
    }
