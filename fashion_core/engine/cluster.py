"""The third place: every run is computed by a worker of a Dask cluster, on any machine.

The run store stays where the server is: the server holds the run's lock, fetches what each epoch
leaves, and writes it down. A worker needs no access to the store; one that is killed has taken
nothing with it but the epoch in work.
"""

import logging
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from fashion_core.config import RunSpec
from fashion_core.engine.cluster_link import (
    Connection,
    connect,
    end_cluster,
    launch_cluster,
)
from fashion_core.engine.cluster_options import ClusterOptions
from fashion_core.engine.cluster_run import RemoteRun, execute_on_cluster
from fashion_core.engine.compute import PlaceGoneError, Signals, compute_by, taken
from fashion_core.engine.process import end_input
from fashion_core.runs.queue import RunQueue
from fashion_core.runs.store import RunStore
from fashion_core.training.events import Event, RunResult

_LOG: Final = logging.getLogger(__name__)
_LEASE_SECONDS: Final = 30.0  # a worker stops when the server has been silent so long


class OnCluster:
    """Computes runs on the workers of a cluster, one each; connects when the first run waits.

    Args:
        store: Where runs live.
        data_dir: Folder that holds `FashionMNIST/raw`; a worker that has no such folder uses the
            one of its own copy of the program.
        options: Which cluster.
        lease_seconds: How long a worker goes on computing without a word from here.
    """

    def __init__(
        self,
        store: RunStore,
        data_dir: Path,
        options: ClusterOptions,
        *,
        lease_seconds: float = _LEASE_SECONDS,
    ) -> None:
        self._store, self._data_dir, self._options = store, data_dir, options
        self._lease_seconds = lease_seconds
        self._queue = RunQueue(store)
        self._closing = threading.Event()
        self._running: dict[str, Signals] = {}
        self._lock = threading.Lock()  # of what follows
        self._connection: Connection | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._kept: set[str] = set()
        self._problem = ""

    def compute_next(self) -> bool:
        """Give the run that waits longest to an idle worker and see it to its end.

        Returns:
            False if no run waits, or no worker can take it; the run then stays in the queue.
        """
        if self._queue.next() is None:
            return False
        with self._seat() as seat:
            try:
                has_worker = seat.move()
            except PlaceGoneError as error:
                if not self._closing.is_set():
                    self._say(str(error))
                return False
            if not has_worker:
                return False
            with taken(self._store, self._queue.next) as run_id:
                if run_id is None:
                    return False
                self._compute(run_id, seat)
        return True

    def stop(self, run_id: str) -> None:
        """Stop a run that is computed on a worker without waiting for the database."""
        if signals := self._running.get(run_id):
            signals.stop.set()

    def problem(self) -> str:
        """Say why runs wait although they should not, or nothing."""
        return self._problem

    def close(self) -> None:
        """Ask all runs to end."""
        self._closing.set()
        child = self._child
        if child is not None and self._connection is None:  # a thread waits for it to start
            end_input(child)

    def kill(self) -> None:
        """Let go of the cluster, or end it if it was made here; workers stop for want of calls."""
        if self._connection is not None:
            self._connection.close()
        elif self._child is not None:
            end_cluster(self._child)

    def _compute(self, run_id: str, seat: "_Seat") -> None:
        def execute(
            spec: RunSpec,
            run_dir: Path,
            emit: Callable[[Event], None],
            should_stop: Callable[[], bool],
        ) -> RunResult:
            run = RemoteRun(
                spec=spec,
                run_dir=run_dir,
                data_dir=self._data_dir,
                emit=emit,
                should_stop=should_stop,
                lease_seconds=self._lease_seconds,
            )
            return execute_on_cluster(run, seat)

        signals = self._running[run_id] = Signals(closing=self._closing)
        try:
            compute_by(execute, self._store, run_id, signals)
        finally:
            del self._running[run_id]

    @contextmanager
    def _seat(self) -> Iterator["_Seat"]:
        seat = _Seat(self)
        try:
            yield seat
        finally:
            self.free(seat.worker)

    def keep_worker(self) -> tuple[Connection, str] | None:
        """Keep an idle worker for a run, connecting if need be; None if there is none.

        Raises:
            PlaceGoneError: if there is no scheduler.
        """
        with self._lock:
            connection = self._connect()
            idle = [each for each in connection.idle_workers() if each not in self._kept]
            self._say(next(iter(connection.refusals.values()), ""))
            if not idle:
                return None
            self._kept.add(idle[0])
            return connection, idle[0]

    def free(self, worker: str) -> None:
        """Let other runs have a worker."""
        with self._lock:
            self._kept.discard(worker)

    def _connect(self) -> Connection:
        """Give the connection, made anew if it was lost.

        Raises:
            PlaceGoneError: if there is no scheduler, or the server ends.
        """
        if self._connection is not None and self._connection.is_alive:
            return self._connection
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if not self._options.scheduler:
            self._child = launch_cluster(self._options.workers, self._store.root / "cluster.log")
        if self._closing.is_set():
            if self._child is not None:
                end_cluster(self._child)
            raise PlaceGoneError("The server ends.")
        self._connection = connect(self._options, self._child)
        return self._connection

    def _say(self, problem: str) -> None:
        if problem and problem != self._problem:
            _LOG.warning(problem)
        self._problem = problem


class _Seat:
    """The worker that is kept for one run; another one when that is lost."""

    connection: Connection

    def __init__(self, cluster: OnCluster) -> None:
        self._cluster = cluster
        self.worker = ""

    def move(self) -> bool:
        """Take another worker; False if none is idle.

        Raises:
            PlaceGoneError: if there is no scheduler.
        """
        self._cluster.free(self.worker)
        self.worker = ""
        if (kept := self._cluster.keep_worker()) is None:
            return False
        self.connection, self.worker = kept
        return True
