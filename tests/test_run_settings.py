"""All settings of one run: the table, the line on how it was made, what its folder says of that."""

import csv
import json
from dataclasses import fields
from datetime import timedelta, timezone
from pathlib import Path
from types import SimpleNamespace

import pytest
from helpers import REPO_ROOT, record, small_spec
from streamlit.testing.v1 import AppTest
from test_ui_runs import a_run

from fashion_core.config import RunSpec
from fashion_core.runs.importing import import_folder
from fashion_core.runs.made_with import read_made_with
from fashion_core.runs.store import RunStore
from pages.ui import run_settings, services
from pages.ui.run_settings import describe_making, settings_table

EAST = timezone(timedelta(hours=5, minutes=30))


@pytest.fixture
def folder(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder of the run that `a_run(1)` describes."""
    monkeypatch.setattr(services, "store", lambda: store)
    path = store.run_dir(a_run(1).run_id)
    path.mkdir()
    return path


def say_made_with(folder: Path, made_with: object) -> None:
    (folder / "spec.json").write_text(json.dumps({"made_with": made_with}))


# Table


def test_every_setting_has_a_row_and_what_differs_says_from_what():
    spec = RunSpec(learning_rate=0.01, conv_widths=(8, 16))
    table = settings_table(a_run(1, spec=spec)).set_index("Setting")
    assert len(table) == len(fields(RunSpec))
    assert list(table.loc["learning rate"]) == ["**0.01**", "differs: 0.001"]
    assert list(table.loc["conv 1 / conv 2 width"]) == ["**8 / 16**", "differs: 32 / 64"]
    assert list(table.loc["training pictures"]) == ["50,000", "same"]
    assert list(table["Specification"]).count("same") == len(table) - 2


def test_the_file_of_the_settings_has_plain_values():
    rows = list(csv.reader(run_settings._csv(a_run(1, spec=RunSpec(seed=4))).decode().split()))
    assert rows[0] == ["setting", "this_run", "specification"]
    assert ["seed", "4", "0"] in rows
    assert ["conv_widths", "32/64", "32/64"] in rows
    assert ["train_images", "50000", "50000"] in rows


# How it was made


def test_the_line_says_when_how_long_and_with_what(folder):
    said = {"python": "3.11.7", "torch": "2.14.1", "machine": "x86_64"}
    say_made_with(folder, said)
    run = a_run(1, record(6, 0.25), seconds=1553.0)
    assert describe_making(run, EAST) == (
        "Created 2026-11-18 16:36 · trained for 25 min 53 s · "
        "with torch 2.14.1, Python 3.11.7, x86_64"
    )


def test_the_line_says_only_what_is_known(folder):
    assert describe_making(a_run(1), EAST) == "Created 2026-11-18 16:36"
    assert describe_making(a_run(1, created=1e300), EAST) == ""


@pytest.mark.parametrize(
    ("made_with", "expected"),
    [
        ({"machine": "arm64"}, ("arm64",)),
        ({"torch": 2, "python": ["3"], "machine": ""}, ()),
        ({"torch": "x" * 41, "python": "3\n11", "machine": "x" * 40}, ("x" * 40,)),
        ("torch 2", ()),
        (None, ()),
    ],
)
def test_only_short_texts_are_taken_from_a_strangers_file(folder, made_with, expected):
    say_made_with(folder, made_with)
    assert read_made_with(folder) == expected


def test_a_folder_that_cannot_be_read_says_nothing(tmp_path):
    assert read_made_with(tmp_path / "nowhere") == ()


def test_a_time_zone_that_is_not_known_here_is_utc():
    for name in ("Nowhere/Atlantis", "../x", "", None):
        assert run_settings._zone(name) == timezone.utc


# On the page


@pytest.fixture
def open_runs(store: RunStore, monkeypatch: pytest.MonkeyPatch):
    """Open the Runs page on a run, on a store of its own."""
    monkeypatch.setattr(services, "store", lambda: store)
    monkeypatch.setattr(services, "engine", SimpleNamespace)

    def open_one(run_id: str) -> AppTest:
        app = AppTest.from_file(str(REPO_ROOT / "dashboard.py"), default_timeout=60)
        app.query_params["run"] = run_id
        app.switch_page("pages/runs.py")
        app.run()
        assert not app.exception
        return app

    return open_one


@pytest.mark.slow
def test_the_reference_run_says_what_it_was_made_with(store, open_runs):
    run_id = import_folder(store, services.REFERENCE)
    folded = next(e for e in open_runs(run_id).expander if e.label == "All settings")
    assert "trained for 25 min 53 s · with torch 2.14.1+cu130, Python 3.11.7" in (
        folded.caption[0].value
    )
    assert set(folded.table[0].value["Specification"]) == {"same"}


def test_the_panel_of_a_run_has_all_its_settings(store, open_runs):
    app = open_runs(store.create(small_spec(seed=3)))
    folded = next(e for e in app.expander if e.label == "All settings")
    assert folded.table[0].value["This run"]["seed"] == "**3**"
    assert "with torch" not in folded.caption[0].value
