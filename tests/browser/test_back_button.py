"""The browser's back button: one step for one act, whatever the server writes into the link."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_one_step_back_leaves_a_page_that_has_chosen_for_the_visitor(
    reference_url: str, open_page: Callable[..., Page], settled: Callable[[Page], None]
) -> None:
    page = open_page(f"{reference_url}/people")
    settled(page)
    page.get_by_role("link", name="Image", exact=True).click()
    page.wait_for_url(re.compile(r"/image\?.*picture="))
    settled(page)
    page.go_back()
    page.wait_for_url(re.compile(r"/people"))
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("people", re.IGNORECASE))
    page.go_forward()
    page.wait_for_url(re.compile(r"/image\?.*picture="))


def test_one_step_back_takes_back_one_cell(
    reference_url: str, open_page: Callable[..., Page], settled: Callable[[Page], None]
) -> None:
    page = open_page(f"{reference_url}/confusions")
    settled(page)
    for name, link in (
        ("Coat predicted as Shirt: ", "Coat"),
        ("Shirt predicted as Coat: ", "Shirt"),
    ):
        before = page.evaluate("history.length")
        page.get_by_role("button", name=name).click()
        page.wait_for_url(re.compile(f"true={link}"))
        settled(page)
        assert page.evaluate("history.length") == before + 1
    page.go_back()
    page.wait_for_url(re.compile("(?=.*true=Coat).*predicted=Shirt"))
    expect(page.get_by_text("Coat → Shirt").first).to_be_visible()
    page.go_back()
    page.wait_for_url(re.compile(r"/confusions(\?(?!.*true=).*)?$"))
    expect(page.get_by_text("All classes").first).to_be_visible()
