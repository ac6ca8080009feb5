"""While a run trains, its figures keep their places, and the curve grows without a flicker."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from fashion_core.config import RunSpec
from fashion_core.files import exclusive_lock
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.records import LiveProgress
from fashion_core.runs.store import RunStore

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
KEEP = "path => { window.line = path }"
IS_KEPT = "path => window.line === path"


@contextmanager
def training(folder: Path) -> Iterator[Callable[[int], None]]:
    """Let a run train in its first epoch; yields what writes down so many steps."""
    store = RunStore(folder)
    run_id = store.create(RunSpec())
    journal = RunJournal(store, run_id)

    def go_to(step: int) -> None:
        journal.steps([(1, step, 2.2 - step / 1000)])
        journal.progress(
            LiveProgress(
                phase="training", epoch=1, step=step, images_per_second=1500.0, seconds_left=1190.0
            )
        )

    with exclusive_lock(store.run_dir(run_id) / "lock"):
        assert journal.start()
        yield go_to


def tops(page: Page) -> list[int]:
    """Give how far down the four figures, the curve and what follows it begin, in pixels."""
    figures = page.locator(".st-key-live-figures [data-testid=stMetric]").all()
    places = [*figures, page.locator(".steps"), page.get_by_text("The network, layer by layer")]
    boxes = [place.bounding_box() for place in places]
    return [round(box["y"]) for box in boxes if box]


@pytest.mark.parametrize(("width", "rows"), [(1440, 1), (420, 2)])
def test_figures_and_curve_keep_their_places(
    streamlit_server: Callable[..., AbstractContextManager[str]],
    open_page: Callable[..., Page],
    tmp_path: Path,
    width: int,
    rows: int,
) -> None:
    with (
        training(tmp_path) as go_to,
        streamlit_server(ROOT / "dashboard.py", env={"FASHION_RUNS": str(tmp_path)}) as url,
    ):
        page = open_page(f"{url}/train", width=width)
        line = page.locator(".steps path")
        expect(line).to_have_attribute("d", "")
        before = tops(page)
        line.evaluate(KEEP)
        go_to(31)
        expect(page.get_by_text("31 / 1,563")).to_be_visible()
        go_to(1250)
        expect(page.get_by_text("1,250 / 1,563")).to_be_visible()
        expect(line).to_have_attribute("d", re.compile("^M.*L"))
        assert tops(page) == before
        assert len(set(before[:4])) == rows
        assert line.evaluate(IS_KEPT)


def test_a_picture_that_is_answered_leads_to_all_about_it(
    reference_url: str, open_page: Callable[..., Page], settled: Callable[[Page], None]
) -> None:
    page = open_page(f"{reference_url}/train?run=r-reference-as-specified")
    settled(page)
    tile = page.get_by_role("button", name=re.compile("Validation picture .*: Bag predicted as"))
    number = re.findall(r"picture (\d+)", tile.get_attribute("aria-label") or "")[0]
    tile.click()
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text(f"Validation picture {number}")
    drawer.get_by_role("link", name="Explain this picture").click()
    page.wait_for_url(re.compile(rf"/image\?(?=.*split=validation)(?=.*picture={number})"))
    expect(page.get_by_text(re.compile(f"Picture {number} .*epoch 30 of 30"))).to_be_visible()
