"""What a long list of runs costs: part "runs" of `benchmarks.ui`."""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.live_page import LivePage
from benchmarks.made_runs import EPOCHS, add_finished_runs
from benchmarks.process_times import process_cpu
from benchmarks.serving import ROOT, serve_process
from benchmarks.ui_table import Row, spread
from fashion_core.runs.store import RunStore

_COUNTS: Final = (10, 1_000)
_REPEATS: Final = 20
_WARM_UP: Final = 3
_GOAL: Final = "200 ms"
_HARMLESS: Final = "As specified"  # a button that changes nothing: the settings are so already


def measure_run_list() -> list[Row]:
    """Time the list itself and a page that shows it, with few runs and with many."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        store, made = RunStore(Path(folder)), 0
        for count in _COUNTS:
            add_finished_runs(store, count - made)
            made = count
            rows += _rows(store, count)
    return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class _Times:
    """Milliseconds of every repeat on the wall, and of CPU time per repeat."""

    wall: list[float]
    cpu: float

    def __str__(self) -> str:
        return f"{spread(self.wall)}; CPU {self.cpu:.0f} ms"


def _rows(store: RunStore, count: int) -> Iterator[Row]:
    what = f"with {count:,} runs of {EPOCHS} epochs"
    yield Row(what=f"store.runs() {what}", result=str(_time_list(store)), goal=_GOAL)
    env = {"FASHION_RUNS": str(store.root)}
    with serve_process(ROOT / "dashboard.py", env=env) as (process, url):
        times, size = asyncio.run(_time_page(f"{url}/train", process.pid))
    result = f"{times}; {size / 1_000:.0f} kB"
    yield Row(what=f"run of the Train page {what}", result=result, goal=_GOAL)


def _time_list(store: RunStore) -> _Times:
    """Ask for the list again and again."""
    wall = []
    for _ in range(_WARM_UP):
        store.runs()
    cpu = time.process_time()
    for _ in range(_REPEATS):
        start = time.perf_counter()
        store.runs()
        wall.append(_milliseconds_since(start))
    return _Times(wall=wall, cpu=1_000 * (time.process_time() - cpu) / _REPEATS)


async def _time_page(url: str, pid: int) -> tuple[_Times, float]:
    """Let the page run again and again until all has arrived; give also the bytes of a run."""
    wall = []
    async with LivePage(url).open() as page:
        for _ in range(_WARM_UP):
            await page.click(_HARMLESS)
        cpu, received = process_cpu(pid), page.received.message_bytes
        for _ in range(_REPEATS):
            start = time.perf_counter()
            await page.click(_HARMLESS)
            wall.append(_milliseconds_since(start))
    times = _Times(wall=wall, cpu=1_000 * (process_cpu(pid) - cpu) / _REPEATS)
    return times, (page.received.message_bytes - received) / _REPEATS


def _milliseconds_since(start: float) -> float:
    return 1_000 * (time.perf_counter() - start)
