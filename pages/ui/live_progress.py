"""What moves while a run trains: four figures and the training loss step by step."""

from pathlib import Path
from typing import Final

import streamlit as st

from fashion_core.analysis.formatting import count, duration, number
from fashion_core.runs.records import Run
from pages.ui import services
from pages.ui.step_curve import draw_steps, first_epoch, is_finite, latest_steps

_LOOK: Final = Path(__file__).parent / "assets" / "live.css"
_LATEST_POINTS: Final = 200  # two epochs: one has 99 at most, see `training.execute`


def send_look() -> None:
    """Give the page the look of what moves; once, outside of it."""
    st.html(_LOOK)


def draw_moving(run: Run) -> None:
    """Draw the four figures and the curve of a run in work.

    All keep their place and size from the first draw on. Until the first epoch has ended the curve
    is large, for there is no other; then a strip.
    """
    steps = services.store().step_losses(run.run_id, last=_LATEST_POINTS)
    _draw_figures(run, next((loss for *_, loss in reversed(steps) if is_finite(loss)), None))
    draw = latest_steps if run.history else first_epoch
    draw_steps(
        draw(steps, steps_per_epoch=run.spec.steps_per_epoch),
        key=f"steps-{'latest' if run.history else 'first'}",
    )


def draw_first_epoch(run: Run) -> None:
    """Draw how far the training loss came in a first epoch that did not end, if it was kept."""
    steps = services.store().step_losses(run.run_id)
    if any(is_finite(loss) for *_, loss in steps):
        draw_steps(first_epoch(steps, steps_per_epoch=run.spec.steps_per_epoch), key="steps-first")


def _draw_figures(run: Run, loss: float | None) -> None:
    """Draw the figures in one row, or two by two where it is narrow: see live.css."""
    where = run.progress
    step = where.step if where else 0
    speed = where.images_per_second if where else None
    left = where.seconds_left if where else None
    if where and where.loss is not None:
        loss = where.loss
    with st.container(key="live-figures-box"), st.container(key="live-figures", horizontal=True):
        st.metric("Step", f"{count(step)} / {count(run.spec.steps_per_epoch)}")
        st.metric("Pictures per second", "–" if speed is None else count(round(speed)))
        st.metric("Time left", "–" if left is None else duration(left))
        st.metric(
            "Training loss now",
            "–" if loss is None else number(loss),
            help="Cross-entropy of the last batch, in nats: 0 is perfect, 2.30 is guessing.",
        )
