"""The chosen runs side by side: what differs, and their curves in one figure."""

from collections.abc import Sequence

import streamlit as st

from fashion_core.analysis.figure_words import (
    describe_best_accuracies,
    describe_best_losses,
    describe_training_losses,
)
from fashion_core.figures.chosen_curves import MEASURES, RunCurve, chosen_curves_figure
from fashion_core.figures.rate_colours import rate_colours
from fashion_core.runs.records import RunSummary
from pages.ui import explanations, services
from pages.ui.figure import draw_figure
from pages.ui.run_differences import draw_differences
from pages.ui.run_ticks import MOST_COMPARED
from pages.ui.theme import figure_theme

_WORDS = dict(
    zip(
        MEASURES,
        (describe_best_losses, describe_best_accuracies, describe_training_losses),
        strict=True,
    )
)


def draw_comparison(chosen: Sequence[RunSummary]) -> None:
    """Draw what differs between the chosen runs, and their curves.

    Nothing if fewer than two have an epoch.

    Args:
        chosen: The runs of the chosen rows.
    """
    ready = [run for run in chosen if run.epochs_done and run.status != "damaged"]
    if len(ready) < 2:
        return
    drawn = sorted(ready[:MOST_COMPARED], key=lambda run: run.number)
    draw_differences(drawn, rate_colours(len(drawn), figure_theme()))
    _draw_curves(drawn)
    if len(ready) > MOST_COMPARED:
        st.caption(f"The first {MOST_COMPARED} of them in the order of the table are compared.")


def _draw_curves(drawn: Sequence[RunSummary]) -> None:
    """Draw one measure of the runs over the epochs, with the choice of the measure."""
    measure = st.segmented_control(
        "Curves",
        MEASURES,
        default=MEASURES[0],
        required=True,
        key="curve",
        bind="query-params",
        label_visibility="collapsed",
    )
    curves = [
        RunCurve(name=f"run {run.number}", history=services.store().run(run.run_id).history)
        for run in drawn
    ]
    draw_figure(
        chosen_curves_figure(curves, theme=figure_theme(), measure=measure),
        key="chosen-curves",
        explanation=explanations.CHOSEN_CURVES,
        says=_WORDS[measure]({curve.name: curve.history for curve in curves}),
        alt=f"The {measure} of the chosen runs over the epochs, with the best epoch of each",
    )
