"""Which run a page shows if nobody named one, and the way to the run that trains."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from helpers import REPO_ROOT, record
from streamlit.testing.v1 import AppTest

from fashion_core.config import RunSpec
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.queue import RunQueue
from fashion_core.runs.queue_order import QueueOrder
from fashion_core.runs.store import RunStore
from pages.ui import services
from pages.ui.choice import default_run


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    """Give the store of the pages, empty, with an engine that computes nothing."""
    monkeypatch.setenv("FASHION_RUNS", str(tmp_path))
    monkeypatch.setattr(services, "REFERENCE", Path("nowhere"))
    monkeypatch.setattr(services, "engine", lambda: None)
    return services.store()


@contextmanager
def training(store: RunStore, run_id: str) -> Iterator[None]:
    """Let a run train, as far as anybody can see."""
    RunJournal(store, run_id).start()
    with RunQueue(store).hold(run_id):
        yield


def finished(store: RunStore) -> str:
    run_id = store.create(RunSpec(epochs=1))
    journal = RunJournal(store, run_id)
    journal.start()
    journal.epoch(record(1))
    journal.end("finished", "")
    return run_id


def default_of(store: RunStore, *, prefers_active: bool) -> str:
    return default_run(store.runs(), prefers_active=prefers_active).run_id


def test_a_paused_run_does_not_come_before_the_newest_with_an_epoch(store):
    finished(store)
    newest = finished(store)
    QueueOrder(store).pause(store.create(RunSpec()))
    assert default_of(store, prefers_active=True) == newest
    assert default_of(store, prefers_active=False) == newest


def test_a_run_that_trains_comes_first_where_it_is_preferred(store):
    waiting, running = store.create(RunSpec()), store.create(RunSpec(seed=1))
    done = finished(store)
    assert default_of(store, prefers_active=True) == waiting
    with training(store, running):
        assert default_of(store, prefers_active=True) == running
        assert default_of(store, prefers_active=False) == done


def open_page(path: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(REPO_ROOT / "dashboard.py"), default_timeout=60)
    app.query_params.update(query)
    return app.switch_page(path).run()


def test_train_page_shows_the_run_that_trains_in_its_first_epoch(store):
    done = finished(store)
    running = store.create(RunSpec())
    with training(store, running):
        app = open_page("pages/train.py")
        assert app.query_params["run"] == running
        assert "Stop" in [button.label for button in app.button]
        assert open_page("pages/train.py", run=done).query_params["run"] == done
        assert open_page("pages/runs.py").query_params["run"] == done


def test_the_line_in_the_sidebar_leads_to_the_run_that_trains(store):
    finished(store)
    running = store.create(RunSpec())
    with training(store, running):
        app = open_page("pages/runs.py")
    links = {each.proto.label: each.proto for each in app.sidebar.get("page_link")}
    link = links["Training run 2: epoch 1 of 30"]
    assert (link.page, link.query_string) == ("train", f"run={running}")


def test_the_line_in_the_sidebar_counts_the_epochs_that_a_run_goes_on_from(store):
    run_id = store.create(RunSpec())
    journal = RunJournal(store, run_id)
    journal.start()
    for epoch in (1, 2):
        journal.epoch(record(epoch))
    with training(store, run_id):
        app = open_page("pages/runs.py")
    labels = [each.proto.label for each in app.sidebar.get("page_link")]
    assert "Training run 1: epoch 3 of 30" in labels
