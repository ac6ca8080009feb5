"""Ctrl-C while training, and what is there after a restart."""

import os
import signal
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from subprocess import Popen

import pytest
from playwright.sync_api import Page, expect

from fashion_core.runs.records import Run
from fashion_core.runs.store import RunStore

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
WAIT_MS = 180_000


def test_ctrl_c_exits_cleanly_and_the_run_can_be_resumed(
    streamlit_process: Callable[..., AbstractContextManager[tuple[Popen[bytes], str]]],
    open_page: Callable[..., Page],
    tmp_path: Path,
) -> None:
    env = {"FASHION_RUNS": str(tmp_path)}
    with streamlit_process(ROOT / "dashboard.py", env=env) as (process, url):
        page = open_page(f"{url}/train")
        page.get_by_role("button", name="Quick try").click()
        expect(page.get_by_text("· 63 steps an epoch")).to_be_visible()
        page.get_by_role("button", name="Start training").click()
        step = page.get_by_test_id("stMetricValue").filter(has_text=" / 63")
        expect(step).not_to_have_text("0 / 63", timeout=WAIT_MS)
        page.close()
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(timeout=WAIT_MS / 1_000) == 0
    assert quick_run(tmp_path).status == "interrupted"
    with streamlit_process(ROOT / "dashboard.py", env=env) as (_, url):
        page = open_page(f"{url}/train?run={quick_run(tmp_path).run_id}")
        expect(page.get_by_text("The program that computed this run is gone.")).to_be_visible()
        page.get_by_role("button", name="Resume").click()
        finished = page.get_by_test_id("stMain").locator(".stMarkdownBadge", has_text="finished")
        expect(finished).to_be_visible(timeout=WAIT_MS)
    assert quick_run(tmp_path).epochs_done == 2


def quick_run(root: Path) -> Run:
    return next(run for run in RunStore(root).runs() if run.spec.train_images == 2_000)
