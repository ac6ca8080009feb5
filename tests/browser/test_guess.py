"""A round of guessing by keys in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def url(reference_url: str) -> str:
    """Give the address of the page on a store with the reference run."""
    return f"{reference_url}/guess"


def test_pictures_are_named_by_key_and_answers_stay_when_the_page_is_left(
    url: str, open_page: Callable[..., Page], settled: Callable[[Page], None]
) -> None:
    page = open_page(url)
    settled(page)
    trouser = page.get_by_role("button", name="Trouser")
    for number in (1, 2):
        expect(page.get_by_text(f"Picture {number} of 20")).to_be_visible()
        expect(trouser).to_be_visible()
        page.keyboard.press("1")
        expect(page.get_by_text("You said Trouser")).to_be_visible()
        expect(page.get_by_role("button", name="Next")).to_be_visible()
        page.keyboard.press("n")
    expect(page.get_by_text("Picture 3 of 20")).to_be_visible()
    page.get_by_role("link", name="Confusions").click()
    expect(page.get_by_role("heading", name="Which classes are mixed up")).to_be_visible()
    page.get_by_role("link", name="Guess").click()
    expect(page.get_by_text("Picture 3 of 20")).to_be_visible()


def test_nothing_is_wider_than_a_phone(
    url: str, open_page: Callable[..., Page], settled: Callable[[Page], None]
) -> None:
    page = open_page(url, width=420)
    settled(page)
    expect(page.get_by_role("button", name="Ankle boot")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
