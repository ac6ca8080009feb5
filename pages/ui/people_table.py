"""Bringing the table of votes: where it comes from, upload, removal."""

from typing import Final

import streamlit as st

from fashion_core.errors import FashionError
from fashion_core.vote_table import SOURCE
from pages.ui import people_data, services
from pages.ui.literal import literal

_PROBLEM: Final = "people-problem"
_UPLOAD: Final = "people-upload"
_MOST_MEGABYTES: Final = 5  # the public table has 0.2
_ROUND: Final = "people-upload-round"  # a new key empties the uploader

_WHAT: Final = """
About 67 people looked at each of the 10,000 test pictures and said which of the ten classes they
see: **Fashion-MNIST-H** (Ishida and others, ICLR 2023). With their votes this page shows which
mistakes are the network's own, where people fail too, and which labels people dispute.
"""
_STEPS: Final = f"""
The table is public, but not part of this dashboard: it has another licence (GPL-3.0). It takes two
steps, once:

1. Download the file `data/fmh_counts.csv` (216 kB) of [takashiishida/irreducible]({SOURCE}).
2. Drop it below, or put it into the folder `data/human-votes`.
"""


def draw_invitation() -> None:
    """Say what the votes are, where they come from, and take the file."""
    st.info("Nobody has brought the votes yet.", icon=":material/how_to_vote:")
    st.markdown(_WHAT)
    if services.is_read_only():
        st.markdown("This dashboard is for watching only: whoever runs it can bring the table.")
        return
    st.markdown(_STEPS)
    _draw_uploader()


def draw_repair(problem: str) -> None:
    """Say what is wrong with the table that is there, and offer ways out."""
    st.error(literal(problem), icon=":material/error:")
    st.markdown(f"The file in use is `{people_data.table_path()}`.")
    _draw_removal()
    _draw_uploader()


def draw_source() -> None:
    """Say where the votes come from, and offer to remove or replace them."""
    with st.expander("Where do the votes come from?"):
        st.markdown(
            f"[Fashion-MNIST-H]({SOURCE}), Ishida and others, ICLR 2023; licence GPL-3.0. "
            f"The file in use is `{people_data.table_path()}`. Before use it is checked: 10,000 "
            "rows of ten whole numbers; in any 100 rows in a row, most people must choose the "
            "label in at least half of them; and no two columns may fit better exchanged."
        )
        _draw_removal()
        _draw_uploader()


def _draw_uploader() -> None:
    if services.is_read_only():
        return
    if problem := st.session_state.pop(_PROBLEM, None):
        st.error(literal(problem), icon=":material/error:")
    turn = st.session_state.get(_ROUND, 0)
    key = f"{_UPLOAD}-{turn}"
    st.file_uploader(
        "Table of votes",
        type="csv",
        key=key,
        max_upload_size=_MOST_MEGABYTES,
        on_change=_take,
        args=(key,),
    )


def _draw_removal() -> None:
    """Offer to remove an uploaded table; one in the data folder is the visitor's to remove."""
    is_ours = people_data.table_path() == people_data.uploaded_path()
    if is_ours and not services.is_read_only():
        st.button("Remove the uploaded table", icon=":material/delete:", on_click=_remove)


def _take(key: str) -> None:
    """Check and keep what was uploaded; a callback."""
    file = st.session_state.get(key)
    if file is None:
        return
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    try:
        people_data.keep_upload(file.getvalue())
    except FashionError as error:
        st.session_state[_PROBLEM] = str(error)


def _remove() -> None:
    """Remove the uploaded table; a callback."""
    try:
        people_data.remove_upload()
    except FashionError as error:
        st.session_state[_PROBLEM] = str(error)
