"""The parts of the Compare page: their headings, and links to them, for the page is long."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

_HEADINGS: Final = {
    "chance": "Is it chance?",
    "settings": "What was done differently?",
    "where": "Where did it change?",
    "pictures": "Which pictures changed sides?",
    "classes": "Which classes got better?",
    "matrices": "The two matrices",
    "curves": "How did they learn?",
}

SECTIONS: Final = tuple(_HEADINGS)
"""All parts, from above."""

WITHOUT_CHANGES: Final = ("chance", "settings", "curves")
"""The parts that are there when every answer is the same."""


def draw_contents(sections: Sequence[str]) -> None:
    """Draw a line of links to parts of the page; a click scrolls and runs no script."""
    links = " · ".join(f"[{_HEADINGS[section]}](#{section})" for section in sections)
    st.caption(f"On this page: {links}")


def draw_heading(section: str) -> None:
    """Draw the heading of a part, where its link leads."""
    st.subheader(_HEADINGS[section], anchor=section)
