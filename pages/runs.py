"""Runs: every run with its settings and results; sort, filter, name, tag, delete."""

from collections.abc import Sequence

import streamlit as st

from fashion_core.runs.records import RunSummary
from pages.ui import services
from pages.ui.choice import Choice
from pages.ui.frame import show_page
from pages.ui.run_csv import write_csv
from pages.ui.run_figures import describe_best
from pages.ui.run_filter import filter_runs
from pages.ui.run_panel import draw_panel
from pages.ui.run_table import choose_runs
from pages.ui.run_ticks import ticked_runs
from pages.ui.run_transfer import draw_import, draw_import_news
from pages.ui.run_trash import draw_trash, draw_undo
from pages.ui.states import has_results


def draw(choice: Choice) -> None:
    runs = services.store().runs()
    draw_undo()
    draw_import_news()
    if choice.run is not None and runs:
        _compare(runs, choice.run.run_id)
    elif not services.is_read_only() and services.annotations().deleted():
        st.info("Every run is deleted. Restore one below or train another.", icon=":material/info:")
        draw_import()
    else:
        has_results(choice, shows="all runs with their settings and figures")
        draw_import()
    if not services.is_read_only():
        draw_trash()


def _compare(runs: Sequence[RunSummary], followed: str) -> None:
    """Draw the answer, the table and what can be done with the chosen runs."""
    ticked = ticked_runs([run.run_id for run in runs], followed)
    answer, tools = st.container(), st.container(horizontal=True, vertical_alignment="bottom")
    shown = filter_runs(runs, tools)
    with tools:
        _download(shown)
        draw_import()
    if not shown:
        st.info("No run is like that.", icon=":material/search_off:")
        return
    best, certainty = describe_best(shown)
    answer.markdown(f"##### {best}")
    if certainty:
        answer.markdown(certainty)
    answer.caption(
        "Validation figures at the best epoch, the one with the lowest validation loss. Test "
        "figures are not here, because test pictures choose nothing: choose a run first, then "
        "open it. Tick several to see side by side what differs, and their curves."
    )
    chosen = choose_runs(shown, ticked)
    draw_panel(chosen, sorted({tag for run in runs for tag in run.tags}, key=str.casefold))


def _download(shown: Sequence[RunSummary]) -> None:
    """Draw the button that saves the table; made when it is pressed."""
    st.download_button(
        "CSV",
        data=lambda: write_csv(shown),
        file_name="runs.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        disabled=not shown,
        help="The runs that are shown, with all settings and full figures.",
    )


show_page("Runs", "Which run is better?", draw)
