"""The size of the pictures of the galleries."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from fashion_core.runs.importing import import_folder
from fashion_core.runs.store import RunStore
from pages.ui import services

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a store with the reference run, no engine, and caches of its own."""
    monkeypatch.setenv("FASHION_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(services, "engine", lambda: None)
    monkeypatch.setattr(services, "REFERENCE", Path("nowhere"))
    import_folder(RunStore(tmp_path / "runs"), ROOT / "examples" / "reference-run")


def tiles(app: AppTest) -> list[int]:
    """Give the widths of the pictures of each gallery that is sent."""
    assert not app.exception
    sent = [json.loads(each.proto.json or "{}") for each in app.get("bidi_component")]
    return [content["tile"] for content in sent if "tile" in content]


def size(app: AppTest):
    (found,) = [group for group in app.button_group if group.label == "Size of the pictures"]
    return found


def test_pictures_have_the_chosen_size_and_two_galleries_side_by_side_a_smaller_one() -> None:
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60)
    app.switch_page("pages/confusions.py").run()
    assert tiles(app) == [84]
    size(app).set_value("L").run()
    assert tiles(app) == [112]
    app.selectbox("true").set_value("Shirt")
    app.selectbox("predicted").set_value("Coat").run()
    app.toggle("both").set_value(True).run()
    assert tiles(app) == [84, 84]
