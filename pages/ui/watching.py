"""What visitors are told on a server for watching only, where a page lacks something for it."""

from typing import Final

import streamlit as st

from pages.ui import services

_SENTENCES: Final = {
    "Train": "You are welcome to watch: this dashboard shows how runs train, and starts none.",
    "Runs": "You are welcome to look at every run: nothing can be named or deleted here.",
    "Confusions": "You are welcome to explore: notes and tags can be read here, but not written.",
    "Labels": "You are welcome to look at each label: decisions are shown here, but not made.",
}
"""By the name of the page in the navigation."""


def say_watching(page: str) -> None:
    """Say to visitors who only watch what the page does not offer them, if there is anything.

    Args:
        page: The page's name in the navigation.
    """
    if services.is_read_only() and page in _SENTENCES:
        st.info(_SENTENCES[page], icon=":material/visibility:")
