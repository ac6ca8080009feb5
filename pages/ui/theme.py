"""The visitor's colour theme, for figures."""

import streamlit as st

from fashion_core.figures.palette import DARK, LIGHT, Theme


def figure_theme() -> Theme:
    """Give the figure colours that match the visitor's light or dark theme."""
    return DARK if st.context.theme.type == "dark" else LIGHT
