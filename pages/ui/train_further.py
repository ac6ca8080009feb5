"""Train further: more epochs for a finished run, as a new run that begins with the old one's."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import streamlit as st

from fashion_core.analysis.formatting import rough_duration
from fashion_core.config import MAX_EPOCHS, RunSpec
from fashion_core.runs.extending import find_longer, find_obstacle
from fashion_core.runs.records import Run, RunSummary
from pages.ui import services
from pages.ui.choice import select_run
from pages.ui.damage import find_damage
from pages.ui.queue_list import try_to

_WIDTH: Final = 340  # pixels; sentences would else stretch the panel over half the page
_MORE: Final = 10  # epochs to begin with: enough to see whether the loss still falls
_DAMAGED: Final = (
    "Some answers of this run are damaged or missing, and a longer run would lack them, too. The "
    "message on this page says how to have them again."
)


def draw_train_further(run: Run, *, set_up: Callable[[RunSpec], None]) -> None:
    """Draw the way to train a finished run for more epochs; nothing of any other run.

    Args:
        run: The run that is shown.
        set_up: Puts settings into the form, for a run that can only be trained anew; a callback.
    """
    if run.status != "finished":
        return
    with (
        st.popover("Train further", icon=":material/fast_forward:"),
        st.container(width=_WIDTH),
    ):
        obstacle = find_obstacle(services.store(), run)
        if obstacle is not None:
            st.markdown(obstacle.text)
            if obstacle.can_start_anew:
                _draw_set_up(run, set_up)
        elif find_damage(run):
            st.markdown(_DAMAGED)
        else:
            _draw_start(run)


def link_to_same(run: RunSummary) -> None:
    """Draw the link to a run that is exactly the training somebody is about to start."""
    status = "" if run.status == "finished" else f" ({run.status})"
    st.page_link(
        "pages/train.py",
        label=f"Run {run.number} is exactly this training{status}",
        icon=":material/arrow_forward:",
        query_params={"run": run.run_id},
    )


def _draw_start(run: Run) -> None:
    more, epochs = _draw_number(run)
    st.caption(_describe_loss(run))
    if equal := find_longer(services.store(), run, epochs):
        link_to_same(equal)
        return
    st.button(
        f"Train {more} more {'epoch' if more == 1 else 'epochs'}",
        key=f"further-start-{run.run_id}",  # the text changes while somebody reaches for it
        type="primary",
        icon=":material/play_arrow:",
        on_click=lambda: try_to(lambda: _start(run)),
    )
    kept = "epoch 1 is" if run.spec.epochs == 1 else f"epochs 1 to {run.spec.epochs} are"
    cost = rough_duration(run.seconds / max(run.epochs_done, 1) * more)
    st.caption(
        f"Makes a new run, {cost}: its {kept} taken from run {run.number}, which stays as it is. "
        f"What comes out is equal, to the bit, to {epochs} epochs trained from the start."
    )


def _draw_set_up(run: Run, set_up: Callable[[RunSpec], None]) -> None:
    """Draw what fills the form with a longer training that starts anew."""
    _, epochs = _draw_number(run)
    st.button(
        f"Set up {_epochs(epochs)} anew",
        key=f"further-anew-{run.run_id}",
        icon=":material/tune:",
        help="Fills the form with all settings of this run and the new number of epochs.",
        on_click=lambda: set_up(replace(run.spec, epochs=_chosen(run))),
    )


def _start(run: Run) -> None:
    """Queue the longer run and show it; a callback."""
    select_run(services.engine().extend(run.run_id, _chosen(run)))


def _chosen(run: Run) -> int:
    """Give the epochs in all as they are now, should somebody have typed and pressed at once."""
    return run.spec.epochs + int(st.session_state[_key(run)])


def _draw_number(run: Run) -> tuple[int, int]:
    """Draw how many epochs are wanted; give how many more, and how many in all."""
    most = MAX_EPOCHS - run.spec.epochs
    more = st.number_input("More epochs", 1, most, min(_MORE, most), key=_key(run))
    return int(more), run.spec.epochs + int(more)


def _key(run: Run) -> str:
    return f"further-more-{run.run_id}"


def _describe_loss(run: Run) -> str:
    """Say what speaks for more epochs, or against."""
    best, last = run.best, run.spec.epochs
    if best is None or best.epoch == last:
        return f"The validation loss is lowest at the last epoch, {last}: more may lower it."
    since = "epoch" if last - best.epoch == 1 else f"{last - best.epoch} epochs"
    return (
        f"The validation loss is lowest at epoch {best.epoch}; the {since} since then did not "
        "lower it."
    )


def _epochs(number: int) -> str:
    return "1 epoch" if number == 1 else f"{number:,} epochs"
