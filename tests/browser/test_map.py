"""The maps in a real browser: a box holds exactly the pictures that the gallery shows."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from fashion_core.runs import artifacts

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
PLACES = """chart => {
    const {xaxis, yaxis, _size} = chart._fullLayout, box = chart.getBoundingClientRect();
    const at = (axis, value) => axis.l2p(value);
    return {
        left: box.x + _size.l, top: box.y + _size.t,
        x: [0.43, 0.5].map(v => at(xaxis, v)), y: [0.8, 0.2].map(v => at(yaxis, v)),
    };
}"""


@pytest.fixture(scope="module")
def url(
    streamlit_server: Callable[..., AbstractContextManager[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """Give the address of the dashboard on a store with the reference run."""
    runs = str(tmp_path_factory.mktemp("runs"))
    with streamlit_server(ROOT / "dashboard.py", env={"FASHION_RUNS": runs}) as server:
        yield server


def inside(low: float, high: float) -> list[int]:
    """List the test pictures whose spread and mean lie in the box, the highest loss first."""
    folder = ROOT / "examples" / "reference-run"
    losses = np.stack([artifacts.read_epoch(folder, e).test.loss for e in range(1, 31)])
    probs = np.exp(-losses.astype(float))
    mean, spread = probs.mean(axis=0), probs.std(axis=0)
    rows = np.flatnonzero((spread > low) & (spread < high) & (mean > 0.2) & (mean < 0.8))
    return rows[np.argsort(-losses[7][rows], kind="stable")].tolist()


def test_a_box_on_the_map_shows_exactly_its_pictures(
    url: str, open_page: Callable[..., Page], settled: Callable[[Page], None]
) -> None:
    page = open_page(f"{url}/map")
    chart = page.locator(".js-plotly-plot")
    expect(chart).to_be_visible()
    settled(page)
    place = chart.evaluate(PLACES)
    corners = [
        (place["left"] + x, place["top"] + y) for x, y in zip(place["x"], place["y"], strict=True)
    ]
    page.mouse.move(*corners[0])
    page.mouse.down()
    page.mouse.move(*corners[1], steps=5)
    page.mouse.up()
    expected = inside(0.43, 0.5)
    assert 1 < len(expected) < 20
    expect(page.get_by_text(f"Selected on the map · {len(expected)} pictures")).to_be_visible()
    settled(page)
    labels = page.locator("button.tile").evaluate_all(
        "tiles => tiles.map(tile => tile.getAttribute('aria-label'))"
    )
    assert [int(re.match(r"Test picture (\d+):", label)[1]) for label in labels] == expected
