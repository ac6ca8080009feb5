"""The Train page while a run trains and afterwards: what moves, and what follows an epoch."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers import REPO_ROOT, record
from streamlit.testing.v1 import AppTest

from fashion_core.classes import CLASS_NAMES
from fashion_core.config import RunSpec
from fashion_core.data import read_split
from fashion_core.runs import artifacts
from fashion_core.runs.artifacts import EpochFile
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.queue import RunQueue
from fashion_core.runs.store import RunStore
from pages.ui import services

EXAMPLE = services.REFERENCE


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    """Give the store of the pages, empty, with an engine that computes nothing."""
    monkeypatch.setenv("FASHION_RUNS", str(tmp_path))
    monkeypatch.setattr(services, "REFERENCE", Path("nowhere"))
    monkeypatch.setattr(services, "engine", lambda: None)
    return services.store()


@contextmanager
def training(store: RunStore) -> Iterator[tuple[str, RunJournal]]:
    """Let a run train, as far as anybody can see."""
    run_id = store.create(RunSpec())
    journal = RunJournal(store, run_id)
    journal.start()
    with RunQueue(store).hold(run_id):
        yield run_id, journal


def write_epoch(
    store: RunStore, run_id: str, journal: RunJournal, *, epoch: int = 1, answers_of: int = 8
) -> None:
    """Finish an epoch with the answers of one of the reference run."""
    write_answers(store, run_id, journal, epoch, artifacts.read_epoch(EXAMPLE, answers_of))


def write_answers(
    store: RunStore, run_id: str, journal: RunJournal, epoch: int, source: EpochFile
) -> None:
    content = replace(source, record=record(epoch))
    artifacts.write_epoch(store.run_dir(run_id), content)
    journal.epoch(content.record)


def collapsed(source: EpochFile) -> EpochFile:
    """Let a network call every validation picture a Pullover, at 30 %."""
    pictures = len(source.val.predictions)
    pred_probs = np.full((pictures, 10), 0.7 / 9, dtype=np.float16)
    pred_probs[:, 2] = 0.3
    said = replace(
        source.val,
        predictions=np.full(pictures, 2, dtype=np.uint8),
        pred_probs=pred_probs,
    )
    return replace(source, val=said)


def said_by_train(app: AppTest) -> str:
    return "\n".join(element.value for element in app.main.markdown)


def open_train(**query: str) -> AppTest:
    app = AppTest.from_file(str(REPO_ROOT / "dashboard.py"), default_timeout=60)
    app.query_params.update(query)
    return app.switch_page("pages/train.py").run()


def component_data(app: AppTest, key: str) -> list[dict]:
    """Give what the components with a key in their data were sent."""
    sent = [json.loads(each.proto.json or "{}") for each in app.get("bidi_component")]
    return [each for each in sent if key in each]


def test_the_first_epoch_is_one_large_curve_in_place_of_empty_figures(store):
    with training(store) as (_, journal):
        journal.steps([(1, 31, 2.2), (1, 62, 1.1)])
        app = open_train()
    (curve,) = component_data(app, "isLarge")
    assert curve["isLarge"]
    assert curve["path"].count("L") == 1
    assert not app.get("plotly_chart")


def test_after_the_first_epoch_the_curve_is_a_strip_above_the_usual_figures(store):
    with training(store) as (run_id, journal):
        journal.steps([(1, 31, 2.2), (1, 62, 1.1)])
        write_epoch(store, run_id, journal)
        app = open_train()
    (curve,) = component_data(app, "isLarge")
    assert not curve["isLarge"]
    assert len(app.get("plotly_chart")) == 2


@pytest.mark.parametrize("state", ["diverged", "stopped", "failed"])
@pytest.mark.parametrize(("loss", "curves"), [(2.2, 1), (float("nan"), 0)])
def test_a_run_that_ended_in_its_first_epoch_shows_its_losses_and_no_empty_figure(
    store, state, loss, curves
):
    with training(store) as (_, journal):
        journal.steps([(1, 31, loss)])
        journal.end(state, "So it ended.")
    app = open_train()
    assert not app.exception
    assert "So it ended." in "\n".join(box.value for box in [*app.error, *app.info])
    assert len(component_data(app, "isLarge")) == curves
    assert not app.get("plotly_chart")


def test_a_loss_that_is_not_a_number_does_not_stop_the_page(store):
    with training(store) as (_, journal):
        journal.steps([(1, 31, 1.25), (1, 62, float("nan"))])
        app = open_train()
    assert not app.error
    assert {each.label: each.value for each in app.metric}["Training loss now"] == "1.25"


def test_the_same_ten_pictures_are_answered_by_the_latest_epoch(store):
    with training(store) as (run_id, journal):
        write_epoch(store, run_id, journal, epoch=1, answers_of=1)
        write_epoch(store, run_id, journal, epoch=2, answers_of=12)
        app = open_train()
    (tiles,) = component_data(app, "trueNames")
    split = read_split(REPO_ROOT / "data", "val")
    first = [split.labels.tolist().index(label) for label in range(10)]
    said = artifacts.read_epoch(EXAMPLE, 12).val
    assert tiles["trueNames"] == list(CLASS_NAMES)
    assert tiles["ids"] == split.image_ids[first].tolist()
    assert tiles["predictedNames"] == [CLASS_NAMES[said.predictions[i]] for i in first]
    pixels = b"".join(split.images[i].tobytes() for i in first)
    assert tiles["pixels"] == base64.b64encode(pixels).decode()
    assert "as answered after epoch 2" in said_by_train(app)


def test_all_answers_are_counted_in_a_sentence_also_when_the_run_has_ended(store):
    with training(store) as (run_id, journal):
        write_epoch(store, run_id, journal, answers_of=3)
        journal.end("stopped", "You stopped it.")
    counts = np.bincount(artifacts.read_epoch(EXAMPLE, 3).val.predictions).tolist()
    assert f"is answered most, {max(counts):,} times of 10,000" in said_by_train(open_train())


def test_a_collapsed_network_is_said_to_call_every_picture_the_same(store):
    with training(store) as (run_id, journal):
        source = collapsed(artifacts.read_epoch(EXAMPLE, 1))
        write_answers(store, run_id, journal, 1, source)
        assert "It calls every picture Pullover." in said_by_train(open_train())


def test_answers_that_are_missing_leave_the_curves(store):
    with training(store) as (_, journal):
        journal.epoch(record(1))
        app = open_train()
    (warning,) = app.warning
    assert "epoch 1 is missing" in warning.value
    assert not app.error
    assert len(app.get("plotly_chart")) == 2
