"""Two epochs compared in a real browser: a pair by list, matrix and link, a picture, swap."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from fashion_core.data import read_split
from fashion_core.runs import artifacts

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
RUN = "r-reference-as-specified"
FIRST, SECOND = 8, 30
COAT, SHIRT = 4, 6


START_MS = 90_000  # a cold server beside other work


@pytest.fixture(scope="module")
def url(reference_url: str) -> str:
    """Give the address of the page on a store with the reference run: epoch 8 against 30."""
    return f"{reference_url}/compare?run={RUN}&with={RUN}&with_epoch={SECOND}"


def changed(true: int, predicted: int) -> tuple[int, int]:
    """Count the pictures of a pair that are fixed and broken, from what is on disk."""
    labels = read_split(ROOT / "data", "test").labels
    first, second = (
        artifacts.read_epoch(ROOT / "examples" / "reference-run", epoch).test.predictions
        for epoch in (FIRST, SECOND)
    )
    of_class = labels == true
    fixed = of_class & (first == predicted) & (second == labels)
    broken = of_class & (first == labels) & (second == predicted)
    return int(np.sum(fixed)), int(np.sum(broken))


@pytest.fixture
def compared(
    open_page: Callable[..., Page], settled: Callable[[Page], None]
) -> Callable[..., Page]:
    """Open a comparison and wait until all of it is there."""

    def open_compared(url: str, **how: object) -> Page:
        page = open_page(url, **how)
        expect(page.locator("button.pair").first).to_be_visible(timeout=START_MS)
        app = page.get_by_test_id("stApp")
        expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=START_MS)
        return page

    return open_compared


def tiles(page: Page, outcome: str) -> Locator:
    return page.locator(f".tile.{outcome}")


def expect_galleries(page: Page, fixed: int, broken: int) -> None:
    """See that both galleries hold exactly so many pictures, a page of 24 at most."""
    expect(page.get_by_text(re.compile(rf"A wrong, B right · {fixed} picture"))).to_be_visible()
    expect(page.get_by_text(re.compile(rf"A right, B wrong · {broken} picture"))).to_be_visible()
    expect(tiles(page, "right")).to_have_count(min(24, fixed))
    expect(tiles(page, "wrong")).to_have_count(min(24, broken))


def click_difference(page: Page, true: int, predicted: int) -> None:
    """Click a cell of the difference matrix, the first figure of the page, in its middle."""
    bar = (
        page.locator(".js-plotly-plot")
        .first.locator(".bars .point path")
        .nth(10 * true + predicted)
    )
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def test_pair_is_chosen_by_list_by_matrix_and_by_link(
    url: str, compared: Callable[..., Page]
) -> None:
    page = compared(url)
    coat, shirt = changed(COAT, SHIRT), changed(SHIRT, COAT)
    assert len({*coat, *shirt}) == 4
    page.get_by_role(
        "button", name=f"Coat taken for Shirt: {coat[0]} fixed, {coat[1]} broken"
    ).click()
    expect_galleries(page, *coat)
    click_difference(page, SHIRT, COAT)
    expect_galleries(page, *shirt)
    page.wait_for_url(re.compile("true=Shirt&predicted=Coat"))
    link = page.url
    click_difference(page, SHIRT, COAT)  # takes it back
    expect(page.get_by_role("button", name="All pairs")).to_have_attribute("aria-pressed", "true")
    expect_galleries(compared(link), *shirt)


def test_fixed_pictures_say_what_they_were_taken_for(
    url: str, compared: Callable[..., Page]
) -> None:
    page = compared(f"{url}&true=Shirt&predicted=Coat")
    expect(tiles(page, "right").first.locator(".predicted")).to_have_text("was Coat")
    expect(tiles(page, "wrong").first.locator(".predicted")).to_have_text("→ Coat")
    tiles(page, "right").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("A says")
    expect(dialog.locator(".js-plotly-plot .bars .point")).to_have_count(20)
    page.wait_for_url(re.compile(r"picture=\d+"))
    expect(compared(page.url).get_by_role("dialog")).to_contain_text("B says")


def test_swap_exchanges_fixed_and_broken(url: str, compared: Callable[..., Page]) -> None:
    fixed, broken = changed(SHIRT, COAT)
    page = compared(f"{url}&true=Shirt&predicted=Coat")
    expect_galleries(page, fixed, broken)
    page.get_by_role("button", name="Swap").click()
    expect_galleries(page, broken, fixed)
    page.wait_for_url(re.compile(f"epoch={SECOND}"))


def test_list_of_pairs_works_with_the_keyboard_alone(
    url: str, compared: Callable[..., Page]
) -> None:
    page = compared(url)
    pairs = page.locator("button.pair")
    pairs.first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(pairs.nth(2)).to_be_focused()
    page.keyboard.press("Enter")
    expect(pairs.nth(2)).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    expect(pairs.first).to_have_attribute("aria-pressed", "true")
    assert page.locator("button.pair[tabindex='0']").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(
    url: str, compared: Callable[..., Page], scheme: str
) -> None:
    page = compared(url, width=420, scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
    for selector in ("button.pair", ".js-plotly-plot", ".gallery"):
        for box in page.locator(selector).evaluate_all(
            "all => all.map(e => e.getBoundingClientRect()).map(r => [r.left, r.right])"
        ):
            assert 0 <= box[0] < box[1] <= 420
    overflow = "all => all.map(name => name.scrollWidth - name.clientWidth)"
    assert max(page.locator("button.pair .name").evaluate_all(overflow)) <= 0


@pytest.mark.parametrize("width", [1440, 768, 420])
def test_the_two_sides_are_named_in_full_at_every_width(url, compared, width):
    page = compared(url, width=width)
    sides = page.locator(".st-key-compared-sides")
    words = sides.locator("button p, label p, [data-testid=stMarkdownContainer] p")
    cut = "texts => texts.filter(t => t.scrollWidth > t.clientWidth + 1).map(t => t.innerText)"
    assert words.evaluate_all(cut) == []
    for field in sides.locator("input").all():
        assert field.evaluate("field => field.scrollWidth <= field.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_link_leads_to_a_part_of_the_page_and_back(url, compared):
    page = compared(url, width=420)
    heading = page.get_by_role("heading", name="Which classes got better?")
    expect(heading).not_to_be_in_viewport()
    page.get_by_role("link", name="Which classes got better?").click()
    expect(heading).to_be_in_viewport()
    assert f"with_epoch={SECOND}" in page.url
    page.go_back()
    expect(page).to_have_url(re.compile(r"/compare\?[^#]*$"))
    expect(page.locator("button.pair").first).to_be_attached()
