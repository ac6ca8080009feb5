"""The live panel of a run: where it is, its curves, and how it ended."""

import math
from typing import Final

import streamlit as st
from plotly import graph_objects as go

from fashion_core.analysis.figure_words import describe_accuracy
from fashion_core.analysis.formatting import count, duration, number
from fashion_core.analysis.learning import describe_learning
from fashion_core.figures.curves import accuracy_figure, loss_figure
from fashion_core.figures.palette import Theme
from fashion_core.history import EpochRecord
from fashion_core.runs.records import Run
from pages.ui import explanations, services
from pages.ui.boundary import part
from pages.ui.figure import draw_figure, on_page
from pages.ui.frame import done_fraction, status_chip
from pages.ui.literal import literal
from pages.ui.theme import figure_theme

LIVE_SECONDS: Final = 1.0
_SPARKLINE_POINTS: Final = 100
_METRIC_WIDTH: Final = 140  # pixels; fixed, so that nothing moves while numbers change
_SPARKLINE_WIDTH: Final = 190

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
    _say_how_it_ended(run)
    if run.is_active:
        part(_tick, run_every=LIVE_SECONDS)(run.run_id, _signature(run))
    for notice in run.notices:
        st.warning(literal(notice), icon=":material/info:")
    if run.history or run.status in {"running", "stopping", "diverged"}:
        draw_curves(run, side_by_side=False)


def draw_curves(run: Run, *, side_by_side: bool) -> None:
    """Draw the loss and accuracy curves, best epoch marked, with what they say in a sentence.

    Args:
        run: Whose curves.
        side_by_side: Beside each other, or one above the other where there is less room.
    """
    # A run that ended early will not go on by itself: its last epoch is the last.
    history = _with_divergence(run)
    planned = run.spec.epochs if run.is_active else max(len(history), 1)
    st.markdown(describe_learning(history, planned_epochs=planned))
    loss, accuracy = _curves(history, theme=figure_theme(), planned_epochs=run.spec.epochs)
    first, second = st.columns(2) if side_by_side else (st.container(), st.container())
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
        return "No epoch is finished yet: Resume begins anew."
    return f"{len(run.history)} of {run.spec.epochs} epochs are finished and safe."


def _say_how_it_ended(run: Run) -> None:
    """Draw one sentence for each way a run can end before its last epoch."""
    reason = literal(run.reason)
    done = _what_is_safe(run)
    if run.status == "interrupted":
        st.warning(
            f"The program that computed this run is gone. {done} "
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
            f"{reason} Nothing was deleted, and the other runs are not affected. To have the "
            "list made anew from the run folders, stop the dashboard and rename the file "
            f"runs.sqlite; this run's folder is {run.run_id}.",
            icon=":material/broken_image:",
        )


def _draw_progress(run: Run) -> None:
    if run.status == "paused":
        st.info(
            "This run is paused: it keeps its place in the queue. Press Go on to compute it.",
            icon=":material/pause_circle:",
        )
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
    _draw_metrics(run)


def _draw_metrics(run: Run) -> None:
    """Draw four figures that keep their place while they change."""
    where = run.progress
    step = where.step if where else 0
    speed = where.images_per_second if where else None
    left = where.seconds_left if where else None
    steps_drawn = services.store().step_losses(run.run_id, last=_SPARKLINE_POINTS)
    losses = [loss for _, _, loss in steps_drawn]
    loss = where.loss if where and where.loss is not None else (losses[-1] if losses else None)
    with st.container(horizontal=True, gap="medium"):
        steps = f"{count(step)} / {count(run.spec.steps_per_epoch)}"
        st.metric("Step", steps, width=_METRIC_WIDTH)
        images = "–" if speed is None else count(round(speed))
        st.metric("Images per second", images, width=_METRIC_WIDTH)
        st.metric("Time left", "–" if left is None else duration(left), width=_METRIC_WIDTH)
        st.metric(
            "Training loss now",
            "–" if loss is None else number(loss),
            chart_data=losses or None,
            help="Cross-entropy of the last batch; the line shows the last two epochs.",
            width=_SPARKLINE_WIDTH,
        )
