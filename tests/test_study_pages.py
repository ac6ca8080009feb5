"""Setting up a study and reading its results, by Streamlit's own test client."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers import DATA_DIR, damage_run, record
from streamlit.testing.v1 import AppTest

from fashion_core.config import RunSpec
from fashion_core.data import read_split
from fashion_core.engine import switch
from fashion_core.engine.base import EngineChoice
from fashion_core.engine.cluster_options import ClusterOptions
from fashion_core.engine.sweep import queue_missing
from fashion_core.errors import StoreError
from fashion_core.runs import artifacts
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.queue import RunQueue
from fashion_core.runs.queue_order import QueueOrder
from fashion_core.runs.store import RunStore
from fashion_core.runs.studies import StudyPlan, keep_study
from pages.ui import services

ROOT = Path(__file__).parents[1]
PLAN = StudyPlan(spec=RunSpec(epochs=2), learning_rates=(0.01, 0.001), seeds=(0, 1))
STUDY_MODE = {"mode": "Learning-rate study"}


class FakeEngine:
    """Keeps what pages ask for, in words; computes nothing."""

    def __init__(self, store: RunStore) -> None:
        self.store = store
        self.asked: list[tuple[str, ...]] = []

    def problem(self) -> str:
        return ""

    def start_study(self, plan: StudyPlan, *, name: str = "") -> str:
        self.asked.append(("start", plan.study_id, name))
        study = keep_study(self.store.root, plan, name=name)
        queue_missing(self.store, plan)
        return study.study_id

    def stop(self, run_id: str) -> None:
        self.asked.append(("stop", run_id))

    def pause(self, run_id: str) -> None:
        self.asked.append(("pause", run_id))

    def resume(self, run_id: str) -> None:
        self.asked.append(("resume", run_id))

    def move(self, run_id: str, where: str) -> None:
        self.asked.append((where, run_id))


@pytest.fixture
def choice() -> EngineChoice:
    return EngineChoice()


@pytest.fixture
def engine(store, choice, monkeypatch) -> FakeEngine:
    """Give pages an empty store and an engine that only listens."""
    fake = FakeEngine(store)
    monkeypatch.setenv("FASHION_RUNS", str(store.root))
    monkeypatch.setattr(services, "engine", lambda: fake)
    monkeypatch.setattr(services, "engine_choice", lambda: choice)
    monkeypatch.setattr(services, "REFERENCE", Path("nowhere"))
    monkeypatch.setattr(switch, "MOST_SLOTS", 2)
    return fake


def open_page(path: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page(path)
    return app.run()


def form(**query: str) -> AppTest:
    return open_page("pages/train.py", **STUDY_MODE, **query)


def words(app: AppTest) -> str:
    kinds = (app.title, app.markdown, app.caption, app.info, app.warning, app.error, app.metric)
    return "\n".join(
        f"{getattr(element, 'label', '')} {element.value}" for kind in kinds for element in kind
    )


def button(app: AppTest, label: str):
    return next(button for button in app.button if button.label == label)


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


# The form


def test_the_form_says_the_cost_before_anything_starts(engine, store):
    app = form()
    assert "**8 runs, about 1 h 10 min, two at a time**" in words(app)
    assert "Counted for a reference machine, 33 s an epoch" in words(app)
    assert engine.asked == []
    assert store.runs() == ()


def test_the_cost_follows_the_settings(engine):
    app = form()
    app.multiselect(key="study-seeds").set_value(["3"])
    app.number_input(key="study-slots").set_value(1)
    app.number_input(key="set-epochs").set_value(3).run()
    assert "**4 runs, about 7 minutes, one at a time**" in words(app)


def test_start_queues_every_rate_with_every_seed_and_opens_the_study(engine, store, choice):
    app = form()
    app.multiselect(key="study-rates").set_value(["0.1", "3e-4", "0,002"])
    app.multiselect(key="study-seeds").set_value(["7", "0"])
    app.number_input(key="set-epochs").set_value(5)
    app.number_input(key="set-batch").set_value(64)
    app.text_input(key="study-name").set_value("mine").run()
    button(app, "Start study").click().run()
    plan = StudyPlan(
        spec=RunSpec(epochs=5, batch_size=64), learning_rates=(0.1, 3e-4, 0.002), seeds=(7, 0)
    )
    assert engine.asked == [("start", plan.study_id, "mine")]
    assert {run.spec for run in store.runs()} == set(plan.specs)
    assert app.title[0].value == "Which learning rate?"
    assert app.query_params["study"] == plan.study_id
    assert (choice.slots, QueueOrder(store).slots()) == (2, 2)


def test_rate_and_seed_of_a_single_run_are_not_asked_for(engine):
    keys = {
        widget.key for kind in ("number_input", "segmented_control") for widget in form().get(kind)
    }
    assert "set-epochs" in keys
    assert not {"set-seed", "set-rate"} & keys


def test_runs_that_are_there_are_counted_in(engine, store):
    end(store, PLAN.specs[0], "finished")
    app = form()
    app.number_input(key="set-epochs").set_value(2)
    app.multiselect(key="study-rates").set_value(["0.01", "0.001"]).run()
    assert "; 1 of 4 is there already" in words(app)
    assert "Estimated from the epochs of run 1." in words(app)


def test_a_study_that_is_all_there_starts_nothing(engine, store):
    for spec in PLAN.specs:
        end(store, spec, "finished")
    app = form()
    app.number_input(key="set-epochs").set_value(2)
    app.multiselect(key="study-rates").set_value(["0.01", "0.001"]).run()
    assert "**4 runs, all there already**" in words(app)
    button(app, "See the results").click().run()
    assert app.title[0].value == "Which learning rate?"
    assert len(store.runs()) == 4


def test_runs_that_wait_in_front_are_said(engine, store):
    store.create(RunSpec(seed=99))
    assert "They wait for the run before them." in words(form())


@pytest.mark.parametrize(
    ("rates", "seeds", "expected"),
    [
        (["fast"], ["0"], "Expected a learning rate such as 0.001 or 3e-4, got 'fast'."),
        (["0"], ["0"], "Expected a learning rate above 0"),
        ([], ["0"], "Choose at least one learning rate and one seed."),
        (["0.1"], ["0.5"], "Expected a seed such as 0 or 42, got '0.5'."),
        (["0.1"], [str(seed) for seed in range(101)], "Expected at most 100 runs in a study"),
    ],
)
def test_impossible_values_get_a_sentence_and_no_start(engine, rates, seeds, expected):
    app = form()
    app.multiselect(key="study-rates").set_value(rates)
    app.multiselect(key="study-seeds").set_value(seeds).run()
    assert expected in app.error[0].value
    assert button(app, "Start study").disabled


def test_a_store_that_cannot_be_written_gets_a_sentence(engine, monkeypatch):
    def fail(*_args, **_options) -> str:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(engine, "start_study", fail)
    app = form()
    button(app, "Start study").click().run()
    assert [error.value for error in app.error] == ["The disk is full."]


def test_one_core_is_not_asked_how_many_at_a_time(engine, monkeypatch):
    monkeypatch.setattr(switch, "MOST_SLOTS", 1)
    app = form()
    assert "study-slots" not in [widget.key for widget in app.number_input]
    assert ", one at a time**" in words(app)


def test_a_cluster_offers_and_counts_its_workers(engine, choice):
    choice.where, choice.slots, choice.cluster = "cluster", 5, ClusterOptions(workers=5)
    app = form()
    slots = app.number_input(key="study-slots")
    assert (slots.value, slots.max) == (5, 5)
    assert ", 5 at a time**" in words(app)
    button(app, "Start study").click().run()
    assert QueueOrder(engine.store).slots() is None  # of this machine nobody has said anything


def test_runs_at_a_time_outlive_the_server(store, monkeypatch):
    monkeypatch.setenv("FASHION_RUNS", str(store.root))
    monkeypatch.setattr(services, "REFERENCE", Path("nowhere"))
    monkeypatch.setattr(services, "MOST_SLOTS", 2)
    QueueOrder(store).keep_slots(8)  # chosen on a larger machine
    assert services.engine_choice().slots == 2


# Results


LABELS = read_split(DATA_DIR, "test").labels
LOSSES = {(0.01, 0): 0.5, (0.01, 1): 0.4375, (0.001, 0): 0.25, (0.001, 1): 0.375}


def end(store: RunStore, spec: RunSpec, state: str) -> str:
    """Put a run into the store that ended after its two epochs, best in the first of them."""
    run_id = store.create(spec)
    journal = RunJournal(store, run_id)
    journal.start()
    best = LOSSES[spec.learning_rate, spec.seed]
    first = record(1, best, seconds=20.0)
    said = said_about_test(wrong=100 * (1 + spec.seed))
    file = artifacts.EpochFile(record=first, val=said, test=said)
    artifacts.write_epoch(store.run_dir(run_id), file)
    journal.epoch(first)
    if state in {"finished", "diverged"}:  # one that has all of its epochs is
        journal.epoch(record(2, best + 0.125, seconds=22.0))
    journal.end(state, "")
    return run_id


def said_about_test(wrong: int) -> artifacts.Predictions:
    """Give predictions of which so many are wrong."""
    predictions = LABELS.astype(np.uint8).copy()
    predictions[:wrong] = (predictions[:wrong] + 1) % 10
    pred_probs = np.full((len(LABELS), 10), 0.01, np.float16)
    pred_probs[np.arange(len(LABELS)), predictions] = 0.91
    loss = np.full(len(LABELS), 0.3, np.float32)
    return artifacts.Predictions(predictions=predictions, pred_probs=pred_probs, loss=loss)


@pytest.fixture
def done(engine, store) -> dict[tuple[float, int], str]:
    """Give the ids of the runs of a finished study."""
    keep_study(store.root, PLAN, name="mine")
    return {(spec.learning_rate, spec.seed): end(store, spec, "finished") for spec in PLAN.specs}


@pytest.fixture
def opened(engine, store) -> Callable[..., AppTest]:
    """Open a study whose runs wait, but for those in the states asked for, in plan order."""

    def open_study(*states: str) -> AppTest:
        keep_study(store.root, PLAN)
        for spec, state in zip(PLAN.specs, states, strict=False):
            end(store, spec, state)
        queue_missing(store, PLAN)
        return open_page("pages/study.py")

    return open_study


def test_without_a_study_the_page_names_the_next_step(engine):
    app = open_page("pages/study.py")
    assert "No learning rates were compared yet." in words(app)
    assert not app.exception


def test_the_answer_is_a_sentence_with_its_reason(done):
    assert (
        "##### Learning rate 0.001: its validation loss of 0.312 (mean of 2 seeds, each at its "
        "best epoch) is the lowest, 0.156 below that of 0.01." in words(open_page("pages/study.py"))
    )


def test_the_table_has_best_epoch_loss_accuracy_and_time_of_every_run(done):
    table = open_page("pages/study.py").table[0].value
    assert list(table["Learning rate"]) == ["**0.001**", "**0.001**", "0.01", "0.01"]
    assert list(table["Seed"]) == ["0", "1", "0", "1"]
    assert list(table["Best epoch"]) == ["1"] * 4
    assert list(table["Validation loss"]) == ["0.250", "0.375", "0.500", "0.438"]
    assert list(table["Validation accuracy"]) == ["87.5\u00a0%"] * 4
    assert list(table["Time"]) == ["42 s"] * 4
    assert f"(./?run={done[0.001, 1]})" in table["Run"][1]


def test_both_figures_are_drawn(done):
    app = open_page("pages/study.py")
    assert [chart.proto.id != "" for chart in app.get("plotly_chart")] == [True, True]


def test_test_figures_are_those_of_the_chosen_rate_only(done):
    """Of its two seeds 100 and 200 of 10,000 pictures are wrong."""
    app = open_page("pages/study.py")
    (metric,) = app.metric
    assert (metric.label, metric.value) == ("Test accuracy at learning rate 0.001", "98.5\u00a0%")
    said = words(app)
    assert "Seed 0: 99.0\u00a0% [98.8, 99.2] (95 % interval)" in said
    assert "Seed 1: 98.0\u00a0% [97.7, 98.3] (95 % interval)" in said
    assert "Why only here: learning rate and epoch were chosen on validation pictures." in said


@pytest.mark.parametrize("states", [("finished",) * 3, ("finished", "finished", "started")])
def test_no_test_figure_while_the_choice_may_change(opened, states):
    app = opened(*states)
    assert not app.metric
    assert "The test accuracy appears here when every run has ended" in words(app)


def test_an_interrupted_run_keeps_test_figures_away_and_a_cancelled_one_does_not(engine, store):
    keep_study(store.root, PLAN)
    for spec in PLAN.specs[:3]:
        end(store, spec, "finished")
    run_id = store.create(PLAN.specs[3])
    RunJournal(store, run_id).start()
    assert not open_page("pages/study.py").metric
    RunJournal(store, run_id).end("stopped", "")
    app = open_page("pages/study.py")
    assert len(app.metric) == 1
    assert "1 of 4 runs has not finished" in words(app)


def test_a_damaged_run_is_said_where_a_run_of_the_study_is_missing(engine, store):
    keep_study(store.root, PLAN)
    run_ids = [end(store, spec, "finished") for spec in PLAN.specs]
    assert "damaged" not in words(open_page("pages/study.py"))
    damage_run(store, run_ids[1])
    assert "Run 2 is damaged: what it trained cannot be read, so it does not count here" in words(
        open_page("pages/study.py")
    )


def test_damaged_predictions_of_the_chosen_run_get_a_sentence(done, store):
    file = next((store.run_dir(done[0.001, 0]) / "epochs").glob("epoch-0001-*"))
    file.write_bytes(b"x")
    app = open_page("pages/study.py")
    assert "is damaged" in app.warning[0].value
    assert not app.metric
    assert app.table


def test_a_diverged_run_is_named_and_its_rate_not_chosen(opened):
    app = opened("diverged", "finished", "finished", "finished")  # 0.001, seed 0
    assert "At 0.001, 1 of 2 runs diverged: this rate is not chosen." in words(app)
    assert app.metric[0].label == "Test accuracy at learning rate 0.01"
    assert ":red-badge[:material/trending_up: diverged]" in list(app.table[0].value["Status"])


def test_a_damaged_study_is_said_and_the_others_are_shown(done, store):
    other = keep_study(store.root, replace(PLAN, seeds=(5,)))
    (store.root / "studies" / f"{other.study_id}.json").write_text("{")
    app = open_page("pages/study.py")
    assert f"The study {other.study_id}.json cannot be read" in app.warning[0].value
    assert "Learning rate 0.001" in words(app)


def test_a_link_names_the_study(done, store):
    other = keep_study(store.root, replace(PLAN, seeds=(5,)))
    app = open_page("pages/study.py", study=PLAN.study_id)
    assert app.selectbox(key="study").value == PLAN.study_id
    assert open_page("pages/study.py", study="s-unknown").selectbox(key="study").value in {
        PLAN.study_id,
        other.study_id,
    }


# The queue


def test_a_study_that_waits_can_be_paused_and_cancelled_as_a_whole(opened, engine, store):
    app = opened("finished", "finished")
    waiting = list(QueueOrder(store).waiting())
    app.button(key="study-Pause all").click().run()
    assert sorted(engine.asked) == [("pause", run_id) for run_id in sorted(waiting)]
    engine.asked.clear()
    app.button(key="study-Cancel all").click().run()
    assert sorted(engine.asked) == [("stop", run_id) for run_id in sorted(waiting)]


def test_a_paused_study_goes_on(opened, engine, store):
    opened("finished", "finished", "finished")
    (run_id,) = QueueOrder(store).waiting()
    QueueOrder(store).pause(run_id)
    app = open_page("pages/study.py")
    assert "study-Pause all" not in [button.key for button in app.button]
    app.button(key="study-Go on with all").click().run()
    assert engine.asked == [("resume", run_id)]


def test_what_ended_early_goes_on_with_one_button(opened, engine, store):
    opened("finished", "stopped", "failed", "finished")
    for run in store.active():
        RunQueue(store).request_stop(run.run_id)
    button(open_page("pages/study.py"), "Go on with 2 runs").click().run()
    assert engine.asked == [("start", PLAN.study_id, "")]
    assert [run.status for run in store.active()] == ["queued", "queued"]


def test_a_study_that_has_its_results_has_nothing_to_go_on_with(done):
    assert not [label for label in labels(open_page("pages/study.py")) if "Go on" in label]


@pytest.mark.parametrize("page", ["pages/study.py", "pages/train.py"])
@pytest.mark.parametrize(
    ("label", "asked"),
    [("Up", "up"), ("Down", "down"), ("First", "front"), ("Pause", "pause"), ("Cancel", "stop")],
)
def test_waiting_runs_have_their_buttons_on_both_pages(opened, engine, store, page, label, asked):
    opened("finished", "finished")
    run_id = QueueOrder(store).waiting()[0]
    app = open_page(page, run=next(run.run_id for run in store.runs() if not run.is_active))
    app.button(key=f"{label}-{run_id}").click().run()
    assert engine.asked == [(asked, run_id)]


def test_the_queue_is_listed_in_its_order(opened, engine, store):
    opened()
    QueueOrder(store).move(QueueOrder(store).waiting()[3], "front")
    rows = [m.value for m in open_page("pages/study.py").markdown if m.value.startswith("Run ")]
    assert [row.split(" · ")[0] for row in rows] == ["Run 4", "Run 1", "Run 2", "Run 3"]


def test_a_paused_run_says_so_and_goes_on_from_the_train_page(engine, store):
    run_id = store.create(RunSpec())
    QueueOrder(store).pause(run_id)
    app = open_page("pages/train.py", run=run_id)
    assert "This run is paused" in words(app)
    assert "1 paused run in the queue" in words(app)
    assert "Go on** starts with epoch 1, from its first step" in words(app)
    assert button(app, "Take off the queue")
    button(app, "Go on").click().run()
    assert engine.asked == [("resume", run_id)]


def test_a_paused_run_with_finished_epochs_is_stopped_not_taken_off(engine, store):
    run_id = store.create(RunSpec())
    journal = RunJournal(store, run_id)
    journal.start()
    journal.epoch(record(1))
    QueueOrder(store).pause(run_id)
    journal.end("stopped", "")
    app = open_page("pages/train.py", run=run_id)
    assert "1 of 30 epochs is finished and safe. **Go on** starts with epoch 2" in words(app)
    assert "Take off the queue" not in [each.label for each in app.button]
    button(app, "Stop").click().run()
    assert engine.asked == [("stop", run_id)]


def test_a_running_run_can_be_paused(engine, store):
    run_id = store.create(RunSpec())
    RunJournal(store, run_id).start()
    with RunQueue(store).hold(run_id):
        app = open_page("pages/train.py", run=run_id)
        button(app, "Pause").click().run()
    assert engine.asked == [("pause", run_id)]


def test_a_button_that_cannot_do_what_it_is_asked_for_says_why(opened, engine, monkeypatch):
    def fail(_run_id: str) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(engine, "pause", fail)
    app = opened()
    app.button(key="queue-Pause all").click().run()
    assert [error.value for error in app.error] == ["The disk is full."]


def test_a_problem_stays_until_the_next_button_works(opened, engine, monkeypatch):
    works, failing = engine.pause, []

    def pause(run_id: str) -> None:
        if run_id in failing:
            raise StoreError("The disk is full.")
        works(run_id)

    monkeypatch.setattr(engine, "pause", pause)
    app = opened()
    waiting = list(QueueOrder(engine.store).waiting())
    failing.append(waiting[-1])  # the first of all to be paused
    app.button(key="queue-Pause all").click().run()
    assert len(engine.asked) == len(waiting) - 1
    app.run()
    assert [error.value for error in app.error] == ["The disk is full."]
    failing.clear()
    app.button(key="queue-Pause all").click().run()
    assert not app.error


def test_two_running_runs_stand_in_the_sidebar(engine, store):
    first, second = (store.create(RunSpec(seed=seed)) for seed in (0, 1))
    store.create(RunSpec(seed=2))
    for run_id in (first, second):
        RunJournal(store, run_id).start()
    queue = RunQueue(store)
    with queue.hold(first), queue.hold(second):
        app = open_page("pages/study.py")
    (link,) = [
        e.proto for e in app.sidebar.get("page_link") if e.proto.label.startswith("Training")
    ]
    assert link.label == "Training runs 1 and 2 · 1 waiting run"
    assert (link.page, link.query_string) == ("train", f"run={first}")
