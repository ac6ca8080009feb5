"""The matrix and its pictures are in sight together: the next cell is one click away."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_cell_shows_the_whole_matrix_and_two_rows_of_pictures_without_scrolling(
    reference_url: str, open_page: Callable[..., Page], settled: Callable[[Page], None]
) -> None:
    page = open_page(f"{reference_url}/confusions?true=Shirt&predicted=Coat")
    pictures = page.locator(".st-key-gallery-page button")
    expect(pictures).to_have_count(48)
    settled(page)
    last_cell = page.get_by_role("button", name="Ankle boot predicted as Ankle boot: ")
    expect(last_cell).to_be_in_viewport(ratio=1)
    expect(pictures.nth(9)).to_be_in_viewport(ratio=1)
    both = page.get_by_test_id("stPagination")  # of 73 pictures
    expect(both.get_by_text("1", exact=True)).to_be_visible()
    expect(both.get_by_text("2", exact=True)).to_be_visible()


def test_pictures_of_one_cell_do_not_repeat_its_classes(
    reference_url: str, open_page: Callable[..., Page], settled: Callable[[Page], None]
) -> None:
    page = open_page(f"{reference_url}/confusions?true=Shirt&predicted=Coat")
    first = page.locator(".st-key-gallery-page button").first
    expect(first.locator(".number")).to_be_visible()
    expect(first.locator(".true")).to_be_hidden()
    expect(first.locator(".predicted")).to_be_hidden()
    expect(first).to_have_accessible_name(re.compile("Shirt predicted as Coat, confidence >99"))
    page.get_by_role("button", name="All mistakes, surest first").click()
    settled(page)
    expect(first.locator(".true")).to_be_visible()
    expect(first.locator(".predicted")).to_contain_text("→ ")


def test_matrix_stays_beside_pictures_but_never_covers_them(
    reference_url: str, open_page: Callable[..., Page], settled: Callable[[Page], None]
) -> None:
    page = open_page(f"{reference_url}/confusions?true=Shirt&predicted=T-shirt%2Ftop")
    pictures = page.locator(".st-key-gallery-page button")
    expect(pictures).to_have_count(48)
    settled(page)
    pictures.nth(40).scroll_into_view_if_needed()
    expect(pictures.first).not_to_be_in_viewport()
    corner = page.get_by_role("button", name="Coat predicted as Shirt: ")
    expect(corner).to_be_in_viewport(ratio=1)
    corner.click()
    expect(page.get_by_text("Coat → Shirt").first).to_be_visible()
    page.set_viewport_size({"width": 420, "height": 900})
    settled(page)
    pictures.nth(25).scroll_into_view_if_needed()
    expect(corner).not_to_be_in_viewport()
