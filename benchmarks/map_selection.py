"""How soon a map is drawn, follows the hand and shows its selection in Chromium: part "map"."""

from collections.abc import Callable
from typing import Final

from playwright.sync_api import Browser, Page

from benchmarks.clicks import chromium, open_page, serve_dashboard
from benchmarks.serving import ROOT, serve_process
from benchmarks.ui_table import Row, spread

_APP: Final = ROOT / "benchmarks" / "map_app.py"
_WARM_UP: Final = 3  # selections not counted
_PAUSE_MS: Final = 300

# Notes when the button of the mouse goes up, and when the pictures of the gallery are others.
_WATCH: Final = """() => {
  const all = (root, selector) => [...root.querySelectorAll("*")].flatMap((node) => [
    ...(node.matches(selector) ? [node] : []),
    ...(node.shadowRoot ? all(node.shadowRoot, selector) : []),
  ]);
  window.drawnNow = () => all(document, ".gallery").map((grid) => grid.dataset.drawn).join();
  addEventListener("pointerup", () => { window.upAt = performance.now(); }, true);
}"""
_UNTIL_NEW: Final = """async (before) => {
  while (!drawnNow() || drawnNow() === before) {
    if (performance.now() - upAt > 20000) throw new Error("no other pictures");
    await new Promise(requestAnimationFrame);
  }
  return performance.now() - upAt;
}"""
_FRAMES: Final = """() => {
  window.frameTimes = [];
  let last = performance.now(), stop = false;
  const tick = (now) => {
    frameTimes.push(now - last);
    last = now;
    if (!stop) requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
  window.stopFrames = () => { stop = true; return frameTimes.slice(2); };
}"""


def measure_map(moves: int) -> list[Row]:
    """Select on the map of the reference run; then follow the hand on 20,000 points."""
    with chromium() as browser:
        with serve_dashboard() as (_, url):
            first = _first_drawing(browser, f"{url}/map")
            page = open_page(browser, f"{url}/map")
            selected = _selections(page, moves)
        with serve_process(_APP) as (_, url):
            page = open_page(browser, url)
            frames = {
                what: _frames(page, moves, tool)
                for what, tool in (("hover", None), ("lasso", "Lasso"), ("move", "Move"))
            }
    rows = [
        Row(what="map page, address to first drawing", result=f"{first:.1f} s"),
        Row(
            what=f"box on the map of 10,000 to its gallery, {moves} boxes",
            result=spread(selected),
            goal="median 500 ms",
        ),
    ]
    return rows + [
        Row(what=f"frame while the hand does {what}, 20,000 points", result=spread(times))
        for what, times in frames.items()
    ]


def _first_drawing(browser: Browser, url: str) -> float:
    """Give the seconds until a fresh window shows the map; the server is warm the second time."""
    open_page(browser, url).close()
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(url)
    page.locator(".plot[data-drawn]").wait_for()
    milliseconds: float = page.evaluate("performance.now()")
    page.close()
    return milliseconds / 1000


def _selections(page: Page, moves: int) -> list[float]:
    """Draw boxes of different sizes; give the milliseconds until the gallery shows each."""
    page.evaluate(_WATCH)
    measured = []
    for i in range(moves + _WARM_UP):
        before = page.evaluate("drawnNow()")
        part = 0.5 + 0.4 * ((7 * i) % 11) / 11
        _drag(page, [(0.35, 0.15), (part, 0.3 + 0.6 * ((5 * i) % 13) / 13)])
        measured.append(page.evaluate(_UNTIL_NEW, before))
        page.wait_for_timeout(_PAUSE_MS)
    return measured[_WARM_UP:]


def _frames(page: Page, moves: int, tool: str | None) -> list[float]:
    """Give the milliseconds between the frames while the mouse goes over the map."""
    at = _place(page)
    if tool is not None:
        page.get_by_role("button", name=tool).click()
        page.mouse.move(*at(0.5, 0.5))
        page.mouse.down()
    page.evaluate(_FRAMES)
    for i in range(moves):
        page.mouse.move(*at(0.3 + 0.4 * (i % 9) / 9, 0.3 + 0.4 * (i % 7) / 7), steps=3)
    measured: list[float] = page.evaluate("stopFrames()")
    page.mouse.up()
    page.wait_for_timeout(_PAUSE_MS)
    return measured


def _drag(page: Page, path: list[tuple[float, float]]) -> None:
    """Drag the mouse over the map from one place to another."""
    at = _place(page)
    start, *rest = (at(*part) for part in path)
    page.mouse.move(*start)
    page.mouse.down()
    for place in rest:
        page.mouse.move(*place, steps=3)
    page.mouse.up()


def _place(page: Page) -> Callable[[float, float], tuple[float, float]]:
    """Give the pixel of a part of the map's width and height."""
    box = page.locator(".plot").bounding_box()
    assert box is not None, "the map is not on the page"
    return lambda x, y: (box["x"] + x * box["width"], box["y"] + y * box["height"])
