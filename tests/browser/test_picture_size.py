"""The size of the pictures is chosen on one page and kept on all."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parents[2]


def test_a_chosen_size_is_kept_on_other_pages(
    streamlit_server: Callable[..., AbstractContextManager[str]],
    open_page: Callable[..., Page],
    settled: Callable[[Page], None],
    tmp_path: Path,
) -> None:
    with streamlit_server(ROOT / "dashboard.py", env={"FASHION_RUNS": str(tmp_path)}) as url:
        page = open_page(f"{url}/confusions?true=Shirt&predicted=Coat")
        picture = page.locator(".tile canvas").first
        expect(picture).to_have_css("width", "84px")
        size = page.get_by_role("radiogroup", name="Size of the pictures")
        size.get_by_text("L", exact=True).click()
        expect(picture).to_have_css("width", "112px")
        settled(page)
        page.get_by_role("link", name="Map", exact=True).click()
        expect(page.get_by_role("heading", name="Where do the mistakes live?")).to_be_visible()
        settled(page)
        expect(picture).to_have_css("width", "112px")
        page.get_by_role("link", name="Confidence", exact=True).click()
        expect(page.get_by_role("heading", name="When should a person decide?")).to_be_visible()
        settled(page)
        expect(picture).to_have_css("width", "112px")
