"""The Robustness page in a real browser: the whole test on the reference run, then a look at it."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from fashion_core.analysis.corruptions import CORRUPTIONS, corrupt, corruption_of
from fashion_core.data import read_split

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
RUN = "r-reference-as-specified"
_LONGEST = 900.0  # seconds; two minutes of an idle core


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of the store."""
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def url(streamlit_server: Callable[..., AbstractContextManager[str]], runs: Path) -> Iterator[str]:
    """Give the address of the dashboard on a store with the reference run."""
    with streamlit_server(ROOT / "dashboard.py", env={"FASHION_RUNS": str(runs)}) as server:
        yield server


def percents(cells: list[str]) -> list[float]:
    """Give the accuracies in the cells of the table."""
    return [float(re.match(r"([\d.]+)\s%", cell.strip())[1]) for cell in cells]


def check_broken(page: Page) -> None:
    """Look at the first picture that breaks: its pixels, and itself opened."""
    broken = page.locator(".st-key-broken-pictures button")
    expect(broken).to_have_count(40)
    expect(page.locator(".st-key-broken-pictures [data-drawn]")).to_have_count(1)
    words = broken.first.get_attribute("aria-label")
    image_id = int(re.match(r"Test picture (\d+): .* predicted as ", words)[1])
    colours = broken.first.locator("canvas").evaluate(
        "it => Array.from(it.getContext('2d').getImageData(0, 0, 28, 28).data)"
    )
    image = read_split(ROOT / "data", "test").images[image_id]
    drawn = np.array(colours, dtype=np.uint8).reshape(28, 28, 4)[..., 0]
    np.testing.assert_array_equal(drawn, corrupt(image, image_id, corruption_of("turn"), 1))
    broken.first.click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_text(f"Test picture {image_id}", exact=True)).to_be_visible()
    expect(drawer.get_by_alt_text(re.compile(", made worse: "))).to_be_visible()
    drawer.get_by_role("button", name="Close").click()
    expect(drawer).to_have_count(0)


def wait_for_files(folder: Path) -> None:
    """Wait until every corruption has its file."""
    deadline = time.monotonic() + _LONGEST
    while len(list(folder.glob("*.bin"))) < len(CORRUPTIONS):
        assert time.monotonic() < deadline
        time.sleep(1)


@pytest.mark.timeout(_LONGEST + 300)
def test_from_nothing_to_the_pictures_that_break(
    url: str, runs: Path, open_page: Callable[..., Page], settled: Callable[[Page], None]
) -> None:
    page = open_page(f"{url}/robustness")
    page.get_by_role("button", name="Start the test").click()
    progress = page.get_by_text(re.compile(r"of 300,000 pictures"))
    expect(progress).to_be_visible()

    # Cancelled after the first corruption, it keeps that one and goes on.
    expect(page.get_by_text("Noise is the only one tested so far")).to_be_visible(timeout=300_000)
    page.get_by_role("button", name="Cancel the test").click()
    page.get_by_role("button", name="Go on with the test").click()
    expect(progress).to_be_visible()
    page.goto("about:blank")  # nobody has to watch
    wait_for_files(runs / RUN / "robustness")

    page = open_page(f"{url}/robustness?corruption=turn&strength=1")
    expect(page.get_by_role("heading", name=re.compile(r"hurts most: 91\.9\s% → "))).to_be_visible()
    settled(page)
    table = page.get_by_role("region", name="Right answers by corruption and strength")
    assert table.get_by_role("row").count() == 1 + len(CORRUPTIONS)
    assert table.locator("img").count() == 3 * len(CORRUPTIONS)
    rows = [row.locator("td").all_inner_texts() for row in table.locator("tbody tr").all()]
    for row in map(percents, rows):
        assert row == sorted(row, reverse=True)  # stronger is worse
        assert 10 < row[-1] < row[0] < 91.9

    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]}).response["violations"]
    assert [each["id"] for each in found] == []

    expect(page.get_by_text("Rotation, strength 1")).to_be_visible()
    check_broken(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as CSV").click()
    lines = download.value.path().read_text().splitlines()
    assert len(lines) == 2 + 3 * len(CORRUPTIONS)
    assert lines[1].startswith("none,0,as they are,10000,9189,0.9189,")
