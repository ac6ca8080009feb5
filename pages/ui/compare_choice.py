"""The two sides of a comparison: A from the sidebar, B chosen on the page or by the link."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fashion_core.analysis.learning import GUESSING_LOSS
from fashion_core.analysis.settings import SEED, differing_settings
from fashion_core.runs.records import Run, RunSummary
from pages.ui import cell, services
from pages.ui.choice import BEST, Choice, linked_selectbox, run_label
from pages.ui.gone_run import GoneRun
from pages.ui.literal import literal

_FIRST_WIDTH: Final = 372  # pixels; what does not fit in a row goes to the next
_SECOND_WIDTH: Final = 330
_EPOCH_WIDTH: Final = 165  # pixels: "Best: epoch 30"
_BEFORE: Final = "with-before"  # the second run of the script run before this one


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """What is compared with what; both on the same pictures.

    Attributes:
        first: A, the run and epoch of the sidebar; has results.
        second: B; has results.
    """

    first: Choice
    second: Choice

    @property
    def is_one_run(self) -> bool:
        """Whether two epochs of one run are compared."""
        return self.first.run.run_id == self.second.run.run_id

    @property
    def is_seed_alone(self) -> bool:
        """Whether two runs are compared that differ in nothing but their seed."""
        first, second = (asdict(side.run.spec) for side in (self.first, self.second))
        return list(differing_settings((first, second))) == [SEED]

    @property
    def is_finished(self) -> bool:
        """Whether both runs have come to their end."""
        return self.first.run.status == self.second.run.status == "finished"

    def file_stem(self) -> str:
        """Give what the name of a saved file begins with: both sides, A first."""
        second = self.second
        return f"{self.first.file_stem()}-against-{second.run.run_id}-epoch-{second.epoch}"

    def key(self) -> tuple[str, int, str, int, str]:
        """Give what decides every number of the comparison, for caches."""
        first, second = self.first, self.second
        return first.run.run_id, first.epoch, second.run.run_id, second.epoch, first.split


def pick_pairing(first: Choice, runs: Sequence[RunSummary]) -> Pairing | None:
    """Draw both sides and give them; draw what to do instead if there are no two.

    Args:
        first: A; has results.
        runs: All runs, newest first.
    """
    options = comparable_runs(first, runs)
    if not options:
        _say_nothing_to_compare(first)
        return None
    sides = st.container(horizontal=True, vertical_alignment="bottom", key="compared-sides")
    left, middle = sides.container(width=_FIRST_WIDTH), sides.container(width="content")
    pairing = Pairing(first=first, second=_pick_second(first, options, sides))
    left.markdown(f"**A** · chosen in the sidebar  \n{_describe(first)}")
    middle.button("Swap", icon=":material/swap_horiz:", on_click=_swap, args=(pairing,))
    if pairing.is_one_run and first.epoch == pairing.second.epoch:
        _say_same(first)
        return None
    return pairing


def comparable_runs(first: Choice, runs: Sequence[RunSummary]) -> list[RunSummary]:
    """List the runs that can be B, newest first; A's own only if it has another epoch."""
    return [
        run
        for run in runs
        if run.epochs_done and (run.run_id != first.run.run_id or run.epochs_done > 1)
    ]


def other_epoch(run: Run, epoch: int) -> int:
    """Give the epoch of the run to compare an epoch with: its last, its best or the one before.

    Raises:
        ValueError: if the run has no other epoch.
    """
    candidates = [run.history[-1].epoch, run.best.epoch, *(r.epoch for r in run.history[::-1])]
    for candidate in candidates:
        if candidate != epoch:
            return candidate
    raise ValueError(f"Expected a run with another epoch than {epoch}, got run {run.number}.")


def _pick_second(first: Choice, options: Sequence[RunSummary], sides: DeltaGenerator) -> Choice:
    """Draw the pickers of B behind what is there of A."""
    by_id = {run.run_id: run for run in options}
    default = _default_second(first, options)
    with sides.container(width=_SECOND_WIDTH):
        run_id = linked_selectbox(
            "Second run",
            list(by_id),
            key="with",
            default=default,
            label_of=lambda i: f"B · {run_label(by_id[i])}",
            is_default_linked=True,
            gone=GoneRun(read=services.store().run, shown=by_id[default], role="as B"),
        )
    if st.session_state.get(_BEFORE, run_id) != run_id:  # another run starts at its own default
        st.session_state.pop("with_epoch", None)
        st.query_params.pop("with_epoch", None)
    st.session_state[_BEFORE] = run_id
    with sides.container(width=_EPOCH_WIDTH):
        run = services.store().run(run_id)
        epoch = _pick_epoch(first, run)
    return Choice(run=run, epoch=epoch, split=first.split)


def _default_second(first: Choice, options: Sequence[RunSummary]) -> str:
    """Give the newest other run; one that only guesses comes after all others, A's own last."""
    others = [run for run in options if run.run_id != first.run.run_id]
    learned = [run for run in others if run.best and run.best.val_loss <= GUESSING_LOSS]
    return next((run.run_id for run in [*learned, *others]), first.run.run_id)


def _pick_epoch(first: Choice, run: Run) -> int:
    """Draw the epoch picker of B; by default the best, and for A's own run another than A's."""
    best = run.best.epoch if run.best else None
    options = [BEST] if best is not None else []
    options += [str(record.epoch) for record in run.history]
    is_one_run = run.run_id == first.run.run_id
    value = linked_selectbox(
        "Second epoch",
        options,
        key="with_epoch",
        default=_token(run, other_epoch(run, first.epoch)) if is_one_run else options[0],
        label_of=lambda v: f"Best: epoch {best}" if v == BEST else f"Epoch {v}",
        is_default_linked=is_one_run,
    )
    return best if value == BEST else int(value)


def _token(run: Run, epoch: int) -> str:
    """Give an epoch as it stands in the link."""
    return BEST if run.best is not None and run.best.epoch == epoch else str(epoch)


def _describe(choice: Choice) -> str:
    kept = ", the best" if choice.is_best else ""
    unfinished = f" · **{choice.unfinished}**" if choice.unfinished else ""
    return (
        f"Run {choice.run.number} · {literal(choice.run.name)} · epoch {choice.epoch} of "
        f"{choice.run.spec.epochs}{kept}{unfinished}"
    )


def _swap(pairing: Pairing) -> None:
    """Make A of B and B of A; a callback."""
    first, second = pairing.first, pairing.second
    st.session_state.update(
        {
            "run": second.run.run_id,
            "epoch": _token(second.run, second.epoch),
            "with": first.run.run_id,
            "with_epoch": _token(first.run, first.epoch),
            _BEFORE: first.run.run_id,
        }
    )
    cell.first_page()


def _say_nothing_to_compare(first: Choice) -> None:
    st.info(
        f"Run {first.run.number} has one finished epoch and there is no other run with results: "
        "there is nothing to compare it with yet.",
        icon=":material/compare_arrows:",
    )
    st.page_link(
        "pages/train.py",
        label="Train a second run",
        icon=":material/arrow_forward:",
        query_params=first.link(),
    )


def _say_same(first: Choice) -> None:
    st.info(
        f"A and B are the same: epoch {first.epoch} of run {first.run.number}. "
        "Choose another run or epoch for one of them.",
        icon=":material/compare_arrows:",
    )
    other = other_epoch(first.run, first.epoch)
    st.button(
        f"Compare with epoch {other}",
        icon=":material/arrow_forward:",
        on_click=lambda: st.session_state.update({"with_epoch": _token(first.run, other)}),
    )
