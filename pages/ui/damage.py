"""Files of a run that are damaged: what it means, and the ways out."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from fashion_core.runs.records import Run
from fashion_core.runs.soundness import (
    damaged_epochs,
    epoch_files,
    epochs_made_again,
    expected_epochs,
)
from pages.ui import services
from pages.ui.choice import select_epoch, select_run
from pages.ui.queue_list import say_problem, try_to

_IN_WORK: Final = "The run is in work: once it has computed this epoch again, it is shown here."


def find_damage(run: Run) -> tuple[int, ...]:
    """Give the epochs of a run whose predictions are damaged, ascending; cheap asked again.

    Args:
        run: The run; of one that waits or is in work nothing is said, its files may come back.
    """
    if run.is_active or run.status == "damaged":
        return ()
    epochs = expected_epochs(run)
    return _damaged(run.run_id, epochs, epoch_files(services.store().run_dir(run.run_id)))


def say_damage(run: Run) -> None:
    """Say which epochs of a run cannot be shown, with the ways to have them again; or nothing."""
    damaged = find_damage(run)
    if not damaged:
        return
    again = _made_again(run, damaged)
    one, some = len(damaged) == 1, ", ".join(map(str, damaged))
    has_gap = not {record.epoch for record in run.history} >= set(damaged)
    curves = (
        "The curves have a gap there; the other epochs and runs are not affected."
        if has_gap
        else "The curves, the other epochs and the other runs are not affected."
    )
    st.warning(
        f"The answers of epoch{'' if one else 's'} {some} of run {run.number} cannot be shown: "
        f"{'its file is' if one else 'their files are'} damaged or missing. {curves} "
        f"{_way_out(damaged, again)}",
        icon=":material/broken_image:",
    )
    _compute_again(run, is_possible=bool(again))


def draw_damaged_epoch(run: Run, epoch: int) -> None:
    """Draw what a page shows instead of an epoch whose file is damaged.

    Args:
        run: The run.
        epoch: The epoch that was to be shown.
    """
    lost = find_damage(run)
    again = [each for each in _made_again(run, lost) if each == epoch]
    way_out = _IN_WORK if run.is_active else _way_out((epoch,), again)
    st.error(
        f"The answers of epoch {epoch} of run {run.number} cannot be shown: its file is damaged or "
        f"missing. The other runs are not affected. {way_out}",
        icon=":material/broken_image:",
    )
    say_problem()
    with st.container(horizontal=True):
        sound = [r for r in run.history if r.epoch != epoch and r.epoch not in lost]
        if sound:
            other = min(sound, key=lambda record: record.val_loss).epoch
            st.button(
                f"Show epoch {other} instead",
                icon=":material/arrow_forward:",
                help="The best of the epochs that can be shown.",
                on_click=select_epoch,
                args=(str(other),),
            )
        if lost:
            _compute_again(run, is_possible=bool(again))


def _made_again(run: Run, damaged: Sequence[int]) -> tuple[int, ...]:
    """Give those of the damaged epochs of a run that resume computes again."""
    return epochs_made_again(services.store().run_dir(run.run_id), damaged)


def _way_out(damaged: Sequence[int], again: Sequence[int]) -> str:
    """Say how damaged epochs can be had again; `again` are those that can be computed."""
    if services.is_read_only():
        return "Whoever runs this dashboard can see to that."
    it_is = "It is" if len(damaged) == 1 else "They are"
    if len(again) == len(damaged):
        it = "It" if len(damaged) == 1 else "They"
        return f"{it} can be computed again, with the same result to the bit."
    if again:
        it_is = f"Of these, {', '.join(map(str, again))} can be computed again; the others are"
    return (
        f"{it_is} too far back to be computed again by the run itself. If you have an export of "
        "the run, remove this one for good and import the export; or train the same settings once "
        "more."
    )


def _compute_again(run: Run, *, is_possible: bool) -> None:
    """Draw the button that has damaged epochs computed again, by this run or else by a new one."""
    if services.is_read_only() or run.is_active:
        return
    if is_possible:
        st.button(
            "Compute again",
            key=f"compute-again-{run.run_id}",
            icon=":material/build:",
            on_click=lambda: try_to(lambda: services.engine().resume(run.run_id)),
        )
    else:
        st.button(
            "Train these settings once more",
            key=f"train-again-{run.run_id}",
            icon=":material/play_arrow:",
            on_click=lambda: try_to(lambda: select_run(services.engine().start(run.spec))),
        )


@st.cache_data(show_spinner=False, max_entries=256)
def _damaged(
    run_id: str, epochs: tuple[int, ...], files: tuple[tuple[str, int, int], ...]
) -> tuple[int, ...]:
    """Look for damage, once as long as the files stay as they are."""
    _ = files  # part of the key
    return damaged_epochs(services.store().run_dir(run_id), epochs)
