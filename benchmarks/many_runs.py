"""Memory of the server after many short runs started through one page: part "memory"."""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.live_page import LivePage
from benchmarks.process_times import Memory, memory_of
from benchmarks.serving import ROOT, serve_process
from benchmarks.ui_table import Row
from fashion_core.runs.store import RunStore

_REPORTED: Final = (1, 2, 5, 10, 20)
_MIB: Final = 2**20
_POLL_SECONDS: Final = 0.2
_SETTLE_SECONDS: Final = 4.0  # a run reads finished before its arrays of pictures are let go
_RUN_SECONDS: Final = 600.0  # a quick try takes 20 s on an idle machine


def measure_memory(runs: int) -> list[Row]:
    """Train quick tries one after another through a page that stays open; give the rows."""
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder))
        with serve_process(ROOT / "dashboard.py", env={"FASHION_RUNS": folder}) as (process, url):
            memory = asyncio.run(_train(url, store, process.pid, runs))
    return rows_of(memory)


async def _train(url: str, store: RunStore, pid: int, runs: int) -> list[Memory]:
    """Give the server's memory after each run."""
    async with LivePage(f"{url}/train").open() as page:
        await page.click("Quick try")
        memory = []
        for number in range(1, runs + 1):
            await page.click("Start training")
            await _wait_until_finished(store, number)
            await asyncio.sleep(_SETTLE_SECONDS)
            memory.append(memory_of(pid))
    return memory


async def _wait_until_finished(store: RunStore, number: int) -> None:
    """Wait for the newest run.

    Raises:
        RuntimeError: if it does not finish.
    """
    deadline = time.monotonic() + _RUN_SECONDS
    while time.monotonic() < deadline:
        await asyncio.sleep(_POLL_SECONDS)
        newest = store.runs()[0]
        if newest.number == number + 1 and newest.status == "finished":  # 1 is the reference run
            return
    raise RuntimeError(f"Quick try {number} did not finish; the store says {store.runs()[0]}.")


def rows_of(memory: Sequence[Memory]) -> list[Row]:
    """Give the rows of the table.

    Args:
        memory: After the first run, the second, ...
    """
    shown = [number for number in _REPORTED if number <= len(memory)]
    rss = ", ".join(f"{memory[number - 1].rss / _MIB:.0f}" for number in shown)
    pss = ", ".join(f"{memory[number - 1].pss / _MIB:.0f}" for number in shown)
    rows = [
        Row(
            what=f"memory of the server after {', '.join(map(str, shown))} short runs",
            result=f"RSS {rss} MiB; PSS {pss} MiB",
        )
    ]
    if len(memory) > 2:
        grown = (memory[-1].rss - memory[1].rss) / 1e6
        what = f"growth from run 2 to run {len(memory)}"
        rows.append(Row(what=what, result=f"{grown:.0f} MB (RSS)", goal="50 MB"))
    return rows
