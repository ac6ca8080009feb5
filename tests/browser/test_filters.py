"""What the network sees, in a real browser: opened by a click, kept from picture to picture."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
TITLE = "From the picture to the answer, filter by filter"


def test_it_opens_by_a_click_and_stays_open_for_the_next_picture(
    reference_url: str, open_page: Callable[..., Page], settled: Callable[[Page], None]
) -> None:
    page = open_page(f"{reference_url}/image?picture=7800")
    settled(page)
    expect(page.locator(".filter-chain")).to_have_count(0)
    page.get_by_text(TITLE).click()
    picture = page.locator(".filter-chain .filter-map").first
    expect(picture).to_be_visible()
    before = picture.get_attribute("src")
    settled(page)
    page.keyboard.press("ArrowRight")
    expect(picture).not_to_have_attribute("src", before or "")
    expect(page.locator(".filter-chain .filter-map")).to_have_count(1 + 32 + 16)


@pytest.mark.parametrize(("width", "scheme", "columns"), [(420, "dark", 4), (1440, "light", 11)])
def test_tiles_are_drawn_whole_and_as_large_as_they_are_meant(
    reference_url: str, open_page: Callable[..., Page], width: int, scheme: str, columns: int
) -> None:
    page = open_page(f"{reference_url}/image?picture=7800&filters=true", width=width, scheme=scheme)
    pictures = page.locator(".filter-chain img")
    expect(pictures).to_have_count(1 + 32 + 32 + 16)
    page.wait_for_function(
        "[...document.querySelectorAll('.filter-chain img')].every(i => i.naturalWidth > 0)"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    boxes = page.locator(".filter-map").evaluate_all(
        "all => all.map(e => [e.getBoundingClientRect().width, e.getBoundingClientRect().height])"
    )
    assert {tuple(box) for box in boxes} == {(84, 84)}
    tops = (
        page.locator(".filter-tiles")
        .first.locator("li")
        .evaluate_all("all => all.map(e => e.getBoundingClientRect().top)")
    )
    assert tops.count(tops[0]) == columns


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_its_words_and_pictures_can_be_read_by_all(
    reference_url: str,
    open_page: Callable[..., Page],
    settled: Callable[[Page], None],
    scheme: str,
) -> None:
    page = open_page(f"{reference_url}/image?picture=7800&filters=true", scheme=scheme)
    expect(page.locator(".filter-chain")).to_be_visible()
    settled(page)
    found = Axe().run(page, ".filter-chain", options={"runOnly": RULES}).response
    assert len(found["passes"]) > 3
    assert [each["id"] for each in found["violations"]] == []
