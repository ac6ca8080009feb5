"""Find a learning rate: the range test of what is set up, beside the settings."""

from typing import Final

import streamlit as st

from fashion_core.analysis.range_test import (
    HIGHEST_RATE,
    LOWEST_RATE,
    describe_range_test,
    rate_text,
    suggest,
)
from fashion_core.config import RunSpec
from fashion_core.engine.range_test import STEPS, RangeTestState
from fashion_core.errors import FashionError
from fashion_core.figures.range_test import range_figure
from pages.ui import explanations, services
from pages.ui.boundary import part
from pages.ui.figure import draw_figure
from pages.ui.literal import literal
from pages.ui.settings import set_learning_rate, spec_from_settings
from pages.ui.theme import figure_theme

_LOOK_SECONDS: Final = 0.5
_ERROR_KEY: Final = "range-test-error"


def draw_range_test(spec: RunSpec) -> None:
    """Draw the range test of a spec: how to start it, how far it is, or what it says.

    It is computed in the background: it goes on while other pages are shown, and what it finds is
    there again whenever the same settings are.
    """
    # With a state of its own it stays open when a widget appears above it.
    with st.expander(
        "Find a learning rate",
        icon=":material/query_stats:",
        key="range-test-open",
        on_change="rerun",
    ):
        if problem := st.session_state.pop(_ERROR_KEY, None):
            st.error(literal(problem), icon=":material/error:")
        state = services.range_tests().state(spec)
        if state is not None and state.is_done:
            _draw_result(spec, state)
        elif _is_running(state) or services.range_tests().running():
            _draw_running(spec, is_own=_is_running(state))
        else:
            _draw_start(state)


def _is_running(state: RangeTestState | None) -> bool:
    return state is not None and state.status == "running"


def _draw_start(state: RangeTestState | None) -> None:
    if state is not None:  # it is neither done nor running
        st.error(literal(state.reason), icon=":material/error:")
    st.caption(_HELP)
    if services.store().active():
        st.caption("A run is being computed: both get slower while the test runs.")
    st.button("Test these settings", icon=":material/play_arrow:", on_click=_start)


_HELP: Final = (
    f"Trains a throw-away copy of the network for {STEPS} steps while the learning rate rises from "
    f"{rate_text(LOWEST_RATE)} to {rate_text(HIGHEST_RATE)}. Where the loss falls, the rate is "
    "good; where it shoots up, the rate is too high. No run is changed."
)


def _draw_running(spec: RunSpec, *, is_own: bool) -> None:
    if not is_own:
        st.info("The test of other settings is running.", icon=":material/hourglass_top:")
    part(_tick, run_every=_LOOK_SECONDS)(spec, is_own=is_own)
    st.button("Cancel the test", icon=":material/stop:", on_click=services.range_tests().cancel)


def _tick(spec: RunSpec, *, is_own: bool) -> None:
    """Say how far the test is; when it has ended, the whole page shows what came out."""
    tests = services.range_tests()
    running = tests.running()
    if running is None or _is_running(tests.state(spec)) != is_own:
        st.rerun()
    step = len(running.rates)
    if step:
        text = f"Step {step} of {running.steps}: learning rate {rate_text(running.rates[-1])}"
    else:
        text = "Starting"
    st.progress(running.done_fraction, text=text)


def _draw_result(spec: RunSpec, state: RangeTestState) -> None:
    current = spec.learning_rate
    draw_figure(
        range_figure(state.rates, state.losses, theme=figure_theme(), current=current),
        key="range-test",
        explanation=explanations.RANGE_TEST,
        alt="Training loss of a throw-away copy over its rising learning rate",
    )
    st.markdown(describe_range_test(state.rates, state.losses, current=current))
    suggestion = suggest(state.rates, state.losses)
    if suggestion is None:
        return
    if spec.schedule == "one-cycle":
        st.caption(
            "This is about a rate that is kept. With one-cycle it is the highest and lasts for a "
            f"short time only: up to {rate_text(suggestion.high)} is worth a try."
        )
    st.button(
        f"Use {rate_text(suggestion.rate)}",
        icon=":material/check:",
        disabled=suggestion.rate == current,
        on_click=set_learning_rate,
        args=(suggestion.rate,),
    )


def _start() -> None:
    """Test the widgets' values and keep the sentence if it cannot be started; a callback."""
    try:
        services.range_tests().start(spec_from_settings())
    except (FashionError, ValueError) as error:
        st.session_state[_ERROR_KEY] = str(error)
