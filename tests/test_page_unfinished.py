"""A run that is not finished, or has nothing yet: result pages say how far it is and why."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from helpers import REPO_ROOT, small_spec
from portable import put_run
from streamlit.testing.v1 import AppTest

from fashion_core.runs.journal import RunJournal
from fashion_core.runs.queue_order import QueueOrder
from fashion_core.runs.store import RunStore
from pages.ui import services


@pytest.fixture
def opened(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    """Let pages see this store, and nobody who computes."""
    monkeypatch.setenv("FASHION_RUNS", str(store.root))
    monkeypatch.setattr(services, "engine", SimpleNamespace)
    monkeypatch.setattr(services, "REFERENCE", Path("nowhere"))
    return store


def open_page(page: str, run_id: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(REPO_ROOT / "dashboard.py"), default_timeout=60)
    for key, value in ({"run": run_id} | query).items():
        app.query_params[key] = value
    if page != "dashboard.py":
        app.switch_page(page)
    app.run()
    assert not app.exception
    return app


def captions(app: AppTest) -> str:
    return "\n".join(caption.value for caption in app.caption)


@pytest.mark.parametrize(
    ("state", "status"), [("stopped", "stopped"), ("failed", "failed"), (None, "interrupted")]
)
@pytest.mark.parametrize("page", ["dashboard.py", "pages/confusions.py"])
def test_the_caption_says_how_far_a_run_is_that_did_not_finish(opened, page, state, status):
    run_id = put_run(opened, state, epochs=2)
    said = captions(open_page(page, run_id))
    assert f"Taken along · **{status}, 2 of 3 epochs computed** · epoch 2 of 3" in said


def test_the_caption_of_a_finished_run_says_nothing_of_it(opened):
    assert "epochs computed" not in captions(open_page("dashboard.py", put_run(opened)))


def test_compare_says_how_many_epochs_were_computed(opened):
    first, second = put_run(opened, "stopped", epochs=2), put_run(opened)
    app = open_page("pages/compare.py", first, **{"with": second})
    said = [element.value for element in app.markdown]
    assert "A has not computed all planned epochs: part of the change may come from that." in said
    assert any("epoch 2 of 3, the best · **stopped, 2 of 3 epochs computed**" in s for s in said)
    table = next(t.value for t in app.table if list(t.value.columns) == ["A", "B"])
    assert table.loc["epochs computed"].tolist() == ["2 of 3", "3 of 3"]


def test_compare_of_two_finished_runs_counts_no_epochs(opened):
    first, second = put_run(opened), put_run(opened)
    app = open_page("pages/compare.py", first, **{"with": second})
    assert not [t for t in app.table if list(t.value.columns) == ["A", "B"]]


def test_a_diverged_run_without_an_epoch_says_why_and_what_to_do(opened):
    run_id = opened.create(small_spec())
    journal = RunJournal(opened, run_id)
    journal.start()
    journal.end("diverged", "The training loss became nan. A lower learning rate usually helps.")
    (said,) = open_page("pages/confusions.py", run_id).error
    assert said.value == (
        "Run 1 diverged before its first epoch was finished. The training loss became nan. A lower "
        "learning rate usually helps. Train again with other settings, or choose another run in "
        "the sidebar."
    )


def test_a_failed_run_without_an_epoch_says_why(opened):
    run_id = put_run(opened, "failed", epochs=0)
    (said,) = open_page("dashboard.py", run_id).info
    assert said.value.startswith("Run 1 is failed and has no finished epoch. How it went. Choose")


@pytest.mark.parametrize(
    ("place", "says"),
    [
        (0, "yet: it is the next in the queue. This"),
        (1, "yet: it waits behind run 1. This"),
        (3, "yet: it waits behind the runs 1, 2. This"),
        (8, "yet: it waits behind the runs 1, 2, 4, 5, 6 and 2 more. This"),
    ],
)
def test_a_waiting_run_says_behind_which_runs(opened, place, says):
    """Run 3 is paused, so nobody waits for it."""
    ids = [opened.create(small_spec(seed=seed)) for seed in range(9)]
    QueueOrder(opened).pause(ids[2])
    (said,) = open_page("pages/confusions.py", ids[place]).info
    assert says in said.value


def test_a_paused_run_says_that_it_is(opened):
    run_id = opened.create(small_spec())
    QueueOrder(opened).pause(run_id)
    (said,) = open_page("dashboard.py", run_id).info
    assert "yet: it is paused." in said.value
