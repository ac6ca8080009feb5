"""Train: set up a run or a study, start, watch, pause, stop, resume."""

from collections.abc import Callable
from typing import Final

import pandas as pd
import streamlit as st

from fashion_core.analysis.formatting import count
from fashion_core.architecture import layer_table, parameter_count
from fashion_core.config import RunSpec
from fashion_core.runs.records import Run
from pages.ui import services
from pages.ui.choice import Choice, select_run
from pages.ui.engine_choice import draw_engine_choice
from pages.ui.experiment_form import draw_experiment, draw_experiment_form
from pages.ui.frame import show_page
from pages.ui.literal import literal
from pages.ui.live import draw_live
from pages.ui.queue_list import draw_queue, say_problem, try_to
from pages.ui.range_test import draw_range_test
from pages.ui.settings import draw_settings, spec_from_settings, use_settings
from pages.ui.states import say_no_run
from pages.ui.study_form import draw_study_form
from pages.ui.table_csv import draw_csv, write_table
from pages.ui.train_further import draw_train_further, link_to_same

_ONE: Final = "One run"
_STUDY: Final = "Learning-rate study"
_EXPERIMENT: Final = "Experiment"
_USE: Final = "Fills the form with all settings of this run, to be started again or changed."
_RESUME: Final = (
    "Goes on after the last epoch that was kept, and ends as if nothing had interrupted it."
)


def draw(choice: Choice) -> None:
    if services.is_read_only():
        _watch(choice)
        return
    setup, live = st.columns([2, 3], gap="large")
    with setup:
        _set_up()
    with live, st.container(key="watch"):
        _watch(choice)
    if st.session_state.get("mode") != _EXPERIMENT:
        _layers()


def _set_up() -> None:
    st.subheader("Set up", anchor=False)
    mode = st.segmented_control(
        "What to train",
        [_ONE, _STUDY, _EXPERIMENT],
        default=_ONE,
        required=True,
        key="mode",
        bind="query-params",
        label_visibility="collapsed",
    )
    if mode == _STUDY:
        draw_study_form()
        return
    with st.container(key="set-up-watched"):  # its start leads to Watch: see narrow.js
        if mode == _EXPERIMENT:
            draw_experiment_form()
        else:
            _set_up_run()


def _set_up_run() -> None:
    draw_settings()
    try:
        spec = spec_from_settings()
    except ValueError as error:
        st.error(literal(str(error)), icon=":material/error:")
        st.button("Start training", type="primary", icon=":material/play_arrow:", disabled=True)
        return
    draw_range_test(spec)
    st.caption(
        f"{count(parameter_count(spec))} parameters · {count(spec.steps_per_epoch)} steps an epoch"
    )
    with st.container(horizontal=True):
        st.button("Start training", type="primary", icon=":material/play_arrow:", on_click=_start)
        draw_engine_choice()
    _same_training(spec)


def _same_training(spec: RunSpec) -> None:
    """Lead to the run of exactly these settings, a finished one first; nothing without one."""
    known = sorted(services.store().runs_of(spec), key=lambda run: run.status != "finished")
    if known:
        link_to_same(known[0])


def _layers() -> None:
    """Draw the network that is set up as a table: name, output shape, parameters."""
    try:
        spec = spec_from_settings()
    except ValueError:
        return  # said beside the settings
    with st.expander("The network, layer by layer", expanded=True):
        rows = layer_table(spec)
        parameters = [row.parameters for row in rows]
        table = pd.DataFrame(
            {
                "Layer": [row.name for row in rows],
                "Output shape": [" × ".join(map(str, row.output_shape)) for row in rows],
                "Parameters": [count(each) for each in parameters],
            }
        )
        st.table(table.set_index("Layer"))
        draw_csv(
            lambda: write_table(table.to_dict("list") | {"Parameters": parameters}),
            file_name="layers.csv",
            what="The layers with their output shapes and parameters.",
        )


def _start() -> None:
    """Start a run from the widgets' values; a callback."""
    try_to(lambda: select_run(services.engine().start(spec_from_settings())))


def _watch(choice: Choice) -> None:
    st.subheader("Watch", anchor=False)
    say_problem()
    run = choice.run
    if run is None:
        when = (
            "As soon as a run trains," if services.is_read_only() else "Press **Start training**:"
        )
        st.info(
            f"{say_no_run()} {when} the curves appear here.",
            icon=":material/play_circle:",
        )
        return
    _controls(run)
    draw_experiment(run)
    draw_live(run)
    _queue(run)


def _controls(run: Run) -> None:
    """Draw the buttons that fit the run's status; outside the part that redraws itself."""
    if services.is_read_only():
        return
    engine, run_id = services.engine(), run.run_id
    with st.container(horizontal=True):
        if run.status == "paused":
            _button("Go on", ":material/play_arrow:", lambda: engine.resume(run_id))
        if run.is_resumable:
            _button("Resume", ":material/resume:", lambda: engine.resume(run_id), text=_RESUME)
        if run.status in {"queued", "running"}:
            _button("Pause", ":material/pause:", lambda: engine.pause(run_id))
        if run.is_active:
            is_new = run.is_waiting and not run.epochs_done
            label = "Take off the queue" if is_new else "Stop"
            is_stopping = run.status == "stopping"
            _button(label, ":material/stop:", lambda: engine.stop(run_id), disabled=is_stopping)
        if run.status != "damaged":
            draw_train_further(run, set_up=_use)
            _button("Use these settings", ":material/tune:", lambda: _use(run.spec), text=_USE)


def _use(spec: RunSpec) -> None:
    """Set up one run with the settings of another; a callback."""
    use_settings(spec)
    st.session_state["mode"] = _ONE


def _button(
    label: str,
    icon: str,
    action: Callable[[], None],
    *,
    disabled: bool = False,
    text: str | None = None,
) -> None:
    st.button(label, icon=icon, disabled=disabled, help=text, on_click=lambda: try_to(action))


def _queue(shown: Run) -> None:
    """List the other runs that run or wait."""
    others = [run for run in services.store().active() if run.run_id != shown.run_id]
    draw_queue(others, "Also running or waiting")


show_page("Train", "How well does it learn?", draw, prefers_active=True)
