"""The list of keys names the keys that there are."""

import re

from helpers import REPO_ROOT
from streamlit.testing.v1 import AppTest

from pages.ui import services
from pages.ui.keys_help import _KEYS
from pages.ui.labels_decide import InQuestion, buttons

ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in _KEYS.strip().splitlines()[2:]
]


def keys_of(page: str) -> str:
    """Give the keys listed for a page, those of the rows below it included."""
    start = next(i for i, row in enumerate(ROWS) if row[0] == page)
    rest = ROWS[start + 1 :]
    following = next((i for i, row in enumerate(rest) if row[0]), len(rest))
    return ", ".join(row[1] for row in [ROWS[start], *rest[:following]])


def test_every_key_of_the_labels_page_is_listed():
    question = InQuestion(split="test", image_id=1, label=0, new_label=1, following=None)
    assert {button.key for button in buttons(question, None)} == set(
        re.findall(r"[A-Z]", keys_of("Labels"))
    )


def test_the_keys_of_guessing_are_listed():
    assert keys_of("Guess") == "0 to 9, N"


def test_the_arrow_keys_of_pictures_are_those_of_the_script():
    script = (REPO_ROOT / "pages" / "ui" / "assets" / "walk.js").read_text()
    assert keys_of("Image") == "← →"
    assert {"ArrowLeft", "ArrowRight"} <= set(re.findall(r"Arrow\w+", script))


def test_the_list_is_on_every_page(store, monkeypatch):
    monkeypatch.setenv("FASHION_RUNS", str(store.root))
    monkeypatch.setattr(services, "engine", lambda: None)  # it would outlive the store's folder
    app = AppTest.from_file(str(REPO_ROOT / "dashboard.py"), default_timeout=60).run()
    assert _KEYS.strip() in [text.value.strip() for text in app.markdown]
