"""A slider through the epochs of a run, with the loss and what changed at each; it can play."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from fashion_core.analysis.formatting import count, number
from fashion_core.figures.study_axis import GUESSING
from pages.ui import cell
from pages.ui.choice import Choice, select_epoch
from pages.ui.epoch_galleries import open_once
from pages.ui.epoch_history import EpochChange
from pages.ui.slider import Stops, slider

_LEGEND: Final = (
    ("other", "from one wrong class to another"),
    ("wrong", "became wrong"),
    ("right", "became right"),
)


def draw_scrubber(choice: Choice, changes: Sequence[EpochChange]) -> None:
    """Draw the slider; the epoch it is moved to becomes the one of all pages.

    Args:
        choice: What the visitor looks at.
        changes: Of `epoch_changes`.
    """
    if len(changes) < 2:
        st.caption("With the second epoch a slider through the epochs appears here.")
        return
    if choice.epoch not in {change.epoch for change in changes}:
        return  # its file was damaged after it was read
    slider(
        Stops(
            values=[str(change.epoch) for change in changes],
            names=[_name(choice, change.epoch) for change in changes],
            said=[describe_change(change) for change in changes],
            bars=[_bar(change) for change in changes],
            legend=_LEGEND,
            curve=_losses(choice, changes),
            curve_name="validation loss",
            ends=(f"epoch {changes[0].epoch}", f"epoch {changes[-1].epoch}"),
        ),
        label="Epoch",
        key="epoch-slider",
        selected=str(choice.epoch),
        on_move=_move,
        can_play=True,
    )
    missing = len(choice.run.history) - len(changes)
    if missing:
        st.caption(
            f"{count(missing)} of {count(len(choice.run.history))} epochs left out: damaged files."
        )


def describe_change(change: EpochChange) -> str:
    """Say in one sentence what an epoch changed."""
    churn = change.churn
    if churn is None:
        return "The first epoch: there is nothing before it to compare with."
    if churn.changed == 0:
        return f"No picture changed its answer since epoch {change.before}."
    return (
        f"{count(churn.changed)} {'picture' if churn.changed == 1 else 'pictures'} changed the "
        f"answer since epoch {change.before}: {count(churn.became_right)} became right, "
        f"{count(churn.became_wrong)} became wrong, {count(churn.still_wrong)} went from one wrong "
        "class to another."
    )


def _name(choice: Choice, epoch: int) -> str:
    best = choice.run.best
    is_best = best is not None and best.epoch == epoch
    loss = next(record.val_loss for record in choice.run.history if record.epoch == epoch)
    return (
        f"Epoch {epoch} of {choice.run.spec.epochs}{', the best' if is_best else ''} · "
        f"validation loss {number(loss)}"
    )


def _losses(choice: Choice, changes: Sequence[EpochChange]) -> list[float]:
    """Give the validation loss at each epoch, in nats; what is above guessing is cut there."""
    losses = {record.epoch: record.val_loss for record in choice.run.history}
    return [min(losses[change.epoch], GUESSING) for change in changes]


def _bar(change: EpochChange) -> tuple[int, int, int]:
    """Give the parts of the bar from the top, as in the legend."""
    churn = change.churn
    return (churn.still_wrong, churn.became_wrong, churn.became_right) if churn else (0, 0, 0)


def _move(epoch: str) -> None:
    """Show another epoch, and what changed at it; a callback."""
    select_epoch(epoch)
    cell.first_page()
    open_once()
