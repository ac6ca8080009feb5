"""The points of a map while it moves: where the hand has them, and pixel by pixel as drawn anew."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import numpy as np
import pytest
from helpers import REPO_ROOT
from playwright.sync_api import Locator, Page, expect

from pages.ui.picture_map import _SCRIPTS
from pages.ui.sheet import asset

pytestmark = [pytest.mark.browser, pytest.mark.slow]

READ = """canvas => {
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    let text = "";
    for (let i = 0; i < data.length; i += 8192) {
        text += String.fromCharCode(...data.subarray(i, i + 8192));
    }
    return [width, height, btoa(text)];
}"""
SOURCES = "".join(asset(f"{name}.js") for name in _SCRIPTS)

# Draws made-up points of all ten signs with the layer, and by stamping each with the canvas; gives
# the largest difference of any byte on white, and the bytes that are not white.
BESIDE_STAMPS = """([sources, ratio, hasArea]) => {
  const { SIGNS, RADIUS, tracePath, PointLayer, View, rowsByGroup } = new Function(
    `${sources}; return { SIGNS, RADIUS, tracePath, PointLayer, View, rowsByGroup }`)();
  const colour = (i) => `hsl(${36 * i} 80% 40%)`;
  const groups = Object.keys(SIGNS).map((symbol, i) => ({ symbol, colour: colour(i) }));
  const [count, hidden] = [600, 3];
  const map = {
    x: Float32Array.from({ length: count }, (_, i) => (0.618034 * i) % 1),
    y: Float32Array.from({ length: count }, (_, i) => (0.754878 * i) % 1),
    selected: hasArea ? Uint8Array.from({ length: count }, (_, i) => i % 7 === 0) : null,
    rows: rowsByGroup(Uint8Array.from({ length: count }, (_, i) => (i * i) % 10), 10),
    view: new View([-0.1, 1.1, -0.1, 1.1]),
    data: { groups, version: "1" },
    areaChoice: { current: "" },
    hiddenChoice: { current: "" },
    isHidden: (group) => group === hidden,
  };
  map.view.place({ left: 20, top: 10, width: 160, height: 120 }, false);
  const canvases = [0, 1].map(() => {
    const canvas = new OffscreenCanvas(200 * ratio, 150 * ratio);
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    return context;
  });
  new PointLayer().draw(canvases[0], map, ratio);
  const side = Math.ceil(2 * (1.3 * RADIUS + 1) * ratio);
  const stamp = (opacity, isDrawn) => map.rows.forEach((rows, group) => {
    if (group === hidden) return;
    const sign = new OffscreenCanvas(side, side).getContext("2d");
    sign.fillStyle = groups[group].colour;
    tracePath(sign, groups[group].symbol, side / 2, side / 2, RADIUS * ratio);
    sign.fill();
    canvases[1].globalAlpha = opacity;
    for (const row of rows.filter(isDrawn)) {
      const at = map.view.pixel([map.x[row], map.y[row]]);
      canvases[1].drawImage(sign.canvas, ...at.map((p) => Math.round(p * ratio - side / 2)));
    }
  });
  if (hasArea) {
    stamp(0.08, (row) => !map.selected[row]);
    stamp(1, (row) => map.selected[row]);
  } else stamp(0.7, () => true);
  const [mixed, stamped] = canvases.map((c) => c.getImageData(0, 0, 200 * ratio, 150 * ratio).data);
  return [
    mixed.reduce((most, byte, i) => Math.max(most, Math.abs(byte - stamped[i])), 0),
    mixed.reduce((sum, byte) => sum + (byte < 250), 0),
  ];
}"""


@pytest.fixture(scope="module")
def many(streamlit_server: Callable[..., AbstractContextManager[str]]) -> Iterator[str]:
    """Give the address of a page with a map of 20,000 points, no axes and no names."""
    with streamlit_server(REPO_ROOT / "benchmarks" / "map_app.py", cwd=REPO_ROOT) as server:
        yield server


@pytest.fixture
def plot(many: str, open_page: Callable[..., Page], settled: Callable[[Page], None]) -> Locator:
    """Give the map, with the tool that moves it."""
    page = open_page(many)
    drawn = page.locator(".plot[data-drawn]")
    expect(drawn).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Move").click()
    return drawn


def pixels(plot: Locator) -> np.ndarray:
    """Read the canvas of the points, uint8 of shape (H, W, 4)."""
    width, height, text = plot.locator("canvas.points").evaluate(READ)
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 4)


def inner(plot: Locator) -> tuple[slice, slice]:
    """Give the rows and columns of the canvas within the plot's frame."""
    room = json.loads(plot.get_attribute("data-view"))[1]
    top, left = round(room["top"]), round(room["left"])
    return slice(top, top + round(room["height"])), slice(left, left + round(room["width"]))


def press_and_move(plot: Locator, *steps: tuple[int, int]) -> None:
    """Press the mouse in the middle and move it by steps, in pixels; it stays pressed."""
    box = plot.bounding_box()
    x, y = box["x"] + box["width"] // 2, box["y"] + box["height"] // 2
    plot.page.mouse.move(x, y)
    plot.page.mouse.down()
    for dx, dy in steps:
        before = plot.get_attribute("data-view")
        x, y = x + dx, y + dy
        plot.page.mouse.move(x, y)
        expect(plot).not_to_have_attribute("data-view", before)


def drawn_anew(plot: Locator) -> np.ndarray:
    """Read the canvas after a group was hidden and shown again: nothing of before is kept."""
    group = plot.page.locator(".legend button").first
    for is_shown in ("false", "true"):
        group.click()
        expect(group).to_have_attribute("aria-pressed", is_shown)
    return pixels(plot)


def test_points_follow_the_hand_while_it_is_down(plot) -> None:
    before = pixels(plot)
    press_and_move(plot, (37, -22), (6, 3))
    after = pixels(plot)
    rows, columns = inner(plot)
    assert before[rows, columns, 3].any(axis=1).mean() > 0.9, "points all over the map"
    kept = before[rows.start + 19 : rows.stop, columns.start : columns.stop - 43]
    moved = after[rows.start : rows.stop - 19, columns.start + 43 : columns.stop]
    np.testing.assert_array_equal(moved, kept)
    plot.page.mouse.up()


@pytest.mark.parametrize(
    "steps",
    [
        [(37, -22), (-9, 60), (5, 0), (0, -11)],
        [(-300, 100), (120, -170)],
        [(500, 5), (-480, -9)],
    ],
)
def test_moved_points_are_pixel_by_pixel_those_of_a_new_drawing(plot, steps) -> None:
    press_and_move(plot, *steps)
    plot.page.mouse.up()
    moved = pixels(plot)
    np.testing.assert_array_equal(moved, drawn_anew(plot))


def test_zoomed_and_moved_points_are_those_of_a_new_drawing(plot) -> None:
    press_and_move(plot, (31, 17))
    plot.page.mouse.up()
    home = pixels(plot)
    before = plot.get_attribute("data-view")
    plot.page.mouse.wheel(0, -100)
    expect(plot).not_to_have_attribute("data-view", before)
    assert (pixels(plot) != home).any()
    press_and_move(plot, (-41, 12), (8, -30))
    plot.page.mouse.up()
    moved = pixels(plot)
    np.testing.assert_array_equal(moved, drawn_anew(plot))


@pytest.mark.parametrize("has_area", [False, True])
@pytest.mark.parametrize("ratio", [1, 1.5, 2])
def test_mixed_points_look_as_stamped_ones(open_page, ratio, has_area) -> None:
    page = open_page("about:blank")
    difference, drawn = page.evaluate(BESIDE_STAMPS, [SOURCES, ratio, has_area])
    assert difference <= 5  # levels of 255: the canvas rounds after every stamp, here nothing is
    assert drawn > 5_000 * ratio


@pytest.mark.parametrize(
    ("way", "edges"),
    [
        ((3, -2), [(0, 5, 10, 2), (0, 0, 3, 5)]),
        ((-4, 1), [(0, 0, 10, 1), (6, 1, 4, 6)]),
        ((0, 2), [(0, 0, 10, 2)]),
        ((0, 0), []),
    ],
)
def test_a_map_that_moved_lacks_only_its_edges(open_page, way, edges) -> None:
    """Of a layer 10 wide and 7 high."""
    script = """([sources, way]) => new Function(`${sources}; return newEdges`)()(
        way, { width: 10, height: 7 }).map((e) => [e.left, e.top, e.width, e.height])"""
    found = open_page("about:blank").evaluate(script, [SOURCES, list(way)])
    assert [tuple(edge) for edge in found] == edges


@pytest.mark.parametrize(
    ("change", "moved"),
    [
        ({}, [0, 0]),
        ({"zero": [13, 6]}, [8, -1]),
        ({"zero": [13.5, 6]}, None),
        ({"zero": [105, 7]}, None),
        ({"scales": [2.1, -3]}, None),
        ({"rest": "another selection"}, None),
    ],
)
def test_only_whole_pixels_at_the_same_scale_are_a_move(open_page, change, moved) -> None:
    """From where the view's zero lay at (5, 7), on a layer of 100 x 50."""
    drawn = {"zero": [5, 7], "scales": [2, -3], "rest": "", "box": {"width": 100, "height": 50}}
    script = """([sources, drawn, wanted]) => {
        const layer = new (new Function(`${sources}; return PointLayer`)())();
        layer.drawn = drawn;
        return layer.moved(wanted);
    }"""
    found = open_page("about:blank").evaluate(script, [SOURCES, drawn, drawn | change])
    assert found == moved
