"""The matrix stays in sight beside a long gallery, so that the next cell is one click away."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parents[2]


def test_matrix_stays_beside_pictures_but_never_covers_them(
    streamlit_server: Callable[..., AbstractContextManager[str]],
    open_page: Callable[..., Page],
    settled: Callable[[Page], None],
    tmp_path: Path,
) -> None:
    with streamlit_server(ROOT / "dashboard.py", env={"FASHION_RUNS": str(tmp_path)}) as url:
        page = open_page(f"{url}/confusions?true=Shirt&predicted=T-shirt%2Ftop")
        pictures = page.locator(".st-key-gallery-page button")
        expect(pictures).to_have_count(48)
        settled(page)
        pictures.nth(25).scroll_into_view_if_needed()  # in the middle of the window
        expect(pictures.first).not_to_be_in_viewport()
        corner = page.get_by_role("button", name="Coat predicted as Shirt: ")
        expect(corner).to_be_in_viewport(ratio=1)
        corner.click()
        expect(page.get_by_text("Coat → Shirt").first).to_be_visible()
        page.set_viewport_size({"width": 420, "height": 900})
        settled(page)
        pictures.nth(25).scroll_into_view_if_needed()
        expect(corner).not_to_be_in_viewport()
