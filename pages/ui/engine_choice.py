"""Where runs are computed and how many at a time: a setting of the server, shown and changed."""

from typing import Final, get_args

import streamlit as st

from fashion_core.engine.base import Where
from fashion_core.engine.switch import MOST_SLOTS
from fashion_core.runs.queue_order import QueueOrder
from pages.ui import services

_NAMES: Final[dict[Where, str]] = {"thread": "background thread", "process": "own process"}
_CAPTIONS: Final[dict[Where, str]] = {
    "thread": "Starts at once. Pages answer more slowly while a run trains.",
    "process": "Starts a few seconds later. Pages stay quicker, and a crash ends that run only.",
}
_WIDTH: Final = 340  # pixels; sentences would else stretch the panel over half the page
_WHERE_KEY, _SLOTS_KEY = "engine-where", "engine-slots"


def draw_engine_choice(*, with_slots: bool = True) -> None:
    """Draw what the server does with new runs; a change leaves runs in work where they are.

    Args:
        with_slots: Offer the number of runs at a time; else somebody else on the page does.
    """
    choice = services.engine_choice()
    # The server's, not the visitor's: another tab may have changed it.
    st.session_state[_WHERE_KEY], st.session_state[_SLOTS_KEY] = choice.where, choice.slots
    at_a_time = f", {choice.slots} at a time" if choice.slots > 1 else ""
    label = f"Where it runs: {_NAMES[choice.where]}{at_a_time}"
    with st.popover(label, icon=":material/memory:", type="tertiary"), st.container(width=_WIDTH):
        st.radio(
            "Compute new runs in",
            get_args(Where),
            key=_WHERE_KEY,
            format_func=lambda where: _NAMES[where].capitalize(),
            captions=list(_CAPTIONS.values()),
            on_change=_choose,
        )
        if MOST_SLOTS > 1 and with_slots:
            st.number_input(
                "Runs at a time",
                1,
                MOST_SLOTS,
                key=_SLOTS_KEY,
                on_change=_choose,
                help="Each needs its own threads: runs at a time × threads should not be more "
                f"than the {MOST_SLOTS} cores of this machine.",
            )
        st.caption(
            "For everyone who uses this server, from the next run on; a run in work stays where "
            "it is. The results are the same to the bit."
        )


def _choose() -> None:
    choice = services.engine_choice()
    choice.where = st.session_state[_WHERE_KEY]
    slots = st.session_state.get(_SLOTS_KEY, 1)
    if slots != choice.slots:
        choose_slots(slots)


def choose_slots(slots: int) -> None:
    """Set how many runs are computed at a time, now and after a restart of the server."""
    services.engine_choice().slots = slots
    QueueOrder(services.store()).keep_slots(slots)
