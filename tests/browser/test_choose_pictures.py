"""Some pictures of a gallery are chosen and tagged, by mouse and by keyboard."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from fashion_core.runs.data_notes import DataNotes

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
CELL = "confusions?true=Shirt&predicted=T-shirt%2Ftop"


def tiles(page: Page) -> Locator:
    return page.locator(".st-key-gallery-page button.tile")


def ids(tiles: Locator, *places: int) -> set[int]:
    names = [tiles.nth(place).get_attribute("aria-label") or "" for place in places]
    return {int(re.findall(r"picture (\d+)", name)[0]) for name in names}


def start(page: Page, settled: Callable[[Page], None]) -> Locator:
    """Turn the choice on, and give the tiles."""
    settled(page)
    page.get_by_text("Choose", exact=True).click()
    expect(page.get_by_role("button", name="Tag 0 chosen")).to_be_disabled()
    expect(tiles(page).first).to_have_attribute("aria-pressed", "false")
    return tiles(page)


def box(page: Page, number: int) -> Locator:
    return page.get_by_role("button", name=f"Tag {number} chosen")


def test_pictures_of_two_pages_are_chosen_tagged_and_leave_no_step_back(
    streamlit_server: Callable[..., AbstractContextManager[str]],
    open_page: Callable[..., Page],
    settled: Callable[[Page], None],
    tmp_path: Path,
) -> None:
    with streamlit_server(ROOT / "dashboard.py", env={"FASHION_RUNS": str(tmp_path)}) as url:
        page = open_page(f"{url}/{CELL}")
        shown, steps, link = start(page, settled), page.evaluate("history.length"), page.url
        shown.nth(1).click()
        shown.nth(4).click(modifiers=["Shift"])
        shown.nth(2).click()
        expect(box(page, 3)).to_be_visible()
        assert (page.evaluate("history.length"), page.url) == (steps, link)
        expected = ids(shown, 1, 3, 4)
        first = shown.first.get_attribute("aria-label") or ""
        page.get_by_test_id("stPaginationNext").first.click()
        expect(shown.first).not_to_have_attribute("aria-label", first)
        expect(page.locator(".tile[aria-pressed=true]")).to_have_count(0)
        shown.first.click()
        box(page, 4).click()
        expected |= ids(shown, 0)
        body = page.get_by_test_id("stPopoverBody")
        body.get_by_role("combobox").fill("collar")
        page.keyboard.press("Enter")
        body.get_by_role("button", name="Put on these 4 pictures").click()
        expect(body.get_by_text("Tagged 4.")).to_be_visible()
        assert {note.about.image_id for note in DataNotes(tmp_path).all()} == expected
        body.get_by_role("button", name="Undo").click()
        expect(body.get_by_text("Taken off again.")).to_be_visible()
        assert DataNotes(tmp_path).all() == ()


def test_the_keyboard_chooses_one_or_a_range_and_none(
    reference_url: str, open_page: Callable[..., Page], settled: Callable[[Page], None]
) -> None:
    page = open_page(f"{reference_url}/{CELL}", width=420, scheme="dark")
    shown = start(page, settled)
    shown.first.focus()
    for key in ("Space", "ArrowRight", "ArrowRight", "Shift+Enter"):
        page.keyboard.press(key)
    expect(page.locator(".tile[aria-pressed=true]")).to_have_count(3)
    expect(box(page, 3)).to_be_visible()
    expect(shown.nth(2)).to_be_focused()
    page.keyboard.press("Enter")
    expect(box(page, 2)).to_be_visible()
    page.get_by_role("button", name="Choose none").click()
    expect(page.locator(".tile[aria-pressed=true]")).to_have_count(0)
    expect(box(page, 0)).to_be_disabled()


def test_marks_are_there_at_once_and_late_answers_take_none_back(
    reference_url: str, open_page: Callable[..., Page], settled: Callable[[Page], None]
) -> None:
    page = open_page(f"{reference_url}/{CELL}")
    shown = start(page, settled)
    shown.first.evaluate(
        """({ parentElement: grid }) => {
            window.most = 0
            new MutationObserver(() => {
                const now = grid.querySelectorAll("[aria-pressed=true]").length
                window.wasTakenBack ||= now < window.most
                window.most = now
            }).observe(grid, { subtree: true, attributes: true })
        }"""
    )
    for place in range(12):
        shown.nth(place).click()
        assert shown.nth(place).get_attribute("aria-pressed") == "true"
    expect(box(page, 12)).to_be_visible()
    settled(page)
    expect(page.locator(".tile[aria-pressed=true]")).to_have_count(12)
    assert page.evaluate("[window.most, window.wasTakenBack]") == [12, False]


def test_a_click_opens_the_picture_again_when_choosing_is_over(
    reference_url: str, open_page: Callable[..., Page], settled: Callable[[Page], None]
) -> None:
    page = open_page(f"{reference_url}/{CELL}")
    shown = start(page, settled)
    shown.nth(1).click()
    expect(box(page, 1)).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_text("Choose", exact=True).click()
    expect(page.get_by_role("button", name="Tag all")).to_be_visible()
    expect(page.locator(".tile[aria-pressed]")).to_have_count(0)
    shown.nth(1).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert "picture=" in page.url
