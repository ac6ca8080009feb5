"""Train: choose a learning rate, start, watch, stop, resume."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from fashion_core.analysis.formatting import count
from fashion_core.architecture import layer_table, parameter_count
from fashion_core.errors import FashionError
from fashion_core.runs.records import Run
from pages.ui import services
from pages.ui.choice import Choice, select_run
from pages.ui.engine_choice import draw_engine_choice
from pages.ui.frame import show_page
from pages.ui.live import draw_live
from pages.ui.settings import draw_settings, spec_from_settings


def draw(choice: Choice) -> None:
    setup, live = st.columns([2, 3], gap="large")
    with setup:
        _set_up()
    with live:
        _watch(choice)
    _layers()


def _set_up() -> None:
    st.subheader("Set up", anchor=False)
    draw_settings()
    try:
        spec = spec_from_settings()
    except ValueError as error:
        st.error(str(error), icon=":material/error:")
        st.button("Start training", type="primary", icon=":material/play_arrow:", disabled=True)
        return
    st.caption(
        f"{count(parameter_count(spec))} parameters · {count(spec.steps_per_epoch)} steps an epoch"
    )
    with st.container(horizontal=True):
        st.button("Start training", type="primary", icon=":material/play_arrow:", on_click=_start)
        draw_engine_choice()


def _layers() -> None:
    """Draw the network that is set up as a table: name, output shape, parameters."""
    try:
        spec = spec_from_settings()
    except ValueError:
        return  # said beside the settings
    with st.expander("The network, layer by layer", expanded=True):
        rows = layer_table(spec)
        table = pd.DataFrame(
            {
                "Layer": [row.name for row in rows],
                "Output shape": [" × ".join(map(str, row.output_shape)) for row in rows],
                "Parameters": [count(row.parameters) for row in rows],
            }
        )
        st.table(table.set_index("Layer"))


def _start() -> None:
    """Start a run from the widgets' values; a callback."""
    _do(lambda: select_run(services.engine().start(spec_from_settings())))


def _do(action: Callable[[], None]) -> None:
    """Do what a button asks and keep the sentence if it cannot be done."""
    try:
        action()
    except (FashionError, ValueError) as error:
        st.session_state["train-error"] = str(error)


def _watch(choice: Choice) -> None:
    st.subheader("Watch", anchor=False)
    if problem := st.session_state.pop("train-error", None):
        st.error(problem, icon=":material/error:")
    run = choice.run
    if run is None:
        st.info(
            "Nothing was trained yet. Press **Start training**: the curves appear here.",
            icon=":material/play_circle:",
        )
        return
    _controls(run)
    draw_live(run)
    _queue(run)


def _controls(run: Run) -> None:
    """Draw the buttons that fit the run's status; outside the part that redraws itself."""
    if run.is_active:
        label = "Take off the queue" if run.status == "queued" else "Stop"
        st.button(
            label,
            icon=":material/stop:",
            disabled=run.status == "stopping",
            on_click=lambda: _do(lambda: services.engine().stop(run.run_id)),
        )
    elif run.is_resumable:
        st.button(
            "Resume",
            icon=":material/resume:",
            on_click=lambda: _do(lambda: services.engine().resume(run.run_id)),
        )


def _queue(shown: Run) -> None:
    """List the other runs that run or wait."""
    others = [run for run in reversed(services.store().active()) if run.run_id != shown.run_id]
    if not others:
        return
    st.markdown("**Also running or waiting**")
    for run in others:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"Run {run.number} · {run.name} · {run.status}", width="stretch")
            st.button("Show", key=f"show-{run.run_id}", on_click=select_run, args=(run.run_id,))
            st.button(
                "Stop",
                key=f"stop-{run.run_id}",
                on_click=lambda run_id=run.run_id: _do(lambda: services.engine().stop(run_id)),
            )


show_page("Train", "How well does it learn?", draw)
