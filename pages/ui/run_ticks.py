"""Which runs are ticked on the Runs page: in the link from two on, and only as long as it stays."""

from collections.abc import Collection, Sequence
from typing import Final

import streamlit as st

from pages.ui.choice import select_run

MOST_COMPARED: Final = 8
"""More lines in one figure cannot be told apart; the link names no more either."""

_LINK: Final = "chosen"  # the query parameter, once for each run
_CHOSEN: Final = "runs-chosen"  # ids of the ticked rows
_IN_LINK: Final = "runs-chosen-in-link"  # what was last written into the link
_FOLLOWED: Final = "runs-followed"  # the run all pages show, as of the last script run
_NEXT: Final = "runs-chosen-next"  # ids to tick in the next script run, whichever is followed


def ticked_runs(run_ids: Collection[str], followed: str) -> list[str]:
    """Give the ids of the ticked runs, and keep the link in step with them.

    A link that has changed since it was written here is followed; otherwise another run for all
    pages is ticked alone. What the link names and is not here is said and dropped.

    Args:
        run_ids: The ids of all runs.
        followed: The id of the run that all pages show.
    """
    in_link, known = st.query_params.get_all(_LINK), st.session_state.get(_IN_LINK, [])
    if in_link != known or st.session_state.get(_FOLLOWED) != followed:
        st.session_state[_CHOSEN] = st.session_state.pop(_NEXT, [followed])
    if in_link != known:
        there = [run_id for run_id in dict.fromkeys(in_link) if run_id in run_ids]
        _say_missing(len(set(in_link)) - len(there), are_compared=len(there) > 1)
        if len(there) > 1:
            st.session_state[_CHOSEN] = there
    st.session_state[_FOLLOWED] = followed
    chosen = [run_id for run_id in st.session_state[_CHOSEN] if run_id in run_ids]
    _write_link(chosen)
    return chosen


def tick_runs(run_ids: Sequence[str]) -> None:
    """Tick these runs and no others; one alone is the run all pages show. For callbacks."""
    st.session_state[_CHOSEN] = list(run_ids)
    if len(run_ids) == 1:
        select_run(run_ids[0])
        st.session_state[_FOLLOWED] = run_ids[0]


def tick_after_change(run_ids: Sequence[str]) -> None:
    """Tick these runs, or none, once the list of runs is another; for callbacks.

    A single one becomes the run that all pages show.
    """
    if len(run_ids) == 1:
        select_run(run_ids[0])
    st.session_state[_NEXT] = list(run_ids)
    st.session_state.pop(_FOLLOWED, None)


def _write_link(chosen: Sequence[str]) -> None:
    """Put the runs into the link if there are several, and remember what was written."""
    written = list(chosen[:MOST_COMPARED]) if len(chosen) > 1 else []
    if st.query_params.get_all(_LINK) != written:
        if written:
            st.query_params[_LINK] = written
        else:
            st.query_params.pop(_LINK, None)
    st.session_state[_IN_LINK] = written


def _say_missing(missing: int, *, are_compared: bool) -> None:
    if not missing:
        return
    runs = "a run that is" if missing == 1 else f"{missing} runs that are"
    rest = "The others are compared." if are_compared else "Fewer than two are left to compare."
    st.warning(f"The link names {runs} not here. {rest}")
