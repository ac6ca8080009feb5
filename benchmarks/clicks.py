"""How soon the pictures of a cell are drawn in a real Chromium: part "clicks"."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.serving import CHROMIUM_ARGS, ROOT, find_chromium, serve_process
from benchmarks.ui_table import Row, spread
from fashion_core.classes import CLASS_NAMES, FAMILY
from fashion_core.runs.queue import RunQueue
from fashion_core.runs.store import RunStore

_WARM_UP: Final = 5  # clicks not counted: scripts and fonts load, caches fill
_SETTLE_MS: Final = 3_000

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
  let grid = all(document, ".gallery")[0];
  const isDrawn = () => {
    if (!grid?.isConnected) grid = all(document, ".gallery")[0]; // a search costs milliseconds
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


def measure_clicks(number: int) -> list[Row]:
    """Click cells of the matrix, idle and while a run trains."""
    with chromium() as browser, serve_dashboard() as (store, url):
        page = open_page(browser, f"{url}/confusions?true=Bag&predicted=Shirt")
        idle = _clicks(page, number)
        _train(browser, url)
        training = _clicks(page, number)
        RunQueue(store).request_stop(store.runs()[0].run_id)
    what = f"click on a cell to its pictures, {{}}, {number} clicks"
    return [
        Row(what=what.format("idle"), result=spread(idle), goal="median 150 ms, p95 300 ms"),
        Row(what=what.format("while training"), result=spread(training), goal="p95 500 ms"),
    ]


@contextmanager
def serve_dashboard() -> Iterator[tuple[RunStore, str]]:
    """Run the dashboard on a store of its own."""
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder))
        with serve_process(ROOT / "dashboard.py", env={"FASHION_RUNS": folder}) as (_, url):
            yield store, url


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start a Chromium that nothing else uses."""
    path = find_chromium() or sys.exit("Chromium is not on the PATH.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGS)
        yield browser
        browser.close()


def open_page(browser: Browser, url: str) -> Page:
    """Open a page and wait until it is drawn and has come to rest."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(url)
    page.wait_for_selector("[data-test-script-state='notRunning']", timeout=60_000)
    page.wait_for_timeout(_SETTLE_MS)
    return page


def _clicks(page: Page, number: int) -> list[float]:
    """Click cells of the look-alikes in turn; give the milliseconds of each."""
    names = [CLASS_NAMES[label] for label in FAMILY]
    cells = [[true, predicted] for true in names for predicted in names]
    measured = [page.evaluate(_CLICK, cells[i % len(cells)]) for i in range(number + _WARM_UP)]
    return measured[_WARM_UP:]


def _train(browser: Browser, url: str) -> None:
    """Start the specification's run through the page, and leave the page."""
    page = open_page(browser, f"{url}/train")
    page.get_by_role("button", name="Start training").click()
    page.get_by_text("Step", exact=True).wait_for()
    page.wait_for_timeout(3 * _SETTLE_MS)  # torch is loaded, the first steps are done
    page.close()
