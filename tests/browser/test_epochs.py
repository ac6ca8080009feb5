"""The slider in a real browser: by keyboard, by bar, playing, and on the page of confidence."""

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
START_MS = 90_000  # a cold server beside other work
TWO_STEPS_MS = 3_000  # playing takes at least 0.7 s a step


@pytest.fixture
def confusions(reference_url: str, open_page: Callable[..., Page]) -> Callable[..., Page]:
    """Open the Confusions page and wait for its slider."""

    def opened(query: str = "epoch=5", **how: object) -> Page:
        page = open_page(f"{reference_url}/confusions?{query}", **how)
        expect(page.get_by_role("slider", name="Epoch")).to_be_visible(timeout=START_MS)
        settled(page)
        return page

    return opened


def settled(page: Page) -> None:
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=START_MS)


def at_epoch(page: Page, epoch: int) -> None:
    """See that slider, caption, picker and matrix are at an epoch."""
    slider = page.get_by_role("slider", name="Epoch")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(rf"Epoch {epoch} of 30"))
    expect(page.get_by_text(re.compile(rf"· epoch {epoch} of 30 \("))).to_be_visible()
    expect(picker(page)).to_have_value(f"Epoch {epoch}")
    expect(cell(page)).to_have_attribute("aria-label", re.compile(f": {shirts(epoch)} of 1,000"))


def picker(page: Page) -> Locator:
    return page.get_by_test_id("stSidebar").get_by_role("combobox", name="Epoch")


def cell(page: Page) -> Locator:
    return page.locator("button[data-row='6'][data-column='0']")


def shirts(epoch: int) -> int:
    """Count the shirts taken for T-shirts at an epoch, from what is on disk."""
    labels = read_split(ROOT / "data", "test").labels
    said = artifacts.read_epoch(ROOT / "examples" / "reference-run", epoch).test.predictions
    return int(np.sum((labels == 6) & (said == 0)))


def play(page: Page) -> Locator:
    return page.locator("button.play")


def shown_epoch(page: Page) -> int:
    text = page.get_by_role("slider", name="Epoch").get_attribute("aria-valuetext") or ""
    return int(text.split()[1])


def test_keyboard_moves_matrix_pictures_picker_and_link(confusions: Callable[..., Page]) -> None:
    page = confusions()
    assert shirts(5) != shirts(6)
    page.get_by_role("slider", name="Epoch").focus()
    page.keyboard.press("ArrowRight")
    at_epoch(page, 6)
    page.wait_for_url(re.compile("epoch=6"))
    expect(page.get_by_text("What changed at this epoch?")).to_be_visible()
    expect(page.get_by_text(re.compile(r"Became right · \d+ pictures?$"))).to_be_visible()
    expect(page.locator(".gallery")).to_have_count(3)
    page.locator(".gallery").evaluate_all("all => all.forEach((each) => { each.kept = true; })")
    page.keyboard.press("ArrowRight")
    at_epoch(page, 7)
    expect(page.get_by_text("epoch 7 against epoch 6")).to_be_visible()
    kept = page.locator(".gallery").evaluate_all("all => all.map((each) => each.kept)")
    assert kept == [True, True, True]  # nothing flickers


def test_the_loss_stands_above_the_bars_with_a_mark_at_the_epoch(
    confusions: Callable[..., Page],
) -> None:
    page = confusions("epoch=8")
    curve = page.locator(".scale .curve")
    numbers = re.findall(r"([ML])([\d.]+) ([\d.]+)", curve.locator("path").get_attribute("d"))
    heights = [1 - float(y) for _, _, y in numbers]
    losses = [
        artifacts.read_epoch(ROOT / "examples" / "reference-run", epoch).record.val_loss
        for epoch in range(1, 31)
    ]
    shares = (np.array(losses) - min(losses)) / np.ptp(losses)
    np.testing.assert_allclose(heights, shares, atol=1e-4)
    assert [float(x) for _, x, _ in numbers] == [each + 0.5 for each in range(30)]
    dot, bar = curve.locator(".dot").bounding_box(), page.locator(".bar").nth(7).bounding_box()
    middles = [box["x"] + box["width"] / 2 for box in (dot, bar)]
    assert abs(middles[0] - middles[1]) < 1
    box = curve.bounding_box()
    assert abs(dot["y"] + dot["height"] / 2 - (box["y"] + box["height"])) < 1  # the best is lowest


def test_bar_of_an_epoch_is_a_way_to_it(confusions: Callable[..., Page]) -> None:
    page = confusions()
    page.locator(".bars .bar").nth(19).click()
    at_epoch(page, 20)
    expect(page.locator(".bars .bar[data-chosen]")).to_have_count(1)


def test_middle_of_the_thumb_is_below_the_middle_of_its_bar(
    confusions: Callable[..., Page],
) -> None:
    page = confusions()
    slider = page.get_by_role("slider", name="Epoch").bounding_box()
    bar = page.locator(".bars .bar").nth(4).bounding_box()
    assert slider is not None
    assert bar is not None
    thumb = slider["x"] + 8 + (slider["width"] - 16) * 4 / 29
    assert thumb == pytest.approx(bar["x"] + bar["width"] / 2, abs=1)


def test_hurried_moves_end_at_the_last_one_and_send_few(
    confusions: Callable[..., Page],
) -> None:
    """Twenty moves without a pause: one is on its way at a time, the newest follows."""
    received: list[int] = []
    page = confusions(received=received)
    before = len(received)
    page.evaluate("""() => {
        const all = (root) => [...root.querySelectorAll("*")].flatMap(
            (node) => [node, ...(node.shadowRoot ? all(node.shadowRoot) : [])]);
        const input = all(document).find((node) => node.type === "range");
        for (let epoch = 6; epoch <= 25; epoch += 1) {
            input.value = epoch - 1;
            input.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
        }
    }""")
    at_epoch(page, 25)
    settled(page)
    scripts = len(received) - before
    page.get_by_role("slider", name="Epoch").focus()
    page.keyboard.press("ArrowRight")
    at_epoch(page, 26)
    settled(page)
    one = len(received) - before - scripts
    assert scripts < 4 * one  # the first and the last of twenty, not all


def test_playing_goes_on_by_itself_and_stops_at_the_end(confusions: Callable[..., Page]) -> None:
    page = confusions("epoch=28")
    play(page).click()
    expect(play(page)).to_have_text("Pause")
    at_epoch(page, 30)
    expect(play(page)).to_have_text("Play")
    play(page).click()  # from the end it starts again
    at_epoch(page, 1)
    play(page).click()
    expect(play(page)).to_have_text("Play")


@pytest.mark.parametrize("touch", ["cell", "picker", "key", "pause"])
def test_playing_stops_when_a_control_is_touched(
    confusions: Callable[..., Page], touch: str
) -> None:
    page = confusions()
    play(page).click()
    expect(page.get_by_role("slider", name="Epoch")).not_to_have_attribute(
        "aria-valuetext", re.compile(r"^Epoch 5 of 30 · validation loss 0\.\d+$")
    )
    if touch == "cell":
        cell(page).click()
    elif touch == "picker":
        picker(page).click()
    elif touch == "key":
        page.keyboard.press("Escape")
    else:
        play(page).click()
    expect(play(page)).to_have_text("Play")
    page.keyboard.press("Escape")
    settled(page)
    stopped = shown_epoch(page)
    page.wait_for_timeout(TWO_STEPS_MS)
    assert shown_epoch(page) == stopped


def test_playing_stops_when_the_page_is_left(confusions: Callable[..., Page]) -> None:
    received: list[int] = []
    page = confusions(received=received)
    play(page).click()
    expect(page.get_by_role("slider", name="Epoch")).not_to_have_attribute(
        "aria-valuetext", re.compile(r"^Epoch 5 of 30 · validation loss 0\.\d+$")
    )
    page.get_by_test_id("stSidebar").get_by_role("link", name="Overview").click()
    expect(page.get_by_text("What came out?")).to_be_visible()
    settled(page)
    page.wait_for_timeout(500)
    quiet = len(received)
    page.wait_for_timeout(TWO_STEPS_MS)
    assert len(received) == quiet


def test_choice_in_the_picker_moves_the_slider(confusions: Callable[..., Page]) -> None:
    page = confusions()
    picker(page).click()
    page.keyboard.type("Epoch 12")
    page.get_by_role("option", name="Epoch 12", exact=True).click()
    at_epoch(page, 12)


def test_threshold_moves_galleries_and_link(
    reference_url: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{reference_url}/certainty?sure=75")
    expect(page.get_by_role("slider")).to_be_visible(timeout=START_MS)
    settled(page)
    labels = read_split(ROOT / "data", "test").labels
    said = artifacts.read_epoch(ROOT / "examples" / "reference-run", 8).test
    sure = said.pred_probs.astype(float)[np.arange(10_000), said.predictions]
    page.get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    wrong = int(np.sum((sure >= 0.76) & (said.predictions != labels)))
    handed = int(np.sum((sure < 0.76) & (said.predictions != labels)))
    expect(page.get_by_text(f"Answered and wrong · {wrong} pictures")).to_be_visible()
    expect(page.get_by_text(f"the network was wrong · {handed} pictures")).to_be_visible()
    page.wait_for_url(re.compile("sure=76"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["confusions?epoch=5", "certainty"])
def test_nothing_is_wider_than_a_phone(
    reference_url: str, open_page: Callable[..., Page], path: str, scheme: str
) -> None:
    page = open_page(f"{reference_url}/{path}", width=420, scheme=scheme)
    expect(page.get_by_role("slider").first).to_be_visible(timeout=START_MS)
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
    for selector in (
        "input[type=range]:not([aria-orientation])",
        ".bars",
        ".js-plotly-plot",
        ".gallery",
    ):
        for left, right in page.locator(selector).evaluate_all(
            "all => all.map(e => e.getBoundingClientRect()).filter(r => r.width)"
            ".map(r => [r.left, r.right])"
        ):
            assert 0 <= left < right <= 420
