"""Figures and what is below them stay in sight while they are drawn anew."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
WATCH = """
key => {
  window.frames = { all: 0, empty: 0, tops: [] };
  const look = () => {
    const top = document.querySelector(`.st-key-about-${key}`).getBoundingClientRect().top;
    window.frames.all += 1;
    const drawing = document.querySelector(`.st-key-${key} .plot-container .main-svg`);
    window.frames.empty += drawing ? 0 : 1;
    window.frames.tops.push(Math.round(top));
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}
"""


@pytest.mark.parametrize(
    ("path", "key", "slider"),
    [
        ("try_it?picture=9&turn=-60", "try-probabilities", "Turn clockwise, degrees"),
        ("certainty?sure=60", "selective", "Lowest confidence that is answered"),
    ],
)
def test_no_frame_is_without_its_figure_and_nothing_jumps(
    streamlit_server: Callable[..., AbstractContextManager[str]],
    open_page: Callable[..., Page],
    settled: Callable[[Page], None],
    tmp_path: Path,
    path: str,
    key: str,
    slider: str,
) -> None:
    with streamlit_server(ROOT / "dashboard.py", env={"FASHION_RUNS": str(tmp_path)}) as url:
        page = open_page(f"{url}/{path}")
        expect(page.locator(f".st-key-{key} .main-svg").first).to_be_visible()
        settled(page)
        page.evaluate(WATCH, key)
        handle = page.get_by_role("slider", name=slider)
        for _ in range(25):
            handle.press("ArrowRight")
            page.wait_for_timeout(300)  # the pace of a hand: the next before all is at rest
        settled(page)
        frames = page.evaluate("window.frames")
        assert frames["all"] > 60
        assert frames["empty"] == 0
        assert len(set(frames["tops"])) == 1
        expect(page.locator(".plot-container[inert]")).to_have_count(0)
