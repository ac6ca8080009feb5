"""The queue as a list: what runs, what waits in which order, and how to change that."""

from collections.abc import Callable, Sequence
from typing import Final

import streamlit as st

from fashion_core.errors import FashionError
from fashion_core.runs.queue_order import QueueOrder
from fashion_core.runs.records import RunSummary
from pages.ui import services
from pages.ui.choice import select_run
from pages.ui.literal import literal

_PROBLEM: Final = "queue-problem"


def try_to(*actions: Callable[[], object]) -> None:
    """Do all that a button asks for; keep the sentences on what cannot be done. For callbacks."""
    problems = []
    for action in actions:
        try:
            action()
        except (FashionError, ValueError) as error:
            problems.append(str(error))
    st.session_state[_PROBLEM] = " ".join(dict.fromkeys(problems))


def say_problem() -> None:
    """Draw why the last button could not do what it was asked for, until another is pressed.

    Not once only: a live page draws itself again before anybody has read it.
    """
    if problem := st.session_state.get(_PROBLEM):
        st.error(literal(problem), icon=":material/error:")


def in_order(active: Sequence[RunSummary]) -> list[RunSummary]:
    """Sort active runs: those in work first, then those that wait, in the order of the queue."""
    places = {run_id: i for i, run_id in enumerate(QueueOrder(services.store()).waiting())}
    return sorted(active, key=lambda run: (places.get(run.run_id, -1), run.number))


def draw_queue(active: Sequence[RunSummary], title: str) -> None:
    """Draw the runs that run or wait, each with its buttons; nothing if there are none.

    Args:
        active: What to list, in any order; the places are those of the whole queue.
        title: What they are.
    """
    if not active:
        return
    runs = in_order(active)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{title}**", width="stretch")
        draw_all_buttons(runs, key="queue")
    with st.container(gap="xxsmall"):
        for run in runs:
            _draw_row(run)


def draw_all_buttons(active: Sequence[RunSummary], *, key: str) -> None:
    """Draw what can be done with several active runs at once.

    Args:
        active: The runs.
        key: Tells apart two such groups on a page.
    """
    if services.is_read_only():
        return
    ids = [run.run_id for run in active]
    engine = services.engine()
    if any(run.status in {"queued", "running"} for run in active):
        _all("Pause all", ":material/pause:", ids, engine.pause, key)
    if paused := [run.run_id for run in active if run.status == "paused"]:
        _all("Go on with all", ":material/play_arrow:", paused, engine.resume, key)
    if active:
        _all("Cancel all", ":material/close:", ids, engine.stop, key)


def _all(
    label: str, icon: str, ids: Sequence[str], action: Callable[[str], None], key: str
) -> None:
    # The last first, so that no other takes the place of one.
    todo = [lambda run_id=run_id: action(run_id) for run_id in reversed(ids)]
    st.button(label, icon=icon, type="tertiary", key=f"{key}-{label}", on_click=try_to, args=todo)


def _draw_row(run: RunSummary) -> None:
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key=f"row-{run.run_id}"
    ):
        st.markdown(f"Run {run.number} · {literal(run.name)} · {_state(run)}", width="stretch")
        for label, action in _actions(run):
            st.button(
                label,
                type="tertiary",
                key=f"{label}-{run.run_id}",
                on_click=lambda action=action: try_to(action),
            )


def _state(run: RunSummary) -> str:
    done = f", {run.epochs_done} of {run.spec.epochs} epochs done" if run.epochs_done else ""
    return f"{run.status}{done}"


def _actions(run: RunSummary) -> list[tuple[str, Callable[[], None]]]:
    """Give what can be done with a run: a word, and how."""
    run_id = run.run_id
    actions: list[tuple[str, Callable[[], None]]] = [("Show", lambda: select_run(run_id))]
    if services.is_read_only():
        return actions
    engine = services.engine()
    if run.is_waiting:
        actions += [
            ("First", lambda: engine.move(run_id, "front")),
            ("Up", lambda: engine.move(run_id, "up")),
            ("Down", lambda: engine.move(run_id, "down")),
        ]
    if run.status == "paused":
        actions.append(("Go on", lambda: engine.resume(run_id)))
    elif run.status != "stopping":
        actions.append(("Pause", lambda: engine.pause(run_id)))
    if run.status != "stopping":
        actions.append(("Cancel", lambda: engine.stop(run_id)))
    return actions
