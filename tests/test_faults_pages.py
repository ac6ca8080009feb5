"""Pages of a store that was damaged: a sentence each, no page that cannot be drawn."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st
from helpers import REPO_ROOT, small_spec
from portable import put_run
from streamlit.testing.v1 import AppTest

from fashion_core.runs.schema import connect
from fashion_core.runs.store import RunStore
from pages.ui import services

PAGES = ["dashboard.py", "pages/train.py", "pages/confusions.py"]


@pytest.fixture
def opened(store, monkeypatch) -> RunStore:
    """Let pages see a store with one run, and nobody who computes."""
    monkeypatch.setenv("FASHION_RUNS", str(store.root))
    monkeypatch.setattr(services, "engine", SimpleNamespace)
    monkeypatch.setattr(services, "REFERENCE", Path("nowhere"))
    st.cache_resource.clear()
    store.create(small_spec(), name="the only one")
    yield store
    st.cache_resource.clear()


def draw(page: str) -> AppTest:
    app = AppTest.from_file(str(REPO_ROOT / "dashboard.py"), default_timeout=60)
    if page != "dashboard.py":
        app.switch_page(page)
    return app.run()


@pytest.mark.parametrize("page", PAGES)
def test_a_damaged_run_is_named_on_every_page(opened, page):
    with connect(opened.database) as db:
        db.execute("UPDATE runs SET spec = '{'")
    app = draw(page)
    assert not app.exception
    said = "\n".join(error.value for error in app.error)
    assert "other" in said
    assert "damaged" in said
    assert "could not be drawn" not in said
    assert "Resume" not in [button.label for button in app.button]


@pytest.mark.parametrize("page", PAGES)
def test_a_rebuilt_list_is_said_until_the_page_is_loaded_again(opened, page):
    opened.database.write_bytes(b"no database")
    app = draw(page)
    for _ in range(2):
        assert not app.exception
        (warning,) = [w.value for w in app.warning if "list of runs" in w.value]
        assert "was set aside as runs.sqlite.damaged-" in warning
        assert warning.endswith("rebuilt from the run folders: 1 runs.")
        app.run()
    assert [w.value for w in draw(page).warning if "list of runs" in w.value] == []


@pytest.mark.parametrize("page", ["dashboard.py", "pages/confusions.py", "pages/compare.py"])
def test_a_lost_epoch_is_said_in_a_sentence_on_every_page_that_needs_it(opened, page):
    run_id = put_run(opened, epochs=2)
    for path in (opened.run_dir(run_id) / "epochs").iterdir():
        path.unlink()
    app = AppTest.from_file(str(REPO_ROOT / "dashboard.py"), default_timeout=60)
    app.query_params["run"] = run_id
    if page != "dashboard.py":
        app.switch_page(page)
    app.run()
    assert not app.exception
    assert any("is missing" in error.value for error in app.error)
    assert not any("could not be drawn" in error.value for error in app.error)
