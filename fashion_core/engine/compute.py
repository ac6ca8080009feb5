"""Take one run of a store, compute it in this thread, and write down how it ended."""

import logging
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from fashion_core.config import RunSpec
from fashion_core.engine.recorder import RunRecorder
from fashion_core.errors import FashionError, StoreError
from fashion_core.files import exclusive_lock
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.queue import RunQueue
from fashion_core.runs.records import Run, RunSummary
from fashion_core.runs.soundness import damaged_epochs, epochs_made_again, expected_epochs
from fashion_core.runs.store import RunStore
from fashion_core.training.events import Event, RunResult

Execute = Callable[
    [RunSpec, Path, Callable[[Event], None], Callable[[], bool]],
    RunResult,
]
"""Computes a run: `execute_run` with a data set, or something that does so elsewhere."""

_LOG: Final = logging.getLogger(__name__)
_BUSY_SECONDS: Final = 20.0  # the queue is kept for milliseconds at a time


class PlaceGoneError(FashionError):
    """Where a run was computed cannot be reached any more; the run goes back into the queue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """How a run in work is told to end; both take effect before its next step.

    Attributes:
        stop: The visitor wants it to stop: it ends as "stopped".
        closing: The program ends: the run is left as it is and reads "interrupted".
    """

    stop: threading.Event = field(default_factory=threading.Event)
    closing: threading.Event = field(default_factory=threading.Event)


@contextmanager
def queue_kept(store: RunStore) -> Iterator[None]:
    """Keep every other thread and process from adding to the queue and taking from it.

    So that a run can be looked for, made and taken in one go.

    Raises:
        StoreError: if the store's folder cannot be written.
    """
    with ExitStack() as held:
        try:
            # Not got in time, go on: whoever computes a run still needs the lock of that run.
            held.enter_context(
                exclusive_lock(store.root / ".queue.lock", wait_seconds=_BUSY_SECONDS)
            )
        except OSError as error:
            raise StoreError(
                f"The run store {store.root} cannot be used ({error.strerror}). "
                "See that the folder is writable and the disk has room, then try again."
            ) from error
        yield


def active_run(store: RunStore, spec: RunSpec) -> RunSummary | None:
    """Give the run of an equal spec that waits or runs, if there is one."""
    return next((run for run in store.runs_of(spec) if run.is_active), None)


def check_resumable(store: RunStore, run: Run) -> None:
    """Refuse a run that has nothing left to do: no epoch to compute, none to compute again.

    Raises:
        StoreError: with its status.
    """
    if run.is_resumable or (not run.is_active and _is_repairable(store.run_dir(run.run_id), run)):
        return
    raise StoreError(f"The run {run.name} is {run.status}; there is nothing to resume.")


def _is_repairable(run_dir: Path, run: Run) -> bool:
    """Tell whether the file of an epoch is damaged that resume makes again."""
    damaged = damaged_epochs(run_dir, expected_epochs(run))
    return bool(epochs_made_again(run_dir, damaged))


@contextmanager
def taken(store: RunStore, choose: Callable[[], str | None]) -> Iterator[str | None]:
    """Take a run off the queue and hold its lock: nobody else computes it meanwhile.

    Args:
        store: Where runs live.
        choose: Gives the id of a run that waits, or None; may put it there first, unseen by others.

    Yields:
        The id, or None if nothing waits or another process has it.
    """
    with ExitStack() as held:
        with queue_kept(store):
            run_id = choose()
            is_ours = run_id is not None and _take(store, run_id, held)
        yield run_id if is_ours else None


def _take(store: RunStore, run_id: str, held: ExitStack) -> bool:
    journal = RunJournal(store, run_id)
    try:
        return held.enter_context(RunQueue(store).hold(run_id)) and journal.start()
    except OSError as error:  # its folder is gone: the runs behind it must not wait for ever
        journal.end("failed", describe_os_error(error))
        return False


def compute(
    store: RunStore,
    run_id: str,
    data_dir: Path,
    signals: Signals,
    watch: Callable[[Event], None] = lambda _: None,
) -> None:
    """Compute a run that is `taken` here, and write down how it ended.

    Args:
        store: Where runs live.
        run_id: The run.
        data_dir: Folder that holds `FashionMNIST/raw`.
        signals: Tell it to end early.
        watch: Called with every event after the store has it.
    """

    def execute(
        spec: RunSpec,
        run_dir: Path,
        emit: Callable[[Event], None],
        should_stop: Callable[[], bool],
    ) -> RunResult:
        # Imported here, not above: it takes seconds, and no page may pay for it.
        from fashion_core.training.execute import execute_run  # noqa: PLC0415

        return execute_run(spec, run_dir, emit, should_stop, data_dir=data_dir)

    compute_by(execute, store, run_id, signals, watch)


def compute_by(
    execute: Execute,
    store: RunStore,
    run_id: str,
    signals: Signals,
    watch: Callable[[Event], None] = lambda _: None,
) -> None:
    """Have a run that is `taken` computed, here or elsewhere, and write down how it ended."""
    journal = RunJournal(store, run_id)
    try:
        _execute(execute, store, run_id, signals, watch)
    except PlaceGoneError as error:
        journal.notice(str(error))
        with queue_kept(store):
            RunQueue(store).put(run_id)
    except FashionError as error:
        journal.end("failed", str(error))
    except OSError as error:
        journal.end("failed", describe_os_error(error))
    except Exception as error:  # noqa: BLE001 - thread boundary
        _LOG.exception("Run %s failed.", run_id)
        _keep_traceback(store.run_dir(run_id))
        journal.end("failed", f"The training failed: {type(error).__name__}: {error}")


def _execute(
    execute: Execute,
    store: RunStore,
    run_id: str,
    signals: Signals,
    watch: Callable[[Event], None],
) -> None:
    journal, spec = RunJournal(store, run_id), store.run(run_id).spec
    recorder = RunRecorder(journal, spec)

    def emit(event: Event) -> None:
        recorder(event)
        watch(event)

    def should_stop() -> bool:
        is_told = signals.closing.is_set() or signals.stop.is_set()
        return is_told or recorder.is_stop_requested

    result = execute(spec, store.run_dir(run_id), emit, should_stop)
    if result.outcome == "stopped" and signals.closing.is_set():
        return  # the freed lock makes it "interrupted"
    journal.end(result.outcome, result.reason)


def _keep_traceback(run_dir: Path) -> None:
    """Leave the details where a developer looks; visitors see the sentence only."""
    try:
        (run_dir / "error.txt").write_text(traceback.format_exc())
    except OSError:
        _LOG.exception("The traceback of run %s could not be kept.", run_dir.name)


def describe_os_error(error: OSError) -> str:
    """Say what the disk refused, when, and what to do about it.

    What is safe is said by who shows it, and the time tells a second failure from the first.
    """
    where = f" {error.filename}" if error.filename else ""
    return (
        f"At {time.strftime('%H:%M:%S')}, by the clock of the server, the disk refused to "
        f"write{where} ({error.strerror}). Make room or make the folder writable, then press "
        "Resume."
    )
