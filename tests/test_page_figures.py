"""Every figure and every table of every page: described, explained, and there to be saved."""

import ast
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers import REPO_ROOT
from streamlit.testing.v1 import AppTest
from votes import as_csv, made_up_votes

from fashion_core.config import RunSpec
from fashion_core.runs.importing import import_folder
from fashion_core.runs.studies import StudyPlan, keep_study
from pages.ui import explanations, people_data, services
from pages.ui.figure import file_stem

REFERENCE = "r-reference-as-specified"
PAGES = {
    "dashboard.py": ({}, {"loss", "accuracy", "per-class"}, {"classes.csv"}),
    "pages/train.py": ({}, {"loss", "accuracy"}, {"layers.csv"}),
    "pages/study.py": ({}, {"study-curves", "study-rates"}, {"study-runs.csv"}),
    "pages/confusions.py": ({"picture": "7800"}, {"probabilities", "votes"}, {"matrix.csv"}),
    "pages/compare.py": (
        {"with": REFERENCE, "with_epoch": "30"},
        {"difference", "class-change", "compared-loss", "compared-accuracy"},
        {"outcomes.csv", "pairs.csv", "class-changes.csv", "matrix-A.csv", "matrix-B.csv"},
    ),
    "pages/image.py": (
        {"picture": "7800"},
        {"probabilities", "votes", "history", "saliency"},
        set(),
    ),
    "pages/map.py": ({}, set(), set()),
    "pages/certainty.py": (
        {},
        {"reliability", "selective", "coverage"},
        {"calibration.csv", "open-sets.csv"},
    ),
    "pages/labels.py": ({}, {"belief", "votes"}, set()),
    "pages/people.py": ({}, {"mistake-kinds"}, {"matrix-people.csv", "matrix-predicted.csv"}),
}


@pytest.fixture(autouse=True)
def caches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give pages caches of their own, no engine, and only the runs of the test."""
    monkeypatch.setattr(services, "engine", lambda: None)
    monkeypatch.setattr(services, "REFERENCE", Path("nowhere"))


@pytest.fixture
def opened(
    tmp_path: Path, archives: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, dict[str, str]], AppTest]:
    """Open a page on the reference run, with a table of votes and a study of that run."""
    monkeypatch.setenv("FASHION_DATA", str(archives))
    monkeypatch.setenv("FASHION_RUNS", str(tmp_path / "runs"))
    import_folder(services.store(), REPO_ROOT / "examples" / "reference-run")
    people_data.keep_upload(as_csv(made_up_votes()))
    spec = RunSpec(epochs=30)
    plan = StudyPlan(spec=spec, learning_rates=(spec.learning_rate, 0.01), seeds=(0, 1))
    keep_study(services.store().root, plan, name="")

    def open_page(page: str, query: dict[str, str]) -> AppTest:
        app = AppTest.from_file(str(REPO_ROOT / "dashboard.py"), default_timeout=120)
        for key, value in query.items():
            app.query_params[key] = value
        if page != "dashboard.py":
            app.switch_page(page)
        return app.run()

    return open_page


def starts(names: list[str], expected: set[str]) -> bool:
    """Tell whether each expected name begins one that is there, and no other is there."""
    found = {next((e for e in expected if name.startswith(e)), name) for name in names}
    return found == expected


@pytest.mark.parametrize("page", PAGES)
def test_every_figure_is_described_explained_and_saved(opened, page):
    query, figures, _ = PAGES[page]
    app = opened(page, query)
    assert not app.exception
    charts = [chart.proto for chart in app.get("plotly_chart")]
    assert starts([file_of(chart) for chart in charts], figures)
    assert all(chart.alt for chart in charts)
    assert len({file_of(chart) for chart in charts}) == len(charts)
    told = [text.value for text in app.markdown if text.value.endswith("saves it as an SVG file.")]
    assert len(told) == len(charts)


def test_the_map_is_explained_though_it_is_no_figure_of_plotly(opened):
    assert explanations.MAP.strip() in {text.value for text in opened("pages/map.py", {}).markdown}


@pytest.mark.parametrize("page", PAGES)
def test_every_table_can_be_saved(opened, page):
    query, _, tables = PAGES[page]
    buttons = opened(page, query).get("download_button")
    names = {button.proto.id.rpartition("-csv-")[2] for button in buttons if button.label == "CSV"}
    assert {name for name in names if name.endswith(".csv")} == tables


def file_of(chart) -> str:
    """Give the name a figure is saved by."""
    options = json.loads(chart.config)["toImageButtonOptions"]
    assert options["format"] == "svg"
    return options["filename"]


def test_a_figure_has_the_background_of_its_theme(opened):
    """A saved figure of the dark theme must be readable on white paper."""
    (chart, *_) = opened("dashboard.py", {}).get("plotly_chart")
    assert json.loads(chart.proto.spec)["layout"]["paper_bgcolor"] == "#FFFFFF"


def test_a_file_name_has_plain_characters_only():
    assert file_stem("saliency-answer and label") == "saliency-answer-and-label"
    assert file_stem("../T-shirt/top") == "T-shirt-top"
    assert file_stem("…") == "figure"


def calls(name: str) -> set[str]:
    """Give the files of the pages that call a function of Streamlit."""
    paths = [REPO_ROOT / "dashboard.py", *(REPO_ROOT / "pages").rglob("*.py")]
    return {
        path.relative_to(REPO_ROOT).as_posix()
        for path in paths
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == name
    }


def test_every_figure_of_the_product_is_drawn_in_one_place():
    assert calls("plotly_chart") == {"pages/ui/figure.py"}


def test_no_other_drawing_library_gets_past_it():
    others = ("line_chart", "bar_chart", "area_chart", "scatter_chart", "altair_chart", "pyplot")
    assert [name for name in others if calls(name)] == []


def test_every_file_with_a_table_can_save_it():
    with_csv = {
        path.relative_to(REPO_ROOT).as_posix()
        for path in [REPO_ROOT / "dashboard.py", *(REPO_ROOT / "pages").rglob("*.py")]
        if "draw_csv(" in path.read_text()
    }
    assert calls("table") <= with_csv


def test_every_explanation_is_short_and_warns():
    texts = {name: text for name, text in vars(explanations).items() if name.isupper()}
    del texts["BINS"]
    assert len(texts) == 23
    for name, text in texts.items():
        assert 30 <= len(text.split()) <= 110, name
