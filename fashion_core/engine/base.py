"""`Engine`: the queue of a server, worked off by a few threads; where they compute is a `Place`."""

import logging
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from fashion_core.config import RunSpec
from fashion_core.engine.cluster_options import ClusterOptions
from fashion_core.engine.compute import active_run, check_resumable, queue_kept
from fashion_core.engine.sweep import queue_missing
from fashion_core.runs.extending import extend_run, find_longer
from fashion_core.runs.queue import RunQueue
from fashion_core.runs.queue_order import Move, QueueOrder
from fashion_core.runs.store import RunStore
from fashion_core.runs.studies import StudyPlan, keep_study

Where = Literal["thread", "process", "cluster"]

_LOG: Final = logging.getLogger(__name__)
_LOOK_SECONDS: Final = 2.0  # another process may have put a run into the queue
_KILL_SECONDS: Final = 2.0  # of the time to close: for runs that did not end when asked


class Place(Protocol):
    """Where one run after another is computed; used by several threads at once."""

    def compute_next(self) -> bool:
        """Take the run that waits longest and see it to its end; False if there is none."""

    def stop(self, run_id: str) -> None:
        """Stop a run that is computed here without waiting for the database."""

    def problem(self) -> str:
        """Say in a sentence why runs wait although they should not, or nothing."""

    def close(self) -> None:
        """Ask all runs here to end; take no other."""

    def kill(self) -> None:
        """End at once what did not end when asked."""


@dataclass(slots=True, kw_only=True)
class EngineChoice:
    """Where the runs that start from now on are computed; may be changed at any time.

    A run that is already being computed stays where it is.

    Attributes:
        where: "thread": in this process; "process": in a process of its own; "cluster": on a
            worker of the cluster.
        slots: Number of runs computed at a time, from 1.
        cluster: The cluster this server was started with, or None: there is then no such place.
    """

    where: Where = "thread"
    slots: int = 1
    cluster: ClusterOptions | None = None


class Engine:
    """Computes queued runs in the order of the queue; all pages of a server share one engine.

    Args:
        store: Where runs live.
        places: The places to choose from.
        choice: Which place takes the next run, and how many run at a time; looked at before
            every run.
        most_slots: Number of runs that can be computed at a time at most.
    """

    def __init__(
        self,
        store: RunStore,
        places: Mapping[Where, Place],
        choice: EngineChoice,
        *,
        most_slots: int,
    ) -> None:
        self._store, self._places, self._choice = store, places, choice
        self._queue, self._order = RunQueue(store), QueueOrder(store)
        self._closing = threading.Event()
        self._busy, self._busy_lock = 0, threading.Lock()
        self._wakes = [threading.Event() for _ in range(most_slots)]
        # Daemons, joined by `close`: otherwise the server either never exits or aborts.
        self._threads = [
            threading.Thread(target=self._work, args=(wake,), name="training", daemon=True)
            for wake in self._wakes
        ]
        for thread in self._threads:
            thread.start()

    def start(self, spec: RunSpec, *, name: str = "") -> str:
        """Queue a run and give its id.

        Pressed twice, or in two tabs, it makes one run: a run is a pure function of its spec, so
        an equal one that waits or runs is the same run; if it is paused, it goes on.

        Raises:
            StoreError: if the store cannot be written.
        """
        with queue_kept(self._store):
            if equal := active_run(self._store, spec):
                run_id = equal.run_id
                self._order.go_on(run_id)
            else:
                run_id = self._store.create(spec, name=name)
        self._wake()
        return run_id

    def extend(self, run_id: str, epochs: int) -> str:
        """Queue a run that goes on where a finished one ended, and give its id.

        Where a run is exactly this training already, it is that one.

        Args:
            run_id: The finished run; it stays as it is.
            epochs: Of the new run in all.

        Raises:
            StoreError: with a sentence, if it cannot be trained further or the store cannot be
                written.
        """
        with queue_kept(self._store):
            run = self._store.run(run_id)
            equal = find_longer(self._store, run, epochs)
            longer = equal.run_id if equal else extend_run(self._store, run, epochs)
            self._order.go_on(longer)
        self._wake()
        return longer

    def start_study(self, plan: StudyPlan, *, name: str = "") -> str:
        """Queue every run of a study that has no result yet, and give the study's id.

        Called again, it goes on with what was stopped, interrupted or failed; what waits, runs or
        has ended for good is left alone.

        Raises:
            StoreError: if the store cannot be written.
        """
        study = keep_study(self._store.root, plan, name=name)
        queue_missing(self._store, plan)
        self._wake()
        return study.study_id

    def stop(self, run_id: str) -> None:
        """Ask a run to stop before its next step, or take it off the queue.

        Raises:
            StoreError: if there is no such run.
        """
        self._queue.request_stop(run_id)
        for place in self._places.values():
            place.stop(run_id)

    def pause(self, run_id: str) -> None:
        """Keep a run in its place but do not compute it; one in work stops before its next step.

        Raises:
            StoreError: if there is no such run.
        """
        self._order.pause(run_id)

    def move(self, run_id: str, where: Move) -> None:
        """Move a waiting run in the queue.

        Raises:
            StoreError: if there is no such run.
        """
        self._order.move(run_id, where)

    def resume(self, run_id: str) -> None:
        """Let a paused run go on, or queue one that ended early, after its last finished epoch.

        One that is finished goes back to where the damaged file of an epoch is made again.

        Raises:
            StoreError: if there is no such run, or it has nothing left to do.
        """
        with queue_kept(self._store):
            run = self._store.run(run_id)
            if not run.is_active:
                check_resumable(self._store, run)
                self._queue.put(run_id)
            self._order.go_on(run_id)
        self._wake()

    def problem(self) -> str:
        """Say in a sentence why runs wait where the choice says now, or nothing."""
        return self._place().problem()

    def close(self, timeout: float = 9.0) -> None:
        """Stop between two steps and end the threads; runs in work can be resumed later."""
        deadline = time.monotonic() + timeout
        self._closing.set()
        self._wake()
        for place in self._places.values():
            place.close()
        self._join(deadline - _KILL_SECONDS)
        for place in self._places.values():
            place.kill()
        self._join(deadline)

    def _join(self, deadline: float) -> None:
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0.0))

    def _wake(self) -> None:
        for wake in self._wakes:
            wake.set()

    def _work(self, wake: threading.Event) -> None:
        while not self._closing.is_set():
            wake.clear()  # before looking: what is queued after the look wakes at once
            try:
                with self._room() as has_room:
                    is_done = has_room and self._place().compute_next()
            except Exception:  # noqa: BLE001 - thread boundary: the queue must outlive a bad disk
                _LOG.exception("The queue could not be read; trying again.")
                self._closing.wait(_LOOK_SECONDS)
                continue
            if not is_done and not self._closing.is_set():
                wake.wait(_LOOK_SECONDS)

    @contextmanager
    def _room(self) -> Iterator[bool]:
        """Count as one of the runs at a time; yields whether there is room for it."""
        with self._busy_lock:
            has_room = self._busy < self._choice.slots
            self._busy += has_room
        try:
            yield has_room
        finally:
            with self._busy_lock:
                self._busy -= has_room

    def _place(self) -> Place:
        return self._places[self._choice.where]
