"""What a first visitor is told: the run they see is not theirs, and how to train one."""

from typing import Final

import streamlit as st

from pages.ui import services
from pages.ui.choice import Choice

_REFERENCE: Final = "r-reference-as-specified"
"""The id of the run that the first start brings in, `examples/reference-run`."""


def draw_first_step(choice: Choice) -> None:
    """Draw one line that leads to the first training; nothing once there is another run.

    Args:
        choice: What the visitor looks at.
    """
    if services.is_read_only():
        return
    if [run.run_id for run in services.store().runs()] != [_REFERENCE]:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="first-step"):
        st.caption("This run came with the dashboard.", width="content")
        st.page_link(
            "pages/train.py",
            label="Train your own: Quick try takes under half a minute",
            icon=":material/arrow_forward:",
            query_params=choice.link(),
        )
