"""A picture of one's own in a real browser: drawn, turned, answered."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

START_MS = 90_000  # a cold server beside other work, and the first import of PyTorch


@pytest.fixture(scope="module")
def url(reference_url: str) -> str:
    """Give the address of the page on a store with the reference run."""
    return f"{reference_url}/try_it"


def answer(page: Page) -> str:
    """Wait for an answer and give it."""
    said = page.get_by_role("heading", name=re.compile("The network says"))
    expect(said).to_be_visible(timeout=START_MS)
    return said.inner_text()


def seen(page: Page) -> str:
    """Give the address of the picture as the network sees it, which holds its pixels."""
    return page.get_by_alt_text("The picture as changed").get_attribute("src")


def stroke(page: Page, *points: tuple[float, float]) -> None:
    """Draw a line through points, as shares of the canvas."""
    box = page.locator(".pad canvas").bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=4)
    page.mouse.up()


WATCH = """() => {
    window.mixed = 0;
    const look = () => {
        const all = [...document.querySelectorAll("*")];
        const isPad = all.some((each) => each.shadowRoot?.querySelector(".pad"));
        if (isPad && document.body.innerText.includes("The network says")) window.mixed += 1;
        requestAnimationFrame(look);
    };
    look();
}"""


def test_an_empty_canvas_never_stands_beside_the_answer_to_another_picture(
    url: str, open_page: Callable[..., Page], settled: Callable[[Page], None]
) -> None:
    page = open_page(url)
    for _ in range(2):
        answer(page)
        settled(page)
        page.evaluate(WATCH)
        page.get_by_text("a drawing", exact=True).click()
        expect(page.locator(".pad canvas")).to_be_visible()
        expect(page.get_by_text("The answer appears here")).to_be_visible()
        settled(page)
        assert page.evaluate("window.mixed") == 0
        page.get_by_text("the data set", exact=True).click()


def test_stroke_is_answered_and_clearing_takes_the_answer_away(
    url: str, open_page: Callable[..., Page], settled: Callable[[Page], None]
) -> None:
    page = open_page(f"{url}?from=a+drawing")
    expect(page.locator(".pad canvas")).to_be_visible(timeout=START_MS)
    expect(page.get_by_text("The answer appears here")).to_be_visible(timeout=START_MS)
    stroke(page, (0.3, 0.2), (0.3, 0.9))
    answer(page)
    expect(page.locator(".js-plotly-plot")).to_be_visible(timeout=START_MS)
    expect(page.get_by_text("unlike the training pictures")).to_be_visible()
    first = seen(page)
    stroke(page, (0.6, 0.2), (0.6, 0.9))
    expect(page.get_by_alt_text("The picture as changed")).not_to_have_attribute("src", first)
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("The answer appears here")).to_be_visible()


def test_stroke_arrives_where_and_as_wide_as_it_was_drawn(
    url: str, open_page: Callable[..., Page]
) -> None:
    """Two pixels wide, upright, in the middle of columns 6 and 7 of 28."""
    page = open_page(f"{url}?from=a+drawing")
    expect(page.locator(".pad canvas")).to_be_visible(timeout=START_MS)
    stroke(page, (7 / 28, 5 / 28), (7 / 28, 20 / 28))
    answer(page)
    levels = page.get_by_alt_text("The picture as changed").evaluate(
        """async (image) => {
            await image.decode();
            const canvas = new OffscreenCanvas(28, 28).getContext("2d");
            canvas.drawImage(image, 0, 0);
            return [...canvas.getImageData(0, 12, 28, 1).data].filter((_, i) => i % 4 === 0);
        }"""
    )
    assert [column for column, level in enumerate(levels) if level > 40] == [6, 7]
    assert min(levels[6:8]) >= 215  # the canvas has a border of one pixel


def test_drawing_is_still_there_after_a_look_at_another_source(
    url: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{url}?from=a+drawing")
    expect(page.locator(".pad canvas")).to_be_visible(timeout=START_MS)
    stroke(page, (0.2, 0.5), (0.8, 0.5))
    answer(page)
    drawn = seen(page)
    page.get_by_role("radio", name="the data set").click()
    expect(page.get_by_label("Number of a test picture")).to_be_visible()
    page.get_by_role("radio", name="a drawing").click()
    expect(page.locator(".pad canvas")).to_be_visible()
    expect(page.get_by_alt_text("The picture as changed")).to_have_attribute("src", drawn)
    expect(page.get_by_text(re.compile("pixels wide, "))).to_be_visible()  # its script has run
    dark = "canvas => canvas.getContext('2d').getImageData(168, 168, 1, 1).data[0]"
    assert page.locator(".pad canvas").evaluate(dark) > 200


def test_slider_is_followed_by_the_answer_and_the_link(
    url: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{url}?picture=7800")
    before, picture = answer(page), seen(page)
    slider = page.get_by_role("slider", name="Turn clockwise, degrees")
    slider.focus()
    for _ in range(18):
        page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("turn=90"))
    expect(page.get_by_alt_text("The picture as changed")).not_to_have_attribute("src", picture)
    expect(page.get_by_role("heading", name=before)).to_have_count(0)
    page.get_by_role("button", name="Reset").click()
    expect(page.get_by_role("heading", name=before)).to_be_visible()
    expect(page.get_by_alt_text("The picture as changed")).to_have_attribute("src", picture)


def test_uploaded_file_is_answered_in_steps(
    url: str, open_page: Callable[..., Page], tmp_path: Path
) -> None:
    from PIL import Image, ImageDraw  # noqa: PLC0415 - makes the photo

    photo = Image.new("RGB", (900, 1200), (250, 250, 248))
    ImageDraw.Draw(photo).polygon(
        [(300, 150), (600, 150), (640, 1100), (500, 1100), (450, 400), (400, 1100), (260, 1100)],
        fill=(40, 50, 90),
    )
    photo.save(tmp_path / "trousers.jpg")
    page = open_page(f"{url}?from=a+file")
    page.locator("input[type=file]").set_input_files(tmp_path / "trousers.jpg", timeout=START_MS)
    assert "Trouser" in answer(page)
    expect(page.get_by_text("8. In the middle")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("source", ["the+data+set", "a+drawing"])
def test_nothing_is_wider_than_a_phone(
    url: str, open_page: Callable[..., Page], settled: Callable, source: str, scheme: str
) -> None:
    page = open_page(f"{url}?from={source}", width=420, scheme=scheme)
    expect(page.get_by_role("slider").first).to_be_visible(timeout=START_MS)
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
    boxes = page.locator("[data-testid='stMain'] :is(canvas, img, input, [role=slider])")
    edges = boxes.evaluate_all("all => all.map(e => e.getBoundingClientRect().right)")
    assert len(edges) >= 9
    assert max(edges) <= 420
