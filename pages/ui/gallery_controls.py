"""The controls above the gallery of a cell: which of its pictures, and in which order."""

import streamlit as st

from fashion_core.analysis.ranking import Outcome, SortKey
from pages.ui import cell
from pages.ui.cell import Cell
from pages.ui.gallery_order import SORT_KEY, draw_order
from pages.ui.picture_row import CONFIDENCE_KEY, EVERY_PERCENT, OUTCOMES, Row
from pages.ui.services import SplitName
from pages.ui.tag_filter import draw_tag_filter


def draw_controls(chosen: Cell, split: SplitName) -> Row:
    """Draw the outcome, the filters and the order, and give what they say.

    Args:
        chosen: The cell; one cell is all right or all wrong anyway.
        split: Which pictures.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        outcome = "all" if chosen.as_pair() is not None else _outcome()
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


def _outcome() -> Outcome:
    """Draw the choice of an outcome and give it."""
    kept = st.segmented_control(
        "Predictions",
        list(OUTCOMES),
        default="wrong",
        required=True,
        key="outcome",
        bind="query-params",
        on_change=cell.first_page_if_changed("outcome"),
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
        on_change=cell.first_page_if_changed(CONFIDENCE_KEY),
        help="Keeps the pictures whose predicted class has a probability in this range.",
    )
    return min(low, high), max(low, high)


def draw_preset() -> None:
    """Draw the button that leads from any cell to the mistakes of all classes."""
    st.button("All mistakes, surest first", on_click=_all_mistakes)


def _all_mistakes() -> None:
    """Show the mistakes of all classes, the most confident first; a callback."""
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
