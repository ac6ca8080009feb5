"""The default engine: one background thread of the server computes the queued runs in turn."""

import logging
import threading
import traceback
from pathlib import Path
from typing import Final

from fashion_core.config import RunSpec
from fashion_core.engine.recorder import RunRecorder
from fashion_core.errors import FashionError, StoreError
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.queue import RunQueue
from fashion_core.runs.store import RunStore

_LOG: Final = logging.getLogger(__name__)
_LOOK_SECONDS: Final = 2.0  # another process may have put a run into the queue


class ThreadEngine:
    """Computes queued runs one after another; all pages of a server share one engine.

    Args:
        store: Where runs live.
        data_dir: Folder that holds `FashionMNIST/raw`.
    """

    def __init__(self, store: RunStore, data_dir: Path) -> None:
        self._store, self._data_dir = store, data_dir
        self._queue = RunQueue(store)
        self._start_lock = threading.Lock()
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._stop = threading.Event()
        self._current: str | None = None
        # A daemon, joined by `close`: otherwise the server either never exits or aborts.
        self._thread = threading.Thread(target=self._work, name="training", daemon=True)
        self._thread.start()

    def start(self, spec: RunSpec, *, name: str = "") -> str:
        """Queue a run and give its id.

        Pressed twice, or in two tabs, it makes one run: a run is a pure function of its spec, so
        an equal one that waits or runs is the same run.

        Raises:
            StoreError: if the store cannot be written.
        """
        with self._start_lock:
            for run in self._store.runs_of(spec):
                if run.is_active:
                    return run.run_id
            run_id = self._store.create(spec, name=name)
        self._wake.set()
        return run_id

    def stop(self, run_id: str) -> None:
        """Ask a run to stop before its next step, or take it off the queue.

        Raises:
            StoreError: if there is no such run.
        """
        self._queue.request_stop(run_id)
        if self._current == run_id:
            self._stop.set()

    def resume(self, run_id: str) -> None:
        """Queue a run that ended early; it continues after its last finished epoch.

        Raises:
            StoreError: if there is no such run, or it has nothing left to do.
        """
        with self._start_lock:
            run = self._store.run(run_id)
            if run.is_active:
                return
            if not run.is_resumable:
                raise StoreError(f"The run {run.name} is {run.status}; there is nothing to resume.")
            self._queue.put(run_id)
        self._wake.set()

    def close(self, timeout: float = 9.0) -> None:
        """Stop between two steps and end the thread; the run in work can be resumed later."""
        self._closing.set()
        self._wake.set()
        self._thread.join(timeout)

    def _work(self) -> None:
        while not self._closing.is_set():
            try:
                run_id = self._queue.next()
                if run_id is None:
                    self._wake.wait(_LOOK_SECONDS)
                    self._wake.clear()
                else:
                    self._compute(run_id)
            except Exception:  # noqa: BLE001 - thread boundary: the queue must outlive a bad disk
                _LOG.exception("The queue could not be read; trying again.")
                self._closing.wait(_LOOK_SECONDS)

    def _compute(self, run_id: str) -> None:
        """Compute one run if nobody else does, and write down how it ended."""
        journal = RunJournal(self._store, run_id)
        try:
            with self._queue.hold(run_id) as is_ours:
                self._stop.clear()
                self._current = run_id
                if is_ours and journal.start():
                    self._compute_ours(run_id, journal)
                else:  # another process has it, or it was cancelled
                    self._closing.wait(_LOOK_SECONDS)
        except OSError as error:  # its folder is gone: the runs behind it must not wait for ever
            journal.end("failed", _describe_os_error(error))
        finally:
            self._current = None

    def _compute_ours(self, run_id: str, journal: RunJournal) -> None:
        try:
            self._execute(run_id, journal)
        except FashionError as error:
            journal.end("failed", str(error))
        except OSError as error:
            journal.end("failed", _describe_os_error(error))
        except Exception as error:  # noqa: BLE001 - thread boundary
            _LOG.exception("Run %s failed.", run_id)
            self._keep_traceback(run_id)
            journal.end("failed", f"The training failed: {type(error).__name__}: {error}")

    def _execute(self, run_id: str, journal: RunJournal) -> None:
        # Imported here, not above: it takes seconds, and no page may pay for it.
        from fashion_core.training.execute import execute_run  # noqa: PLC0415

        spec = self._store.run(run_id).spec
        recorder = RunRecorder(journal, spec)
        result = execute_run(
            spec,
            self._store.run_dir(run_id),
            recorder,
            lambda: self._closing.is_set() or self._stop.is_set() or recorder.is_stop_requested,
            data_dir=self._data_dir,
        )
        if result.outcome == "stopped" and self._closing.is_set():
            return  # the freed lock makes it "interrupted"
        journal.end(result.outcome, result.reason)

    def _keep_traceback(self, run_id: str) -> None:
        """Leave the details where a developer looks; visitors see the sentence only."""
        try:
            (self._store.run_dir(run_id) / "error.txt").write_text(traceback.format_exc())
        except OSError:
            _LOG.exception("The traceback of run %s could not be kept.", run_id)


def _describe_os_error(error: OSError) -> str:
    where = f" {error.filename}" if error.filename else ""
    return (
        f"The disk refused to write{where} ({error.strerror}). The last finished epoch is safe. "
        "Make room or make the folder writable, then press Resume."
    )
