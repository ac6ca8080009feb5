"""Guided experiments on the Train page: set up, started once, and read at their end."""

from pathlib import Path

import pytest
from helpers import REPO_ROOT, record
from streamlit.testing.v1 import AppTest

from fashion_core.config import RunSpec
from fashion_core.engine.base import EngineChoice
from fashion_core.experiments import EXPERIMENTS
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.store import RunStore
from pages.ui import services

HIGH = next(each for each in EXPERIMENTS if each.name == "Learning rate too high")


class FakeEngine:
    """Puts runs into the store and computes none."""

    def __init__(self, store: RunStore) -> None:
        self.store = store

    def start(self, spec: RunSpec, *, name: str = "") -> str:
        return self.store.create(spec, name=name)

    def __getattr__(self, _name: str):
        return lambda *_: None


@pytest.fixture
def seen(store, monkeypatch) -> RunStore:
    """Let pages see an empty store, and nobody who computes."""
    monkeypatch.setenv("FASHION_RUNS", str(store.root))
    monkeypatch.setattr(services, "engine", lambda: FakeEngine(store))
    monkeypatch.setattr(services, "engine_choice", EngineChoice)
    monkeypatch.setattr(services, "REFERENCE", Path("nowhere"))
    return store


def open_train(**query: str) -> AppTest:
    app = AppTest.from_file(str(REPO_ROOT / "dashboard.py"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page("pages/train.py")
    app.run()
    assert not app.exception
    assert not app.error
    return app


def words(app: AppTest) -> str:
    return "\n".join(m.value for m in [*app.markdown, *app.caption])


def end(store: RunStore, run_id: str, *losses: float) -> None:
    journal = RunJournal(store, run_id)
    journal.start()
    for epoch, loss in enumerate(losses, 1):
        journal.epoch(record(epoch, loss))
    journal.end("finished", "")


def press(app: AppTest, label: str) -> AppTest:
    (button,) = [each for each in app.button if each.label == label]
    return button.click().run()


def test_an_experiment_is_started_with_its_settings_and_name(seen):
    app = open_train(mode="Experiment", experiment=HIGH.name)
    assert HIGH.expected not in words(app)
    assert "Changed: learning rate 0.1 instead of 0.001." in words(app)
    assert "Learning rate 0.1, dropout 0.5, 10,000 pictures, 8 epochs: about" in words(app)
    press(app, "Start experiment")
    (run,) = seen.runs()
    assert (run.spec, run.name) == (HIGH.spec, HIGH.name)


def test_one_that_is_finished_is_shown_instead_of_computed_again(seen):
    run_id = seen.create(HIGH.spec)
    end(seen, run_id, *[2.31] * 8)
    seen.create(RunSpec())
    app = press(open_train(mode="Experiment", experiment=HIGH.name), "Start experiment")
    assert len(seen.runs()) == 2
    assert app.query_params["run"] == run_id


def test_what_to_look_for_is_folded_away_and_at_the_end_stands_beside_what_came_out(seen):
    run_id = seen.create(HIGH.spec)
    app = open_train(run=run_id)
    (expander,) = [each for each in app.expander if each.label == "What is expected?"]
    assert [m.value for m in expander.markdown] == [HIGH.expected]
    assert not expander.proto.expanded
    assert f"Experiment: {HIGH.name}" in words(app)
    assert "What came out" not in words(app)
    end(seen, run_id, *[2.31] * 8)
    app = open_train(run=run_id)
    assert "**What came out.** As expected, it learned nothing" in words(app)
    assert HIGH.expected in [m.value for m in app.markdown]
    assert "Your guess" not in words(app)


@pytest.mark.parametrize(
    ("guess", "said"),
    [
        (2, ":material/check_circle: Your guess was right: “It learns nothing"),
        (0, ":material/cancel: Your guess was “It learns faster, and the loss falls to the end.”"),
    ],
)
def test_a_guess_is_kept_and_told_right_or_wrong_at_the_end(seen, guess, said):
    app = open_train(mode="Experiment", experiment=HIGH.name)
    (radio,) = [each for each in app.radio if HIGH.question in each.label]
    assert radio.value is None
    radio.set_value(HIGH.guesses[guess]).run()
    press(app, "Start experiment")
    assert f"Your guess: “{HIGH.guesses[guess]}”" in words(app)
    end(seen, seen.runs()[0].run_id, *[2.31] * 8)
    assert said in words(app.run())


def test_another_run_is_no_experiment(seen):
    run_id = seen.create(RunSpec())
    assert "Experiment:" not in words(open_train(run=run_id))
