"""What a part of a page says where the weights of the chosen epoch are not kept."""

from collections.abc import Mapping

import streamlit as st

from pages.ui import image_data
from pages.ui.choice import Choice


def say_no_weights(choice: Choice, *, page: str, query: Mapping[str, str]) -> None:
    """Say which epochs have weights, and lead to them.

    Args:
        choice: An epoch whose weights are not kept.
        page: Path of the page that the links open, this one.
        query: What else its links must hold.
    """
    kept = image_data.epochs_with_weights(choice.run.run_id)
    if not kept:
        st.info(
            f"Run {choice.run.number} has no stored weights, so the network cannot be asked again. "
            "Choose another run in the sidebar, or train this one again.",
            icon=":material/visibility_off:",
        )
        return
    st.info(
        f"The weights of epoch {choice.epoch} were not kept, so the network cannot be asked again: "
        "a run keeps those of its best epoch and of its last two. Choose one of these epochs:",
        icon=":material/visibility_off:",
    )
    with st.container(horizontal=True):
        for epoch in kept:
            is_best = choice.run.best is not None and choice.run.best.epoch == epoch
            st.page_link(
                page,
                label=f"Epoch {epoch}{', the best' if is_best else ''}",
                icon=":material/arrow_forward:",
                query_params={**choice.link(), "epoch": str(epoch), **query},
            )
