"""What stands above the pictures of a cell: all mistakes as a file, and what people say of it."""

import streamlit as st

from pages.ui.cell import Cell
from pages.ui.choice import Choice
from pages.ui.data_notes import draw_pair_note
from pages.ui.report_download import draw_mistakes


def draw_tools(choice: Choice, chosen: Cell) -> None:
    """Draw the button that saves the mistakes, and the notes of the chosen confusion."""
    with st.container(horizontal=True):
        draw_mistakes(choice)
        for each in (chosen, chosen.reversed()) if chosen.is_both else (chosen,):
            pair = each.as_pair()
            if pair is not None and pair[0] != pair[1]:
                label = f"Note: {each.describe()}" if chosen.is_both else "Note"
                draw_pair_note(true=pair[0], predicted=pair[1], label=label)
