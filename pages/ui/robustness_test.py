"""The robustness test: what it will do, how far it is, and what stands in its way."""

from typing import Final

import streamlit as st

from fashion_core.analysis.corruptions import CORRUPTIONS, STRENGTHS, corruption_of
from fashion_core.analysis.formatting import count, rough_duration
from fashion_core.cost import answer_seconds
from fashion_core.engine.robustness import RobustnessState, Subject
from fashion_core.errors import FashionError
from fashion_core.runs.records import Run
from pages.ui import image_data, services
from pages.ui.boundary import part
from pages.ui.choice import Choice
from pages.ui.literal import literal
from pages.ui.no_weights import say_no_weights
from pages.ui.robustness_data import Found

_LOOK_SECONDS: Final = 1.0
_ERROR_KEY: Final = "robustness-error"

Signature = tuple[Subject | None, str]
"""Run and epoch that are tested, and the corruption in work."""


def draw_test(choice: Choice, found: Found) -> None:
    """Draw what leads to the answers that are missing; nothing if all are there.

    Args:
        choice: A run and an epoch with results.
        found: What is there of them.
    """
    if problem := st.session_state.pop(_ERROR_KEY, None):
        st.error(literal(problem), icon=":material/error:")
    if services.is_read_only():
        _say_why_not(found)
        return
    signature = _signature()
    if signature[0] is not None:
        _draw_running(choice, signature)
    elif found.kept.missing:
        _draw_start(choice, found)


def draw_start_of_other(run: Run, epoch: int) -> None:
    """Draw how to get the answers of the second run of a comparison, or why they cannot be had."""
    if services.is_read_only():
        st.info(f"Run {run.number} was not tested, and nothing is computed here.")
        return
    if epoch not in image_data.epochs_with_weights(run.run_id):
        st.info(
            f"Run {run.number} was not tested, and the weights of its epoch {epoch} are not kept. "
            "Choose another run.",
            icon=":material/visibility_off:",
        )
        return
    _say_failure(services.robustness_tests().state(run.run_id, epoch))
    st.info(f"Run {run.number} was not tested yet. {_how_long(run)}", icon=":material/blur_on:")
    st.button(
        f"Test run {run.number}, too",
        icon=":material/play_arrow:",
        on_click=_start,
        args=(run.run_id, epoch),
        disabled=services.robustness_tests().running() is not None,
    )


def _say_why_not(found: Found) -> None:
    if found.kept.missing:
        some = "is not complete, and" if found.kept.answers else "was not made for this epoch, and"
        st.info(
            f"The test {some} this dashboard is for watching only: nothing is computed here.",
            icon=":material/visibility:",
        )


def _draw_start(choice: Choice, found: Found) -> None:
    if found.kept.damaged:
        names = ", ".join(corruption_of(key).label for key in found.kept.damaged)
        st.warning(
            f"What was kept of {names} is damaged and left out. The test computes it again.",
            icon=":material/broken_image:",
        )
    if choice.epoch not in image_data.epochs_with_weights(choice.run.run_id):
        say_no_weights(choice, page="pages/robustness.py", query={})
        return
    _say_failure(services.robustness_tests().state(choice.run.run_id, choice.epoch))
    is_begun = bool(found.kept.answers)
    if is_begun:
        left = len(found.kept.missing)
        st.markdown(
            f"**{left} of {len(CORRUPTIONS)} corruptions {'is' if left == 1 else 'are'} missing.**"
        )
    else:
        st.markdown(_WHAT)
        st.caption(_how_long(choice.run))
    st.button(
        "Go on with the test" if is_begun else "Start the test",
        icon=":material/play_arrow:",
        type="primary",
        on_click=_start,
        args=(choice.run.run_id, choice.epoch),
    )


_WHAT: Final = (
    f"**Not tested yet.** The network is asked again about every test picture, made worse in "
    f"{len(CORRUPTIONS)} ways at {len(STRENGTHS)} strengths: noise, blur, turned, moved, darker "
    "and more. You see how many it still has right, which classes suffer, and what it takes them "
    "for."
)


def _how_long(run: Run) -> str:
    pictures = len(services.pictures("test").labels) * len(CORRUPTIONS) * len(STRENGTHS)
    seconds = answer_seconds(run.spec, pictures=pictures)
    return (
        f"{count(pictures)} pictures, {rough_duration(seconds)} of one core, longer while a run "
        "trains. It is computed beside the dashboard, once: the answers are kept with the run. "
        "Cancelled, it keeps what it has finished."
    )


def _say_failure(state: RobustnessState | None) -> None:
    if state is not None and state.reason:
        st.error(literal(state.reason), icon=":material/error:")


def _draw_running(choice: Choice, signature: Signature) -> None:
    subject = signature[0]
    if subject != (choice.run.run_id, choice.epoch):
        run = services.store().run(subject[0])
        st.info(
            f"Epoch {subject[1]} of run {run.number} is being tested.", icon=":material/schedule:"
        )
    part(_tick, run_every=_LOOK_SECONDS)(signature)
    st.button(
        "Cancel the test",
        icon=":material/stop:",
        on_click=services.robustness_tests().cancel,
        help="The corruptions that are finished are kept.",
    )


def _signature() -> Signature:
    """Give what the page outside the timer shows."""
    tests = services.robustness_tests()
    subject = tests.running()
    state = tests.state(*subject) if subject else None
    return (None, "") if state is None else (subject, state.key)


def _tick(before: Signature) -> None:
    """Say how far the test is; whenever it has finished a corruption, the page shows it."""
    if _signature() != before:
        st.rerun()
    state = services.robustness_tests().state(*before[0])
    if state is None:  # it has ended just now
        st.rerun()
    left = "" if state.seconds_left is None else f", {rough_duration(state.seconds_left)} left"
    st.progress(
        state.done_fraction,
        text=f"{corruption_of(state.key).label}: {count(state.done)} of {count(state.rows)} "
        f"pictures{left}",
    )


def _start(run_id: str, epoch: int) -> None:
    """Start the test and keep the sentence if it cannot be started; a callback."""
    try:
        services.robustness_tests().start(run_id, epoch)
    except FashionError as error:
        st.session_state[_ERROR_KEY] = str(error)
