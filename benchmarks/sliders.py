"""How soon the page follows a slider in a real Chromium: part "sliders"."""

from typing import Final

from playwright.sync_api import Browser

from benchmarks.clicks import chromium, open_page, serve_dashboard
from benchmarks.ui_table import Row, spread

_GOAL: Final = "median 300 ms"
_EPOCHS: Final = 30  # of the reference run, which the first start brings in
_THRESHOLDS: Final = range(30, 70)  # stops of the confidence slider between 59 and 98 %

# Moves the slider of the page to a stop and waits until the server has answered and every
# gallery has drawn other pictures than before; milliseconds.
_MOVE: Final = """
async (stop) => {
  const all = (root, selector) => [...root.querySelectorAll("*")].flatMap((node) => [
    ...(node.matches(selector) ? [node] : []),
    ...(node.shadowRoot ? all(node.shadowRoot, selector) : []),
  ]);
  const slider = all(document, "input[type=range]")[0];
  const box = all(document, ".box").find((node) => "answered" in node.dataset);
  const drawn = () => all(document, ".gallery").map((grid) => grid.dataset.drawn);
  const before = new Set(drawn());
  const isDrawn = () => box.dataset.answered === String(stop)
    && drawn().every((version) => version && !before.has(version));
  const start = performance.now();
  slider.value = stop;
  slider.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
  while (!isDrawn()) {
    if (performance.now() - start > 20000) throw new Error(`nothing new at stop ${stop}`);
    await new Promise(requestAnimationFrame);
  }
  return performance.now() - start;
}
"""


def measure_sliders(moves: int) -> list[Row]:
    """Move through the epochs and through confidence thresholds, each many times."""
    epochs = [1 + (3 * i) % (_EPOCHS - 1) for i in range(moves + _EPOCHS)]
    thresholds = [_THRESHOLDS[(7 * i) % len(_THRESHOLDS)] for i in range(moves + 5)]
    with chromium() as browser, serve_dashboard() as (_, url):
        epoch = _moves(browser, f"{url}/confusions?epoch=1", epochs)[_EPOCHS:]
        sure = _moves(browser, f"{url}/certainty", thresholds)[5:]
    what = f"move of the slider of {{}} to all pictures, {moves} moves"
    return [
        Row(what=what.format("epochs"), result=spread(epoch), goal=_GOAL),
        Row(what=what.format("confidence"), result=spread(sure), goal=_GOAL),
    ]


def _moves(browser: Browser, url: str, stops: list[int]) -> list[float]:
    """Move to the stops in turn; give the milliseconds of each."""
    page = open_page(browser, url)
    measured = [page.evaluate(_MOVE, stop) for stop in stops]
    page.close()
    return measured
