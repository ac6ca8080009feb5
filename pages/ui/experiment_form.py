"""Guided experiments: choose one and start it; beside its curves, what to look for and came out."""

from typing import Final

import streamlit as st

from fashion_core.analysis.formatting import count, rough_duration
from fashion_core.cost import describe_basis, estimate_epoch
from fashion_core.experiments import EXPERIMENTS, Experiment, describe_outcome, find_experiment
from fashion_core.runs.records import Run
from pages.ui import services
from pages.ui.choice import select_run
from pages.ui.engine_choice import draw_engine_choice
from pages.ui.queue_list import try_to

_KEY: Final = "experiment"


def draw_experiment_form() -> None:
    """Draw the choice of an experiment, what it changes, and the button that starts it."""
    st.caption(
        "Each changes one thing and takes a minute or a few. Guess what the "
        "curves will do, then watch."
    )
    by_name = {experiment.name: experiment for experiment in EXPERIMENTS}
    name = st.radio(
        "Experiment", list(by_name), key=_KEY, bind="query-params", label_visibility="collapsed"
    )
    experiment = by_name[name]
    st.markdown(experiment.expected)
    runs, spec = services.store().runs(), experiment.spec
    epoch = estimate_epoch(spec, runs)
    st.caption(
        f"Learning rate {spec.learning_rate:g}, dropout {spec.dropout:g}, "
        f"{count(spec.train_images)} pictures, {spec.epochs} epochs: "
        f"{rough_duration(epoch.seconds * spec.epochs)}. {describe_basis(epoch)}"
    )
    with st.container(horizontal=True):
        st.button(
            "Start experiment",
            type="primary",
            icon=":material/science:",
            on_click=_start,
            args=(experiment,),
        )
        draw_engine_choice()


def draw_experiment(run: Run) -> None:
    """Draw what to look for in a run that is an experiment, and at its end what came out."""
    experiment = find_experiment(run.spec)
    if experiment is None:
        return
    with st.container(border=True):
        st.markdown(f":material/science: **Experiment: {experiment.name}**")
        st.markdown(experiment.expected)
        if not run.is_active:
            outcome = describe_outcome(experiment, run.history, diverged=run.status == "diverged")
            st.markdown(f"**What came out.** {outcome}")


def _start(experiment: Experiment) -> None:
    """Start an experiment, or show the run that is one already; a callback."""
    known = services.store().runs_of(experiment.spec)
    if known and known[0].status == "finished":
        select_run(known[0].run_id)
        return
    try_to(lambda: select_run(services.engine().start(experiment.spec, name=experiment.name)))
