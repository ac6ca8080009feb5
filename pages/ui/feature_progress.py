"""Features of many pictures are computed step by step: how far it is, and room for a training."""

import time
from collections.abc import Callable
from typing import Protocol

import streamlit as st

from fashion_core.analysis.formatting import count
from pages.ui import services


class Steps(Protocol):
    """Rows that are computed step by step."""

    @property
    def done(self) -> int:
        """Rows that are computed."""

    @property
    def rows(self) -> int:
        """Rows in all."""


def show_progress(found: Steps, compute_more: Callable[[], None]) -> None:
    """Compute what is missing; a click meanwhile loses at most one step, the rest is kept.

    While a run trains, every step is followed by a pause of its own length.

    Args:
        found: What is computed.
        compute_more: Computes the next step of it.
    """
    if found.done == found.rows:
        return
    bar, is_training = st.progress(0.0), bool(services.store().active())
    while found.done < found.rows:
        text = f"{count(found.done)} of {count(found.rows)} pictures"
        bar.progress(found.done / found.rows, text=text)
        started = time.monotonic()
        compute_more()
        if is_training:
            time.sleep(time.monotonic() - started)
    bar.empty()
