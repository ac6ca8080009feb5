"""The curves of the chosen runs in one figure."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from fashion_core.analysis.figure_words import describe_best_losses
from fashion_core.figures.chosen_curves import RunCurve, chosen_curves_figure
from fashion_core.runs.records import RunSummary
from pages.ui import explanations, services
from pages.ui.figure import draw_figure
from pages.ui.theme import figure_theme

_MOST: Final = 8  # more lines cannot be told apart


def draw_curves(chosen: Sequence[RunSummary]) -> None:
    """Draw the validation loss of the chosen runs; nothing if fewer than two have an epoch.

    Args:
        chosen: The runs of the chosen rows.
    """
    ready = [run for run in chosen if run.epochs_done and run.status != "damaged"]
    if len(ready) < 2:
        return
    drawn = sorted(ready[:_MOST], key=lambda run: run.number)
    curves = [
        RunCurve(name=f"run {run.number}", history=services.store().run(run.run_id).history)
        for run in drawn
    ]
    draw_figure(
        chosen_curves_figure(curves, theme=figure_theme()),
        key="chosen-loss",
        explanation=explanations.CHOSEN_LOSS,
        says=describe_best_losses({curve.name: curve.history for curve in curves}),
        alt="Validation loss of the chosen runs over the epochs, with the best epoch of each",
    )
    if len(ready) > _MOST:
        st.caption(f"The first {_MOST} of them in the order of the table are drawn.")
