"""The default place: background threads of the server compute the queued runs."""

import threading
from pathlib import Path

from fashion_core.engine.compute import Signals, compute, taken
from fashion_core.runs.queue import RunQueue
from fashion_core.runs.store import RunStore


class InThread:
    """Computes runs in the thread that asks for it.

    Args:
        store: Where runs live.
        data_dir: Folder that holds `FashionMNIST/raw`.
    """

    def __init__(self, store: RunStore, data_dir: Path) -> None:
        self._store, self._data_dir = store, data_dir
        self._queue = RunQueue(store)
        self._closing = threading.Event()
        self._running: dict[str, Signals] = {}

    def compute_next(self) -> bool:
        """Take the run that waits longest and compute it; False if there is none to take."""
        with taken(self._store, self._queue.next) as run_id:
            if run_id is None:
                return False
            signals = self._running[run_id] = Signals(closing=self._closing)
            try:
                compute(self._store, run_id, self._data_dir, signals)
            finally:
                del self._running[run_id]
        return True

    def stop(self, run_id: str) -> None:
        """Stop a run that is computed here without waiting for the database."""
        if signals := self._running.get(run_id):
            signals.stop.set()

    def problem(self) -> str:
        """Give nothing: a thread is always there."""
        return ""

    def close(self) -> None:
        """Ask all runs here to end."""
        self._closing.set()

    def kill(self) -> None:
        """Do nothing: a thread cannot be killed, but it is a daemon and ends with the program."""
