"""The picture sheet, the gallery and the confusion table in a real browser."""

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from pages.ui.sheet import asset

pytestmark = pytest.mark.browser

CORNERS = [(0, 0), (0, 9), (9, 0), (9, 9)]
IMAGES = np.random.default_rng(5).integers(0, 256, (2000, 28, 28), dtype=np.uint8)
"""Noise: wrong pixels cannot go unseen, and the sheet does not compress (1.6 MB)."""
SHEET_BYTES = 1_500_000
SMALL_BYTES = 100_000

APP = Path(__file__).with_name("components_app") / "app.py"


@pytest.fixture(scope="module")
def app_url(streamlit_server):
    with streamlit_server(APP) as url:
        yield url


@pytest.fixture
def app(app_url, open_page, settled):
    """Open the app; give a function so that a test can choose width and theme."""

    def open_app(**how):
        page = open_page(app_url, **how)
        expect(page.locator(".gallery[data-drawn]")).to_be_visible(timeout=90_000)
        settled(page)
        return page

    return open_app


def cell(page, row, column):
    return page.locator(f"button[data-row='{row}'][data-column='{column}']")


def chosen(page, text):
    expect(page.get_by_text(f"chosen {text}", exact=True)).to_be_visible()


def pixels(canvases):
    """Read canvases back as uint8 of shape (N, 28, 28); grey and opaque throughout."""
    script = """all => all.map(canvas =>
        Array.from(canvas.getContext("2d").getImageData(0, 0, 28, 28).data))"""
    colors = np.array(canvases.evaluate_all(script), dtype=np.uint8).reshape(-1, 28, 28, 4)
    assert (colors[..., :3] == colors[..., :1]).all()
    assert (colors[..., 3] == 255).all()
    return colors[..., 0]


# Confusion table


@pytest.mark.parametrize("width", [420, 1440])
def test_click_on_a_corner_cell_reports_exactly_its_true_and_predicted_class(app, width):
    page = app(width=width)
    for true, predicted in CORNERS:
        cell(page, true, predicted).click()
        chosen(page, f"({true}, {predicted}) None")


def test_click_reaches_the_corners_of_a_cell(app):
    page = app(width=420)
    for true, predicted, right, bottom in [(3, 7, 1, 1), (4, 8, 0, 1), (8, 2, 1, 0), (2, 5, 0, 0)]:
        box = cell(page, true, predicted).bounding_box()
        x, y = box["x"] + right * box["width"], box["y"] + bottom * box["height"]
        page.mouse.click(x + 0.5 - right, y + 0.5 - bottom)
        chosen(page, f"({true}, {predicted}) None")


def test_table_works_with_the_keyboard_alone(app):
    page = app()
    cell(page, 0, 0).focus()
    for key in [
        "ArrowRight",
        "ArrowDown",
        "ArrowDown",
        "ArrowLeft",
        "ArrowLeft",
        "End",
        "ArrowLeft",
    ]:
        page.keyboard.press(key)
    expect(cell(page, 2, 8)).to_be_focused()
    page.keyboard.press("Enter")
    chosen(page, "(2, 8) None")
    page.keyboard.press("Control+Home")
    page.keyboard.press("Space")
    chosen(page, "(0, 0) None")


def test_table_is_one_stop_of_the_tab_key(app):
    page = app()
    assert page.locator("table button[tabindex='0']").count() == 1
    cell(page, 4, 5).click()
    assert page.locator("table button[tabindex='0']").get_attribute("data-column") == "5"


def test_cells_say_what_they_count(app):
    page = app()
    expect(cell(page, 6, 4)).to_have_attribute("aria-label", "Shirt predicted as Coat: 64 of 645")
    assert cell(page, 6, 4).inner_text() == "64"
    assert cell(page, 0, 0).inner_text() == "·"
    assert page.locator("table").get_attribute("role") == "grid"


def test_selected_cell_is_marked_before_the_server_answers(app):
    page = app()
    marked = """button => { button.click();
        return button.parentElement.getAttribute("aria-selected"); }"""
    assert cell(page, 1, 2).evaluate(marked) == "true"
    expect(page.locator("td[aria-selected='true']")).to_have_count(1)


def test_answer_to_an_earlier_click_does_not_move_the_mark_back(app):
    steps = """source => {
        const Choice = new Function(source + "; return Choice")();
        const choice = new Choice();
        const after = (step) => { step(); return choice.current; };
        choice.follow("start");
        return [
            after(() => choice.pick("first")), after(() => choice.pick("second")),
            after(() => choice.follow("start")), after(() => choice.follow("first")),
            after(() => choice.follow("second")), after(() => choice.follow("from a link")),
            after(() => choice.pick("refused")), after(() => choice.follow(null)),
        ];
    }"""
    assert app().evaluate(steps, asset("shared.js")) == [
        "first", "second", "second", "second", "second", "from a link", "refused", None,
    ]  # fmt: skip


def contrasts(page):
    """Compute the WCAG contrast of every cell's text."""
    script = """all => all.map(button => { const style = getComputedStyle(button);
        return [style.color, style.backgroundColor].map(c => c.match(/\\d+/g).map(Number)); })"""
    colors = np.array(page.locator("table td button").evaluate_all(script)) / 255
    linear = np.where(colors <= 0.04045, colors / 12.92, ((colors + 0.055) / 1.055) ** 2.4)
    light = np.sort(linear @ [0.2126, 0.7152, 0.0722], axis=1) + 0.05
    return light[:, 1] / light[:, 0]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_number_can_be_read_in_both_themes(app, scheme):
    page = app(scheme=scheme)
    before = contrasts(page)
    assert len(before) == 100
    assert min(before) >= 4.5
    background = cell(page, 0, 9).evaluate("button => button.style.backgroundColor")
    page.emulate_media(color_scheme="dark" if scheme == "light" else "light")
    expect(cell(page, 0, 9)).not_to_have_css("background-color", background)
    assert min(contrasts(page)) >= 4.5


# Gallery


def shown_positions(true, predicted):
    return (100 * true + 10 * predicted + 7 * np.arange(20)) % 2000


def test_tiles_show_exactly_the_pixels_of_their_pictures(app):
    page = app()
    np.testing.assert_array_equal(
        pixels(page.locator(".tile canvas")), IMAGES[shown_positions(6, 4)]
    )
    cell(page, 9, 2).click()
    chosen(page, "(9, 2) None")
    expect(page.locator(".tile").first).to_have_attribute(
        "aria-label", re.compile(r"picture 50920:")
    )
    np.testing.assert_array_equal(
        pixels(page.locator(".tile canvas")), IMAGES[shown_positions(9, 2)]
    )


def test_big_picture_shows_exactly_its_pixels(app):
    picture = app().get_by_role("img", name="The last one")
    np.testing.assert_array_equal(pixels(picture), IMAGES[[1999]])
    assert picture.bounding_box()["width"] == 252 + 2 * 3


def test_click_on_a_tile_reports_its_image_id(app):
    page = app()
    page.locator(".tile").nth(3).click()
    chosen(page, "(6, 4) 50661")
    expect(page.locator(".tile[aria-current]")).to_have_count(1)
    expect(page.locator(".tile").nth(3)).to_have_attribute("aria-current", "true")


def test_gallery_works_with_the_keyboard_alone(app):
    page = app()
    tiles = page.locator(".tile")
    tops = tiles.evaluate_all("all => all.map(tile => tile.offsetTop)")
    columns = tops.count(tops[0])
    tiles.first.focus()
    for key in ["ArrowRight", "ArrowDown", "ArrowLeft"]:
        page.keyboard.press(key)
    expect(tiles.nth(columns)).to_be_focused()
    page.keyboard.press("End")
    expect(tiles.nth(19)).to_be_focused()
    page.keyboard.press("Enter")
    chosen(page, f"(6, 4) {50640 + 7 * 19}")


def test_long_names_fit_above_and_below_the_picture(app):
    page = app(width=420)
    overflow = "all => all.map(line => line.scrollWidth - line.clientWidth)"
    assert max(page.locator(".true, .predicted").evaluate_all(overflow)) <= 0


def test_right_and_wrong_differ_by_a_sign_and_not_only_by_colour(app):
    page = app()
    expect(page.locator(".tile").nth(0).locator(".cross")).to_be_visible()
    expect(page.locator(".tile").nth(0).locator(".check")).to_be_hidden()
    expect(page.locator(".tile").nth(1).locator(".check")).to_be_visible()
    expect(page.locator(".tile").nth(1).locator(".cross")).to_be_hidden()


# Sheet and page


def test_sheet_is_sent_once_and_never_again(app, settled):
    received = []
    page = app(received=received)
    expect(page.locator("canvas[data-drawn]")).to_be_visible()
    assert sum(received) > SHEET_BYTES
    for again in range(5):
        received.clear()
        cell(page, again, 0).click()
        chosen(page, f"({again}, 0) None")
        settled(page)
        assert 0 < sum(received) < SMALL_BYTES


def test_sheet_is_not_sent_again_after_a_change_of_page(app, settled):
    received = []
    page = app(received=received)
    for link, others in [("Other", 1), ("Home", 0)]:
        received.clear()
        page.get_by_role("link", name=link).click()
        expect(page.get_by_text("the other page")).to_have_count(others)
        settled(page)
        assert 0 < sum(received) < SMALL_BYTES
    expect(page.locator(".gallery[data-drawn]")).to_be_visible()
    np.testing.assert_array_equal(
        pixels(page.locator(".tile canvas")), IMAGES[shown_positions(6, 4)]
    )


def test_sheet_is_sent_again_to_a_window_that_lost_it(app):
    page = app()
    page.evaluate("window.fashionSheets.clear()")
    page.get_by_role("link", name="Other").click()
    expect(page.get_by_text("the other page")).to_be_visible()
    expect(page.locator("canvas[data-drawn]")).to_be_visible()
    np.testing.assert_array_equal(
        pixels(page.locator(".tile canvas")), IMAGES[shown_positions(6, 4)]
    )


def test_sheet_takes_no_room_on_the_page(app):
    page = app()
    block = page.locator("[data-testid='stMainBlockContainer'] > [data-testid='stVerticalBlock']")
    heading = page.locator("[data-testid='stHeading']").first
    assert heading.bounding_box()["y"] == block.bounding_box()["y"]


def test_rerun_leaves_every_element_in_place(app, settled):
    page = app()
    page.locator("table button, .tile, .tile canvas").evaluate_all(
        "all => all.forEach(e => e.kept = 1)"
    )
    page.get_by_role("button", name="Run again").click()
    settled(page)
    cell(page, 2, 3).click()
    chosen(page, "(2, 3) None")
    kept = page.locator("table button, .tile, .tile canvas").evaluate_all(
        "all => all.map(e => e.kept)"
    )
    assert kept == [1] * (100 + 20 + 20)


@pytest.mark.parametrize("width", [420, 768, 1024, 1440])
def test_nothing_is_wider_than_the_window(app, width):
    page = app(width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for box in [page.locator("table").bounding_box(), page.locator(".gallery").bounding_box()]:
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    assert min(cell(page, 5, 5).bounding_box()[side] for side in ("width", "height")) >= 24
