"""A study in a real browser: set up, watched, paused, its server killed, finished, read."""

import os
import re
import signal
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from fashion_core.runs.store import RunStore

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[2]
TRAINING_MS = 240_000  # the machine may be busy; four runs of two epochs take about 40 s otherwise

SMALL = [("Conv 1 width", "8", "1,677,994"), ("FC 1 width", "32", "110,794")]
"""Setting, value, and the parameters of the network with it and those before it."""

Serve = Callable[..., AbstractContextManager[tuple[subprocess.Popen[bytes], str]]]


def test_a_study_is_set_up_watched_and_survives_the_death_of_its_server(
    streamlit_process: Serve, open_page: Callable[..., Page], tmp_path: Path
) -> None:
    env = {"FASHION_RUNS": str(tmp_path)}
    with streamlit_process(ROOT / "dashboard.py", env=env) as (server, url):
        page = open_page(f"{url}/train?mode=Learning-rate+study")
        set_up(page)
        page.get_by_role("button", name="Start study").click()
        expect(page.get_by_role("heading", name="Which learning rate?")).to_be_visible()
        pause_the_last_and_move_it(page, tmp_path)
        expect(page.get_by_text("So far learning rate")).to_be_visible(timeout=TRAINING_MS)
        expect(page.get_by_text("The test accuracy appears here")).to_be_visible()
        study = re.search(r"study=(s-[0-9a-f]{16})", page.url)
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
    assert study is not None
    with streamlit_process(ROOT / "dashboard.py", env=env) as (_, url):
        page = open_page(f"{url}/study?study={study[1]}")
        for name in (re.compile(r"Go on with \d runs?$"), "Go on with all"):
            page.get_by_role("button", name=name).first.click()
            expect(page.get_by_role("button", name=name)).to_have_count(0)
        expect(page.get_by_text("Test accuracy at learning rate")).to_be_visible(
            timeout=TRAINING_MS
        )
        read_the_results(page)
    runs = [run for run in RunStore(tmp_path).runs() if run.spec.train_images == 2_000]
    assert [run.status for run in runs] == ["finished"] * 4


def set_up(page: Page) -> None:
    """Choose two rates, two seeds, few pictures and a small network; the cost follows."""
    page.get_by_role("button", name="Quick try").click()
    expect(page.get_by_text(re.compile(r"\b(?<!,)63 steps an epoch"))).to_be_visible()
    page.get_by_text("More settings").click()
    for name, value, parameters in SMALL:
        page.get_by_role("spinbutton", name=name).fill(value)
        page.get_by_role("spinbutton", name=name).press("Enter")
        expect(page.get_by_text(f"{parameters} parameters")).to_be_visible()
    for rate in ("0.1", "0.01"):
        page.get_by_role("button", name=f"Remove {rate}", exact=True).click()
        expect(page.get_by_role("button", name=f"Remove {rate}", exact=True)).to_have_count(0)
    expect(page.get_by_text(re.compile(r"^4 runs, .*, two at a time$"))).to_be_visible()


def pause_the_last_and_move_it(page: Page, root: Path) -> None:
    """Pause the run that waits last, then move it before the other one that waits."""
    last = max(run.number for run in RunStore(root).runs())
    row = page.locator("[class*='st-key-row-']", has_text=f"Run {last} ·")
    row.get_by_role("button", name="Pause").click()
    expect(row).to_contain_text("paused")
    row.get_by_role("button", name="First").click()
    waiting = page.locator("[class*='st-key-row-']", has=page.get_by_role("button", name="First"))
    expect(waiting.first).to_contain_text(f"Run {last} ·")


def read_the_results(page: Page) -> None:
    expect(page.get_by_text(re.compile(r"^Learning rate 0\.001: its validation"))).to_be_visible()
    table = page.get_by_test_id("stTable")
    expect(table.get_by_text("finished")).to_have_count(4)
    expect(page.get_by_text("Why only here")).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
