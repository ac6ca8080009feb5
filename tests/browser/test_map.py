"""The maps in a real browser: pictures on hover, and exactly those that a box or lasso holds."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from fashion_core.analysis.areas import Area, points_inside
from fashion_core.data import read_split
from fashion_core.runs import artifacts

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
BOX = ((0.43, 0.8), (0.5, 0.2))
LASSO = ((0.42, 0.8), (0.49, 0.75), (0.49, 0.3), (0.44, 0.4))


@pytest.fixture
def open_map(
    reference_url: str, open_page: Callable[..., Page], settled: Callable[[Page], None]
) -> Callable[..., Page]:
    """Open the Map page and wait for the map."""

    def open_one(query: str = "", **how: object) -> Page:
        page = open_page(f"{reference_url}/map{query}", **how)
        expect(page.locator(".plot[data-drawn]")).to_be_visible()
        settled(page)
        return page

    return open_one


def training() -> tuple[np.ndarray, np.ndarray]:
    """Give the places of the test pictures, shape (N, 2), and their losses at epoch 8."""
    folder = ROOT / "examples" / "reference-run"
    losses = np.stack([artifacts.read_epoch(folder, e).test.loss for e in range(1, 31)])
    probs = np.exp(-losses.astype(float))
    return np.column_stack([probs.std(axis=0), probs.mean(axis=0)]).astype(np.float32), losses[7]


def inside(area: Area) -> list[int]:
    """List the test pictures that lie in an area, the highest loss first."""
    points, loss = training()
    rows = np.flatnonzero(points_inside(points, area))
    return rows[np.argsort(-loss[rows], kind="stable")].tolist()


def pixels(page: Page, *places: tuple[float, float]) -> list[tuple[float, float]]:
    """Give where places of the map are on the screen."""
    plot = page.locator(".plot")
    (left, right, bottom, top), room = json.loads(plot.get_attribute("data-view"))
    box = plot.bounding_box()
    x0, y0 = box["x"] + room["left"], box["y"] + room["top"]
    return [
        (
            x0 + (x - left) / (right - left) * room["width"],
            y0 + (top - y) / (top - bottom) * room["height"],
        )
        for x, y in places
    ]


def drag(page: Page, *places: tuple[float, float]) -> None:
    """Drag the mouse from place to place of the map."""
    first, *others = pixels(page, *places)
    page.mouse.move(*first)
    page.mouse.down()
    for place in others:
        page.mouse.move(*place, steps=3)
    page.mouse.up()


def linked_area(page: Page) -> Area:
    """Read the area from the link, once it is there."""
    expect(page).to_have_url(re.compile(r"[?&]area="))
    numbers = page.evaluate("new URL(location).searchParams.get('area').split(',').map(Number)")
    return Area(corners=tuple(zip(numbers[::2], numbers[1::2], strict=True)))


def shown(page: Page) -> list[int]:
    """List the numbers of the pictures in the gallery."""
    labels = page.locator("button.tile").evaluate_all(
        "tiles => tiles.map(tile => tile.getAttribute('aria-label'))"
    )
    return [int(re.match(r"Test picture (\d+):", label)[1]) for label in labels]


def expect_selected(page: Page, settled: Callable[[Page], None], rows: list[int]) -> None:
    """Check that exactly these pictures are selected, on the map and beside it."""
    assert 1 < len(rows) < 48
    expect(page.get_by_text(f"Selected on the map · {len(rows)} pictures")).to_be_visible()
    expect(page.locator(".plot")).to_have_attribute("data-selected", str(len(rows)))
    settled(page)
    assert shown(page) == rows


def test_the_legend_counts_what_is_selected_of_each_class(open_map, settled) -> None:
    page = open_map("?colour=class")
    counts = page.locator(".legend .count")
    expect(counts).to_have_text(["1,000"] * 10)
    drag(page, (0.2, 0.95), (0.5, 0.2))
    labels = read_split(ROOT / "data", "test").labels[inside(linked_area(page))]
    of_class = [int((labels == label).sum()) for label in range(10)]
    assert len(set(of_class)) > 3
    expect(counts).to_have_text([f"{number} of 1,000" for number in of_class])


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (420, "dark")])
def test_a_box_on_the_map_shows_exactly_its_pictures(open_map, settled, width, scheme) -> None:
    page = open_map(width=width, scheme=scheme)
    drag(page, *BOX)
    area = linked_area(page)
    assert np.allclose(area.corners, BOX, atol=0.005)
    expect_selected(page, settled, inside(area))


def test_a_lasso_shows_exactly_its_pictures(open_map, settled) -> None:
    page = open_map()
    page.get_by_role("button", name="Lasso").click()
    drag(page, *LASSO)
    area = linked_area(page)
    assert len(area.corners) > 4
    expect_selected(page, settled, inside(area))
    assert inside(area) != inside(Area(corners=BOX))


def test_a_double_click_selects_nothing_again(open_map) -> None:
    page = open_map("?area=0.43,0.8,0.5,0.2")
    expect(page.get_by_text("Selected on the map")).to_be_visible()
    page.mouse.dblclick(*pixels(page, (0.45, 0.05))[0])
    expect(page.get_by_text("Hard · 408 pictures")).to_be_visible()
    expect(page).not_to_have_url(re.compile("area="))
    expect(page.locator(".plot")).to_have_attribute("data-selected", "")


def test_a_link_keeps_the_selection_the_colours_and_what_is_hidden(open_map, settled) -> None:
    page = open_map("?colour=class")
    drag(page, *BOX)
    area = linked_area(page)
    page.get_by_role("button", name=re.compile("^Bag")).click()
    expect(page).to_have_url(re.compile("without=Bag"))
    labels = read_split(ROOT / "data", "test").labels
    rows = [row for row in inside(area) if labels[row] != 8]
    assert len(rows) < len(inside(area))
    expect_selected(page, settled, rows)
    other = open_map(page.url[page.url.index("?") :])
    expect_selected(other, settled, rows)
    hidden = other.get_by_role("button", name=re.compile("^Bag"))
    expect(hidden).to_have_attribute("aria-pressed", "false")


def lonely() -> int:
    """Give the mistake that lies farthest from every other point, on a plot of 2 to 1."""
    points = training()[0] * [4, 1]
    candidates = np.flatnonzero((points[:, 0] > 1.2) & (points[:, 1] > 0.1))
    apart = [np.sort(np.hypot(*(points - points[row]).T))[1] for row in candidates]
    return int(candidates[np.argmax(apart)])


def lonely_place() -> tuple[float, float]:
    """Give where it lies."""
    x, y = training()[0][lonely()].tolist()
    return x, y


def test_the_point_under_the_mouse_shows_its_picture(open_map) -> None:
    row, page = lonely(), open_map()
    expect(page.locator(".gallery[data-drawn]")).to_be_visible()  # the sheet is there
    page.mouse.move(*pixels(page, lonely_place())[0])
    expect(page.locator(".tip")).to_have_attribute("data-number", str(row))
    expect(page.locator(".tip .number")).to_have_text(f"Test picture {row}")
    read = """canvas => Array.from(canvas.getContext("2d").getImageData(0, 0, 28, 28).data)
        .filter((_, i) => i % 4 === 0)"""
    expected = read_split(ROOT / "data", "test").images[row]
    drawn = np.array(page.locator(".tip canvas").evaluate(read)).reshape(28, 28)
    np.testing.assert_array_equal(drawn, expected)
    page.mouse.move(5, 5)
    expect(page.locator(".tip")).to_be_hidden()


def test_a_click_on_a_point_opens_its_picture(open_map) -> None:
    row, page = lonely(), open_map()
    page.mouse.click(*pixels(page, lonely_place())[0])
    expect(page.get_by_role("dialog").get_by_text(f"Test picture {row}")).to_be_visible()


def test_a_finger_scrolls_the_page_taps_a_picture_and_draws_with_a_tool(
    reference_url, chromium: Browser, settled
) -> None:
    context = chromium.new_context(
        viewport={"width": 420, "height": 900}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.set_default_timeout(90_000)
    page.goto(f"{reference_url}/map")
    plot = page.locator(".plot[data-drawn]")
    expect(plot).to_be_visible()
    settled(page)
    assert plot.evaluate("plot => getComputedStyle(plot).touchAction") == "auto"
    sizes = page.locator(".map button").evaluate_all("all => all.map(one => one.offsetHeight)")
    assert min(sizes) >= 44
    plot.scroll_into_view_if_needed()
    row = lonely()
    place = pixels(page, lonely_place())[0]
    page.touchscreen.tap(*place)
    expect(page.locator(".tip")).to_be_visible()
    expect(page.locator(".tip")).to_have_attribute("data-number", str(row))
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.touchscreen.tap(*place)
    expect(page.get_by_role("dialog").get_by_text(f"Test picture {row}")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Box").tap()
    assert plot.evaluate("plot => getComputedStyle(plot).touchAction") == "none"
    context.close()


def test_the_map_works_with_the_keyboard_alone(open_map, settled) -> None:
    page = open_map()
    plot = page.get_by_role("application")
    plot.focus()
    page.keyboard.press("ArrowRight")
    held = page.locator(".status")
    expect(held).to_have_text(re.compile(r"^\d+ in the box. Enter selects them.$"))
    first = held.inner_text()
    for key in ["ArrowRight"] * 6 + ["Shift+ArrowRight"] * 2:
        page.keyboard.press(key)
    expect(held).not_to_have_text(first)
    page.keyboard.press("Enter")
    area = linked_area(page)
    rows = inside(area)
    expect(plot).to_have_attribute("data-selected", str(len(rows)))
    expect(page.get_by_text(f"Selected on the map · {len(rows)} pictures")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Hard · 408 pictures")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name=re.compile(r"^right\b"))).to_be_focused()


def test_the_map_zooms_moves_and_shows_all_again(open_map) -> None:
    page = open_map()
    plot = page.locator(".plot")
    home = plot.get_attribute("data-view")
    (place,) = pixels(page, (0.3, 0.6))
    page.mouse.move(*place)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    expect(plot).not_to_have_attribute("data-view", home)
    assert np.allclose(pixels(page, (0.3, 0.6))[0], place, atol=1)
    page.get_by_role("button", name="Move").click()
    before = pixels(page, (0.3, 0.6))[0]
    drag(page, (0.3, 0.6), (0.25, 0.5))
    zoomed = plot.get_attribute("data-view")
    page.wait_for_timeout(100)
    moved = np.subtract(pixels(page, (0.3, 0.6))[0], before)
    assert (moved[0] < 0, moved[1] > 0) == (True, True), zoomed
    page.get_by_role("button", name="Reset").click()
    expect(plot).to_have_attribute("data-view", home)


def test_the_map_is_saved_as_a_picture_with_its_legend(open_map, tmp_path) -> None:
    page = open_map("?colour=class")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="PNG").click()
    name = waiting.value.suggested_filename
    assert re.fullmatch(r"r-[a-z0-9-]+-epoch-\d+-test-training-map\.png", name)
    waiting.value.save_as(tmp_path / "map.png")
    saved = np.asarray(Image.open(tmp_path / "map.png").convert("RGB"))
    assert saved.shape[0] > page.locator(".plot").bounding_box()["height"]
    boot = (saved == [0xC4, 0x33, 0x2F]).all(axis=2)
    assert boot[-40:].any(), "the legend has the sign of the ankle boots"
