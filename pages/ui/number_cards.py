"""Cards with one number each: four in a row where they fit, else two by two."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def number_cards(name: str) -> DeltaGenerator:
    """Give the place for cards; how many stand in a row is in `assets/page.css`.

    Args:
        name: What tells the places of a page apart.
    """
    return st.container(key=f"number-cards-{name}")


def draw_number(label: str, value: str, *below: str) -> None:
    """Draw a card.

    Args:
        label: What the number is.
        value: The number with its unit.
        below: Lines of Markdown below it.
    """
    with st.container(border=True, height="stretch", gap="xxsmall"):
        st.metric(label, value)
        st.caption("  \n".join(below))
