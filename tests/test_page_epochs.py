"""The slider through the epochs on the Confusions page, and the pictures that changed."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fashion_core.analysis.formatting import number
from fashion_core.config import RunSpec
from fashion_core.data import read_split
from fashion_core.runs import artifacts
from fashion_core.runs.artifacts import EpochFile
from fashion_core.runs.journal import RunJournal
from pages.ui import epoch_scrubber, services
from pages.ui.choice import BEST, Choice
from pages.ui.epoch_history import epoch_changes
from pages.ui.slider import Stops

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "examples" / "reference-run"
TAKEN = (1, 8, 9, 30)
"""Epochs of the reference run that make the run of this file, renumbered from 1."""


@pytest.fixture(autouse=True)
def quiet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the page an empty store, no engine, and caches of its own."""
    monkeypatch.setenv("FASHION_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(services, "engine", lambda: None)
    monkeypatch.setattr(services, "REFERENCE", Path("nowhere"))


@pytest.fixture
def sliders(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Record what the page gives to the slider; Streamlit's test client cannot draw it."""
    drawn: list[dict[str, Any]] = []
    monkeypatch.setattr(
        epoch_scrubber, "slider", lambda stops, **sent: drawn.append({"stops": stops, **sent})
    )
    return drawn


def add_run(taken: tuple[int, ...] = TAKEN, **figures_of_last: float) -> str:
    """Add a finished run whose epochs are some of the reference run's; the last may be changed."""
    store = services.store()
    run_id = store.create(RunSpec(epochs=5))
    journal = RunJournal(store, run_id)
    journal.start()
    for epoch, source in enumerate(taken, start=1):
        content = artifacts.read_epoch(REFERENCE, source)
        figures = ("train_loss", "train_accuracy", "val_loss", "val_accuracy", "seconds")
        changes = {name: getattr(content.record, name) for name in figures}
        if epoch == len(taken):
            changes |= figures_of_last
        record = type(content.record)(epoch=epoch, **changes)
        written = EpochFile(record=record, val=content.val, test=content.test)
        artifacts.write_epoch(store.run_dir(run_id), written)
        journal.epoch(record)
    journal.end("finished", "")
    return run_id


def damage(run_id: str, epoch: int) -> None:
    """Flip a bit of the file of an epoch."""
    (path,) = (services.store().run_dir(run_id) / "epochs").glob(f"epoch-{epoch:04d}-*")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def open_page(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    return app.switch_page("pages/confusions.py").run()


def words(app: AppTest) -> str:
    kinds = (app.title, app.subheader, app.markdown, app.caption, app.info, app.error)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def changed(before: int, after: int, split: str = "test") -> tuple[int, int, int]:
    """Count right, wrong and otherwise changed between epochs of the reference run."""
    labels = read_split(ROOT / "data", "test" if split == "test" else "val").labels
    files = (artifacts.read_epoch(REFERENCE, epoch) for epoch in (before, after))
    first, second = ((f.test if split == "test" else f.val).predictions for f in files)
    moved = first != second
    right, wrong = moved & (second == labels), moved & (first == labels)
    return int(right.sum()), int(wrong.sum()), int((moved & ~right & ~wrong).sum())


def choice(run_id: str, split: Any = "test") -> Choice:
    return Choice(run=services.store().run(run_id), epoch=1, split=split)


@pytest.mark.parametrize("split", ["test", "validation"])
def test_bars_count_what_changed_from_epoch_to_epoch(split: str) -> None:
    first, *rest = epoch_changes(choice(add_run(), split))
    assert first.churn is None
    found = [(c.churn.became_right, c.churn.became_wrong, c.churn.still_wrong) for c in rest]
    assert found == [changed(a, b, split) for a, b in pairwise(TAKEN)]
    assert [c.before for c in rest] == [1, 2, 3]


def test_slider_stands_at_the_chosen_epoch_and_names_the_best(
    sliders: list[dict[str, Any]],
) -> None:
    run_id = add_run()
    assert not open_page(epoch="3").exception
    (sent,) = sliders
    stops: Stops = sent["stops"]
    assert sent["selected"] == "3"
    assert sent["can_play"]
    assert stops.values == ["1", "2", "3", "4"]
    losses = [record.val_loss for record in services.store().run(run_id).history]
    assert stops.names[1:3] == [
        f"Epoch 2 of 5, the best · validation loss {number(losses[1])}",
        f"Epoch 3 of 5 · validation loss {number(losses[2])}",
    ]
    assert stops.curve == losses
    assert stops.curve_name == "validation loss"
    right, wrong, other = changed(8, 9)
    assert stops.bars[2] == (other, wrong, right)
    assert f"{right} became right, {wrong} became wrong, {other} went" in stops.said[2]


def test_a_loss_that_has_run_away_leaves_the_others_to_be_seen(
    sliders: list[dict[str, Any]],
) -> None:
    add_run(val_loss=2.6e9)
    open_page()
    stops: Stops = sliders[0]["stops"]
    assert stops.curve[-1] == pytest.approx(2.3026, abs=1e-4)
    assert stops.names[-1].endswith(f"validation loss {number(2.6e9)}")


def test_move_of_the_slider_moves_picker_link_and_pictures(
    sliders: list[dict[str, Any]],
) -> None:
    add_run()
    app = open_page()
    assert app.selectbox(key="epoch").value == BEST
    app.session_state["epoch"] = "3"  # what the callback does
    app.run()
    assert app.selectbox(key="epoch").value == "3"
    assert app.query_params["epoch"] == "3"
    assert sliders[-1]["selected"] == "3"
    assert "epoch 3 of 5 (not the best)" in words(app)


def test_callback_of_the_slider_chooses_the_epoch_and_first_pages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state = {"epoch": BEST, "page": 4, "page-fixed": 3, "page-broken": 2}
    monkeypatch.setattr(st, "session_state", state)
    epoch_scrubber._move("7")
    assert state["epoch"] == "7"
    assert [state[key] for key in ("page", "page-fixed", "page-broken")] == [1, 1, 1]


def test_first_move_of_the_slider_opens_what_changed_and_later_ones_leave_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state: dict[str, Any] = {"epoch": BEST, "changed": False}
    monkeypatch.setattr(st, "session_state", state)
    epoch_scrubber._move("7")
    assert state["changed"] is True
    state["changed"] = False  # the visitor closes it
    epoch_scrubber._move("8")
    assert state["changed"] is False


def test_what_changed_is_closed_until_it_is_asked_for() -> None:
    add_run()
    app = open_page(epoch="3")
    assert "What changed at this epoch?" in [each.label for each in app.expander]
    assert "Became right**" not in words(app)


def test_galleries_hold_what_became_right_and_wrong_at_this_epoch() -> None:
    add_run()
    right, wrong, _ = changed(8, 9)
    assert right != wrong
    said = words(open_page(epoch="3", changed="true"))
    assert f"Became right** · {right} pictures" in said
    assert f"Became wrong** · {wrong} pictures" in said


def test_galleries_follow_the_chosen_cell() -> None:
    add_run()
    labels = read_split(ROOT / "data", "test").labels
    first, second = (artifacts.read_epoch(REFERENCE, e).test.predictions for e in (8, 9))
    shirts = labels == 6
    fixed = int(np.sum(shirts & (first == 4) & (second == 6)))
    broken = int(np.sum(shirts & (first == 6) & (second == 4)))
    said = words(open_page(epoch="3", true="Shirt", predicted="Coat", changed="true"))
    assert f"Became right** · {fixed} picture" in said
    assert f"Became wrong** · {broken} picture" in said


def test_cell_of_the_diagonal_shows_all_changes_of_its_class() -> None:
    add_run()
    labels = read_split(ROOT / "data", "test").labels
    first, second = (artifacts.read_epoch(REFERENCE, e).test.predictions for e in (8, 9))
    fixed = int(np.sum((labels == 6) & (first != 6) & (second == 6)))
    said = words(open_page(epoch="3", true="Shirt", predicted="Shirt", changed="true"))
    assert f"Became right** · {fixed} picture" in said


def test_first_epoch_has_nothing_before_it(sliders: list[dict[str, Any]]) -> None:
    add_run()
    app = open_page(epoch="1")
    assert not [each for each in app.expander if "What changed" in each.label]
    assert "nothing before it" in sliders[0]["stops"].said[0]


def test_one_epoch_has_no_slider_yet(sliders: list[dict[str, Any]]) -> None:
    add_run((8,))
    app = open_page()
    assert not app.exception
    assert sliders == []
    assert "With the second epoch a slider" in words(app)


def test_damaged_epoch_is_left_out_and_the_one_before_it_is_compared(
    sliders: list[dict[str, Any]],
) -> None:
    damage(add_run(), 3)
    app = open_page(epoch="4", changed="true")
    assert not app.error
    assert sliders[0]["stops"].values == ["1", "2", "4"]
    right, wrong, other = changed(8, 30)
    assert sliders[0]["stops"].bars[2] == (other, wrong, right)
    assert "All classes, epoch 4 against epoch 2." in words(app)
    assert "1 of 4 epochs left out: damaged files." in words(app)


def test_link_to_a_damaged_epoch_still_says_what_to_do() -> None:
    damage(add_run(), 3)
    app = open_page(epoch="3")
    assert "The answers of epoch 3 of run" in words(app)
    assert [button.label for button in app.button if button.label.startswith("Show epoch")]


def test_no_picture_changed_is_said_in_words(sliders: list[dict[str, Any]]) -> None:
    add_run((8, 8))
    said = words(open_page(epoch="2", changed="true"))
    assert sliders[0]["stops"].said[1] == "No picture changed its answer since epoch 1."
    assert "Became right** · 0 pictures" in said
