"""How quick the pages are, in a real Chromium: `python -m benchmarks.ui`.

Measures the first useful picture of a cold server, a click on a cell until its pictures are drawn
(idle and while a run trains), what an open live page costs the training, and the server's memory.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.machine import describe_machine
from benchmarks.serving import CHROMIUM_ARGS, ROOT, find_chromium, serve_process
from fashion_core.classes import CLASS_NAMES, FAMILY
from fashion_core.runs.queue import RunQueue
from fashion_core.runs.store import RunStore

RESULTS: Final = Path(__file__).parent / "results" / "ui.md"
_WARM_UP: Final = 5  # clicks not counted: scripts and fonts load, caches fill
_SETTLE_MS: Final = 3_000
_WINDOW_SECONDS: Final = 12.0  # a third of an epoch: most windows hold training steps only

# Clicks a cell and waits until the browser has drawn pictures of that cell; milliseconds.
_CLICK: Final = """
async ([trueName, predictedName]) => {
  const all = (root, selector) => [...root.querySelectorAll("*")].flatMap((node) => [
    ...(node.matches(selector) ? [node] : []),
    ...(node.shadowRoot ? all(node.shadowRoot, selector) : []),
  ]);
  const spoken = `${trueName} predicted as ${predictedName}`;
  const isCell = (button) => button.getAttribute("aria-label")?.startsWith(`${spoken}: `);
  const cell = all(document, "button").find(isCell);
  const isDrawn = () => {
    const grid = all(document, ".gallery")[0];
    const label = grid?.firstElementChild?.getAttribute("aria-label") ?? "";
    return grid?.dataset.drawn && label.includes(`: ${spoken},`);
  };
  const start = performance.now();
  cell.click();
  while (!isDrawn()) {
    if (performance.now() - start > 20000) throw new Error(`no pictures of ${spoken}`);
    await new Promise(requestAnimationFrame);
  }
  return performance.now() - start;
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table: what was measured, the result, the goal."""

    what: str
    result: str
    goal: str


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table and keep it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clicks", type=int, default=60, help="clicks per measurement")
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args(arguments)
    rows = measure(clicks=options.clicks)
    text = table(rows)
    print(text)
    options.results.parent.mkdir(parents=True, exist_ok=True)
    options.results.write_text(text)


def measure(*, clicks: int) -> list[Row]:
    """Take all measurements on one fresh server and store."""
    with _browser() as browser, tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder))
        with serve_process(ROOT / "dashboard.py", env={"FASHION_RUNS": folder}) as (process, url):
            cold = _first_picture(browser, url)
            page = _open(browser, f"{url}/confusions?true=Bag&predicted=Shirt")
            idle = _clicks(page, clicks)
            _train(browser, url)
            training = _clicks(page, clicks)
            page.close()
            speeds = [_speed(browser, url, store, pages) for pages in (0, 1, 0)]
            memory = psutil.Process(process.pid).memory_info().rss
            RunQueue(store).request_stop(store.runs()[0].run_id)
    alone = statistics.mean([speeds[0], speeds[2]])  # before and after, so that drift cancels
    return [
        Row(what="cold server to first figure", result=f"{cold:.2f} s", goal="1.5 s"),
        _click_row("idle", idle, "median 150 ms, p95 300 ms"),
        _click_row("while training", training, "p95 500 ms"),
        Row(what="training with no page", result=f"{alone:.1f} steps/s", goal=""),
        Row(what="training with 1 live page", result=_slower(alone, speeds[1]), goal="5 % slower"),
        Row(what="memory of the server then", result=f"{memory / 2**20:.0f} MiB", goal=""),
    ]


def _slower(alone: float, speed: float) -> str:
    return f"{speed:.1f} steps/s, {100 * (1 - speed / alone):.0f} % slower"


@contextmanager
def _browser() -> Iterator[Browser]:
    chromium = find_chromium() or sys.exit("Chromium is not on the PATH.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGS)
        yield browser
        browser.close()


def _open(browser: Browser, url: str) -> Page:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(url)
    page.wait_for_selector("[data-test-script-state='notRunning']", timeout=60_000)
    page.wait_for_timeout(_SETTLE_MS)
    return page


def _first_picture(browser: Browser, url: str) -> float:
    """Give the seconds from opening a server nobody has visited to the first figure."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    start = time.monotonic()
    page.goto(url)
    page.wait_for_selector(".js-plotly-plot .scatterlayer", timeout=60_000)
    seconds = time.monotonic() - start
    page.close()
    return seconds


def _clicks(page: Page, number: int) -> list[float]:
    """Click cells of the look-alikes in turn; give the milliseconds of each."""
    names = [CLASS_NAMES[label] for label in FAMILY]
    cells = [[true, predicted] for true in names for predicted in names]
    measured = [page.evaluate(_CLICK, cells[i % len(cells)]) for i in range(number + _WARM_UP)]
    return measured[_WARM_UP:]


def _train(browser: Browser, url: str) -> None:
    """Start the specification's run through the page, and leave the page."""
    page = _open(browser, f"{url}/train")
    page.get_by_role("button", name="Start training").click()
    page.get_by_text("Step", exact=True).wait_for()
    page.wait_for_timeout(3 * _SETTLE_MS)  # torch is loaded, the first steps are done
    page.close()


def _speed(browser: Browser, url: str, store: RunStore, pages: int) -> float:
    """Give the training steps per second with some live pages open, evaluation left out."""
    live = [_open(browser, f"{url}/train") for _ in range(pages)]
    try:
        while True:
            epoch, before = _position(store)
            start = time.monotonic()
            time.sleep(_WINDOW_SECONDS)
            same_epoch, after = _position(store)
            # An epoch that ended meanwhile brought an evaluation into the window: once more.
            if epoch == same_epoch and after < store.runs()[0].spec.steps_per_epoch:
                return (after - before) / (time.monotonic() - start)
    finally:
        for page in live:
            page.close()


def _position(store: RunStore) -> tuple[int, int]:
    """Give epoch and step of the run that trains."""
    progress = store.runs()[0].progress
    return (progress.epoch, progress.step) if progress else (0, 0)


def _click_row(name: str, milliseconds: Sequence[float], goal: str) -> Row:
    ordered = sorted(milliseconds)
    p95 = ordered[round(0.95 * (len(ordered) - 1))]
    return Row(
        what=f"click on a cell to its pictures, {name}, {len(ordered)} clicks",
        result=f"median {statistics.median(ordered):.0f} ms, p95 {p95:.0f} ms",
        goal=goal,
    )


def table(rows: Sequence[Row]) -> str:
    """Write the rows as a Markdown table with the machine below."""
    lines = ["| what | measured | goal |", "|---|---|---|"]
    lines += [f"| {row.what} | {row.result} | {row.goal} |" for row in rows]
    return "\n".join(["# Pages", "", *lines, "", describe_machine(), ""])


if __name__ == "__main__":
    main()
