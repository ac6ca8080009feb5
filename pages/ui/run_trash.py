"""Deleted runs: undo at once, restore later, remove for good."""

from collections.abc import Callable, Sequence
from typing import Final

import streamlit as st

from fashion_core.analysis.formatting import count
from fashion_core.errors import FashionError
from fashion_core.runs.records import RunSummary
from pages.ui import services
from pages.ui.literal import literal
from pages.ui.run_figures import moment
from pages.ui.run_ticks import tick_after_change

_UNDO: Final = "runs-undo"  # (id, number) of those deleted last
_PROBLEM: Final = "runs-trash-problem"
_MOST_LISTED: Final = 20  # with buttons of their own, the last deleted first


def delete_runs(runs: Sequence[RunSummary]) -> None:
    """Put runs into the trash and offer to undo it; a callback.

    No run is chosen then: the second click of a double click has none to delete.

    Raises:
        StoreError: if one cannot be deleted; those before it are.
    """
    deleted: list[tuple[str, int]] = []
    try:
        for run in runs:
            services.annotations().delete(run.run_id)
            deleted.append((run.run_id, run.number))
    finally:
        _offer_undo(deleted)


def _offer_undo(deleted: list[tuple[str, int]]) -> None:
    if not deleted:
        return
    st.session_state[_UNDO] = deleted
    tick_after_change([])
    st.toast(f"{_name(deleted)} deleted. Undo is above the table.", icon=":material/delete:")
    gone = {run_id for run_id, _ in deleted}
    for shown in (st.query_params, st.session_state):  # else the page would say it once more
        if shown.get("run") in gone:
            del shown["run"]


def draw_undo() -> None:
    """Draw what was deleted last and the button that brings it back."""
    if problem := st.session_state.pop(_PROBLEM, None):
        st.error(literal(problem), icon=":material/error:")
    deleted = st.session_state.get(_UNDO)
    with st.container(horizontal=True, vertical_alignment="center"):
        if not deleted:
            return
        st.markdown(f":material/delete: {_name(deleted)} deleted.")
        st.button("Undo", icon=":material/undo:", on_click=_undo, args=(deleted,), type="primary")
        st.button("Dismiss", type="tertiary", on_click=_forget_undo)


def draw_trash() -> None:
    """List the deleted runs, each with a way back, and a way to remove all for good."""
    deleted = services.annotations().deleted()
    if not deleted:
        return
    with st.expander(f"Deleted runs: {count(len(deleted))}", icon=":material/delete:"):
        st.caption("Nothing of them is lost yet: their folders are still there.")
        for run in deleted[:_MOST_LISTED]:
            _draw_deleted(run)
        if len(deleted) > _MOST_LISTED:
            st.caption(f"And {count(len(deleted) - _MOST_LISTED)} that were deleted before these.")
        _draw_buttons([(run.run_id, run.number) for run in deleted])


def _draw_deleted(run: RunSummary) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        when = moment(run.deleted or 0.0)
        day = f" · deleted {when:%Y-%m-%d}" if when else ""
        st.markdown(f"Run {run.number} · {literal(run.name)}{day}", width="stretch")
        st.button(
            "Restore",
            key=f"restore-{run.run_id}",
            icon=":material/restore_from_trash:",
            on_click=_restore,
            args=([(run.run_id, run.number)],),
        )


def _draw_buttons(deleted: list[tuple[str, int]]) -> None:
    with st.container(horizontal=True):
        st.button("Restore all", key="restore-all", on_click=_restore, args=(deleted,))
        with st.popover("Remove for good", icon=":material/delete_forever:"):
            st.markdown(
                f"{_name(deleted)} would be removed with all predictions and weights. "
                "**This cannot be undone.**"
            )
            st.button("Remove", type="primary", key="empty-trash", on_click=_empty, args=(deleted,))


def _restore(deleted: list[tuple[str, int]]) -> None:
    """Bring runs back; a callback."""

    def restore() -> None:
        for run_id, _ in deleted:
            services.annotations().restore(run_id)

    _do(restore)
    _forget_undo()


def _undo(deleted: list[tuple[str, int]]) -> None:
    """Bring back what was deleted last, chosen as it was; a callback."""
    _restore(deleted)
    tick_after_change([run_id for run_id, _ in deleted])


def _empty(deleted: list[tuple[str, int]]) -> None:
    """Remove runs for good; a callback."""
    _do(lambda: services.annotations().empty(run_id for run_id, _ in deleted))
    _forget_undo()


def _forget_undo() -> None:
    st.session_state.pop(_UNDO, None)


def _do(action: Callable[[], object]) -> None:
    """Do what a button asks and keep the sentence if it cannot be done."""
    try:
        action()
    except FashionError as error:
        st.session_state[_PROBLEM] = str(error)


def _name(deleted: Sequence[tuple[str, int]]) -> str:
    return f"Run {deleted[0][1]}" if len(deleted) == 1 else f"{count(len(deleted))} runs"
