"""A row of buttons that can also be pressed by a key, wherever the focus is."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from pages.ui.sheet import component


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyButton:
    """One button.

    Attributes:
        action: What a press reports.
        text: What stands on the button.
        key: Capital letter of the key. R and C are Streamlit's own.
        help: Tooltip.
        pressed: Whether it is the present state; None for a button that is none.
        disabled: Whether it does nothing now.
    """

    action: str
    text: str
    key: str
    help: str
    pressed: bool | None = None
    disabled: bool = False


def key_bar(  # noqa: PLR0913 - keyword-only, each a separate choice of the page
    buttons: Sequence[KeyButton],
    *,
    token: str,
    label: str,
    said: str,
    key: str,
    on_press: Callable[[str], None],
) -> None:
    """Draw the buttons. Keys do nothing while somebody types, or a dialog or a list is open.

    Args:
        buttons: From left to right, with different actions and keys.
        token: Names what is on screen and differs after every press; a press made for an older
            one is dropped.
        label: What the buttons are for, for screen readers.
        said: What came of the last press; below the buttons, read out when it changes.
        key: Streamlit key, one per bar.
        on_press: Called with the action of the button that was pressed, before the page runs
            again.
    """
    known = {button.action for button in buttons if not button.disabled}

    def pressed() -> None:
        action = pressed_action(key, token)
        if action in known:
            on_press(action)

    component("keys")(
        key=key,
        data={
            "buttons": [asdict(button) for button in buttons],
            "token": token,
            "label": label,
            "said": said,
        },
        on_pressed_change=pressed,
    )


def pressed_action(key: str, token: str) -> str:
    """Read, in a callback, what was pressed in the bar of that key; empty if made for another."""
    state: Any = st.session_state.get(key)
    value = state.get("pressed") if isinstance(state, dict) else None
    if not isinstance(value, dict) or value.get("token") != token:
        return ""
    action = value.get("action")
    return action if isinstance(action, str) else ""
