"""The live panel of a run: where it is, its curves, and how it ended."""

import math
from collections.abc import Callable
from typing import Final

import streamlit as st
from plotly import graph_objects as go

from fashion_core.analysis.figure_words import describe_accuracy
from fashion_core.analysis.learning import describe_learning
from fashion_core.figures.curves import accuracy_figure, loss_figure
from fashion_core.figures.palette import Theme
from fashion_core.history import EpochRecord
from fashion_core.runs.records import Run
from pages.ui import explanations, services
from pages.ui.boundary import part
from pages.ui.damage import say_damage
from pages.ui.figure import draw_figure, on_page
from pages.ui.frame import done_fraction, status_chip
from pages.ui.literal import literal
from pages.ui.live_answers import draw_answers
from pages.ui.live_progress import draw_first_epoch, draw_moving, send_look
from pages.ui.run_origin import say_origin
from pages.ui.theme import figure_theme

LIVE_SECONDS: Final = 1.0

_PHASES: Final = {
    "loading": "loading data",
    "training": "training",
    "evaluating": "testing on validation pictures",
    "saving": "saving",
}


def draw_live(run: Run) -> None:
    """Draw a run as it is now; its figures move once a second while it is active.

    Only the progress is drawn on a timer. When an epoch ends or the status changes, the whole page
    runs again: curves do not change in between.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        status_chip(run)
        st.markdown(f"**Run {run.number}** · {literal(run.name)}")
    say_origin(run)
    say_how_it_ended(run)
    if run.is_active:
        send_look()
        part(_tick, run_every=LIVE_SECONDS)(run.run_id, _signature(run))
    for notice in run.notices:
        named = notice.replace(run.run_id, f"run {run.number}")
        st.warning(literal(named), icon=":material/info:")
    say_damage(run)
    if run.history:
        draw_curves(run, between=lambda: draw_answers(run))
    elif not run.is_active and run.status != "damaged":
        draw_first_epoch(run)


def draw_curves(run: Run, *, between: Callable[[], None] | None = None) -> None:
    """Draw the loss and accuracy curves, best epoch marked, with what they say in a sentence.

    Args:
        run: Whose curves.
        between: Draws what stands between the two, one above the other; None: side by side.
    """
    # A run that ended early will not go on by itself: its last epoch is the last.
    history = _with_divergence(run)
    planned = run.spec.epochs if run.is_active else max(len(history), 1)
    st.markdown(describe_learning(history, planned_epochs=planned))
    loss, accuracy = _curves(history, theme=figure_theme(), planned_epochs=run.spec.epochs)
    if between is None:
        first, second = st.columns(2)
    else:
        first, middle, second = (st.container() for _ in range(3))
        with middle:
            between()
    with first:
        draw_figure(
            loss,
            key=f"loss-{run.run_id}",
            explanation=explanations.LOSS,
            alt="Training and validation loss after each epoch",
        )
    with second:
        draw_figure(
            accuracy,
            key=f"accuracy-{run.run_id}",
            explanation=explanations.ACCURACY,
            says=describe_accuracy(history),
            alt="Training and validation accuracy after each epoch",
        )


@st.cache_resource(show_spinner=False, max_entries=64)
def _curves(
    history: tuple[EpochRecord, ...], *, theme: Theme, planned_epochs: int
) -> tuple[go.Figure, go.Figure]:
    """Give the curves of loss and accuracy, built once for all who look; nobody changes them."""
    return (
        on_page(loss_figure(history, theme=theme, planned_epochs=planned_epochs), theme),
        on_page(accuracy_figure(history, theme=theme, planned_epochs=planned_epochs), theme),
    )


def _with_divergence(run: Run) -> tuple[EpochRecord, ...]:
    """Give the history, and for a diverged run the epoch it broke in, without values."""
    if run.status != "diverged":
        return run.history
    epoch = len(run.history) + 1
    nothing = dict.fromkeys(
        ("train_loss", "train_accuracy", "val_loss", "val_accuracy", "seconds"), math.nan
    )
    return (*run.history, EpochRecord(epoch=epoch, **nothing))


def _signature(run: Run) -> tuple[str, int]:
    """Give what the page outside the timer shows."""
    return run.status, run.epochs_done


def _tick(run_id: str, before: tuple[str, int]) -> None:
    run = services.store().run(run_id)
    if _signature(run) != before:
        st.rerun()
    _draw_progress(run)


def _what_is_safe(run: Run) -> str:
    if not run.history:
        return "No epoch was finished: Resume begins anew."
    are = "is" if len(run.history) == 1 else "are"
    return f"{len(run.history)} of {run.spec.epochs} epochs {are} finished and safe."


def _what_pause_means(run: Run) -> str:
    done = len(run.history)
    safe = f" {_what_is_safe(run)}" if done else ""
    return (
        f"This run is paused: it keeps its place in the queue.{safe} **Go on** starts with epoch "
        f"{done + 1}, from its first step: of an epoch that is not finished nothing is kept."
    )


def say_how_it_ended(run: Run) -> None:
    """Draw one sentence for each way a run can end before its last epoch."""
    reason = literal(run.reason)
    done = _what_is_safe(run)
    if run.status == "interrupted":
        st.warning(
            f"{reason or 'The program that computed this run is gone.'} {done} "
            "What Resume gives is equal, to the bit, to a run that nothing interrupted.",
            icon=":material/power_off:",
        )
    elif run.status == "stopped":
        st.info(f"{reason} {done}", icon=":material/stop_circle:")
    elif run.status == "diverged":
        kept = f" Epoch {run.best.epoch} is kept as the best." if run.best else ""
        st.error(f"{reason}{kept}", icon=":material/trending_up:")
    elif run.status == "failed":
        st.error(f"{reason} {done}", icon=":material/error:")
    elif run.status == "damaged":
        st.error(
            f"{reason} Nothing was deleted, and the other runs are not affected. "
            f"{services.store().how_to_mend(run.run_id)}",
            icon=":material/broken_image:",
        )


def _draw_progress(run: Run) -> None:
    if run.status == "paused":
        st.info(_what_pause_means(run), icon=":material/pause_circle:")
        return
    if run.status == "queued":
        st.info("This run waits for the one before it.", icon=":material/schedule:")
        return
    where = run.progress
    if where is None or where.phase == "loading":
        st.progress(0.0, text="Starting: loading PyTorch and the data set takes a few seconds")
    else:
        st.progress(
            done_fraction(run),
            text=f"Epoch {where.epoch} of {run.spec.epochs}, {_PHASES[where.phase]}",
        )
    draw_moving(run)
