"""The changes that a visitor makes to a picture: sliders and switches that stand in the link."""

from typing import Any, Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fashion_core.analysis.transforms import Changes

_NONE: Final[dict[str, Any]] = {
    "right": 0,
    "down": 0,
    "turn": 0,
    "mirror": False,
    "blur": 0.0,
    "noise": 0,
    "contrast": 1.0,
    "invert": False,
    "patch": 0,
    "patch-left": 10,
    "patch-top": 10,
}
"""Value of each widget, by its key and name in the link, where nothing is changed."""

_WHERE: Final = {"patch-left", "patch-top"}  # matter only where there is a patch


def pick_changes() -> Changes:
    """Draw the sliders and give what they say."""
    head = st.container(horizontal=True, vertical_alignment="center")
    (right, down), (turn, contrast), (blur, noise), (patch, switches), (left, top) = (
        st.columns(2, gap="medium") for _ in range(5)
    )
    with switches.container(horizontal=True, vertical_alignment="bottom", height="stretch"):
        is_mirrored = st.toggle("Mirror", key="mirror", bind="query-params")
        is_inverted = st.toggle("Invert", key="invert", bind="query-params")
    changes = Changes(
        is_mirrored=is_mirrored,
        is_inverted=is_inverted,
        right=_slider(right, "To the right, pixels", "right", (-14, 14, 1)),
        down=_slider(down, "Down, pixels", "down", (-14, 14, 1)),
        degrees=_slider(turn, "Turn clockwise, degrees", "turn", (-180, 180, 5)),
        contrast=_slider(contrast, "Contrast", "contrast", (0.0, 2.0, 0.1)),
        blur=_slider(blur, "Blur, pixels", "blur", (0.0, 3.0, 0.1)),
        noise=_slider(noise, "Noise, grey levels", "noise", (0, 128, 4)),
        patch=_slider(patch, "Erased square, pixels", "patch", (0, 20, 1)),
        patch_left=_slider(left, "… from column", "patch-left", (0, 27, 1)),
        patch_top=_slider(top, "… from row", "patch-top", (0, 27, 1)),
    )
    with head:  # drawn above the sliders, but it knows what they say
        st.markdown("**Change it**", width="stretch")
        st.button(
            "Reset",
            icon=":material/restart_alt:",
            key="reset",
            on_click=_reset,
            disabled=not _changed(),
        )
    st.caption(
        "Made in this order: mirror, turn, shift, blur, contrast, invert, erase, noise. What comes "
        "in from outside is black. Blur and noise are standard deviations; the noise is the same "
        "every time. Contrast is about the picture's mean."
    )
    return changes


def _slider(place: DeltaGenerator, label: str, key: str, scale: tuple[Any, Any, Any]) -> Any:
    """Draw a slider from the first to the second number of its scale, in steps of the third."""
    low, high, step = scale
    return place.slider(
        label,
        low,
        high,
        _NONE[key],
        step=step,
        key=key,
        bind="query-params",
        disabled=key in _WHERE and not st.session_state["patch"],
    )


def _changed() -> bool:
    """Tell whether there is anything to reset."""
    return any(st.session_state[key] != value for key, value in _NONE.items())


def _reset() -> None:
    """Put everything back; a callback."""
    st.session_state.update(_NONE)
