"""An open picture leads to its neighbours in the gallery it was opened from."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def ids(page: Page) -> list[str]:
    """Give the image ids of the gallery, in its order."""
    tiles = page.locator(".gallery").first.locator("button")
    labels = tiles.evaluate_all("all => all.map((tile) => tile.getAttribute('aria-label'))")
    return [re.search(r"picture (\d+):", label)[1] for label in labels]


def test_arrow_keys_and_buttons_step_through_the_gallery(
    reference_url: str, open_page: Callable[..., Page], settled: Callable[[Page], None]
) -> None:
    page = open_page(f"{reference_url}/confusions?true=Shirt&predicted=Coat")
    expect(page.locator(".gallery[data-drawn]")).to_have_count(1)
    settled(page)
    order = ids(page)
    page.locator(".gallery button").first.click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_text("1 of 73")).to_be_visible()
    expect(drawer.get_by_role("button", name="Previous picture")).to_be_disabled()
    drawer.evaluate("it => { it.kept = true; }")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(rf"picture={order[1]}$"))
    expect(drawer.get_by_text(f"Test picture {order[1]}", exact=True)).to_be_visible()
    drawer.get_by_role("button", name="Next picture").click()
    page.wait_for_url(re.compile(rf"picture={order[2]}$"))
    settled(page)
    assert drawer.evaluate("it => it.kept")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile(rf"picture={order[1]}$"))
    expect(drawer.get_by_text(f"Test picture {order[1]}", exact=True)).to_be_visible()
    drawer.get_by_role("textbox", name="Note on this picture, whatever the run").press("ArrowRight")
    drawer.get_by_role("link", name="Explain this picture").click()
    page.wait_for_url(re.compile(rf"/image\?.*picture={order[1]}"))


FOCUSED = "document.activeElement.shadowRoot?.activeElement?.getAttribute('aria-label') ?? ''"


def expect_focus(page: Page, image_id: str) -> None:
    """Expect the keyboard on the tile of a picture."""
    page.wait_for_function(f"({FOCUSED}).startsWith('Test picture {image_id}:')")


def test_a_closed_panel_steps_no_more_and_gives_the_keyboard_back(
    reference_url: str, open_page: Callable[..., Page], settled: Callable[[Page], None]
) -> None:
    page = open_page(f"{reference_url}/confusions?true=Shirt&predicted=Coat")
    expect(page.locator(".gallery[data-drawn]")).to_have_count(1)
    settled(page)
    order = ids(page)
    page.locator(".gallery button").nth(2).click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_text("3 of 73")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(drawer.get_by_text(f"Test picture {order[3]}", exact=True)).to_be_visible()
    settled(page)
    page.keyboard.press("Escape")
    expect_focus(page, order[3])
    page.evaluate("document.activeElement.shadowRoot.activeElement.blur()")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(1_000)  # longer than an answer of the server takes
    settled(page)
    expect(drawer).to_have_count(0)
    assert "picture=" not in page.url


def test_from_a_picture_of_another_page_the_keyboard_goes_to_the_first_tile(
    reference_url: str, open_page: Callable[..., Page], settled: Callable[[Page], None]
) -> None:
    page = open_page(f"{reference_url}/confusions?true=Shirt&predicted=Coat")
    expect(page.locator(".gallery[data-drawn]")).to_have_count(1)
    settled(page)
    order = ids(page)
    page.locator(".gallery button").last.click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_text("48 of 73")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(drawer.get_by_text("49 of 73")).to_be_visible()
    settled(page)
    page.keyboard.press("Escape")
    expect_focus(page, order[0])


def test_a_picture_of_another_gallery_has_the_neighbours_there(
    reference_url: str, open_page: Callable[..., Page], settled: Callable[[Page], None]
) -> None:
    page = open_page(f"{reference_url}/certainty")
    expect(page.locator(".gallery[data-drawn]")).to_have_count(2)
    settled(page)
    for gallery, total in ((0, "160"), (1, "651")):
        page.locator(".gallery").nth(gallery).locator("button").nth(3).click()
        drawer = page.get_by_role("dialog")
        expect(drawer.get_by_text(f"4 of {total}")).to_be_visible()
        settled(page)
        page.keyboard.press("Escape")
        expect(drawer).to_have_count(0)
        settled(page)


def test_a_picture_that_only_a_link_names_has_no_neighbours(
    reference_url: str, open_page: Callable[..., Page], settled: Callable[[Page], None]
) -> None:
    page = open_page(f"{reference_url}/confusions?true=Shirt&predicted=Coat&picture=17")
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_text("Test picture 17", exact=True)).to_be_visible()
    settled(page)
    expect(drawer.get_by_role("button", name="Next picture")).to_have_count(0)


def test_the_same_number_in_the_other_split_is_another_picture(
    reference_url: str, open_page: Callable[..., Page], settled: Callable[[Page], None]
) -> None:
    page = open_page(f"{reference_url}/confusions?outcome=all&sort=confidence")
    expect(page.locator(".gallery[data-drawn]")).to_have_count(1)
    settled(page)
    page.locator(".gallery button").first.click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_role("button", name="Next picture")).to_be_visible()
    settled(page)
    number = re.search(r"picture=(\d+)", page.url)[1]
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    settled(page)
    page.get_by_test_id("stSidebar").get_by_text("validation", exact=True).click()
    page.wait_for_url(re.compile("split=validation"))
    settled(page)
    page.evaluate("history.pushState({}, '', `${location.href}&picture=" + number + "`)")
    page.evaluate("dispatchEvent(new PopStateEvent('popstate'))")
    expect(drawer.get_by_text(f"Validation picture {number}", exact=True)).to_be_visible()
    settled(page)
    expect(drawer.get_by_role("button", name="Next picture")).to_have_count(0)
