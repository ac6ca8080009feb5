"""The Runs page in a real browser: choose, compare with the picker, name, tag, delete, undo."""

import re
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from helpers import record, small_spec
from playwright.sync_api import Page, expect

from fashion_core.runs.annotations import RunAnnotations
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.store import RunStore

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
ROW = 35  # pixels of a row of the table
TICK, NAME = 17, 200  # pixels from its left edge
JOINER = "\u2060"

Serve = Callable[..., AbstractContextManager[str]]


@pytest.fixture
def ids(tmp_path: Path) -> list[str]:
    """Put three runs into the store of the server; the second has the lowest loss."""
    store = RunStore(tmp_path)
    found = []
    for seed, (loss, epochs) in enumerate([(0.5, 3), (0.25, 5), (0.75, 7)], start=1):
        found.append(store.create(small_spec(seed=seed, epochs=epochs), name=f"run of seed {seed}"))
        journal = RunJournal(store, found[-1])
        journal.start()
        journal.epoch(record(seed, loss))
        journal.end("finished", "")
    return found


@pytest.fixture
def server(streamlit_server: Serve, tmp_path: Path) -> AbstractContextManager[str]:
    """Give the real dashboard on a store of its own, with the reference run as the fourth."""
    return streamlit_server(ROOT / "dashboard.py", env={"FASHION_RUNS": str(tmp_path)})


def click_row(page: Page, row: int, across: int) -> None:
    """Click a row of the table, counted from 0, at a distance from its left edge."""
    table = page.get_by_test_id("stDataFrame")
    expect(table.locator("canvas").first).to_be_visible()
    table.click(position={"x": across, "y": ROW * (row + 1) + ROW / 2})


def expect_run(page: Page, number: int, name: str) -> None:
    """Expect a run in the panel and in the picker of all pages."""
    panel = page.get_by_test_id("stMain").get_by_text(f"Run {number} · {name}", exact=True)
    expect(panel).to_be_visible()
    picker = page.get_by_test_id("stSidebar").locator("input").first
    expect(picker).to_have_value(f"{number} · {name}")


def test_runs_are_chosen_named_tagged_deleted_and_brought_back(
    server: AbstractContextManager[str],
    open_page: Callable[..., Page],
    settled: Callable[[Page], None],
    ids: list[str],
    tmp_path: Path,
) -> None:
    store = RunStore(tmp_path)
    with server as url:
        page = open_page(f"{url}/runs")
        expect(page.get_by_text("has the lowest validation loss of 4 runs")).to_be_visible()
        choose_rows(page, ids)
        name_and_tag(page, settled)
        assert store.run(ids[1]).name == "best <b>one</b>"
        assert store.run(ids[1]).tags == ("keep",)
        filter_by_text(page, open_page)
        save_the_table(page)
        delete_and_undo(page)
        assert [run.number for run in store.runs()] == [4, 3, 2, 1]


def choose_rows(page: Page, ids: list[str]) -> None:
    """Rows from above: the reference run, then those of seed 2, 1 and 3."""
    click_row(page, 2, NAME)
    expect_run(page, 1, "run of seed 1")
    page.wait_for_url(re.compile(f"run={ids[0]}"))
    click_row(page, 1, TICK)
    expect(page.get_by_text("2 runs are chosen: 2, 1")).to_be_visible()
    click_row(page, 1, NAME)
    expect_run(page, 2, "run of seed 2")
    expect(page.get_by_test_id("stSidebar").locator("input").nth(1)).to_have_value("Best: epoch 2")


def test_one_step_back_takes_back_one_tick(
    server: AbstractContextManager[str],
    open_page: Callable[..., Page],
    settled: Callable[[Page], None],
    ids: list[str],
) -> None:
    with server as url:
        page = open_page(f"{url}/runs?run={ids[1]}")
        settled(page)
        for row, said in ((2, "2 runs are chosen: 2, 1"), (3, "3 runs are chosen: 2, 1, 3")):
            before = page.evaluate("history.length")
            click_row(page, row, TICK)
            expect(page.get_by_text(said)).to_be_visible()
            settled(page)
            assert page.evaluate("history.length") == before + 1
        expect(page.locator(".side-by-side thead th")).to_have_text(
            ["● run 1", "● run 2", "● run 3"]
        )
        other = open_page(page.url, width=420)
        expect(other.get_by_text("3 runs are chosen: 2, 1, 3")).to_be_visible()
        assert other.evaluate("document.documentElement.scrollWidth") == 420
        page.go_back()
        expect(page.get_by_text("2 runs are chosen: 2, 1")).to_be_visible()
        page.go_back()
        expect_run(page, 2, "run of seed 2")
        page.go_forward()
        expect(page.get_by_text("2 runs are chosen: 2, 1")).to_be_visible()


def name_and_tag(page: Page, settled: Callable[[Page], None]) -> None:
    form = page.get_by_test_id("stForm")
    form.get_by_role("textbox", name="Name").fill("best <b>one</b>")
    tags = form.get_by_role("combobox")
    tags.click()
    tags.press_sequentially("keep")
    expect(page.get_by_text("Add: keep")).to_be_visible()
    tags.press("Enter")
    form.get_by_test_id("stBaseButton-secondaryFormSubmit").click()
    expect_run(page, 2, "best <b>one</b>")
    settled(page)


def filter_by_text(page: Page, open_page: Callable[..., Page]) -> None:
    """The link keeps what is shown and in which order."""
    find = page.get_by_role("textbox", name="Find")
    find.fill("keep")
    find.press("Enter")
    expect(page.get_by_text("1 of 4 runs are shown.")).to_be_visible()
    page.wait_for_url(re.compile("find=keep"))
    narrow = open_page(page.url, width=420)
    expect(narrow.get_by_text("1 of 4 runs are shown.")).to_be_visible()
    assert narrow.evaluate("document.documentElement.scrollWidth") == 420
    page.get_by_role("button", name="Show all").click()
    expect(page.get_by_text("1 of 4 runs are shown.")).to_have_count(0)


def save_the_table(page: Page) -> None:
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV", exact=True).click()
    assert waiting.value.suggested_filename == "runs.csv"
    head, *rows = waiting.value.path().read_text().splitlines()
    assert head.startswith("run,id,name,status,learning_rate,")
    assert [row.split(",")[0] for row in rows] == ["4", "2", "1", "3"]


def delete_and_undo(page: Page) -> None:
    expect_run(page, 2, "best <b>one</b>")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("has the lowest validation loss of 3 runs")).to_be_visible()
    expect(page.get_by_text("was deleted")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("has the lowest validation loss of 4 runs")).to_be_visible()
    expect(page.get_by_text("Deleted runs")).to_have_count(0)


@pytest.mark.parametrize("pause", [0, 450])
def test_a_second_click_on_delete_deletes_no_other_run(
    server: AbstractContextManager[str],
    open_page: Callable[..., Page],
    settled: Callable[[Page], None],
    ids: list[str],
    tmp_path: Path,
    pause: int,
) -> None:
    """Milliseconds between the two clicks: a double click, and one of an unsure hand."""
    with server as url:
        page = open_page(f"{url}/runs?run={ids[1]}")
        expect_run(page, 2, "run of seed 2")
        settled(page)
        box = page.get_by_role("button", name="Delete", exact=True).bounding_box()
        for _ in range(2):
            page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            page.wait_for_timeout(pause)
        expect(page.get_by_text("Run 2 deleted.", exact=False).first).to_be_visible()
        settled(page)
        assert [run.number for run in RunStore(tmp_path).runs()] == [4, 3, 1]
        expect(page.get_by_text("Click a run to open, rename, tag or delete it")).to_be_visible()
        page.get_by_role("button", name="Undo").click()
        expect_run(page, 2, "run of seed 2")
        assert [run.number for run in RunStore(tmp_path).runs()] == [4, 3, 2, 1]


def test_a_hostile_name_is_shown_as_text_on_every_page(
    server: AbstractContextManager[str],
    open_page: Callable[..., Page],
    ids: list[str],
    tmp_path: Path,
) -> None:
    name = "**x** <img src=x onerror=alert(1)> [y](http://z) :red[w]"
    RunAnnotations(RunStore(tmp_path)).rename(ids[2], name)
    shown = name.replace("http:", f"http:{JOINER}")
    with server as url:
        for place in ("", "train", "runs"):
            page = open_page(f"{url}/{place}?run={ids[2]}")
            main = page.get_by_test_id("stMain")
            if place:  # the made-up run has no predictions for the Overview
                expect(main.get_by_text(shown).first).to_be_visible()
            expect(page.get_by_test_id("stSidebar").locator("input").first).to_have_value(
                f"3 · {name}"
            )
            expect(main.locator("img[src=x], a[href='http://z']")).to_have_count(0)


def test_markdown_shows_every_text_character_for_character(
    streamlit_server: Serve, open_page: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = HERE / "literal_app"
    monkeypatch.setattr(sys, "path", [str(app), *sys.path])
    from texts import TEXTS  # noqa: PLC0415 - the same list as the page's

    with streamlit_server(app / "app.py") as url:
        page = open_page(url)
        expect(page.locator(f".st-key-text-{len(TEXTS) - 1} button")).to_be_visible()
        for number, text in enumerate(TEXTS):
            place = page.locator(f".st-key-text-{number}")
            parts = place.get_by_test_id("stMarkdownContainer")
            shown = [part.inner_text().replace(JOINER, "") for part in parts.all()]
            assert shown == [text, f"Run 1 · {text} · end", text]
            expect(place.locator("a, img, svg, code, em, ul, ol, hr, table, h1")).to_have_count(0)
