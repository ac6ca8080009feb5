"""What open live pages cost the training they show: part "live" of `benchmarks.ui`.

Windows without and with pages take turns in one run of the server, so that each window with pages
stands between two without and a machine whose speed drifts does not decide.
"""

import asyncio
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.live_clients import LiveClients, live_clients
from benchmarks.live_page import LivePage
from benchmarks.live_windows import Window, rows_of
from benchmarks.process_times import ThreadTimes, busiest_thread, process_cpu, thread_times
from benchmarks.serving import ROOT, serve_process
from benchmarks.ui_table import Row
from fashion_core.runs.queue import RunQueue
from fashion_core.runs.store import RunStore

_ROUND: Final = (0, 1, 0, 10)  # pages; after the last round comes one more window without
_WINDOW_SECONDS: Final = 12.0  # a third of an epoch: most windows hold training steps only
_SETTLE_SECONDS: Final = 2.0  # after pages were drawn, and to find the thread that trains
_WARM_STEPS: Final = 100
_POLL_SECONDS: Final = 0.01
_PATIENCE_SECONDS: Final = 300.0  # for torch to load, or for the next step under heavy load


def measure_live(rounds: int) -> list[Row]:
    """Train the specification's run, look at it with live pages, and give the rows."""
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder))
        with serve_process(ROOT / "dashboard.py", env={"FASHION_RUNS": folder}) as (process, url):
            start_training(url)
            watched = WatchedRun(store, process.pid, url)
            windows = [watched.window(pages) for pages in (*_ROUND * rounds, 0)]
            RunQueue(store).request_stop(watched.run_id)
    return rows_of(windows)


def start_training(url: str) -> None:
    """Start the specification's run through the page, and leave the page."""

    async def start() -> None:
        async with LivePage(f"{url}/train").open() as page:
            await page.click("Start training")

    asyncio.run(start())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moment:
    """All counters just after a step."""

    time: float
    epoch: int
    step: int
    phase: str
    trainer: ThreadTimes
    server_cpu: float
    clients_cpu: float
    ticks: tuple[int, ...]


class WatchedRun:
    """A run in work in a thread of a server.

    Args:
        store: The server's store; its newest run is watched.
        pid: The server.
        url: Its address.
    """

    def __init__(self, store: RunStore, pid: int, url: str) -> None:
        self._store, self._pid = store, pid
        self.run_id = store.runs()[0].run_id
        # Without the run in the link a page shows the newest run that has results: another one.
        self.url = f"{url}/train?run={self.run_id}"
        while self._next_step()[1] < _WARM_STEPS:
            pass
        self._trainer = busiest_thread(pid, seconds=_SETTLE_SECONDS)

    def window(self, pages: int) -> Window:
        """Measure for some seconds with a number of open pages."""
        with ExitStack() as stack:
            clients = stack.enter_context(live_clients(self.url, pages)) if pages else None
            return self.window_of(clients, pages)

    def window_of(self, clients: LiveClients | None, pages: int) -> Window:
        """Measure for some seconds with pages that are open already."""
        time.sleep(_SETTLE_SECONDS)
        while True:
            before = self._moment(clients)
            time.sleep(_WINDOW_SECONDS)
            after = self._moment(clients)
            # An epoch that ended meanwhile brought an evaluation into it: once more.
            if (before.epoch, before.phase) == (after.epoch, after.phase):
                return _between(before, after, pages)

    def _moment(self, clients: LiveClients | None) -> _Moment:
        epoch, step, phase = self._next_step()
        now = time.monotonic()
        trainer = thread_times(self._pid, self._trainer)
        server_cpu = process_cpu(self._pid) - trainer.cpu
        read = clients.read() if clients else None
        return _Moment(
            time=now,
            epoch=epoch,
            step=step,
            phase=phase,
            trainer=trainer,
            server_cpu=server_cpu,
            clients_cpu=read.cpu_seconds if read else 0.0,
            ticks=tuple(page.ticks for page in read.pages) if read else (0,),
        )

    def _next_step(self) -> tuple[int, int, str]:
        """Wait until the store says that the run has gone on; give epoch, step and phase.

        Raises:
            RuntimeError: if it does not.
        """
        before, deadline = self._position(), time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
            if (now := self._position()) != before and now[2] == "training":
                return now
        raise RuntimeError(f"The training stands still at (epoch, step, phase) {before}.")

    def _position(self) -> tuple[int, int, str]:
        where = self._store.run(self.run_id).progress
        return (where.epoch, where.step, where.phase) if where else (0, 0, "queued")


def _between(before: _Moment, after: _Moment, pages: int) -> Window:
    """Subtract two moments."""
    return Window(
        pages=pages,
        seconds=after.time - before.time,
        steps=after.step - before.step,
        trainer_cpu=after.trainer.cpu - before.trainer.cpu,
        trainer_waiting=after.trainer.waiting - before.trainer.waiting,
        server_cpu=after.server_cpu - before.server_cpu,
        clients_cpu=after.clients_cpu - before.clients_cpu,
        ticks=min(b - a for a, b in zip(before.ticks, after.ticks, strict=True)),
    )
