"""The buttons that save a report and the mistakes, pressed in Streamlit's own test client."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from helpers import DATA_DIR, REPO_ROOT, small_spec
from portable import put_run
from streamlit.testing.v1 import AppTest

from fashion_core.data import read_split
from fashion_core.mistakes_csv import write_mistakes
from fashion_core.report.page import write_report
from fashion_core.runs.data_notes import NOTE_FILE
from fashion_core.runs.store import RunStore
from pages.ui import report_download, services

Saved = dict[str, tuple[str, str, Callable[[], bytes]]]


@pytest.fixture
def shown(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    """Let pages see an empty store, and nobody who computes."""
    monkeypatch.setenv("FASHION_RUNS", str(store.root))
    monkeypatch.setattr(services, "engine", SimpleNamespace)
    monkeypatch.setattr(services, "REFERENCE", Path("nowhere"))
    return store


@pytest.fixture
def saved(monkeypatch: pytest.MonkeyPatch) -> Saved:
    """Keep what the buttons would save: file name, type, and what makes the content."""
    kept: Saved = {}

    def keep(label, *, data, file_name, mime, **_):
        kept[label] = (file_name, mime, data)

    monkeypatch.setattr(report_download.st, "download_button", keep)
    return kept


def open_page(path: str | None, **query: str) -> AppTest:
    app = AppTest.from_file(str(REPO_ROOT / "dashboard.py"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    if path:
        app.switch_page(path)
    app.run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    return "\n".join(e.value for kind in (app.caption, app.error, app.info) for e in kind)


def expected(store: RunStore, run_id: str, *, epoch: int, split: str) -> bytes:
    images = read_split(DATA_DIR, "test" if split == "test" else "val")
    return write_report(store, run_id, epoch=epoch, split=split, images=images).encode()


def test_overview_saves_the_report_of_what_it_shows(shown, saved):
    run_id = put_run(shown)
    open_page(None, run=run_id, epoch="3", split="validation")
    name, kind, make = saved["Report"]
    assert (name, kind) == (f"{run_id}-epoch-3-validation.html", "text/html")
    assert make() == expected(shown, run_id, epoch=3, split="validation")


def test_the_runs_page_saves_the_report_of_the_best_epoch(shown, saved):
    run_id = put_run(shown)
    open_page("pages/runs.py", run=run_id, epoch="3", split="validation")
    name, _, make = saved["Report"]
    assert name == f"{run_id}-epoch-2-test.html"
    assert make() == expected(shown, run_id, epoch=2, split="test")


def test_the_file_of_a_matrix_says_what_is_in_it(shown, saved):
    run_id = put_run(shown)
    open_page("pages/confusions.py", run=run_id, epoch="3", split="validation")
    assert saved["CSV"][0] == f"{run_id}-epoch-3-validation-matrix.csv"


def test_a_file_of_a_comparison_names_both_sides(shown, monkeypatch):
    names = []
    keep = lambda *_, file_name, **__: names.append(file_name)  # noqa: E731
    monkeypatch.setattr(report_download.st, "download_button", keep)
    run_id = put_run(shown)
    open_page("pages/compare.py", run=run_id, epoch="3", **{"with": run_id, "with_epoch": "2"})
    assert f"{run_id}-epoch-3-test-against-{run_id}-epoch-2-outcomes.csv" in names


def test_a_report_says_what_was_written_since_the_page_was_drawn(shown, saved):
    run_id = put_run(shown)
    open_page("pages/runs.py", run=run_id)
    services.annotations().note(run_id, "written later")
    assert b"written later" in saved["Report"][2]()


def test_a_run_without_an_epoch_has_no_report(shown, saved):
    run_id = shown.create(small_spec())
    open_page("pages/runs.py", run=run_id)
    assert "Report" not in saved


def test_a_damaged_epoch_is_said_in_place_of_the_button(shown, saved):
    run_id = put_run(shown)
    next((shown.run_dir(run_id) / "epochs").glob("epoch-0002-*")).write_bytes(b"")
    app = open_page("pages/runs.py", run=run_id)
    assert "The epoch file of epoch 2" in words(app)
    assert "is damaged" in words(app)
    assert "Report" not in saved


def test_notes_that_cannot_be_read_are_said_in_place_of_the_button(shown, saved):
    run_id = put_run(shown)
    (shown.root / NOTE_FILE).mkdir()
    app = open_page(None, run=run_id)
    assert "notes on pictures cannot be read" in words(app)
    assert "Report" not in saved


def test_confusions_saves_all_mistakes_of_the_chosen_epoch(shown, saved):
    run_id = put_run(shown)
    open_page("pages/confusions.py", run=run_id, epoch="1", split="validation", true="Shirt")
    name, kind, make = saved["Mistakes as CSV"]
    assert (name, kind) == (f"{run_id}-epoch-1-validation-mistakes.csv", "text/csv")
    images = read_split(DATA_DIR, "val")
    assert make() == write_mistakes(shown, run_id, 1, split="validation", images=images)
