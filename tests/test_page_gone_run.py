"""A run that is deleted in one tab while another shows it: named, never replaced silently."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from helpers import REPO_ROOT
from portable import put_run
from streamlit.testing.v1 import AppTest

from fashion_core.runs.annotations import RunAnnotations
from fashion_core.runs.store import RunStore
from pages.ui import services


@pytest.fixture
def opened(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    """Let pages see this store, and nobody who computes."""
    monkeypatch.setenv("FASHION_RUNS", str(store.root))
    monkeypatch.setattr(services, "engine", SimpleNamespace)
    monkeypatch.setattr(services, "REFERENCE", Path("nowhere"))
    return store


@pytest.fixture
def three(opened: RunStore) -> list[str]:
    return [put_run(opened) for _ in range(3)]


def open_page(page: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(REPO_ROOT / "dashboard.py"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    if page != "dashboard.py":
        app.switch_page(page)
    return app.run()


def warnings(app: AppTest) -> list[str]:
    assert not app.exception
    return [warning.value for warning in app.warning]


def test_a_run_deleted_while_it_is_open_is_named(opened, three):
    app = open_page("dashboard.py", run=three[0])
    RunAnnotations(opened).delete(three[0])
    assert warnings(app.run()) == [
        "Run 1 was deleted. It can be restored on the Runs page. Run 3 is shown instead."
    ]
    assert app.query_params["run"] == three[2]
    assert warnings(app.run()) == []


def test_who_only_watches_is_not_sent_to_restore_it(opened, three, monkeypatch):
    monkeypatch.setattr(services, "is_read_only", lambda: True)
    RunAnnotations(opened).delete(three[0])
    said = warnings(open_page("dashboard.py", run=three[0]))
    assert said == ["Run 1 was deleted. Run 3 is shown instead."]


def test_a_run_removed_for_good_while_it_is_open_is_not_blamed_on_a_link(opened, three):
    app = open_page("dashboard.py", run=three[0])
    RunAnnotations(opened).delete(three[0])
    RunAnnotations(opened).empty([three[0]])
    assert warnings(app.run()) == [
        "The run that was open here was removed for good. Run 3 is shown instead."
    ]


@pytest.mark.parametrize(
    ("gone", "says"),
    [
        (0, "Run 1 was deleted. It can be restored on the Runs page. Run 3 is shown instead."),
        (1, "Run 2 was deleted. It can be restored on the Runs page. Run 3 is shown as B instead."),
    ],
)
def test_compare_names_the_side_that_was_deleted(opened, three, gone, says):
    app = open_page("pages/compare.py", run=three[0], **{"with": three[1]})
    RunAnnotations(opened).delete(three[gone])
    assert warnings(app.run()) == [says]


def test_after_swap_the_side_is_named_where_the_deleted_run_stands_now(opened, three):
    app = open_page("pages/compare.py", run=three[0], **{"with": three[1]})
    RunAnnotations(opened).delete(three[0])
    next(button for button in app.button if button.label == "Swap").click().run()
    assert warnings(app) == [
        "Run 1 was deleted. It can be restored on the Runs page. Run 3 is shown as B instead."
    ]
    assert (app.query_params["run"], app.query_params["with"]) == (three[1], three[2])


def test_a_run_that_becomes_a_with_its_only_epoch_is_not_said_to_have_none(opened, three):
    short = put_run(opened, epochs=1)
    app = open_page("pages/compare.py", run=three[0], **{"with": short})
    assert warnings(app) == []
    app.selectbox(key="run").set_value(short).run()
    assert warnings(app) == [
        "Run 4 has no epoch that could be shown as B. Run 3 is shown as B instead."
    ]
