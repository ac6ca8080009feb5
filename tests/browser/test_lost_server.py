"""A server that is gone is named as such, and a page goes on when it is back."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("width", [1440, 420])
def test_a_killed_server_is_explained_and_the_page_goes_on_with_the_next_one(
    streamlit_process: Callable,
    open_page: Callable[..., Page],
    settled: Callable[[Page], None],
    tmp_path: Path,
    width: int,
) -> None:
    env = {"FASHION_RUNS": str(tmp_path / "runs")}
    with streamlit_process(ROOT / "dashboard.py", ROOT, env) as (server, url):
        page = open_page(f"{url}/confusions", width=width)
        expect(page.get_by_role("button", name="Coat predicted as Shirt: ")).to_be_visible()
        page.wait_for_function("window.fashionFrame")  # the last of the page to come
        os.kill(server.pid, signal.SIGKILL)
        dialog = page.get_by_role("dialog", name="Connection error")
        expect(dialog.get_by_text("Every finished epoch is safe")).to_be_visible()
        expect(dialog.get_by_text("streamlit run dashboard.py")).to_be_visible()
        expect(dialog.get_by_text("internet")).not_to_be_visible()
        box = dialog.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    port = int(url.rsplit(":", 1)[1])
    with streamlit_process(ROOT / "dashboard.py", ROOT, env, port=port):
        expect(dialog).to_be_hidden()
        settled(page)
        page.get_by_test_id("stSidebar").get_by_role("link", name="Overview").dispatch_event(
            "click"
        )
        expect(page.get_by_role("heading", level=1, name="What came out?")).to_be_visible()
