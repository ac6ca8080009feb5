"""What stands above the pictures of a cell: all mistakes as a file, and what people say of it."""

import streamlit as st

from pages.ui.cell import Cell
from pages.ui.choice import Choice
from pages.ui.report_download import draw_mistakes


def draw_tools(choice: Choice, chosen: Cell) -> None:
    """Draw the button that saves the mistakes, and the note of a chosen confusion."""
    with st.container(horizontal=True):
        draw_mistakes(choice)
