"""Which runs the table shows and in which order; both stand in the link."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args

import streamlit as st

from fashion_core.analysis.formatting import count
from fashion_core.analysis.settings import differing_settings, setting_label, setting_text
from fashion_core.runs.records import RunSummary, Status, describe_spec
from pages.ui.run_figures import loss_of, settings_of

_KEYS: Final = ("find", "status", "tag", "setting")
_WORD: Final = re.compile(r'"([^"]*)"|(\S+)')  # or several in quotes
_MOST_VALUES: Final = 12  # of a setting with more, such as a seed, the text field finds each

_SORTS: Final[Mapping[str, Callable[[RunSummary], Any]]] = {
    "lowest validation loss": loss_of,
    "highest validation accuracy": lambda run: -run.best.val_accuracy if run.best else 1.0,
    "newest": lambda run: -run.number,
    "shortest time": lambda run: run.seconds if run.epochs_done else float("inf"),
    "name": lambda run: run.name.casefold(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """What the visitor wants to see; everything that is empty lets every run pass.

    Attributes:
        words: All of them occur in number, name, note, tags or settings.
        statuses: One of them is the run's.
        tags: All of them are on the run.
        settings: Name -> values, one of which is the run's.
    """

    words: tuple[str, ...] = ()
    statuses: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    settings: Mapping[str, Sequence[Any]]

    def matches(self, run: RunSummary) -> bool:
        """Tell whether a run is shown."""
        if self.statuses and run.status not in self.statuses:
            return False
        if not self.tags <= set(run.tags):
            return False
        known = settings_of(run) if self.settings else {}
        if any(known.get(name) not in values for name, values in self.settings.items()):
            return False
        return not self.words or all(word in _text(run) for word in self.words)


def split_words(text: str) -> tuple[str, ...]:
    """Split what the visitor looks for into words, and into what stands in quotes."""
    found = (quoted or word for quoted, word in _WORD.findall(text.casefold()))
    return tuple(word for word in found if word)


def filter_runs(runs: Sequence[RunSummary], place: Any) -> list[RunSummary]:
    """Draw the controls and give the runs they let pass, in their order.

    Args:
        runs: All runs.
        place: Container of the controls, into which the page may put more.
    """
    with place:
        wanted, order = _controls(runs)
    found = sorted(filter(wanted.matches, runs), key=lambda run: run.number, reverse=True)
    found.sort(key=_SORTS[order])  # equal ones stay newest first
    # Kept when it is empty: what comes after it stays in its place in the browser.
    with st.container(horizontal=True, vertical_alignment="center"):
        if len(found) < len(runs):
            st.caption(f"{count(len(found))} of {count(len(runs))} runs are shown.")
            st.button(
                "Show all", type="tertiary", icon=":material/filter_alt_off:", on_click=_clear
            )
    return found


def _controls(runs: Sequence[RunSummary]) -> tuple[RunFilter, str]:
    text = st.text_input(
        "Find",
        key="find",
        bind="query-params",
        placeholder="name, note, tag or setting",
        help='All words must occur; put what belongs together in quotes: baseline "seed 3"',
        icon=":material/search:",
        width=300,
    )
    order = st.selectbox("Sort by", list(_SORTS), key="sort", bind="query-params", width=240)
    with st.popover("Filter", icon=":material/filter_alt:"):
        wanted = _choices(runs, split_words(text))
    return wanted, order


def _choices(runs: Sequence[RunSummary], words: tuple[str, ...]) -> RunFilter:
    """Draw the filters with a list of choices."""
    statuses = _choose("Status", "status", get_args(Status), "One of these.")
    tags = sorted({tag for run in runs for tag in run.tags}, key=str.casefold)
    chosen_tags = _choose("Tags", "tag", tags, "All of these.")
    known = [settings for run in runs if (settings := settings_of(run))]
    offered = {
        f"{setting_label(name)}: {setting_text(value)}": (name, value)
        for name, values in differing_settings(known).items()
        if len(values) <= _MOST_VALUES
        for value in values
    }
    chosen: dict[str, list[Any]] = {}
    for label in _choose("Settings", "setting", list(offered), "Only those that differ."):
        name, value = offered[label]
        chosen.setdefault(name, []).append(value)
    return RunFilter(
        words=words, statuses=frozenset(statuses), tags=frozenset(chosen_tags), settings=chosen
    )


def _choose(label: str, key: str, options: Sequence[str], text: str) -> list[str]:
    """Draw a choice of several; Streamlit drops what a link names and is not on offer."""
    chosen: list[str] = st.multiselect(
        label, options, key=key, bind="query-params", help=text, disabled=not options
    )
    return chosen


def _clear() -> None:
    """Let every run pass again; a callback."""
    for key in _KEYS:
        st.session_state[key] = "" if key == "find" else []


def _text(run: RunSummary) -> str:
    """Give everything that can be found of a run."""
    settings = "" if run.status == "damaged" else describe_spec(run.spec)
    return " ".join((f"run {run.number}", run.name, run.note, *run.tags, settings)).casefold()
