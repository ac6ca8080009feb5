"""How large the pictures of the galleries are: chosen once, kept for the visit on all pages."""

from typing import Final

import streamlit as st

_KEY: Final = "picture-size"
_SIZES: Final = {"S": 56, "M": 84, "L": 112}
"""Pixels by name; multiples of 28 keep all pixels equal."""

_DEFAULT: Final = "M"
_HALF: Final = {"S": "S", "M": "S", "L": "M"}


def draw_tile_size() -> None:
    """Draw the choice; once on a page."""
    st.segmented_control(
        "Size of the pictures",
        list(_SIZES),
        default=_DEFAULT,
        required=True,
        key=_KEY,
        persist_state="session",
        label_visibility="collapsed",
        width="content",
    )


def tile_size(*, is_half: bool = False) -> int:
    """Give the chosen width of a picture in pixels.

    Args:
        is_half: Whether two galleries share the place of one: a size smaller then.
    """
    name = st.session_state.get(_KEY, _DEFAULT)
    return _SIZES[_HALF[name] if is_half else name]
