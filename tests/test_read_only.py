"""A server for watching only: `streamlit run dashboard.py -- --read-only`."""

import sys

import pytest
import streamlit as st
from helpers import REPO_ROOT, small_spec
from portable import put_run
from streamlit.testing.v1 import AppTest

from fashion_core.errors import FashionError
from fashion_core.runs.annotations import RunAnnotations
from fashion_core.runs.store import RunStore
from fashion_core.runs.studies import StudyPlan, keep_study
from pages.ui import services
from pages.ui.command_line import read_only

PAGES = [
    "pages/train.py",
    "pages/study.py",
    "pages/runs.py",
    "pages/compare.py",
    "pages/confusions.py",
    "pages/labels.py",
    "pages/people.py",
    "pages/image.py",
    "pages/map.py",
    "pages/certainty.py",
    "pages/robustness.py",
    "pages/guess.py",
    "pages/try_it.py",
]
CHANGES = {
    "Use these settings",
    "Start training",
    "Start study",
    "Stop",
    "Pause",
    "Resume",
    "Go on",
    "Cancel",
    "Pause all",
    "Cancel all",
    "Take off the queue",
    "First",
    "Up",
    "Down",
    "Delete",
    "Restore",
    "Save",
    "Save note",
    "Add",
    "Remove",
    "Test these settings",
    "Compute the t-SNE map",
    "Start the test",
    "Cancel the test",
    "Train 10 more epochs",
    "Set up 13 epochs anew",
}
"""Labels of the buttons that change something."""


@pytest.fixture
def seen(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    """Give a store that visitors see: finished, stopped, waiting, deleted, a study."""
    monkeypatch.setenv("FASHION_RUNS", str(store.root))
    monkeypatch.setattr(services, "REFERENCE", REPO_ROOT / "nowhere")
    put_run(store)
    stopped = put_run(store, "stopped", checkpoints=1)
    RunAnnotations(store).note(stopped, "Stopped by *hand*.")
    RunAnnotations(store).tag(stopped, add=["early"])
    RunAnnotations(store).delete(put_run(store))
    plan = StudyPlan(spec=small_spec(epochs=2), learning_rates=(0.01, 0.001), seeds=(0,))
    keep_study(store.root, plan)
    store.create(small_spec(seed=7))
    return store


@pytest.fixture
def watching(seen: RunStore, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    """Give the store of a server for watching only."""
    monkeypatch.setattr(sys, "argv", ["dashboard.py", "--read-only"])
    return seen


def open_page(path: str, **query: str) -> AppTest:
    st.cache_resource.clear()  # before Streamlit 1.66 every client has components of its own
    app = AppTest.from_file(str(REPO_ROOT / "dashboard.py"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    if path != "dashboard.py":
        app.switch_page(path)
    app.run()
    assert not app.exception
    return app


def changes(app: AppTest) -> set[str]:
    """Give the labels on the page that change something."""
    labels = {button.label for button in app.button}
    return {label for label in labels if label in CHANGES or label.startswith("Go on with")}


@pytest.mark.parametrize("path", ["dashboard.py", *PAGES])
@pytest.mark.parametrize("number", [1, 2, 4])
def test_no_page_offers_a_change(watching, path, number):
    (run,) = [run for run in watching.runs() if run.number == number]
    app = open_page(path, run=run.run_id)
    assert not changes(app)
    assert not app.get("file_uploader")
    assert not app.text_area
    assert "Relabel as" not in [box.label for box in app.selectbox]
    assert "decide" not in app.session_state
    assert ":material/visibility: For watching only" in [c.value for c in app.caption]
    assert not app.error


@pytest.mark.parametrize("page", ["train", "runs", "confusions", "labels"])
def test_a_page_that_lacks_something_says_so_at_its_top(watching, page):
    app = open_page(f"pages/{page}.py", run=watching.runs()[-1].run_id)
    assert app.info[0].value.startswith("You are welcome to")
    assert app.info[0].icon == ":material/visibility:"
    assert not [m.value for m in app.markdown if "You decide" in m.value]


def test_only_keys_that_do_something_are_listed(watching):
    (listed,) = [m.value for m in open_page("dashboard.py").markdown if "| page | key |" in m.value]
    assert "| Guess | 0 to 9 | name the class |" in listed
    assert "Labels" not in listed
    assert "undo the last decision" not in listed
    assert "\n\n" not in listed.strip()


def test_the_same_pages_offer_changes_elsewhere(seen, monkeypatch):
    """Else the test above would prove nothing."""
    monkeypatch.setattr(services, "engine", Idle)
    found = set()
    for path in PAGES:
        for run in seen.runs():
            found |= changes(open_page(path, run=run.run_id))
    assert len(found) > 10


class Idle:
    """An engine that computes nothing."""

    def __getattr__(self, _name: str):
        return lambda *_: None


def test_a_server_for_watching_computes_nothing(watching, monkeypatch):
    opened = []
    monkeypatch.setattr(services, "open_engine", lambda *_: opened.append(1))
    before = watching.runs()
    open_page("pages/train.py")
    assert not opened
    assert watching.runs() == before


@pytest.mark.parametrize(
    "ask",
    [services.engine, services.annotations, services.range_tests, services.robustness_tests],
)
def test_what_changes_something_is_refused_also_without_a_button(watching, ask):
    with pytest.raises(FashionError, match="for watching only: nothing was changed"):
        ask()


def test_note_and_tags_are_shown_to_those_who_watch(watching):
    (run,) = [run for run in watching.runs() if run.note]
    texts = [m.value for m in open_page("pages/runs.py", run=run.run_id).markdown]
    assert ":gray-badge[early]" in texts
    assert r"Stopped by \*hand\*\." in texts or r"Stopped by \*hand\*." in texts


def test_an_empty_store_says_what_will_be_seen(store, monkeypatch):
    monkeypatch.setenv("FASHION_RUNS", str(store.root))
    monkeypatch.setattr(services, "REFERENCE", REPO_ROOT / "nowhere")
    monkeypatch.setattr(sys, "argv", ["dashboard.py", "--read-only"])
    app = open_page("pages/train.py")
    assert "As soon as a run trains, the curves appear here." in app.info[1].value


@pytest.mark.parametrize(
    ("words", "expected"), [([], False), (["--read-only"], True), (["--engine", "process"], False)]
)
def test_it_is_asked_for_at_the_start(words, expected):
    assert read_only(words) is expected
