"""How soon the answer to a changed picture is drawn in a real Chromium: part "try"."""

from typing import Final

from playwright.sync_api import Page

from benchmarks.clicks import chromium, open_page, serve_dashboard
from benchmarks.ui_table import Row, spread

_WARM_UP: Final = 8  # moves not counted: PyTorch loads, caches fill
_REST_MS: Final = 200

# From the next key on a slider, waits until all that answers has changed: the picture, what
# speaks in it, and the numbers beside the ten bars. Gives milliseconds, or null if the numbers
# are the same again.
_WATCH: Final = """
() => {
  let before = null;
  const shown = () => [
    ...[...document.querySelectorAll(".stHtml img")].map((image) => image.src),
    document.querySelector(".js-plotly-plot")?.textContent ?? before?.at(-1),
  ];
  before = shown();
  window.answered = new Promise((resolve) => {
    document.addEventListener("keydown", async () => {
      const start = performance.now();
      while (!shown().every((each, i) => each !== before[i])) {
        if (performance.now() - start > 3000) return resolve(null);
        await new Promise(requestAnimationFrame);
      }
      resolve(performance.now() - start);
    }, { capture: true, once: true });
  });
}
"""


def measure_try(moves: int) -> list[Row]:
    """Turn a picture many times, by the keys of the slider."""
    with chromium() as browser, serve_dashboard() as (_, url):
        page = open_page(browser, f"{url}/try_it?picture=9&turn=-170")
        page.wait_for_selector(".js-plotly-plot", timeout=60_000)
        page.get_by_role("slider", name="Turn clockwise, degrees").focus()
        measured = [_move(page) for _ in range(moves + _WARM_UP)][_WARM_UP:]
        page.close()
    found = [each for each in measured if each is not None]
    what = f"move of a slider of Try it to the whole answer, {len(found)} moves"
    return [Row(what=what, result=spread(found), goal="200 ms")]


def _move(page: Page) -> float | None:
    """Press the key that moves the slider on by one stop; give the milliseconds to the answer."""
    page.evaluate(_WATCH)
    page.keyboard.press("ArrowRight")
    measured: float | None = page.evaluate("() => window.answered")
    page.wait_for_timeout(_REST_MS)
    return measured
