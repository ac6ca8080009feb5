"""Where runs are computed and how many at a time: a setting of the server, shown and changed."""

from typing import Final, get_args

import streamlit as st

from fashion_core.engine.base import EngineChoice, Where
from fashion_core.engine.switch import MOST_SLOTS, most_slots
from fashion_core.runs.queue_order import QueueOrder
from pages.ui import services

_NAMES: Final[dict[Where, str]] = {
    "thread": "background thread",
    "process": "own process",
    "cluster": "cluster",
}
_CAPTIONS: Final[dict[Where, str]] = {
    "thread": "Starts at once. Pages answer more slowly while a run trains.",
    "process": "Starts a few seconds later. Pages stay quicker, and a crash ends that run only.",
    "cluster": "On the workers of {scheduler}. A lost worker's run goes on with another one.",
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
    problem = services.engine().problem() if choice.where == "cluster" else ""
    label = f"Where it runs: {_NAMES[choice.where]}{', runs wait' if problem else at_a_time}"
    icon = ":material/warning:" if problem else ":material/memory:"
    with st.popover(label, icon=icon, type="tertiary"), st.container(width=_WIDTH):
        if problem:
            st.warning(problem, icon=":material/lan:")
        st.radio(
            "Compute new runs in",
            _offered(choice),
            key=_WHERE_KEY,
            format_func=lambda where: _NAMES[where].capitalize(),
            captions=[_caption(where, choice) for where in _offered(choice)],
            on_change=_choose,
        )
        if with_slots:
            _draw_slots(choice)
        st.caption(
            "For everyone who uses this server, from the next run on; a run in work stays where "
            "it is. The results are the same to the bit on the same kind of processor."
        )


def _draw_slots(choice: EngineChoice) -> None:
    most = most_slots(choice.where, choice)
    if most == 1:
        return
    on_cluster = "Each needs a worker of its own; further runs wait in the queue."
    here = (
        "Each needs its own threads: runs at a time × threads should not be more "
        f"than the {MOST_SLOTS} cores of this machine."
    )
    st.number_input(
        "Runs at a time",
        1,
        most,
        key=_SLOTS_KEY,
        on_change=_choose,
        help=on_cluster if choice.where == "cluster" else here,
    )


def _choose() -> None:
    choice = services.engine_choice()
    choice.where = st.session_state[_WHERE_KEY]
    slots = st.session_state.get(_SLOTS_KEY, 1)
    if slots != choice.slots:
        choose_slots(slots)
    choice.slots = min(choice.slots, most_slots(choice.where, choice))


def choose_slots(slots: int) -> None:
    """Set how many runs are computed at a time; on this machine also after a restart."""
    choice = services.engine_choice()
    choice.slots = slots
    if choice.where != "cluster":
        QueueOrder(services.store()).keep_slots(slots)


def _offered(choice: EngineChoice) -> list[Where]:
    """List the places of this server; a cluster must be named at its start."""
    return [where for where in get_args(Where) if where != "cluster" or choice.cluster is not None]


def _caption(where: Where, choice: EngineChoice) -> str:
    scheduler = choice.cluster.scheduler if choice.cluster is not None else ""
    return _CAPTIONS[where].format(scheduler=scheduler or "a Dask cluster of this machine")
