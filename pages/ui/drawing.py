"""A canvas to draw a picture of 28 x 28 on, with mouse, pen or finger."""

import base64
import binascii
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import streamlit as st

from pages.ui.sheet import SIDE, component


def drawing_pad(
    pixels: npt.NDArray[np.uint8] | None,
    *,
    key: str,
    on_draw: Callable[[npt.NDArray[np.uint8]], None],
) -> None:
    """Draw the canvas, its brush and the button that clears it.

    Args:
        pixels: What was drawn before, uint8 of shape (28, 28); the browser reads it once, when
            the canvas appears, and keeps its own finer drawing after that.
        key: Streamlit key, one per canvas.
        on_draw: Called with uint8 of shape (28, 28) when the finger is lifted or the canvas was
            cleared, before the page runs again.
    """

    def drawn() -> None:
        levels = drawn_pixels(key)
        if levels is not None:
            on_draw(levels)

    component("draw")(
        key=key,
        data={
            "label": "Canvas to draw a garment on. It needs a mouse, a pen or a finger.",
            "pixels": "" if pixels is None else base64.b64encode(pixels.tobytes()).decode(),
        },
        on_drawn_change=drawn,
    )


def drawn_pixels(key: str) -> npt.NDArray[np.uint8] | None:
    """Read, in a callback, what was drawn on the canvas of that key; None if it is no picture."""
    state = st.session_state.get(key)
    value = state.get("drawn") if isinstance(state, dict) else None
    if not isinstance(value, str) or len(value) > 2 * SIDE * SIDE:
        return None
    try:
        levels = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(levels) != SIDE * SIDE:
        return None
    return np.frombuffer(levels, dtype=np.uint8).reshape(SIDE, SIDE)
