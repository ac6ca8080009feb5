"""Train further, on the Train page: what is offered, what is refused and why, where it leads."""

from pathlib import Path

import pytest
from helpers import REPO_ROOT, record, small_spec
from portable import put_run
from streamlit.testing.v1 import AppTest

from fashion_core.config import MAX_EPOCHS
from fashion_core.engine.base import Engine, EngineChoice
from fashion_core.runs.annotations import RunAnnotations
from fashion_core.runs.extending import extend_run
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.schema import connect
from fashion_core.runs.store import RunStore
from pages.ui import services


class Nowhere:
    """Computes nothing: what is queued waits."""

    def compute_next(self) -> bool:
        return False

    def stop(self, run_id: str) -> None:
        pass

    def problem(self) -> str:
        return ""

    def close(self) -> None:
        pass

    kill = close


@pytest.fixture
def opened(store, monkeypatch):
    """Let pages see a store of their own and the real queue, which nobody works off."""
    engine = Engine(store, {"thread": Nowhere()}, EngineChoice(), most_slots=1)
    monkeypatch.setenv("FASHION_RUNS", str(store.root))
    monkeypatch.setattr(services, "engine", lambda: engine)
    monkeypatch.setattr(services, "REFERENCE", Path("nowhere"))
    yield store
    engine.close()


def open_run(run_id: str, page: str = "pages/train.py") -> AppTest:
    app = AppTest.from_file(str(REPO_ROOT / "dashboard.py"), default_timeout=60)
    app.query_params["run"] = run_id
    app.switch_page(page)
    app.run()
    assert not app.exception
    return app


def start_button(app: AppTest, run_id: str):
    """Give the button that starts the longer run, or None."""
    return next((b for b in app.button if b.key == f"further-start-{run_id}"), None)


def anew_button(app: AppTest, run_id: str):
    return next((b for b in app.button if b.key == f"further-anew-{run_id}"), None)


def more(app: AppTest, run_id: str):
    return app.number_input(key=f"further-more-{run_id}")


def said(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.warning, app.error)
    return "\n".join(element.value for kind in kinds for element in kind)


def test_a_finished_run_can_be_trained_further(opened):
    run_id = put_run(opened, checkpoints=2)
    app = open_run(run_id)
    assert start_button(app, run_id).label == "Train 10 more epochs"
    more(app, run_id).set_value(1).run()
    assert start_button(app, run_id).label == "Train 1 more epoch"
    assert "its epochs 1 to 3 are taken from run 1, which stays as it is" in said(app)
    assert "to 4 epochs trained from the start" in said(app)
    assert "lowest at epoch 2; the epoch since then did not lower it" in said(app)
    start_button(app, run_id).click().run()
    assert not app.exception
    longer = opened.runs()[0]
    assert (longer.number, longer.spec.epochs, longer.status) == (2, 4, "queued")
    assert app.session_state["run"] == longer.run_id
    assert "Epochs 1 to 3 are those of run 1." in said(app)
    assert start_button(app, longer.run_id) is None


def test_a_number_typed_just_before_the_press_counts(opened):
    run_id = put_run(opened, checkpoints=2)
    app = open_run(run_id)
    more(app, run_id).set_value(7)
    start_button(app, run_id).click().run()
    assert opened.runs()[0].spec.epochs == 10


def test_the_very_same_training_is_linked_instead(opened):
    run_id = put_run(opened, checkpoints=2)
    there = extend_run(opened, opened.run(run_id), 13)
    app = open_run(run_id)
    assert start_button(app, run_id) is None
    links = [(link.proto.label, link.proto.query_string) for link in app.get("page_link")]
    assert ("Run 2 is exactly this training (queued)", f"run={there}") in links
    more(app, run_id).set_value(11).run()
    assert start_button(app, run_id) is not None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"schedule": "one-cycle"}, "fell to nearly nothing by its last epoch"),
        ({}, "here without its last checkpoint"),
    ],
)
def test_a_run_that_must_start_anew_says_why_and_fills_the_form(opened, changes, reason):
    run_id = finished(opened, **changes)
    app = open_run(run_id)
    assert reason in said(app)
    assert start_button(app, run_id) is None
    more(app, run_id).set_value(4).run()
    assert anew_button(app, run_id).label == "Set up 7 epochs anew"
    app.segmented_control(key="mode").set_value("Experiment").run()
    anew_button(app, run_id).click().run()
    assert app.segmented_control(key="mode").value == "One run"
    next(b for b in app.button if b.label == "Start training").click().run()
    assert opened.runs()[0].spec == small_spec(epochs=7, **changes)


def finished(store: RunStore, **changes) -> str:
    """Put a finished run of three epochs without files into the store."""
    run_id = store.create(small_spec(**changes))
    RunJournal(store, run_id).start()
    for epoch in (1, 2, 3):
        RunJournal(store, run_id).epoch(record(epoch))
    RunJournal(store, run_id).end("finished", "")
    return run_id


def test_a_run_of_the_most_epochs_offers_nothing(opened):
    run_id = finished(opened, epochs=MAX_EPOCHS)
    app = open_run(run_id)
    assert "1,000 epochs, the most that a run can have" in said(app)
    assert start_button(app, run_id) is None
    assert anew_button(app, run_id) is None


def test_a_damaged_run_says_so_instead(opened):
    run_id = put_run(opened, checkpoints=2)
    next((opened.run_dir(run_id) / "epochs").glob("epoch-0001-*")).unlink()
    app = open_run(run_id)
    assert "a longer run would lack them, too" in said(app)
    assert start_button(app, run_id) is None


def test_damage_that_only_the_copy_finds_is_said_and_makes_no_run(opened):
    run_id = put_run(opened, checkpoints=2)
    next((opened.run_dir(run_id) / "weights").glob("best-*")).write_bytes(b"")
    app = open_run(run_id)
    start_button(app, run_id).click().run()
    assert not app.exception
    assert "would lack it, too" in "\n".join(error.value for error in app.error)
    assert len(opened.runs()) == 1


@pytest.mark.parametrize("state", ["stopped", "failed", "diverged", None])
def test_other_runs_are_not_offered_it(opened, state):
    run_id = put_run(opened, state, checkpoints=2)
    app = open_run(run_id)
    assert start_button(app, run_id) is None
    assert "trained further" not in said(app)


def test_who_only_watches_sees_where_epochs_are_from_and_starts_nothing(opened, monkeypatch):
    run_id = put_run(opened, checkpoints=2)
    longer = extend_run(opened, opened.run(run_id), 5)
    monkeypatch.setattr(services, "is_read_only", lambda: True)
    assert "Epochs 1 to 3 are those of run 1." in said(open_run(longer))
    assert start_button(open_run(run_id), run_id) is None


def test_all_settings_say_where_the_first_epochs_are_from(opened):
    run_id = put_run(opened, checkpoints=2)
    longer = extend_run(opened, opened.run(run_id), 5)
    assert "trained for 38 s · epochs 1 to 3 are those of run 1" in said(
        open_run(longer, "pages/runs.py")
    )
    RunAnnotations(opened).delete(run_id)
    with connect(opened.database) as db:
        db.execute("DELETE FROM runs WHERE run_id = ?", (run_id,))
    assert f"epochs 1 to 3 are those of a run that is not here, {run_id}" in said(
        open_run(longer, "pages/runs.py")
    )
