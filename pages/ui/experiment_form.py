"""Guided experiments: guess and start; beside the curves, what to look for and what came out."""

from typing import Final

import streamlit as st

from fashion_core.analysis.formatting import count, rough_duration
from fashion_core.analysis.settings import setting_text
from fashion_core.cost import describe_basis, estimate_epoch
from fashion_core.experiments import (
    EXPERIMENTS,
    Experiment,
    describe_changes,
    find_experiment,
    judge_guess,
    read_outcome,
)
from fashion_core.runs.records import Run
from pages.ui import services
from pages.ui.choice import select_run
from pages.ui.engine_choice import draw_engine_choice
from pages.ui.queue_list import try_to

_KEY: Final = "experiment"


def draw_experiment_form() -> None:
    """Draw the choice of an experiment, what it changes, the guess, and the button to start."""
    st.caption(
        "Each takes a minute or a few. Guess what the curves will do, then watch whether they do."
    )
    by_name = {experiment.name: experiment for experiment in EXPERIMENTS}
    name = st.radio(
        "Experiment", list(by_name), key=_KEY, bind="query-params", label_visibility="collapsed"
    )
    experiment = by_name[name]
    st.markdown(describe_changes(experiment))
    st.radio(
        f"**{experiment.question}** Your guess:",
        experiment.guesses,
        index=None,
        key=_guess_key(experiment),
        persist_state="session",
    )
    runs, spec = services.store().runs(), experiment.spec
    epoch = estimate_epoch(spec, runs)
    st.caption(
        f"Learning rate {setting_text(spec.learning_rate)}, dropout {spec.dropout:g}, "
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
    """Draw the question of a run that is an experiment, and at its end what came out.

    What to expect stays folded away until then: whoever reads it first has nothing to guess.
    """
    experiment = find_experiment(run.spec)
    if experiment is None:
        return
    with st.container(border=True):
        st.markdown(f":material/science: **Experiment: {experiment.name}**")
        if run.is_active:
            _draw_question(experiment)
        else:
            _draw_outcome(experiment, run)


def _draw_question(experiment: Experiment) -> None:
    guess = st.session_state.get(_guess_key(experiment))
    st.markdown(f"{experiment.question} " + (f"Your guess: “{guess}”" if guess else ""))
    with st.expander("What is expected?"):
        st.markdown(experiment.expected)


def _draw_outcome(experiment: Experiment, run: Run) -> None:
    outcome = read_outcome(experiment, run.history, diverged=run.status == "diverged")
    st.markdown(experiment.expected)
    st.markdown(f"**What came out.** {outcome.words}")
    guess = st.session_state.get(_guess_key(experiment))
    judged = judge_guess(experiment, outcome, guess) if guess else ""
    if judged:
        is_right = experiment.guesses.index(guess) == outcome.came_true
        icon = ":material/check_circle:" if is_right else ":material/cancel:"
        st.markdown(f"{icon} {judged}")


def _guess_key(experiment: Experiment) -> str:
    return f"guess-{experiment.name}"


def _start(experiment: Experiment) -> None:
    """Start an experiment, or show the run that is one already; a callback."""
    known = services.store().runs_of(experiment.spec)
    if known and known[0].status == "finished":
        select_run(known[0].run_id)
        return
    try_to(lambda: select_run(services.engine().start(experiment.spec, name=experiment.name)))
