"""A page does not jump while it loads: its title stays where it appeared."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
PLACES = """
window.places = [];
const look = () => {
  const title = document.querySelector("h1");
  if (title) window.places.push(Math.round(title.getBoundingClientRect().top));
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""


def test_title_stays_where_it_appeared(
    streamlit_server: Callable[..., AbstractContextManager[str]],
    chromium: Browser,
    settled: Callable[..., None],
    tmp_path: Path,
) -> None:
    with streamlit_server(ROOT / "dashboard.py", env={"FASHION_RUNS": str(tmp_path)}) as url:
        for path in ("", "confusions", "people", "map"):
            page = chromium.new_page(viewport={"width": 1440, "height": 900})
            page.add_init_script(PLACES)
            page.goto(f"{url}/{path}")
            page.get_by_role("heading", level=1).wait_for(timeout=90_000)
            settled(page)
            assert len(set(page.evaluate("window.places"))) == 1
            page.close()
