"""On a phone, what was asked for comes into sight: a page, the pictures of a cell, an answer."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
PHONE = {"width": 420, "height": 900}
WATCH_TOP = "document.querySelector('.st-key-watch').getBoundingClientRect().top"


@pytest.fixture
def open_phone(
    reference_url: str, open_page: Callable[..., Page], settled: Callable[[Page], None]
) -> Callable[[str], Page]:
    def open_it(path: str) -> Page:
        page = open_page(f"{reference_url}/{path}", width=PHONE["width"])
        settled(page)
        return page

    return open_it


def test_menu_goes_away_when_a_page_is_chosen_and_stays_for_a_choice_of_run(
    open_phone: Callable[[str], Page], settled: Callable[[Page], None]
) -> None:
    page = open_phone("confusions")
    menu = page.get_by_test_id("stSidebar")
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(menu).to_have_attribute("data-collapsed", "false")
    menu.get_by_text("validation", exact=True).click()
    settled(page)
    expect(menu).to_have_attribute("data-collapsed", "false")
    menu.get_by_role("link", name="People").click()
    page.wait_for_url(re.compile("/people"))
    expect(menu).to_have_attribute("data-collapsed", "true")


def test_menu_of_a_wide_window_stays(
    reference_url: str, open_page: Callable[..., Page], settled: Callable[[Page], None]
) -> None:
    page = open_page(f"{reference_url}/confusions")
    settled(page)
    page.get_by_test_id("stSidebar").get_by_role("link", name="People").click()
    page.wait_for_url(re.compile("/people"))
    settled(page)
    expect(page.get_by_test_id("stSidebar")).to_have_attribute("data-collapsed", "false")


def test_a_cell_leads_to_its_pictures(open_phone: Callable[[str], Page]) -> None:
    page = open_phone("confusions")
    cell = page.get_by_role("button", name="Coat predicted as Shirt: ")
    cell.scroll_into_view_if_needed()
    expect(page.get_by_text("All classes, wrong")).not_to_be_in_viewport()
    cell.click()
    expect(page.get_by_text("Coat → Shirt").first).to_be_in_viewport()
    expect(page.locator(".st-key-gallery-page button").first).to_be_in_viewport()


def test_the_answer_stays_in_sight_above_the_sliders(open_phone: Callable[[str], Page]) -> None:
    page = open_phone("try_it")
    slider = page.get_by_role("slider", name="Noise, grey levels")
    slider.scroll_into_view_if_needed()
    answer = page.get_by_role("heading", name=re.compile("The network says"))
    expect(answer).to_be_in_viewport()
    before = answer.inner_text()
    slider.press("End")
    expect(answer).not_to_have_text(before)
    expect(answer).to_be_in_viewport()


def test_a_start_and_no_other_button_leads_to_watch(
    streamlit_server: Callable[..., AbstractContextManager[str]],
    open_page: Callable[..., Page],
    settled: Callable[[Page], None],
    tmp_path: Path,
) -> None:
    with streamlit_server(ROOT / "dashboard.py", env={"FASHION_RUNS": str(tmp_path)}) as url:
        page = open_page(f"{url}/train", width=PHONE["width"])
        settled(page)
        page.get_by_role("button", name="Quick try").click()
        expect(page.get_by_text("· 63 steps an epoch")).to_be_visible()
        start = page.get_by_role("button", name="Start training")
        start.scroll_into_view_if_needed()
        assert watch_top(page) > PHONE["height"] / 2
        start.click()
        page.wait_for_function(f"{WATCH_TOP} < 120")
        expect(page.get_by_role("button", name="Stop", exact=True)).to_be_in_viewport()


def watch_top(page: Page) -> float:
    """Give where Watch begins, in pixels below the top of the window."""
    top: float = page.evaluate(WATCH_TOP)
    return top


def test_the_picture_and_its_map_stand_side_by_side_on_a_phone(
    open_phone: Callable[[str], Page],
) -> None:
    page = open_phone("try_it")
    picture, places = (
        page.get_by_alt_text(re.compile(name)).bounding_box()
        for name in ("^The picture as changed", "^The picture with the places")
    )
    assert picture["width"] == picture["height"] == 168  # 28 pixels, six for each
    assert places["y"] == picture["y"]
    assert places["x"] > picture["x"] + picture["width"]
