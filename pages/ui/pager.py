"""The page picker of a gallery: as many numbers as there is room for, from the first draw on."""

from typing import Final

import streamlit as st

_NUMBERS: Final = 5  # with the gap among them, "1 2 3 … 17"; for fewer Streamlit shows but two
_WIDTH: Final = 236  # pixels they and the arrows need


def draw_pager(key: str, *, pages: int) -> int:
    """Draw the page picker and give the page; a link may name one that is not there.

    It has one width: as wide as its content it would keep that of few pages when another cell has
    many, and what stands beside it would move.

    Args:
        key: Key of the widget, and name of its query parameter.
        pages: How many there are; nothing is drawn for one.
    """
    if st.session_state.get(key, 1) > pages:
        st.session_state[key] = pages
    if pages == 1:
        return 1
    return st.pagination(
        pages, key=key, bind="query-params", max_visible_pages=_NUMBERS, width=_WIDTH
    )
