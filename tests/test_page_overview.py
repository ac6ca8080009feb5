"""The Overview: its numbers lead to their pictures, a first visit leads to a training."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from helpers import REPO_ROOT, small_spec
from streamlit.testing.v1 import AppTest

from fashion_core.runs.importing import import_folder
from fashion_core.runs.store import RunStore
from pages.ui import first_visit, services, settings

REFERENCE = "r-reference-as-specified"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a store with the reference run, made once."""
    root = tmp_path_factory.mktemp("overview") / "runs"
    import_folder(RunStore(root), REPO_ROOT / "examples" / "reference-run")
    return root


@pytest.fixture
def opened(runs: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Open a page of the dashboard, the Overview by default."""
    monkeypatch.setenv("FASHION_RUNS", str(runs))
    monkeypatch.setattr(services, "engine", lambda: None)

    def open_page(page: str | None = None, **query: str) -> AppTest:
        app = AppTest.from_file(str(REPO_ROOT / "dashboard.py"), default_timeout=60)
        for key, value in query.items():
            app.query_params[key] = value
        if page is not None:
            app.switch_page(page)
        app.run()
        assert not app.exception
        return app

    return open_page


def links(app: AppTest) -> dict[str, dict[str, str]]:
    """Give the query of every link of the page itself by its label."""
    found = [link.proto for link in app.main.get("page_link")]
    return {
        link.label: {key: value for key, (value,) in parse_qs(link.query_string).items()}
        for link in found
    }


def words(app: AppTest) -> str:
    return "\n".join(each.value for kind in (app.markdown, app.caption) for each in kind)


@pytest.mark.parametrize("split", ["test", "validation"])
def test_the_number_of_mistakes_leads_to_all_of_them(opened, split):
    matrix = services.headline(REFERENCE, 5, split).matrix
    wrong = matrix.sum() - matrix.trace()
    query = links(opened(epoch="5", split=split))[f"See all {wrong:,} mistakes"]
    assert query["epoch"] == "5"
    app = opened("pages/confusions.py", **query)
    assert f"**All classes**, wrong · {wrong:,} pictures" in words(app)
    assert (app.selectbox(key="sort").value, app.selectbox(key="order").value) == (
        "confidence",
        "highest first",
    )


def test_every_class_leads_to_its_mistakes_the_hardest_first(opened):
    queries = links(opened())
    classes = [label for label in queries if label.endswith(")")]
    assert all(label.startswith(queries[label]["true"]) for label in classes)
    assert classes[0] == "Shirt (273)"
    assert classes[-1] == "Trouser (12)"
    assert len(classes) == 10
    app = opened("pages/confusions.py", **queries["Shirt (273)"])
    assert "**Shirt → any class**, wrong · 273 pictures" in words(app)


def test_a_class_without_mistakes_has_no_link(opened, monkeypatch):
    perfect = services.headline(REFERENCE, 8, "test")
    matrix = perfect.matrix.copy()
    matrix[6] = 0
    matrix[6, 6] = 1_000
    changed = replace(perfect, matrix=matrix)
    monkeypatch.setattr(services, "headline", lambda *_: changed)
    labels = list(links(opened()))
    assert not [label for label in labels if label.startswith("Shirt (")]
    assert "See all 538 mistakes" in labels


FIRST_STEP = "Train your own: Quick try takes under half a minute"


def test_a_first_visit_leads_to_a_training(opened):
    app = opened(epoch="5")
    assert "This run came with the dashboard." in words(app)
    assert links(app)[FIRST_STEP] == {"run": REFERENCE, "epoch": "5"}


def test_whoever_has_trained_is_not_told_to(opened, monkeypatch, tmp_path):
    copied = tmp_path / "runs"
    import_folder(RunStore(copied), REPO_ROOT / "examples" / "reference-run")
    RunStore(copied).create(small_spec())
    monkeypatch.setenv("FASHION_RUNS", str(copied))
    assert FIRST_STEP not in links(opened(run=REFERENCE))


def test_whoever_only_watches_is_not_told_to_train(opened, monkeypatch):
    monkeypatch.setattr(services, "is_read_only", lambda: True)
    app = opened()
    assert FIRST_STEP not in links(app)
    assert "This run came with the dashboard." not in words(app)


def test_the_run_and_the_time_that_are_named_are_the_true_ones():
    header = json.loads((services.REFERENCE / "spec.json").read_text())
    assert header["run_id"] == REFERENCE == first_visit._REFERENCE
    assert "under half a minute" in settings._HELP_QUICK
