"""Where this server computes: from the command line, shown and changed on the Train page."""

import sys
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fashion_core.engine.base import EngineChoice
from fashion_core.errors import FashionError
from pages.ui import services

ROOT = Path(__file__).parents[1]


@pytest.fixture
def choice(tmp_path, monkeypatch) -> EngineChoice:
    """Give the choice of a server whose engine never computes anything."""
    choice = EngineChoice()
    monkeypatch.setenv("FASHION_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(services, "REFERENCE", Path("nowhere"))
    monkeypatch.setattr(services, "engine", lambda: None)
    monkeypatch.setattr(services, "engine_choice", lambda: choice)
    st.cache_resource.clear()
    return choice


def open_train() -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60)
    app.switch_page("pages/train.py")
    return app.run()


def test_the_page_changes_where_new_runs_are_computed(choice):
    app = open_train()
    assert app.radio(key="engine-where").value == "thread"
    app.radio(key="engine-where").set_value("process").run()
    assert (choice.where, choice.slots) == ("process", 1)
    assert not app.exception


def test_the_page_changes_how_many_runs_are_computed_at_a_time(choice, monkeypatch):
    monkeypatch.setattr("pages.ui.engine_choice.MOST_SLOTS", 4)
    app = open_train()
    app.number_input(key="engine-slots").set_value(3).run()
    assert (choice.where, choice.slots) == ("thread", 3)


def test_the_page_of_one_core_offers_one_run_at_a_time(choice, monkeypatch):
    monkeypatch.setattr("pages.ui.engine_choice.MOST_SLOTS", 1)
    app = open_train()
    assert "engine-slots" not in [widget.key for widget in app.number_input]
    app.radio(key="engine-where").set_value("process").run()
    assert (choice.where, choice.slots) == ("process", 1)


def test_the_page_shows_what_another_tab_has_chosen(choice):
    app = open_train()
    choice.where = "process"
    assert app.run().radio(key="engine-where").value == "process"


@pytest.mark.parametrize(
    ("words", "where"),
    [
        ([], "thread"),
        (["--engine", "process"], "process"),
        (["--engine=thread"], "thread"),
        (["--other", "1", "--engine", "process"], "process"),
    ],
)
def test_the_command_line_chooses_the_engine(monkeypatch, words, where):
    monkeypatch.setattr(sys, "argv", ["dashboard.py", *words])
    assert services._read_engine_choice() == EngineChoice(where=where, slots=1)


@pytest.mark.parametrize(
    ("words", "got"), [(["--engine", "rocket"], "'rocket'"), (["--engine"], "''")]
)
def test_an_unknown_engine_is_refused_with_a_sentence(monkeypatch, words, got):
    monkeypatch.setattr(sys, "argv", ["dashboard.py", *words])
    with pytest.raises(FashionError, match=f"^Expected --engine thread or process, got {got}"):
        services._read_engine_choice()
