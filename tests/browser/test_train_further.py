"""A finished run is trained further in a real browser, and comes out as if trained at once."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest
from helpers import REPO_ROOT, fingerprint, train, wait_until
from playwright.sync_api import Page, expect

from fashion_core.config import RunSpec
from fashion_core.runs.store import RunStore

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SHORT = RunSpec(train_images=100, conv_widths=(2, 3), fc_widths=(8, 4), epochs=1)
TRAINING_SECONDS = 180  # the machine may be busy; it takes about 15
COMMAND = "train --train-images 100 --conv-widths 2 3 --fc-widths 8 4 --epochs 1"


def test_a_run_goes_on_as_a_new_one_with_the_same_bits(
    streamlit_server: Callable[..., AbstractContextManager[str]],
    open_page: Callable[..., Page],
    settled: Callable[[Page], None],
    tmp_path: Path,
) -> None:
    store = RunStore(tmp_path / "runs")
    command = [sys.executable, "-m", "fashion_core", *COMMAND.split(), "--store", str(store.root)]
    subprocess.run(command, cwd=REPO_ROOT, check=True)
    (short,) = store.runs()
    with streamlit_server(REPO_ROOT / "dashboard.py", env={"FASHION_RUNS": str(store.root)}) as url:
        page = open_page(f"{url}/train?run={short.run_id}")
        settled(page)
        page.get_by_role("button", name="Train further").click()
        more = page.get_by_role("spinbutton", name="More epochs")
        more.fill("2")
        more.press("Enter")
        page.get_by_role("button", name="Train 2 more epochs").click()
        expect(page.get_by_text("Epoch 1 is that of run 1.")).to_be_visible()
        wait_until(lambda: store.runs()[0].status == "finished", timeout=TRAINING_SECONDS)
        expect(page.get_by_role("button", name="Stop")).to_have_count(0)
        expect(page.get_by_role("button", name="Train further")).to_be_visible()
        longer = store.runs()[0]
        assert f"run={longer.run_id}" in page.url
    assert longer.spec == replace(SHORT, epochs=3)
    train(tmp_path / "alone", longer.spec)
    assert fingerprint(store.run_dir(longer.run_id)) == fingerprint(tmp_path / "alone")
    assert store.run(short.run_id).epochs_done == 1
