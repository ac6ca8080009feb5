"""Which cell of the matrix and which picture are chosen: by click, by keyboard or by link."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fashion_core.classes import CLASS_NAMES, class_index
from pages.ui.literal import literal

ANY: Final = "any"
_NONE: Final = ""
_DRAWN: Final = "values of filters as they were drawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell, a row, a column or all of the matrix.

    Attributes:
        true: True class, or None for any.
        predicted: Predicted class, or None for any.
        is_both: Whether the opposite cell is shown beside it.
    """

    true: int | None
    predicted: int | None
    is_both: bool

    def as_pair(self) -> tuple[int, int] | None:
        """Give (true, predicted) if it is one cell."""
        if self.true is None or self.predicted is None:
            return None
        return self.true, self.predicted

    def reversed(self) -> "Cell":
        """Give the opposite direction."""
        return Cell(true=self.predicted, predicted=self.true, is_both=self.is_both)

    def describe(self) -> str:
        """Name the cell in words."""
        if self.true is None and self.predicted is None:
            return "All classes"
        true = "any class" if self.true is None else CLASS_NAMES[self.true]
        predicted = "any class" if self.predicted is None else CLASS_NAMES[self.predicted]
        return f"{true} → {predicted}"


def draw_pickers(switch_place: DeltaGenerator) -> Cell:
    """Draw the two selectboxes, bound to the link, and elsewhere the switch for both directions.

    Args:
        switch_place: Container for the switch.
    """
    _say_unknown("True class", "true")
    _say_unknown("Predicted class", "predicted")
    left, right = st.columns(2)
    with left:
        true = _picker("True class", "true")
    with right:
        predicted = _picker("Predicted class", "predicted")
    is_mistake = true is not None and predicted is not None and true != predicted
    with switch_place:
        is_both = st.toggle(
            "Show both directions side by side",
            key="both",
            bind="query-params",
            disabled=not is_mistake,
            on_change=first_page_if_changed("both"),
            help="Choose two different classes first; the opposite confusion appears beside it.",
        )
    return Cell(true=true, predicted=predicted, is_both=bool(is_both and is_mistake))


def choose(true: int, predicted: int) -> None:
    """Choose a cell; for callbacks."""
    st.session_state["true"] = CLASS_NAMES[true]
    st.session_state["predicted"] = CLASS_NAMES[predicted]
    first_page()


def choose_pair(true: int, predicted: int) -> None:
    """Choose a cell together with its opposite; for callbacks."""
    choose(true, predicted)
    st.session_state["both"] = True


def first_page() -> None:
    """Go back to the first page of the galleries; for callbacks of whatever changes them."""
    for key in ("page", "page-back", "page-fixed", "page-broken"):
        if key in st.session_state:
            st.session_state[key] = 1


def first_page_if_changed(key: str) -> Callable[[], None]:
    """Give the callback that goes to the first page if a widget differs from what was drawn.

    Streamlit also calls back when it hears from the browser what a callback had chosen: a part
    of the page that is drawn anew just before brings the value from before the choice. Whoever
    turned a page then would find the first one again.

    Args:
        key: Key of the widget, which is drawn right after this.
    """
    st.session_state.setdefault(_DRAWN, {})[key] = st.session_state.get(key)

    def callback() -> None:
        if st.session_state[key] != st.session_state[_DRAWN].get(key):
            first_page()

    return callback


def linked_picture() -> int | None:
    """Give the picture that stands in the link, if any."""
    text = st.query_params.get("picture", _NONE)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else None


def open_picture(image_id: int) -> None:
    """Open a picture; for callbacks."""
    st.query_params["picture"] = str(image_id)


def close_picture() -> None:
    """Close the picture that is open; for callbacks."""
    st.query_params.pop("picture", None)


def _say_unknown(label: str, key: Literal["true", "predicted"]) -> None:
    """Say that the link names no class, before the selectbox drops it without a word."""
    linked = st.query_params.get(key, ANY)
    if linked not in {ANY, *CLASS_NAMES}:
        st.warning(
            f"The link names a {label.lower()} that does not exist: “{literal(linked[:60])}”. "
            "Any class is shown."
        )


def _picker(label: str, key: Literal["true", "predicted"]) -> int | None:
    name = st.selectbox(
        label,
        [ANY, *CLASS_NAMES],
        key=key,
        bind="query-params",
        on_change=first_page_if_changed(key),
    )
    return None if name == ANY else class_index(name)
