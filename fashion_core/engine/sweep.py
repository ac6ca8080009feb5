"""The runs of a study: put into the queue what is missing, and compute them without a server."""

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from fashion_core.engine.compute import Signals, compute, queue_kept, taken
from fashion_core.runs.queue import RunQueue
from fashion_core.runs.queue_order import QueueOrder
from fashion_core.runs.records import RunSummary
from fashion_core.runs.store import RunStore
from fashion_core.runs.studies import StudyPlan, find_members, is_settled
from fashion_core.training.events import Event

Watch = Callable[[RunSummary, Event], None]
"""Called with a run and every event of it after the store has it, from several threads."""

_LOOK_SECONDS: Final = 0.5  # for a run of the study that another process computes


def queue_missing(store: RunStore, plan: StudyPlan) -> None:
    """Queue every run of a study that has no result and does not wait or run already.

    A run that ended early goes on after its last finished epoch.

    Raises:
        StoreError: if the store cannot be written.
    """
    queue = RunQueue(store)
    with queue_kept(store):
        for member in find_members(plan, store.runs()):
            if member.run is None:
                store.create(member.spec)
            elif not member.run.is_active and not is_settled(member.run):
                queue.put(member.run.run_id)


class Sweep:
    """Computes the queued runs of a study in this process, none of another study.

    Args:
        store: Where runs live.
        plan: What the study compares.
        data_dir: Folder that holds `FashionMNIST/raw`.
        signals: Tell it to end early.
        watch: Told what happens.
    """

    def __init__(
        self, store: RunStore, plan: StudyPlan, data_dir: Path, signals: Signals, watch: Watch
    ) -> None:
        self._store, self._plan, self._data_dir = store, plan, data_dir
        self._signals, self._watch = signals, watch
        self._problems: list[Exception] = []

    def compute(self, *, slots: int) -> None:
        """Compute until no run of the study waits or runs.

        Runs that another process computes are waited for; paused ones are left. One that fails or
        diverges does not stop the others.

        Args:
            slots: Number of runs computed at a time.

        Raises:
            StoreError: if the store cannot be used; the runs in work can be resumed.
        """
        threads = [
            threading.Thread(target=self._work, name="sweep", daemon=True) for _ in range(slots)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._problems:
            raise self._problems[0]

    def _work(self) -> None:
        try:
            while not self._signals.closing.is_set() and self._compute_next():
                pass
        except Exception as error:  # noqa: BLE001 - thread boundary: raised again in `compute`
            self._problems.append(error)
            self._signals.closing.set()

    def _compute_next(self) -> bool:
        """Compute one run, or wait a moment for the others; False if nothing is left."""
        store, signals = self._store, self._signals
        with taken(store, self._next) as run_id:
            if run_id is not None:
                watch = partial(self._watch, store.run(run_id))
                compute(store, run_id, self._data_dir, signals, watch)
                return True
        active = self._active()
        if is_left := any(run.status != "paused" for run in active):
            signals.closing.wait(_LOOK_SECONDS)
        return is_left

    def _next(self) -> str | None:
        """Give the run of the study that is next in the queue."""
        ready = {run.run_id for run in self._active() if run.status == "queued"}
        return next((i for i in QueueOrder(self._store).waiting() if i in ready), None)

    def _active(self) -> list[RunSummary]:
        members = find_members(self._plan, self._store.active())
        return [member.run for member in members if member.run is not None]
