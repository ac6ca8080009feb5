"""A setting has one name: that of the Train page, in tables, filters and reports, too."""

import pytest
from helpers import REPO_ROOT
from streamlit.testing.v1 import AppTest

from fashion_core.analysis.settings import setting_label
from pages.ui import services
from pages.ui.settings import _FIELDS, _PAIRS


@pytest.fixture
def labels(store, monkeypatch) -> dict[str, str]:
    """Give the labels of the settings on the Train page, by key."""
    monkeypatch.setenv("FASHION_RUNS", str(store.root))
    monkeypatch.setattr(services, "engine", lambda: None)  # it would outlive the store's folder
    monkeypatch.setattr(services, "REFERENCE", REPO_ROOT / "nowhere")
    app = AppTest.from_file(str(REPO_ROOT / "dashboard.py"), default_timeout=60)
    app.switch_page("pages/train.py").run()
    kinds = (app.number_input, app.selectbox, app.toggle)
    return {widget.key: widget.label.lower() for kind in kinds for widget in kind}


def test_settings_are_named_as_on_the_train_page(labels):
    assert {key: setting_label(field).lower() for key, field in _FIELDS.items()} == {
        key: labels[key] for key in _FIELDS
    }


def test_the_two_widths_of_a_block_are_one_setting(labels):
    for field, (first, second) in _PAIRS.items():
        one = labels[first].removesuffix(" width")
        assert setting_label(field).lower() == f"{one} / {labels[second]}"
