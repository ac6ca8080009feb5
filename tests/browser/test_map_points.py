"""The map component alone: 20,000 points, areas and ticks as the browser computes them."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import numpy as np
import pytest
from helpers import REPO_ROOT
from playwright.sync_api import expect

from fashion_core.analysis.areas import Area, points_inside
from pages.ui.sheet import asset

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def many(streamlit_server: Callable[..., AbstractContextManager[str]]) -> Iterator[str]:
    """Give the address of a page with a map of 20,000 points."""
    with streamlit_server(REPO_ROOT / "benchmarks" / "map_app.py", cwd=REPO_ROOT) as server:
        yield server


def test_twenty_thousand_points_are_selected_alike_by_browser_and_server(
    many, open_page, settled
) -> None:
    page = open_page(many)
    plot = page.locator(".plot[data-drawn]")
    expect(plot).to_be_visible()
    page.get_by_role("button", name="Lasso").click()
    box = plot.bounding_box()
    at = lambda x, y: (box["x"] + x * box["width"], box["y"] + y * box["height"])  # noqa: E731
    page.mouse.move(*at(0.2, 0.3))
    page.mouse.down()
    for place in [(0.8, 0.2), (0.5, 0.8), (0.4, 0.25), (0.3, 0.7)]:  # crosses itself
        page.mouse.move(*at(*place), steps=40)
    page.mouse.up()
    settled(page)
    counted = int(plot.get_attribute("data-selected"))
    assert 1_000 < counted < 19_000
    expect(page.get_by_text(f"Held: {counted}, sum")).to_be_visible()


def test_browser_and_server_agree_on_every_point_of_random_areas(open_page) -> None:
    page, random = open_page("about:blank"), np.random.default_rng(11)
    points = random.normal(size=(2_000, 2)).astype(np.float32)
    script = """([source, points, corners]) => {
        const isInside = new Function(source + "; return isInside")();
        return points.map(([x, y]) => isInside(x, y, corners));
    }"""
    for count in (2, 3, 4, 7, 60):
        corners = random.normal(size=(count, 2)).tolist()
        given = [asset("map_geometry.js"), points.astype(float).tolist(), corners]
        expected = points_inside(points, Area(corners=tuple(map(tuple, corners)))).tolist()
        assert page.evaluate(script, given) == expected


@pytest.mark.parametrize(
    ("low", "high", "most", "ticks", "decimals"),
    [
        (-0.012, 0.512, 6, [0, 0.1, 0.2, 0.3, 0.4, 0.5], 1),
        (-42, 38, 4, [-40, -20, 0, 20], 0),
        (0.301, 0.304, 3, [0.301, 0.302, 0.303, 0.304], 3),
    ],
)
def test_ticks_are_round_numbers(open_page, low, high, most, ticks, decimals) -> None:
    script = "([source, ...how]) => new Function(source + '; return niceTicks')()(...how)"
    found = open_page("about:blank").evaluate(script, [asset("map_geometry.js"), low, high, most])
    assert found["ticks"] == pytest.approx(ticks)
    assert found["decimals"] == decimals
