"""The list of keys, on every page."""

from typing import Final

import streamlit as st

from pages.ui import services

_LABELS: Final = """\
| Labels | K, L, A, S | keep, relabel, ambiguous, skip |
| | U | undo the last decision |
"""
_CHOOSE: Final = """\
| | the same, where pictures are chosen | choose the picture, or no longer |
| | the same with Shift | all from the last one on |
"""
_KEYS: Final = f"""
| page | key | does |
|---|---|---|
| Confusions, Compare | arrows, Home, End | move in the matrix and the list of pairs |
| | Enter or space | choose the cell or pair |
| Map | arrows, with Shift | move a box, its corner |
| | Enter, Esc | select what is in the box, nothing |
| galleries | arrows | move between pictures |
| | Enter or space | open the picture |
{_CHOOSE}\
| Image | ← → | previous and next picture |
{_LABELS}\
| Guess | 0 to 9 | name the class |
| | N | next picture |
| an open picture | ← → | previous and next of its gallery |
| | Esc | close |
"""


def draw_keys() -> None:
    """Draw the button that lists the keys."""
    with st.popover("Keys", icon=":material/keyboard:", type="tertiary"):
        to_watch = _KEYS.replace(_LABELS, "").replace(_CHOOSE, "")
        st.markdown(to_watch if services.is_read_only() else _KEYS)
        st.caption("Letters and digits do nothing while you type in a field.")
