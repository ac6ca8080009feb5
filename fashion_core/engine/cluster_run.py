"""Computes a run on a worker of a cluster as if it were here: the same events, the same files."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from fashion_core.config import RunSpec
from fashion_core.engine.cluster_link import Connection, WorkerLostError
from fashion_core.engine.cluster_worker import (
    Answer,
    GivenFile,
    MadeFile,
    Orders,
    Told,
    compute_run,
    tell,
)
from fashion_core.engine.compute import PlaceGoneError
from fashion_core.errors import FashionError
from fashion_core.runs import artifacts
from fashion_core.training.events import Event, Notice, Progress, RunResult

_LOOK_SECONDS: Final = 0.2  # a live page looks once a second
_SOON_SECONDS: Final = 0.02  # the worker is about to answer
_STOP_SECONDS: Final = 5.0  # less than an engine waits for its threads to end
_RESULT_SECONDS: Final = 10.0  # two strings, from a worker that has just answered
_ATTEMPTS: Final = 3  # of an epoch whose workers are lost, before the run has failed
_BATCH_BYTES: Final = 32_000_000
_STOPPED: Final = RunResult(outcome="stopped", reason="Stopped on request.")


class Seat(Protocol):
    """A worker that is kept for one run."""

    connection: Connection
    worker: str

    def move(self) -> bool:
        """Take another worker; False if none is idle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteRun:
    """A run and what it needs; see `execute_run`.

    Attributes:
        spec: What to train.
        run_dir: Folder of the run in the store.
        data_dir: Folder of the data set here.
        emit: Called in this thread with every event.
        should_stop: Asked five times a second.
        lease_seconds: How long a worker goes on without a word from here.
    """

    spec: RunSpec
    run_dir: Path
    data_dir: Path
    emit: Callable[[Event], None]
    should_stop: Callable[[], bool]
    lease_seconds: float


def execute_on_cluster(run: RemoteRun, seat: Seat) -> RunResult:
    """Compute a run on a worker, and go on with another one when that is lost.

    Everything an epoch leaves is in the store before its event is told, so an epoch at most is
    computed again.

    Raises:
        FashionError: if the worker says so, or three workers are lost in one epoch.
        OSError: if the run's folder cannot be written.
        PlaceGoneError: if the scheduler is lost.
    """
    run.emit(Progress(phase="loading", epoch=1, step=0))
    artifacts.prepare_folders(run.run_dir)
    artifacts.remove_leftovers(run.run_dir)
    try:
        return _follow(run, seat)
    except PlaceGoneError:
        if run.should_stop():
            return _STOPPED
        raise


def _follow(run: RemoteRun, seat: Seat) -> RunResult:
    """Follow a run from worker to worker."""
    lost, last = 0, -1
    while True:
        try:
            return _Attempt(run, seat.connection, seat.worker).follow()
        except WorkerLostError as error:
            if run.should_stop():
                return _STOPPED
            seat.connection.avoid(seat.worker)
            epoch = _last_epoch(run.run_dir)
            lost, last = (lost + 1 if epoch == last else 1), epoch
            _tell_loss(run, error, lost, epoch)
        while not seat.move():
            if run.should_stop():
                return _STOPPED
            time.sleep(_LOOK_SECONDS)


def _tell_loss(run: RemoteRun, error: WorkerLostError, lost: int, epoch: int) -> None:
    """Say that a worker was lost.

    Raises:
        FashionError: if it was the third one in this epoch.
    """
    if lost >= _ATTEMPTS:
        raise FashionError(
            f"{_ATTEMPTS} workers were lost while they computed epoch {epoch + 1}. {error} "
            "Resume tries again."
        )
    where = f"after epoch {epoch}" if epoch else "from the beginning"
    run.emit(Notice(text=f"{error} The run goes on {where} on another worker."))
    run.emit(Progress(phase="loading", epoch=epoch + 1, step=0))


def _last_epoch(run_dir: Path) -> int:
    """Give the epoch a run goes on from if nothing is damaged; 0 is the beginning."""
    return max(artifacts.epochs_on_disk(run_dir, "checkpoint"), default=0)


class _Attempt:
    """A run on one worker, from the orders to its end."""

    def __init__(self, run: RemoteRun, connection: Connection, worker: str) -> None:
        self._run, self._connection, self._worker = run, connection, worker
        self._key = f"fashion-{run.run_dir.name}-{secrets.token_hex(4)}"
        self._received = 0
        self._has_begun = False
        self._stopped_at: float | None = None

    def follow(self) -> RunResult:
        """See the run to its end, or until nobody waits for it any more.

        Raises:
            WorkerLostError: if the worker does not answer.
        """
        task = self._connection.submit(self._worker, compute_run, self._key)
        try:
            while not task.done():
                pause = self._exchange()
                if self._is_given_up():
                    return _STOPPED
                self._pause(pause)
            return self._result(task)
        finally:
            if not task.done():
                self._dismiss()
            task.release()

    def _result(self, task: Any) -> RunResult:
        """Give what the task gives, or raise what it raised.

        Raises:
            WorkerLostError: if there is no result.
        """
        if task.status == "error":
            task.result()
        try:
            result = task.result(timeout=_RESULT_SECONDS)
        except Exception as error:  # the task has none: the worker ended, or Dask has given up
            raise self._connection.loss(self._worker, str(error)) from error
        if not isinstance(result, RunResult):
            raise WorkerLostError(f"The worker {self._worker} did not hear from here in time.")
        return result

    def _exchange(self) -> float:
        """Say and hear what is new; give the seconds until the next time."""
        answer = self._tell(is_stopped=self._stopped_at is not None, received=self._received)
        if answer is None:  # not begun, or ended
            return _SOON_SECONDS if self._has_begun else _LOOK_SECONDS
        self._has_begun = True
        if answer.wants_orders:
            self._give_orders()
            return _LOOK_SECONDS
        has_files = self._take(answer)
        if has_files or answer.is_over or self._stopped_at is not None:
            return _SOON_SECONDS
        return _LOOK_SECONDS

    def _take(self, answer: Answer) -> bool:
        """Write down what is new; tells whether files were among it."""
        if answer.batch == self._received:
            return False
        for message in answer.messages:
            if isinstance(message, MadeFile):
                artifacts.write(
                    self._run.run_dir,
                    message.kind,
                    message.epoch,
                    message.content,
                    keep=message.keep,
                )
            else:
                self._run.emit(message)
        self._received = answer.batch
        return any(isinstance(message, MadeFile) for message in answer.messages)

    def _give_orders(self) -> None:
        for files in _batches(self._run.run_dir):
            self._tell(files=files)
        run = self._run
        data_dir = str(run.data_dir.absolute())
        self._tell(orders=Orders(run_id=run.run_dir.name, spec=run.spec, data_dir=data_dir))

    def _tell(self, **said: Any) -> Answer | None:
        told = Told(lease_seconds=self._run.lease_seconds, **said)
        answer: Answer | None = self._connection.call(
            self._worker, tell, self._key, told, wants=lambda: not self._is_given_up()
        )
        return answer

    def _is_given_up(self) -> bool:
        """Tell whether the run was stopped and its worker has had the time to say so."""
        if self._stopped_at is None:
            if not self._run.should_stop():
                return False
            self._stopped_at = time.monotonic()
        patience = _STOP_SECONDS if self._has_begun else 0.0
        return time.monotonic() - self._stopped_at >= patience

    def _pause(self, seconds: float) -> None:
        """Wait, but not when the run has just been stopped."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _SOON_SECONDS))
            if self._stopped_at is None and self._run.should_stop():
                return

    def _dismiss(self) -> None:
        """Tell the worker to end at once, if it can be told."""
        told = Told(lease_seconds=0.0, is_stopped=True)
        with suppress(WorkerLostError, PlaceGoneError):
            self._connection.call(self._worker, tell, self._key, told, wants=lambda: False)


def _batches(run_dir: Path) -> Iterator[tuple[GivenFile, ...]]:
    """Yield what the run has written so far, damaged or not, a few megabytes at a time."""
    batch: list[GivenFile] = []
    for path in sorted(run_dir.rglob("[!.]*.*")):
        if path.suffix not in {".npz", ".safetensors"}:
            continue
        with suppress(OSError):  # the worker says that it is missing
            content = path.read_bytes()
            batch.append(GivenFile(path=str(path.relative_to(run_dir)), content=content))
        if sum(len(file.content) for file in batch) >= _BATCH_BYTES:
            yield tuple(batch)
            batch = []
    yield tuple(batch)
