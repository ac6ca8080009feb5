"""What runs on a worker of a cluster: a task for each run, and the calls that talk to it.

The task computes a run in a scratch folder with `execute_run`. The server calls a few times a
second and fetches what the run says and writes; that call is also the sign that somebody still
wants the run. Imported by the server too: torch is imported by the task only.
"""

import platform
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final, get_args

from fashion_core.config import RunSpec
from fashion_core.engine.compute import describe_os_error
from fashion_core.errors import DamagedFileError, DataError, StoreError
from fashion_core.files import sha256
from fashion_core.runs import artifacts
from fashion_core.training.events import EpochFinished, Event, Progress, RunResult

_ROOT: Final = Path(__file__).parents[2]  # of the program; its own data set is there
_FIRST_LEASE_SECONDS: Final = 30.0  # for the first call, which says how long later ones may take
_SLOWEST_LINE: Final = 500_000.0  # bytes a second; a call that carries more may take longer
_MOST_BYTES: Final = 32_000_000  # about what one answer carries: the memory of three machines
_BITS_DEPEND_ON: Final = ("torch", "torchvision", "numpy", "safetensors")


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenFile:
    """A file of the run as the store has it, damaged or not; the path is inside its folder."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeFile:
    """A file that the run has written; the arguments of `artifacts.write`."""

    kind: artifacts.Kind
    epoch: int
    content: bytes
    keep: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What to compute.

    Attributes:
        run_id: The run.
        spec: What to train.
        data_dir: Folder of the data set on the server, used if the worker has it too.
    """

    run_id: str
    spec: RunSpec
    data_dir: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the server says in one call.

    Attributes:
        lease_seconds: How long the run may go on without another call.
        received: Number of the last batch of messages that it has written down.
        is_stopped: Whether the run is to end before its next step.
        files: Files the run goes on from; may come in several calls.
        orders: Given once, after the last file.
    """

    lease_seconds: float
    received: int = 0
    is_stopped: bool = False
    files: tuple[GivenFile, ...] = ()
    orders: Orders | None = None


Message = Event | MadeFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the run says in one call.

    Attributes:
        wants_orders: Whether it waits to be told what to compute.
        batch: Number of these messages, from 1; 0 before the first.
        messages: In order; the same again until their number was received.
        is_over: Whether nothing more will come after these.
    """

    wants_orders: bool
    batch: int
    messages: tuple[Message, ...]
    is_over: bool


class Job:
    """A run on this worker, between the thread that computes it and the calls of the server."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._changed = clock, threading.Condition()
        self._deadline = clock() + _FIRST_LEASE_SECONDS
        self._files: list[GivenFile] = []
        self._orders: Orders | None = None
        self._is_stopped = self._is_over = False
        self._waiting: list[Message] = []
        self._sent: tuple[Message, ...] = ()
        self._batch = 0

    # By the server

    def tell(self, told: Told) -> Answer:
        """Hear what the server says and answer with what is new."""
        with self._changed:
            self._is_stopped = self._is_stopped or told.is_stopped
            self._files += told.files
            self._orders = self._orders or told.orders
            if told.received == self._batch:
                self._sent = self._next_batch()
                self._batch += bool(self._sent)
            size = sum(map(_size, (*self._sent, *told.files)))
            self._deadline = self._clock() + told.lease_seconds + size / _SLOWEST_LINE
            self._changed.notify_all()
            return Answer(
                wants_orders=self._orders is None,
                batch=self._batch,
                messages=self._sent,
                is_over=self._is_over and not self._waiting,
            )

    def _next_batch(self) -> tuple[Message, ...]:
        size = count = 0
        for message in self._waiting:
            if size >= _MOST_BYTES:
                break
            size, count = size + _size(message), count + 1
        batch, self._waiting = tuple(self._waiting[:count]), self._waiting[count:]
        return batch

    # By the thread of the run

    def wait_for_orders(self) -> tuple[Orders, list[GivenFile]] | None:
        """Give what to compute and what is there already; None if nobody says it."""
        self._wait_until(lambda: self._orders is not None)
        return (self._orders, self._files) if self._orders else None

    def should_stop(self) -> bool:
        """Tell whether the run was stopped, or nobody asks for it any more."""
        return self._is_stopped or self._is_forgotten()

    def send(self, message: Message) -> None:
        """Put a message behind the others; of progress in one phase only the last is kept."""
        with self._changed:
            if self._waiting and _replaces(message, self._waiting[-1]):
                self._waiting.pop()
            self._waiting.append(message)

    def wait_for_room(self) -> None:
        """Wait until all files are fetched: an epoch at most waits in memory."""
        self._wait_until(lambda: not any(_size(m) for m in (*self._sent, *self._waiting)))

    def finish(self) -> bool:
        """Wait until everything was received; False if nobody asks for it any more."""
        with self._changed:
            self._is_over = True
        self._wait_until(lambda: not self._sent and not self._waiting)
        return not self._is_forgotten()

    def _wait_until(self, condition: Callable[[], bool]) -> None:
        with self._changed:
            while not condition() and not self._is_forgotten():
                self._changed.wait(max(self._deadline - self._clock(), 0.0))

    def _is_forgotten(self) -> bool:
        return self._clock() > self._deadline


def _replaces(message: Message, last: Message) -> bool:
    """Tell whether a message makes the one before it worthless; step 0 says when an epoch began."""
    if not isinstance(last, Progress) or not isinstance(message, Progress):
        return False
    return last.step > 0 and (last.phase, last.epoch) == (message.phase, message.epoch)


def _size(message: Message | GivenFile) -> int:
    return len(message.content) if isinstance(message, MadeFile | GivenFile) else 0


# A worker is one process, and Dask comes in by two doors, the task and the call: they meet here.
_JOBS: Final[dict[str, Job]] = {}


@contextmanager
def _job(key: str) -> Iterator[Job]:
    job = _JOBS[key] = Job()
    try:
        yield job
    finally:
        del _JOBS[key]


def tell(key: str, told: Told) -> Answer | None:
    """Pass on what the server says to the run of a task; None if it is not in work here."""
    job = _JOBS.get(key)
    return job.tell(told) if job else None


def compute_run(key: str) -> RunResult | None:
    """Compute the run that the server says; a task of the cluster.

    Args:
        key: Of this task; the server calls the run by it.

    Returns:
        How it ended, after the server has received all it left; None if the server is gone.

    Raises:
        StoreError: if the disk of this machine cannot be written, or a file cannot be read.
        DataError: if the data set of this machine is missing or damaged.
    """
    with _job(key) as job:
        if (told := job.wait_for_orders()) is None:
            return None
        orders, files = told
        try:
            with tempfile.TemporaryDirectory(prefix="fashion-run-") as scratch:
                result = _compute(job, orders, files, Path(scratch) / orders.run_id)
        except OSError as error:
            raise StoreError(
                f"On the worker {platform.node()}: {describe_os_error(error)}"
            ) from error
        except DataError as error:
            raise DataError(f"On the worker {platform.node()}: {error}") from error
        finally:
            is_received = job.finish()
        return result if is_received else None


def _compute(job: Job, orders: Orders, files: list[GivenFile], run_dir: Path) -> RunResult:
    from fashion_core.training.execute import execute_run  # noqa: PLC0415 - seconds to import

    for file in files:
        path = run_dir / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
    sender = _Sender(job, run_dir, {sha256(file.content) for file in files})
    files.clear()  # they may be large
    data_dir = Path(orders.data_dir)
    if not data_dir.is_dir():
        data_dir = _ROOT / "data"
    return execute_run(orders.spec, run_dir, sender, job.should_stop, data_dir=data_dir)


class _Sender:
    """Takes the events of a run; sends the files of an epoch before the event that says so."""

    def __init__(self, job: Job, run_dir: Path, known: set[str]) -> None:
        self._job, self._run_dir, self._known = job, run_dir, known

    def __call__(self, event: Event) -> None:
        if isinstance(event, EpochFinished):
            for file in self._new_files(event.record.epoch):
                self._job.send(file)
        self._job.send(event)

    def _new_files(self, epoch: int) -> list[MadeFile]:
        files = [file for kind in get_args(artifacts.Kind) for file in self._read(kind, epoch)]
        new = [file for file in files if sha256(file.content) not in self._known]
        if new:
            self._job.wait_for_room()
        return new

    def _read(self, kind: artifacts.Kind, epoch: int) -> Iterator[MadeFile]:
        on_disk = artifacts.epochs_on_disk(self._run_dir, kind)
        if epoch in on_disk:
            with suppress(DamagedFileError):  # given so, and said in a notice
                content = artifacts.read(self._run_dir, kind, epoch)
                keep = 0 if kind == "epoch" else len(on_disk)
                yield MadeFile(kind=kind, epoch=epoch, content=content, keep=keep)


def describe_program() -> dict[str, str]:
    """Give the versions of all that decides about the bits of a run, for comparison."""
    sources = sorted((_ROOT / "fashion_core").rglob("*.py"))
    code = "".join(sha256(path.read_bytes()) for path in sources)
    versions = {name: version(name) for name in _BITS_DEPEND_ON}
    python = ".".join(platform.python_version_tuple()[:2])
    return {"python": python, "program": sha256(code.encode())[:12], **versions}
