"""Which run, epoch and split the pages show: pickers that follow the link and the visitor."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fashion_core.runs.records import Run, RunSummary
from pages.ui.gone_run import GoneRun
from pages.ui.literal import literal
from pages.ui.services import SplitName

BEST = "best"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the visitor looks at.

    Attributes:
        run: The chosen run, or None while the store is empty.
        epoch: The chosen epoch, or None while no epoch of the run has finished.
        split: The pictures looked at.
    """

    run: Run | None
    epoch: int | None
    split: SplitName

    @property
    def is_best(self) -> bool:
        """Whether the epoch is the one of the lowest validation loss."""
        best = self.run.best if self.run else None
        return best is not None and best.epoch == self.epoch

    @property
    def unfinished(self) -> str:
        """What is not done of the run, "stopped, 2 of 8 epochs computed"; empty if it finished."""
        run = self.run
        if run is None or run.status == "finished":
            return ""
        return f"{run.status}, {run.epochs_done} of {run.spec.epochs} epochs computed"

    def link(self) -> dict[str, str]:
        """Give the query parameters that bring another page to the same pictures."""
        query = {"run": self.run.run_id} if self.run else {}
        if self.epoch is not None and not self.is_best:
            query["epoch"] = str(self.epoch)
        return query if self.split == "test" else query | {"split": self.split}

    def file_stem(self) -> str:
        """Give what the name of a saved file begins with: run, epoch and split."""
        run_id = self.run.run_id if self.run else "no-run"
        return f"{run_id}-epoch-{self.epoch}-{self.split}"

    def describe(self) -> str:
        """Say in one line of Markdown what every number, matrix and picture is about."""
        if self.run is None or self.epoch is None:
            return ""
        kept = "the best: lowest validation loss" if self.is_best else "not the best"
        unfinished = f"**{self.unfinished}** · " if self.unfinished else ""
        return (
            f"Run {self.run.number} · {literal(self.run.name)} · {unfinished}epoch {self.epoch} of "
            f"{self.run.spec.epochs} ({kept}) · {self.split} pictures"
        )


def pick(
    runs: Sequence[RunSummary],
    read: Callable[[str], Run],
    notices: DeltaGenerator,
    *,
    prefers_active: bool = False,
) -> Choice:
    """Draw the pickers for run, epoch and split and give what they say.

    Args:
        runs: The runs to choose from, newest first.
        read: Gives all of a run.
        notices: Where it is said that the link names what is not here; in sight also where the
            pickers are folded away.
        prefers_active: Whether a run that trains comes before those with a finished epoch, if
            neither the link nor the visitor names one.
    """
    if not runs:
        return Choice(run=None, epoch=None, split="test")
    by_id = {run.run_id: run for run in runs}
    default = default_run(runs, prefers_active=prefers_active)
    run_id = linked_selectbox(
        "Run",
        list(by_id),
        key="run",
        default=default.run_id,
        label_of=lambda i: run_label(by_id[i]),
        is_default_linked=True,
        notices=notices,
        gone=GoneRun(read=read, shown=default),
    )
    run = read(run_id)
    if run.best is None:
        return Choice(run=run, epoch=None, split="test")
    epoch = _pick_epoch(run, run.best.epoch, notices)
    return Choice(run=run, epoch=epoch, split=_pick_split())


def default_run(runs: Sequence[RunSummary], *, prefers_active: bool) -> RunSummary:
    """Give the run that a page shows if nobody named one: the newest with a finished epoch.

    Args:
        runs: The runs to choose from, newest first; at least one.
        prefers_active: Whether a run that trains, else the one that waits longest, comes first;
            paused ones do not.
    """
    active = [run for run in runs if run.is_active and run.status != "paused"]
    if prefers_active and active:
        return min(active, key=lambda run: (run.is_waiting, run.number))
    return next((run for run in runs if run.epochs_done), runs[0])


def run_label(run: RunSummary) -> str:
    """Name a run in a list, as plain text: its number tells apart runs of the same name."""
    return f"{run.number} · {run.name}"


def select_run(run_id: str) -> None:
    """Make all pages show a run from the next script run on; for callbacks."""
    st.session_state["run"] = run_id
    st.session_state["epoch"] = BEST


def select_epoch(epoch: str) -> None:
    """Make all pages show an epoch of the chosen run from the next script run on; for callbacks."""
    st.session_state["epoch"] = epoch


def select_split(split: SplitName) -> None:
    """Make all pages show the pictures of a split from the next script run on; for callbacks.

    A link cannot do that: Streamlit takes out of it what is bound to the widget in the sidebar.
    """
    st.session_state["split"] = split


def linked_selectbox(  # noqa: PLR0913 - keyword-only, each a choice of its own
    label: str,
    options: Sequence[str],
    *,
    key: str,
    default: str,
    label_of: Callable[[str], str],
    is_default_linked: bool = False,
    notices: DeltaGenerator | None = None,
    gone: GoneRun | None = None,
) -> str:
    """Draw a selectbox whose value, not whose label, stands in the link.

    Streamlit's own binding writes labels; here a run's id must stand in the link, since names
    may repeat or change.

    Args:
        label: What is chosen, in one word.
        options: Values, as they stand in the link.
        key: Name of the query parameter and of the widget.
        default: Value if neither the link nor the visitor names one.
        label_of: Gives the text of a value.
        is_default_linked: Write the default into the link too, because it may be another later.
        notices: Where it is said that the link names no option; else above the selectbox.
        gone: Says what became of a value that is no option; for runs, which may be deleted.
    """
    with nullcontext() if notices is None else notices:
        if gone is not None:
            _replace_gone(options, key=key, default=default, gone=gone)
        _read_link(label, options, key=key, default=default)
    _send_again_if_renamed(key, label_of(st.session_state[key]))
    value: str = st.selectbox(
        label, options, key=key, format_func=label_of, persist_state="session"
    )
    _write_link(key, value, is_left_out=value == default and not is_default_linked)
    return value


def linked_value(label: str, options: Sequence[str], *, key: str, default: str) -> str:
    """Give a value that stands in the link and that something other than a widget chooses.

    Whatever chooses it writes it into the session state under the key, in a callback.

    Args:
        label: What is chosen, in one word.
        options: Values, as they stand in the link.
        key: Name of the query parameter and of the session state.
        default: Value if neither the link nor the visitor names one.
    """
    _read_link(label, options, key=key, default=default)
    value: str = st.session_state[key]
    _write_link(key, value, is_left_out=value == default)
    return value


def _read_link(label: str, options: Sequence[str], *, key: str, default: str) -> None:
    """Follow the link if it has changed since it was written here; else keep what was chosen."""
    in_link = st.query_params.get(key)
    if in_link != st.session_state.get(f"{key}-in-link") and in_link in options:
        st.session_state[key] = in_link
    elif in_link is not None and in_link not in options:
        article = "an" if label[0] in "AEIOU" else "a"
        st.warning(
            f"The link names {article} {label.lower()} that is not here. Another one is shown."
        )
        del st.query_params[key]
    if st.session_state.get(key) not in options:
        st.session_state[key] = default


def _replace_gone(options: Sequence[str], *, key: str, default: str, gone: GoneRun) -> None:
    """Show the default for a run that is not there, be it from the link or open here before.

    What was chosen here comes before a link that has not changed since: it may be an old one.
    """
    in_link = st.query_params.get(key)
    is_followed = in_link is not None and in_link != st.session_state.get(f"{key}-in-link")
    wanted = in_link if is_followed else st.session_state.get(key)
    if not is_followed and wanted in options and in_link not in options:
        st.query_params.pop(key, None)  # written again, with what is chosen
    if wanted is None or wanted in options:
        return
    st.warning(gone.describe(wanted, was_open=not is_followed))
    st.session_state[key] = default
    st.query_params.pop(key, None)


def _write_link(key: str, value: str, *, is_left_out: bool) -> None:
    """Put a value into the link and remember that it came from here."""
    if is_left_out:
        st.query_params.pop(key, None)
    else:
        st.query_params[key] = value
    st.session_state[f"{key}-in-link"] = st.query_params.get(key)


def _send_again_if_renamed(key: str, text: str) -> None:
    """Let the browser show the text of a value again, which it keeps while the value stays."""
    text_key = f"{key}-text"
    if st.session_state.get(text_key) != text:
        st.session_state[text_key] = text
        st.session_state[key] = st.session_state[key]  # what is assigned is sent


def _pick_epoch(run: Run, best: int, notices: DeltaGenerator) -> int:
    """Draw the epoch picker; "best" follows the best epoch while the run goes on."""
    options = [BEST, *(str(record.epoch) for record in run.history)]
    value = linked_selectbox(
        "Epoch",
        options,
        key="epoch",
        default=BEST,
        label_of=lambda v: f"Best: epoch {best}" if v == BEST else f"Epoch {v}",
        notices=notices,
    )
    return best if value == BEST else int(value)


def _pick_split() -> SplitName:
    chosen: SplitName = st.segmented_control(
        "Pictures",
        ["test", "validation"],
        default="test",
        required=True,
        key="split",
        bind="query-params",
        help="10,000 each. The network never learned from either. The best epoch is chosen on "
        "validation pictures, so only test pictures give an honest final figure.",
    )
    return chosen
