"""Going back to the first page of a gallery when, and only when, its pictures are others."""

from streamlit.testing.v1 import AppTest

from pages.ui import cell


def page_that_hears_a_value() -> None:
    import streamlit as st  # noqa: PLC0415 - runs as a script of its own

    from pages.ui import cell  # noqa: PLC0415

    st.session_state.update({"true": "Shirt", "page": 3, "page-back": 2})
    callback = cell.first_page_if_changed("true")
    st.session_state["true"] = st.query_params["heard"]
    callback()
    st.text(f"{st.session_state['page']} {st.session_state['page-back']}")


def pages_after(heard: str) -> str:
    app = AppTest.from_function(page_that_hears_a_value)
    app.query_params["heard"] = heard
    app.run()
    assert not app.exception
    return app.text[0].value


def test_another_value_leads_to_the_first_pages():
    assert pages_after("Coat") == "1 1"


def test_the_value_that_was_drawn_turns_no_page():
    assert pages_after("Shirt") == "3 2"


def filtered_gallery() -> None:
    import streamlit as st  # noqa: PLC0415

    from pages.ui import cell  # noqa: PLC0415

    reset = cell.first_page_if_changed("true")
    st.selectbox("True class", [cell.ANY, "Shirt", "Coat"], key="true", on_change=reset)
    st.number_input("Page", 1, 9, key="page")


def test_every_change_by_the_visitor_leads_to_the_first_page():
    app = AppTest.from_function(filtered_gallery).run()
    for name in ("Shirt", cell.ANY, "Coat"):
        app.number_input(key="page").set_value(4).run()
        assert app.number_input(key="page").value == 4
        app.selectbox(key="true").set_value(name).run()
        assert app.number_input(key="page").value == 1
