"""The controls above the gallery of a cell: which of its pictures, and in which order."""

from typing import Final

import streamlit as st

from fashion_core.analysis.ranking import Outcome, SortKey
from pages.ui import cell
from pages.ui.cell import Cell
from pages.ui.gallery_order import SORT_KEY, draw_order
from pages.ui.picture_row import CONFIDENCE_KEY, EVERY_PERCENT, OUTCOMES, Row
from pages.ui.services import SplitName
from pages.ui.tag_filter import draw_tag_filter

_HELP_CONFIDENTLY: Final = "All mistakes of all classes, the most confident first."


def draw_controls(chosen: Cell, split: SplitName) -> Row:
    """Draw the preset or the outcome, the order and the filters, and give what they say.

    Args:
        chosen: The cell; one cell is all right or all wrong anyway.
        split: Which pictures.
    """
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        outcome = _outcome(chosen)
    with right:
        confidence = _confidence()
    order = draw_order(split)
    tag = draw_tag_filter(split)
    return Row(
        true=chosen.true,
        predicted=chosen.predicted,
        outcome=outcome,
        confidence=confidence,
        tag=tag,
        sort=order.sort,
        ascending=order.ascending,
    )


def _outcome(chosen: Cell) -> Outcome:
    """Draw the choice of an outcome, or for one cell the preset, and give the outcome."""
    if chosen.as_pair() is not None:
        st.button("Confidently wrong", on_click=_confidently_wrong, help=_HELP_CONFIDENTLY)
        return "all"
    kept = st.segmented_control(
        "Predictions",
        list(OUTCOMES),
        default="wrong",
        required=True,
        key="outcome",
        bind="query-params",
        on_change=cell.first_page,
    )
    return OUTCOMES[kept]


def _confidence() -> tuple[int, int]:
    """Draw the range of confidences, bound to the link, and give it in per cent."""
    low, high = st.session_state.get(CONFIDENCE_KEY, EVERY_PERCENT)
    if low > high:  # a link named them so at the script run before
        st.session_state[CONFIDENCE_KEY] = (high, low)
    low, high = st.slider(
        "Confidence",
        *EVERY_PERCENT,
        EVERY_PERCENT,
        format="%d %%",
        key=CONFIDENCE_KEY,
        bind="query-params",
        on_change=cell.first_page,
        help="Keeps the pictures whose predicted class has a probability in this range.",
    )
    return min(low, high), max(low, high)


def _confidently_wrong() -> None:
    """Show all mistakes, the most confident first; a callback."""
    st.session_state.update(
        {
            "true": cell.ANY,
            "predicted": cell.ANY,
            "outcome": "wrong",
            CONFIDENCE_KEY: EVERY_PERCENT,
            SORT_KEY: SortKey.CONFIDENCE.value,
            "order": "highest first",
        }
    )
    cell.first_page()
