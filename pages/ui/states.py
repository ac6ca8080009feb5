"""What a page shows before there is anything to show: one sentence and one next step."""

import streamlit as st

from pages.ui import services
from pages.ui.choice import Choice
from pages.ui.frame import done_fraction


def has_results(choice: Choice, *, shows: str) -> bool:
    """Tell whether the chosen run has a finished epoch; draw the empty state if not.

    Args:
        choice: What the visitor looks at.
        shows: What stands here once there is a result, to complete "you will see here …".
    """
    if choice.run is not None and choice.epoch is not None:
        return True
    if choice.run is None:
        st.info(
            f"Nothing was trained yet. After a training you will see here {shows}.",
            icon=":material/play_circle:",
        )
        label = "Go to training" if services.is_read_only() else "Start the first training"
    elif choice.run.is_active:
        st.info(
            f"Run {choice.run.number} has not finished its first epoch yet. "
            "This page fills as soon as it has.",
            icon=":material/hourglass_top:",
        )
        st.progress(done_fraction(choice.run))
        label = "Watch it train"
    elif choice.run.status == "damaged":
        st.error(
            f"Run {choice.run.number} is damaged and cannot be shown; the others are not affected. "
            "Choose another run in the sidebar, or see what is wrong.",
            icon=":material/broken_image:",
        )
        label = "See what is wrong"
    else:
        st.info(
            f"Run {choice.run.number} is {choice.run.status} and has no finished epoch. "
            "Choose another run in the sidebar, or train again.",
            icon=":material/info:",
        )
        label = "Go to training"
    st.page_link(
        "pages/train.py", label=label, icon=":material/arrow_forward:", query_params=choice.link()
    )
    return False
