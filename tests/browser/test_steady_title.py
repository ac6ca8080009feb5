"""A page does not jump while it loads, and holds no place for what nobody sees."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Route

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PLACES = """
window.places = [];
const look = () => {
  const title = document.querySelector("h1");
  if (title) window.places.push(Math.round(title.getBoundingClientRect().top));
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
# Streamlit loads what draws a style sheet as late as the rest: until then all parts are bars.
BARS = """
window.bars = {};
const look = () => {
  const isDressed = [...document.querySelectorAll("style")].some(
    (sheet) => sheet.textContent.includes(".st-key-frame-script")
  );
  const bars = isDressed ? document.querySelectorAll('[data-testid="stSkeleton"]') : [];
  for (const bar of bars) {
    const keyed = bar.closest('[class*="st-key-"]');
    const name = keyed && [...keyed.classList].find((each) => each.startsWith("st-key-"));
    const height = bar.getBoundingClientRect().height;
    if (name) window.bars[name] = Math.max(window.bars[name] ?? 0, height);
    if (window.bars[name] === 0) delete window.bars[name];
  }
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""


def load_late(route: Route) -> None:
    """Answer long after the style sheet is drawn."""
    time.sleep(2.0)
    route.continue_()


def test_title_stays_where_it_appeared(
    reference_url: str, chromium: Browser, settled: Callable[..., None]
) -> None:
    for path in ("", "confusions", "people", "map"):
        page = chromium.new_page(viewport={"width": 1440, "height": 900})
        page.add_init_script(PLACES)
        page.goto(f"{reference_url}/{path}")
        page.get_by_role("heading", level=1).wait_for(timeout=90_000)
        settled(page)
        assert len(set(page.evaluate("window.places"))) == 1
        page.close()


def test_what_is_never_seen_has_no_placeholder(
    reference_url: str, chromium: Browser, settled: Callable[..., None]
) -> None:
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    page.add_init_script(BARS)
    page.route("**/BidiComponent.*.js", load_late)
    page.goto(f"{reference_url}/confusions")
    page.get_by_role("heading", level=1).wait_for(timeout=90_000)
    settled(page)
    assert page.evaluate("window.bars").get("st-key-matrix", 0) > 0  # it looks
    assert "st-key-frame-script" not in page.evaluate("window.bars")
    assert "st-key-sheet-loader-test" not in page.evaluate("window.bars")
    page.close()
