"""The visitor's colour theme, for figures and for what opens over a page."""

import streamlit as st

from fashion_core.figures.palette import DARK, LIGHT, Theme


def figure_theme() -> Theme:
    """Give the figure colours that match the visitor's light or dark theme."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def send_scheme() -> None:
    """Tell the browser whether the page is light or dark; once, before anything with `light-dark`.

    Streamlit says so of the page only; popovers and dialogs lie beside it and would all be light.
    """
    scheme = "dark" if st.context.theme.type == "dark" else "light"
    st.html(f"<style>body {{ color-scheme: {scheme}; }}</style>")
