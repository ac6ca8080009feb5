"""Where the first epochs of a run that was trained further come from, in words."""

import streamlit as st

from fashion_core.errors import StoreError
from fashion_core.runs.origin import read_origin
from fashion_core.runs.records import RunSummary
from pages.ui import services


def say_origin(run: RunSummary) -> None:
    """Say of a run that was trained further which of its epochs another run has computed."""
    if said := describe_origin(run):
        st.caption(f"{said[:1].upper()}{said[1:]}.")


def describe_origin(run: RunSummary) -> str:
    """Write which epochs of a run are those of another: "epochs 1 to 10 are those of run 3".

    Empty of a run that has trained all of them.
    """
    store = services.store()
    origin = read_origin(store.run_dir(run.run_id))
    if origin is None:
        return ""
    which = "epoch 1 is that" if origin.epochs == 1 else f"epochs 1 to {origin.epochs} are those"
    try:
        return f"{which} of run {store.run(origin.run_id).number}"
    except StoreError:
        return f"{which} of a run that is not here, {origin.run_id}"
