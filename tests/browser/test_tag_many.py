"""One tag for all pictures of a cell, by keyboard and mouse, and back."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from fashion_core.runs.data_notes import DataNotes

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parents[2]


def test_a_typed_tag_is_put_on_all_pages_of_a_gallery_found_by_it_and_undone(
    streamlit_server: Callable[..., AbstractContextManager[str]],
    open_page: Callable[..., Page],
    tmp_path: Path,
) -> None:
    with streamlit_server(ROOT / "dashboard.py", env={"FASHION_RUNS": str(tmp_path)}) as url:
        page = open_page(f"{url}/confusions?true=Shirt&predicted=T-shirt%2Ftop")
        page.get_by_role("button", name="Tag all").click()
        box = page.get_by_test_id("stPopoverBody")
        box.get_by_role("combobox").fill("collar")
        page.keyboard.press("Enter")
        box.get_by_role("button", name="Put on these 98 pictures").click()
        expect(box.get_by_text("Tagged 98.")).to_be_visible()
        expect(page.get_by_role("combobox", name="Pictures tagged")).to_be_visible()
        assert len(DataNotes(tmp_path).all()) == 98
        box.get_by_role("button", name="Undo").click()
        expect(box.get_by_text("Taken off again.")).to_be_visible()
        assert DataNotes(tmp_path).all() == ()
