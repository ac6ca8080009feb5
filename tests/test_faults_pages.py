"""Pages of a store that was damaged: a sentence each, no page that cannot be drawn."""

from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from helpers import REPO_ROOT, damage_run, small_spec
from portable import put_run
from streamlit.testing.v1 import AppTest

from fashion_core.runs.store import RunStore
from pages.ui import run_transfer, services

PAGES = ["dashboard.py", "pages/train.py", "pages/confusions.py"]


@pytest.fixture
def opened(store, monkeypatch) -> RunStore:
    """Let pages see a store with one run, and nobody who computes."""
    monkeypatch.setenv("FASHION_RUNS", str(store.root))
    monkeypatch.setattr(services, "engine", SimpleNamespace)
    monkeypatch.setattr(services, "REFERENCE", Path("nowhere"))
    store.create(small_spec(), name="the only one")
    return store


def draw(page: str) -> AppTest:
    app = AppTest.from_file(str(REPO_ROOT / "dashboard.py"), default_timeout=60)
    if page != "dashboard.py":
        app.switch_page(page)
    return app.run()


@pytest.mark.parametrize("page", PAGES)
def test_a_damaged_run_is_named_on_every_page(opened, page):
    damage_run(opened, opened.runs()[0].run_id)
    app = draw(page)
    assert not app.exception
    said = "\n".join(error.value for error in app.error)
    assert "other" in said
    assert "damaged" in said
    assert "could not be drawn" not in said
    assert "rename the file" not in said
    assert ("from a backup into the run's folder" in said) == (page == "pages/train.py")
    assert "Resume" not in [button.label for button in app.button]


@pytest.mark.parametrize("page", ["dashboard.py", "pages/runs.py"])
def test_a_rebuilt_list_is_said_to_everybody_until_one_dismisses_it(opened, page):
    opened.database.write_bytes(b"no database")
    for app in (draw(page), draw(page)):  # the second is another visitor, or a reload
        assert not app.exception
        (warning,) = rebuilt_said(app)
        assert "was set aside as runs.sqlite.damaged-" in warning
        assert warning.endswith("from the run folders: 1 run. Every run has the number it had.")
    app.button(key="store-news-0").click().run()
    assert rebuilt_said(app) == []
    assert rebuilt_said(draw(page)) == []


def test_who_only_watches_reads_of_a_rebuilt_list_and_dismisses_nothing(opened, monkeypatch):
    monkeypatch.setattr(services, "is_read_only", lambda: True)
    opened.database.write_bytes(b"no database")
    app = draw("dashboard.py")
    assert len(rebuilt_said(app)) == 1
    assert "Dismiss" not in [button.label for button in app.button]


def rebuilt_said(app: AppTest) -> list[str]:
    return [warning.value for warning in app.warning if "was set aside" in warning.value]


def open_run(run_id: str, page: str, **query: str) -> AppTest:
    """Open a page by a link to a run."""
    app = AppTest.from_file(str(REPO_ROOT / "dashboard.py"), default_timeout=60)
    for key, value in ({"run": run_id} | query).items():
        app.query_params[key] = value
    if page != "dashboard.py":
        app.switch_page(page)
    app.run()
    assert not app.exception
    assert not any("could not be drawn" in error.value for error in app.error)
    return app


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def truncate(store: RunStore, run_id: str, *epochs: int) -> None:
    for epoch in epochs:
        (path,) = (store.run_dir(run_id) / "epochs").glob(f"epoch-{epoch:04d}-*")
        path.write_bytes(path.read_bytes()[:100])


RESULT_PAGES = ["dashboard.py", "pages/confusions.py", "pages/image.py", "pages/map.py"]


@pytest.mark.parametrize("page", RESULT_PAGES)
def test_a_damaged_epoch_is_named_by_its_run_with_every_way_out(opened, page):
    run_id = put_run(opened, checkpoints=2)  # of epochs 2 and 3; epoch 2 is the best
    truncate(opened, run_id, 3)
    app = open_run(run_id, page, epoch="3")
    (said,) = [error.value for error in app.error]
    assert said.startswith("The answers of epoch 3 of run 2 cannot be shown: its file is damaged")
    assert "It can be computed again, with the same result to the bit." in said
    assert run_id not in said
    assert {"Show epoch 2 instead", "Compute again"} <= set(labels(app))
    next(b for b in app.button if b.label == "Show epoch 2 instead").click().run()
    assert not app.error


def test_what_cannot_be_computed_again_leads_to_a_new_run(opened, monkeypatch):
    started = []
    monkeypatch.setattr(services, "engine", lambda: SimpleNamespace(start=started.append))
    run_id = put_run(opened, checkpoints=1)
    truncate(opened, run_id, 2)
    app = open_run(run_id, "dashboard.py")
    assert "too far back to be computed again" in app.error[0].value
    assert "Show epoch 3 instead" in labels(app)
    app.button(key=f"train-again-{run_id}").click().run()
    assert started == [opened.run(run_id).spec]


def test_an_epoch_too_far_back_is_not_offered_because_a_newer_one_is_damaged_too(opened):
    run_id = put_run(opened, checkpoints=2)  # of epochs 2 and 3
    truncate(opened, run_id, 1, 3)
    app = open_run(run_id, "dashboard.py", epoch="1")
    assert "too far back to be computed again" in app.error[0].value
    assert labels(app)[-1] == "Train these settings once more"
    newer = open_run(run_id, "dashboard.py", epoch="3")
    assert "It can be computed again" in newer.error[0].value
    assert labels(newer)[-1] == "Compute again"


def test_of_several_damaged_epochs_those_that_can_be_computed_again_are_named(opened):
    run_id = put_run(opened, checkpoints=2)
    truncate(opened, run_id, 1, 3)
    app = open_run(run_id, "pages/runs.py")
    (said,) = [w.value for w in app.warning if "cannot be shown" in w.value]
    assert "The answers of epochs 1, 3 of run 2" in said
    assert "Of these, 3 can be computed again; the others are too far back" in said
    assert "Compute again" in labels(app)


def test_the_curves_are_shown_of_a_run_whose_best_epoch_is_damaged(opened):
    run_id = put_run(opened)
    truncate(opened, run_id, 2)
    assert "When did it stop learning?" in [
        head.value for head in open_run(run_id, "dashboard.py").subheader
    ]


@pytest.mark.parametrize("page", ["pages/train.py", "pages/runs.py"])
def test_train_and_runs_say_that_epochs_of_a_finished_run_are_damaged(opened, monkeypatch, page):
    engine = Mock(problem=lambda: "")
    monkeypatch.setattr(services, "engine", lambda: engine)
    run_id = put_run(opened, checkpoints=2)
    assert not [w for w in open_run(run_id, page).warning if "cannot be shown" in w.value]
    truncate(opened, run_id, 3)
    app = open_run(run_id, page)
    (said,) = [w.value for w in app.warning if "cannot be shown" in w.value]
    assert said.startswith("The answers of epoch 3 of run 2 cannot be shown")
    app.button(key=f"compute-again-{run_id}").click().run()
    engine.resume.assert_called_once_with(run_id)


def test_an_epoch_that_a_rebuild_left_out_is_said_and_computed_again(opened, monkeypatch):
    engine = Mock(problem=lambda: "")
    monkeypatch.setattr(services, "engine", lambda: engine)
    run_id = put_run(opened, checkpoints=2)
    truncate(opened, run_id, 3)
    opened.database.write_bytes(b"no database")
    app = open_run(run_id, "pages/runs.py")
    (said,) = [w.value for w in app.warning if "cannot be shown" in w.value]
    assert said.startswith("The answers of epoch 3 of run 2 cannot be shown")
    assert "The curves have a gap there" in said
    app.button(key=f"compute-again-{run_id}").click().run()
    engine.resume.assert_called_once_with(run_id)


def test_who_only_watches_is_offered_no_computing(opened, monkeypatch):
    monkeypatch.setattr(services, "is_read_only", lambda: True)
    run_id = put_run(opened, checkpoints=2)
    truncate(opened, run_id, 1, 3)
    for epoch in ("1", "3"):
        app = open_run(run_id, "dashboard.py", epoch=epoch)
        assert labels(app)[-1] == "Show epoch 2 instead"
        assert app.error[0].value.endswith("Whoever runs this dashboard can see to that.")


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ("stopped", "How it went. 1 of 3 epochs is finished and safe."),
        ("failed", "How it went. 1 of 3 epochs is finished and safe."),
        (None, "The program that computed this run is gone. 1 of 3 epochs is finished and safe."),
    ],
)
def test_the_runs_page_says_how_a_run_ended_and_resumes_it(opened, monkeypatch, state, says):
    resumed = []
    monkeypatch.setattr(services, "engine", lambda: SimpleNamespace(resume=resumed.append))
    run_id = put_run(opened, state, epochs=1)
    app = open_run(run_id, "pages/runs.py")
    said = [element.value for kind in (app.info, app.warning, app.error) for element in kind]
    assert [text for text in said if text.startswith(says)]
    next(button for button in app.button if button.label == "Resume").click().run()
    assert resumed == [run_id]


def test_the_runs_page_of_who_only_watches_resumes_nothing(opened, monkeypatch):
    monkeypatch.setattr(services, "is_read_only", lambda: True)
    run_id = put_run(opened, "stopped", epochs=1)
    assert "Resume" not in labels(open_run(run_id, "pages/runs.py"))


def test_a_run_without_a_finished_epoch_is_not_offered_as_a_zip(opened, monkeypatch):
    saved = []
    monkeypatch.setattr(run_transfer.st, "download_button", lambda label, **_: saved.append(label))
    open_run(opened.runs()[0].run_id, "pages/runs.py")
    assert [label for label in saved if label.startswith("Export")] == []


@pytest.mark.parametrize("page", ["dashboard.py", "pages/confusions.py", "pages/compare.py"])
def test_a_lost_epoch_is_said_in_a_sentence_on_every_page_that_needs_it(opened, page):
    run_id = put_run(opened, epochs=2)
    for path in (opened.run_dir(run_id) / "epochs").iterdir():
        path.unlink()
    app = open_run(run_id, page)
    assert any("is damaged or missing" in error.value for error in app.error)


def test_a_damaged_second_side_is_named_by_its_run(opened):
    first, second = put_run(opened), put_run(opened)
    truncate(opened, second, 2)
    (said,) = [e.value for e in open_run(first, "pages/compare.py", **{"with": second}).error]
    assert said.startswith("The epoch file of epoch 2 of run 3 is damaged")
