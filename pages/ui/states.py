"""What a page shows before there is anything to show: one sentence and one next step."""

from typing import Final

import streamlit as st

from fashion_core.errors import DamagedFileError
from fashion_core.runs.records import Run
from pages.ui import services
from pages.ui.choice import Choice
from pages.ui.damage import draw_damaged_epoch
from pages.ui.frame import done_fraction
from pages.ui.literal import literal
from pages.ui.queue_list import in_order

_MOST_NAMED: Final = 5  # of the runs ahead in the queue


def has_results(choice: Choice, *, shows: str, needs_answers: bool = True) -> bool:
    """Tell whether the chosen run has a finished epoch to show; draw the empty state if not.

    Args:
        choice: What the visitor looks at.
        shows: What stands here once there is a result, to complete "you will see here …".
        needs_answers: Whether the page needs what the epoch said about every picture.
    """
    if choice.run is not None and choice.epoch is not None:
        if not needs_answers or _is_readable(choice):
            return True
        draw_damaged_epoch(choice.run, choice.epoch)
        return False
    label = _say_why_nothing(choice, shows)
    st.page_link(
        "pages/train.py", label=label, icon=":material/arrow_forward:", query_params=choice.link()
    )
    return False


def say_no_run() -> str:
    """Say why there is no run: none was trained, or all of them are deleted."""
    is_deleted = not services.is_read_only() and services.annotations().deleted()
    return "Every run is deleted." if is_deleted else "Nothing was trained yet."


def _say_why_nothing(choice: Choice, shows: str) -> str:
    """Say why the chosen run has nothing to show; give the words of the way out."""
    if choice.run is None:
        return _say_no_run_on(shows)
    if choice.run.is_active:
        st.info(
            f"Run {choice.run.number} has not finished its first epoch yet"
            f"{_where_it_waits(choice.run)}. This page fills as soon as it has.",
            icon=":material/hourglass_top:",
        )
        if not choice.run.is_waiting:
            st.progress(done_fraction(choice.run))
        return "See it in the queue" if choice.run.is_waiting else "Watch it train"
    if choice.run.status == "damaged":
        st.error(
            f"Run {choice.run.number} is damaged and cannot be shown; the others are not affected. "
            "Choose another run in the sidebar, or see what is wrong.",
            icon=":material/broken_image:",
        )
        return "See what is wrong"
    if choice.run.status == "diverged":
        st.error(
            f"Run {choice.run.number} diverged before its first epoch was finished. "
            f"{literal(choice.run.reason)} Train again with other settings, or choose another "
            "run in the sidebar.",
            icon=":material/trending_up:",
        )
        return "Train with other settings"
    st.info(
        f"Run {choice.run.number} is {choice.run.status} and has no finished epoch. "
        f"{literal(choice.run.reason)} Choose another run in the sidebar, or train again.",
        icon=":material/info:",
    )
    return "Go to training"


def _say_no_run_on(shows: str) -> str:
    """Say what a page will show once there is a run; give the words of the way to the training."""
    st.info(
        f"{say_no_run()} After a training you will see here {shows}.", icon=":material/play_circle:"
    )
    if services.is_read_only():
        return "Go to training"
    if not services.annotations().deleted():
        return "Start the first training"
    st.page_link("pages/runs.py", label="Restore a run", icon=":material/restore_from_trash:")
    return "Train another"


def _where_it_waits(run: Run) -> str:
    """Say behind which runs a run waits; nothing of one in work."""
    if run.status == "paused":
        return ": it is paused. It keeps its place in the queue; Go on is on the Train page"
    if not run.is_waiting:
        return ""
    order = in_order(services.store().active())
    ids = [each.run_id for each in order]
    place = ids.index(run.run_id) if run.run_id in ids else 0
    ahead = [str(each.number) for each in order[:place] if each.status != "paused"]
    if not ahead:
        return ": it is the next in the queue"
    if len(ahead) == 1:
        return f": it waits behind run {ahead[0]}"
    named = ", ".join(ahead[:_MOST_NAMED])
    more = f" and {len(ahead) - _MOST_NAMED} more" if len(ahead) > _MOST_NAMED else ""
    return f": it waits behind the runs {named}{more}"


def _is_readable(choice: Choice) -> bool:
    """Tell whether the file of the chosen epoch is sound; read once for the whole page."""
    try:
        services.scores(choice.run.run_id, choice.epoch, choice.split)
    except DamagedFileError:
        return False
    return True
