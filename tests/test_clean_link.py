"""A link that a visitor comes with: what no widget can take is dropped, all else is left."""

import pytest
from streamlit.testing.v1 import AppTest

SCRIPT = """
import streamlit as st
from pages.ui.clean_link import clean_link
clean_link()
st.segmented_control("A", ["x", "y"], default="x", required=True, key="a", bind="query-params")
st.number_input("N", 1, 9, key="n", bind="query-params")
"""


def opened(**query: str | list[str]) -> AppTest:
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


@pytest.mark.parametrize(
    "query", [{"a": ""}, {"n": "1e999"}, {"n": "-inf"}, {"n": "9" * 400}, {"a": "", "n": ""}]
)
def test_what_no_widget_can_take_gives_the_default(query):
    app = opened(**query)
    assert not app.exception
    assert (app.segmented_control(key="a").value, app.number_input(key="n").value) == ("x", 1)


def test_the_rest_of_the_link_is_left():
    app = opened(a="y", n="inf", other=["1", "2"], unread="")
    assert not app.exception
    assert app.segmented_control(key="a").value == "y"
    assert app.query_params["other"] == ["1", "2"]
    assert "unread" not in app.query_params


def test_a_good_link_is_followed():
    app = opened(a="y", n="7")
    assert (app.segmented_control(key="a").value, app.number_input(key="n").value) == ("y", 7)
