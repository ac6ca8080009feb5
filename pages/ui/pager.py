"""The page picker of a gallery: as many numbers as there is room for, from the first draw on."""

from typing import Final

import streamlit as st

_FEWEST: Final = 5  # numbers Streamlit makes room for, or it shows but the first and the last page
_MOST: Final = 7  # numbers, the gap among them included: "1 2 3 4 5 … 17"
_ARROWS_PIXELS: Final = 66
_NUMBER_PIXELS: Final = 34


def draw_pager(key: str, *, pages: int) -> int:
    """Draw the page picker and give the page; a link may name one that is not there.

    It has a width of its own: as wide as its content it would keep the width of few pages when
    another cell has many.

    Args:
        key: Key of the widget, and name of its query parameter.
        pages: How many there are; nothing is drawn for one.
    """
    if st.session_state.get(key, 1) > pages:
        st.session_state[key] = pages
    if pages == 1:
        return 1
    numbers = min(max(pages, _FEWEST), _MOST)
    return st.pagination(
        pages,
        key=key,
        bind="query-params",
        max_visible_pages=numbers,
        width=_ARROWS_PIXELS + numbers * _NUMBER_PIXELS,
    )
