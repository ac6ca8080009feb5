"""One picture explained in a real browser: from a gallery, by arrow keys, at every width."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from fashion_core.analysis.ranking import SortKey, rank_pictures
from fashion_core.analysis.scores import score_pictures
from fashion_core.data import read_split
from fashion_core.runs import artifacts

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
COAT, SHIRT = 4, 6
START_MS = 90_000  # a cold server beside other work, and the first import of PyTorch


@pytest.fixture
def explained(open_page: Callable[..., Page]) -> Callable[..., Page]:
    """Open a picture and wait until all of it is there."""

    def open_explained(url: str, **how: object) -> Page:
        page = open_page(url, **how)
        expect(page.locator(".walk")).to_be_visible(timeout=START_MS)
        wait_for_script(page)
        return page

    return open_explained


def wait_for_script(page: Page) -> None:
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=START_MS)


def row(true: int, predicted: int) -> list[int]:
    """List the test pictures of a cell, the most confident first, from what is on disk."""
    said = artifacts.read_epoch(ROOT / "examples" / "reference-run", 8).test
    source = read_split(ROOT / "data", "test")
    scores = score_pictures(
        image_ids=source.image_ids,
        labels=source.labels,
        predictions=said.predictions,
        pred_probs=said.pred_probs,
        loss=said.loss,
    )
    found = rank_pictures(scores, true=true, predicted=predicted, sort=SortKey.CONFIDENCE)
    return [int(position) for position in found]


def expect_picture(page: Page, image_id: int, place: str) -> None:
    """See that link, picture and place in the row agree."""
    page.wait_for_url(re.compile(rf"[?&]picture={image_id}(&|$)"))
    expect(page.locator(".place")).to_have_text(place)
    expect(page.get_by_role("img", name=f"Test picture {image_id},")).to_be_visible()


def test_arrow_keys_follow_the_gallery_the_picture_was_opened_from(
    reference_url: str, open_page: Callable[..., Page], settled: Callable[[Page], None]
) -> None:
    pictures = row(SHIRT, COAT)
    page = open_page(f"{reference_url}/confusions?true=Shirt&predicted=Coat")
    page.get_by_role("button", name=f"Test picture {pictures[1]}:").click(timeout=START_MS)
    page.get_by_role("dialog").get_by_role("link", name="Explain this picture").click()
    expect_picture(page, pictures[1], f"2 of {len(pictures)}")
    wait_for_script(page)
    for _ in range(3):  # faster than the server answers
        page.keyboard.press("ArrowRight")
    expect_picture(page, pictures[4], f"5 of {len(pictures)}")
    page.keyboard.press("ArrowLeft")
    expect_picture(page, pictures[3], f"4 of {len(pictures)}")
    page.get_by_role("button", name="Next mistake").click()
    expect_picture(page, pictures[4], f"5 of {len(pictures)}")
    wait_for_script(page)
    page.get_by_role("link", name="See them as a gallery").click()
    expect(page.get_by_text(f"Shirt → Coat · {len(pictures)} pictures")).to_be_visible()
    wait_for_script(page)
    page.go_back()
    expect_picture(page, pictures[4], f"5 of {len(pictures)}")


def test_range_and_sort_of_the_gallery_are_kept_there_and_back(
    reference_url: str, open_page: Callable[..., Page]
) -> None:
    query = "sort=times+forgotten&confidence=40&confidence=90"
    page = open_page(f"{reference_url}/confusions?true=Shirt&predicted=Coat&{query}")
    tiles = page.locator(".gallery").first.locator("button")
    expect(tiles.nth(3).locator(".value")).to_have_text("forgotten 7 times", timeout=START_MS)
    third, fourth = (tiles.nth(n).get_attribute("aria-label") or "" for n in (2, 3))
    tiles.nth(2).click()
    page.get_by_role("dialog").get_by_role("link", name="Explain this picture").click()
    page.wait_for_url(re.compile("/image[?]"))  # the dialog has a place, too
    expect(page.locator(".walk")).to_be_visible(timeout=START_MS)
    expect(page.locator(".place")).to_have_text("3 of 48", timeout=START_MS)
    wait_for_script(page)
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(rf"[?&]picture={fourth.split(':')[0].split()[-1]}(&|$)"))
    wait_for_script(page)
    page.get_by_role("link", name="See them as a gallery").click()
    expect(page.get_by_text("Shirt → Coat · 48 pictures")).to_be_visible(timeout=START_MS)
    expect(tiles.nth(2)).to_have_attribute("aria-label", third)
    expect(tiles.nth(2).locator(".value")).to_have_text("forgotten 8 times")


def test_the_row_ends_at_its_ends(reference_url: str, explained: Callable[..., Page]) -> None:
    pictures = row(SHIRT, COAT)
    page = explained(f"{reference_url}/image?true=Shirt&predicted=Coat&sort=confidence")
    expect_picture(page, pictures[0], f"1 of {len(pictures)}")
    expect(page.get_by_role("button", name="Previous mistake")).to_be_disabled()
    page.keyboard.press("ArrowLeft")
    expect_picture(page, pictures[0], f"1 of {len(pictures)}")


def test_keys_that_belong_to_something_else_are_left_to_it(
    reference_url: str, explained: Callable[..., Page]
) -> None:
    pictures = row(SHIRT, COAT)
    page = explained(f"{reference_url}/image?true=Shirt&predicted=Coat&sort=confidence")
    page.get_by_role("combobox").first.focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("radio", name="test").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    page.locator("body").press("Alt+ArrowUp")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Shift+ArrowRight")
    expect_picture(page, pictures[0], f"1 of {len(pictures)}")
    page.keyboard.press("ArrowRight")
    expect_picture(page, pictures[1], f"2 of {len(pictures)}")


def test_epoch_without_weights_leads_to_one_that_has_them(
    reference_url: str, explained: Callable[..., Page]
) -> None:
    page = explained(f"{reference_url}/image?epoch=12&picture=7800")
    expect(page.get_by_text("The weights of epoch 12 were not kept")).to_be_visible()
    page.get_by_role("link", name="Epoch 8, the best").click()
    expect(page.get_by_text("For Coat, the answer")).to_be_visible(timeout=START_MS)
    expect(page.get_by_text("epoch 8 of 30 (the best")).to_be_visible()
    page.wait_for_url(re.compile("picture=7800"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(
    reference_url: str, explained: Callable[..., Page], scheme: str
) -> None:
    page = explained(f"{reference_url}/image?picture=7800", width=420, scheme=scheme)
    expect(page.locator(".js-plotly-plot")).to_have_count(4, timeout=START_MS)
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
    boxes = page.locator(".walk, canvas, .js-plotly-plot, [data-testid='stHtml'] img")
    edges = boxes.evaluate_all("all => all.map(e => e.getBoundingClientRect().right)")
    assert len(edges) >= 6
    assert np.max(edges) <= 420
