"""What several test files share: a small spec, small real pictures, fingerprints, waiting."""

import asyncio
import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy

from fashion_core.config import RunSpec
from fashion_core.data import LabelledImages, Split, read_split
from fashion_core.engine.base import Engine, EngineChoice, Place, Where
from fashion_core.engine.cluster_options import ClusterOptions
from fashion_core.engine.process import InChild
from fashion_core.engine.thread import InThread
from fashion_core.history import EpochRecord
from fashion_core.runs import artifacts
from fashion_core.runs.artifacts import EpochFile, Predictions
from fashion_core.runs.schema import connect
from fashion_core.runs.store import RunStore
from fashion_core.training.events import Event, RunResult

REPO_ROOT = Path(__file__).parents[1]
DATA_DIR = REPO_ROOT / "data"
RAW = Path("FashionMNIST", "raw")
ARCHIVES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)

SMALL_IMAGES = 300
"""Pictures of each small split: two batches of an evaluation (250 and 50)."""

CALLS_PER_EPOCH = 8
"""How often a run of `small_spec` asks whether to stop: 4 steps, 2 + 2 evaluation batches."""


def small_spec(**changes) -> RunSpec:
    """Give a spec that trains in a fraction of a second: 4 steps an epoch, the last of 4 images."""
    small = {"train_images": 100, "epochs": 3, "conv_widths": (4, 6), "fc_widths": (16, 8)}
    return RunSpec(**{**small, **changes})


@cache
def small_split(split: Split) -> LabelledImages:
    """Give the first few hundred real pictures of a split."""
    return read_split(DATA_DIR, split).take(np.arange(SMALL_IMAGES))


def load_small_split(_root: Path, split: Split) -> LabelledImages:
    """Stand in for `load_split`: real pictures, fewer of them."""
    return small_split(split)


def train(
    run_dir: Path,
    spec: RunSpec,
    emit: Callable[[Event], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
    data_dir: Path = DATA_DIR,
) -> RunResult:
    """Train in a folder; few pictures with the fixture `small_data`, all without it."""
    from fashion_core.training.execute import execute_run  # noqa: PLC0415 - seconds to import

    return execute_run(spec, run_dir, emit, should_stop, data_dir=data_dir)


def make_engine(
    where: Where,
    store: RunStore,
    data_dir: Path = DATA_DIR,
    *,
    slots: int = 1,
    cluster: ClusterOptions | None = None,
) -> Engine:
    """Make an engine that computes in one place only, and a few runs at a time at most."""
    choice = EngineChoice(where=where, slots=slots, cluster=cluster)
    place = _make_place(store, data_dir, choice)
    return Engine(store, {where: place}, choice, most_slots=slots)


def _make_place(store: RunStore, data_dir: Path, choice: EngineChoice) -> Place:
    if choice.where == "cluster":
        from fashion_core.engine.cluster import OnCluster  # noqa: PLC0415 - seconds to import

        return OnCluster(store, data_dir, choice.cluster)
    return {"thread": InThread, "process": InChild}[choice.where](store, data_dir)


def stop_at_call(number: int) -> Callable[[], bool]:
    """Make a `should_stop` that says yes once, at its nth call, counted from 0."""
    calls = iter(range(number + 1))
    return lambda: next(calls, -1) == number


def fingerprint(run_dir: Path) -> dict[str, object]:
    """Give every bit that a run leaves behind, except the seconds it took."""
    best = artifacts.epochs_on_disk(run_dir, "best")
    epochs = {e: _epoch_hash(run_dir, e) for e in artifacts.epochs_on_disk(run_dir, "epoch")}
    return {
        "epochs": epochs,
        "best": {epoch: _tensor_hash(artifacts.read(run_dir, "best", epoch)) for epoch in best},
        "last": final_weights(run_dir),
    }


def final_weights(run_dir: Path) -> str:
    """Give the SHA-256 of the parameters and optimiser moments after the last epoch."""
    last = artifacts.epochs_on_disk(run_dir, "checkpoint")[-1]
    return _tensor_hash(artifacts.read(run_dir, "checkpoint", last))


def without_seconds(record: EpochRecord) -> tuple[float, ...]:
    """Give the figures of an epoch that must be the same in every run of a spec."""
    return (
        record.epoch,
        record.train_loss,
        record.train_accuracy,
        record.val_loss,
        record.val_accuracy,
    )


def record(epoch: int, val_loss: float = 0.5, **changes) -> EpochRecord:
    """Give an epoch's figures, all different from each other."""
    figures = {"train_loss": 0.75, "train_accuracy": 0.625, "val_accuracy": 0.875, "seconds": 12.5}
    return EpochRecord(**{"epoch": epoch, "val_loss": val_loss, **figures, **changes})


def predictions(count: int, seed: int) -> Predictions:
    """Give made-up predictions of a few pictures."""
    random = np.random.default_rng(seed)
    return Predictions(
        predictions=random.integers(0, 10, count, dtype=np.uint8),
        pred_probs=random.random((count, 10)).astype(np.float16),
        loss=random.random(count, dtype=np.float32),
    )


def epoch_file(epoch: int, **changes) -> EpochFile:
    """Give a made-up epoch: 5 validation pictures and 3 test pictures."""
    return EpochFile(
        record=record(epoch, **changes),
        val=predictions(5, seed=epoch),
        test=predictions(3, seed=100 + epoch),
    )


def damage_run(store: RunStore, run_id: str) -> None:
    """Damage a run where its folder and the list of runs say what it trains."""
    (store.run_dir(run_id) / "spec.json").write_text("{oops")
    with connect(store.database) as db:
        db.execute("UPDATE runs SET spec = '{' WHERE run_id = ?", (run_id,))


def wait_until(condition: Callable[[], bool], timeout: float = 30.0) -> None:
    """Return as soon as a condition holds; fail if it does not in time."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"Not reached within {timeout} s."
        time.sleep(0.005)


def run_apart(work: Coroutine[Any, Any, Any]) -> Any:
    """Run asynchronous work in a thread of its own: Playwright has an event loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def link_or_copy(source: Path, target: Path) -> None:
    """Give a file a second name, or copy it to another file system."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


@contextmanager
def full_disk(limit: int = 1_000_000) -> Iterator[None]:
    """Let the kernel refuse files above a size, as a full disk does; for root, too."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def fill_disk(disk: Path) -> None:
    """Write until there is no room for one more byte."""
    with (disk / "ballast").open("ab", buffering=0) as file:
        for size in (65_536, 4_096, 1):
            with suppress(OSError):
                while file.write(bytes(size)):
                    pass


def start_python(code: str, *arguments: object) -> subprocess.Popen[str]:
    """Run code in another process that finds the package and this folder."""
    paths = f"import sys; sys.path[:0] = {[str(REPO_ROOT), str(REPO_ROOT / 'tests')]!r}\n"
    return subprocess.Popen(
        [sys.executable, "-c", paths + code, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_python(code: str, *arguments: object) -> str:
    """Run code in another process and give what it printed; fail with its traceback."""
    process = start_python(code, *arguments)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out


def lock_in_other_process(path: Path) -> subprocess.Popen[str]:
    """Start a process that holds an exclusive lock until it is killed or its input ends."""
    process = start_python(_HOLD_LOCK, path)
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    return process


_HOLD_LOCK = """
from pathlib import Path
from fashion_core.files import exclusive_lock
with exclusive_lock(Path(sys.argv[1])) as got:
    print(got, flush=True)
    sys.stdin.read()
"""


def kill(process: subprocess.Popen[str]) -> None:
    """Kill a process of ours as a crash would, and collect it."""
    process.kill()
    process.communicate()


def is_alive(pid: int) -> bool:
    """Tell whether a process that is not our child works; a zombie does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and ") Z " in state.read_text())


def _epoch_hash(run_dir: Path, epoch: int) -> str:
    content = artifacts.read_epoch(run_dir, epoch)
    digest = hashlib.sha256(json.dumps(without_seconds(content.record)).encode())
    for part in (content.val, content.test):
        for array in (part.predictions, part.pred_probs, part.loss):
            digest.update(array.tobytes())
    return digest.hexdigest()


def _tensor_hash(content: bytes) -> str:
    """Hash tensors without the header, which holds the seconds."""
    digest = hashlib.sha256()
    for name, array in sorted(safetensors.numpy.load(content).items()):
        digest.update(f"{name}{array.dtype}{array.shape}".encode() + array.tobytes())
    return digest.hexdigest()
