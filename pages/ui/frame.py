"""What every page shares: page settings, navigation, run and epoch pickers, a safe boundary."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fashion_core.runs.records import RunSummary, Status, describe_queue
from pages.ui import services
from pages.ui.boundary import errors_in_words, part
from pages.ui.choice import Choice, pick
from pages.ui.clean_link import clean_link
from pages.ui.keys_help import draw_keys
from pages.ui.literal import literal
from pages.ui.sheet import component
from pages.ui.theme import send_scheme
from pages.ui.watching import say_watching

PRODUCT: Final = "Fashion Dashboard"
_LIVE_SECONDS: Final = 3.0
_ASSETS: Final = Path(__file__).parent / "assets"
_SCRIPTS: Final = ("history", "links", "lost", "narrow", "still")  # of assets/frame.js
_ICON: Final = _ASSETS / "icon.png"  # a named icon comes from the network

_PAGES: Final = (
    ("", (("dashboard.py", "Overview", ":material/dashboard:"),)),
    (
        "Train and compare",
        (
            ("pages/train.py", "Train", ":material/play_circle:"),
            ("pages/study.py", "Study", ":material/query_stats:"),
            ("pages/runs.py", "Runs", ":material/table_rows:"),
            ("pages/compare.py", "Compare", ":material/compare_arrows:"),
        ),
    ),
    (
        "Understand mistakes",
        (
            ("pages/confusions.py", "Confusions", ":material/grid_on:"),
            ("pages/image.py", "Image", ":material/image_search:"),
            ("pages/map.py", "Map", ":material/scatter_plot:"),
            ("pages/certainty.py", "Confidence", ":material/speed:"),
            ("pages/robustness.py", "Robustness", ":material/blur_on:"),
            ("pages/labels.py", "Labels", ":material/rule:"),
            ("pages/people.py", "People", ":material/groups:"),
        ),
    ),
    (
        "Try yourself",
        (
            ("pages/try_it.py", "Try it", ":material/draw:"),
            ("pages/guess.py", "Guess", ":material/quiz:"),
        ),
    ),
)
"""Groups of the navigation: heading, and (page, name, icon) of each of its pages."""

_CHIPS: Final[dict[Status, tuple[str, str]]] = {
    "queued": (":material/schedule:", "gray"),
    "paused": (":material/pause_circle:", "gray"),
    "running": (":material/autorenew:", "blue"),
    "stopping": (":material/hourglass_bottom:", "orange"),
    "finished": (":material/check_circle:", "green"),
    "stopped": (":material/stop_circle:", "gray"),
    "interrupted": (":material/power_off:", "orange"),
    "diverged": (":material/trending_up:", "red"),
    "failed": (":material/error:", "red"),
    "damaged": (":material/broken_image:", "red"),
}

_Signature = list[tuple[str, str, int | None]]

STATUS_COLOURS: Final = {status: colour for status, (_, colour) in _CHIPS.items()}


def show_page(
    name: str, question: str, draw: Callable[[Choice], None], *, prefers_active: bool = False
) -> None:
    """Draw the frame, then the page; no traceback reaches the visitor.

    Every page calls this and nothing else: on a fresh server a link may open any page before
    `dashboard.py` has run.

    Args:
        name: The page's name in the navigation.
        question: The question the page answers, shown as its title.
        draw: Draws the page, given what the visitor looks at.
        prefers_active: Whether the page shows a run that trains, if neither the link nor the
            visitor names one; pages of results would be empty before its first epoch.
    """
    st.set_page_config(page_title=f"{name} · {PRODUCT}", page_icon=_ICON, layout="wide")
    clean_link()
    st.html(_ASSETS / "page.css")
    send_scheme()
    with errors_in_words(f"The page {name}"):
        notices = st.container()
        with st.sidebar:
            choice = _sidebar(notices, prefers_active=prefers_active)
        _say_news()
        st.title(question, anchor=False)
        say_watching(name)
        draw(choice)
    # Last: until its script is there, Streamlit holds a place for it.
    script = component("frame", isolate_styles=False, scripts=_SCRIPTS)
    script(key="frame-script", data={})


def status_chip(run: RunSummary) -> None:
    """Draw the status of a run as a small badge."""
    icon, colour = _CHIPS[run.status]
    st.badge(run.status, icon=icon, color=colour)  # type: ignore[arg-type]


def status_badge(run: RunSummary) -> str:
    """Give the status of a run as the Markdown of a small badge, for tables."""
    icon, colour = _CHIPS[run.status]
    return f":{colour}-badge[{icon} {run.status}]"


def _say_news() -> None:
    """Say what happened to the list of runs itself; it stays, for all, until one dismisses it."""
    for place, text in enumerate(services.store().news()):
        st.warning(literal(text), icon=":material/build:")
        if not services.is_read_only():
            st.button("Dismiss", key=f"store-news-{place}", on_click=_dismiss, args=(text,))


def _dismiss(text: str) -> None:
    """Forget a sentence that was read; a callback."""
    services.check_writable()
    services.store().dismiss_news(text)


def _sidebar(notices: DeltaGenerator, *, prefers_active: bool) -> Choice:
    st.markdown(f"### :material/checkroom: {PRODUCT}")
    links = st.container(gap="xxsmall")
    if not services.is_read_only():
        services.engine()  # goes on with what waits in the queue
    runs = services.store().runs()
    choice = pick(runs, services.store().run, notices, prefers_active=prefers_active)
    with links:  # drawn above the pickers, but they know the run
        _navigation(choice.link())
    if choice.run is not None:
        status_chip(choice.run)
    if services.is_read_only():
        st.caption(":material/visibility: For watching only")
    draw_keys()
    active = [run for run in runs if run.is_active]
    if active:
        shown = None if choice.run is None else choice.run.run_id
        part(_live_line, run_every=_LIVE_SECONDS)(shown, _signature(active, shown))
    return choice


def _navigation(link: dict[str, str]) -> None:
    """Draw the links to all pages; they lead to the same run, epoch and split."""
    for heading, pages in _PAGES:
        if heading:
            st.caption(heading)
        for path, label, icon in pages:
            st.page_link(path, label=label, icon=icon, query_params=link, width="stretch")


def _signature(active: Sequence[RunSummary], shown: str | None) -> _Signature:
    """Give what the page depends on: each run's status, and the epochs of the one it shows."""
    return [
        (run.run_id, run.status, run.epochs_done if run.run_id == shown else None) for run in active
    ]


def _live_line(shown: str | None, before: _Signature) -> None:
    """Say where the running run is, on every page; draw the page anew when it shows the past.

    Args:
        shown: The id of the run that the page shows.
        before: What the page was drawn from.
    """
    active = services.store().active()
    if _signature(active, shown) != before:
        st.rerun()
    running = [run for run in active if not run.is_waiting]
    queue = describe_queue(active)
    if not running:
        st.caption(f"{queue} in the queue")
        return
    with st.container(gap="xxsmall"):
        st.page_link(
            "pages/train.py",
            label=" · ".join([_live_text(running), *filter(None, [queue])]),
            icon=":material/autorenew:",
            query_params={"run": min(running, key=lambda run: run.number).run_id},
            width="stretch",
        )
        st.progress(sum(map(done_fraction, running)) / len(running))


def _live_text(running: Sequence[RunSummary]) -> str:
    if len(running) > 1:
        numbers = " and ".join(str(run.number) for run in reversed(running))
        return f"Training runs {numbers}"
    (run,) = running
    epoch = run.progress.epoch if run.progress else min(run.epochs_done + 1, run.spec.epochs)
    return f"Training run {run.number}: epoch {epoch} of {run.spec.epochs}"


def done_fraction(run: RunSummary) -> float:
    """Give how much of a run is done, in [0, 1], counting steps."""
    if run.progress is None:
        return run.epochs_done / run.spec.epochs
    done = run.progress.epoch - 1 + run.progress.step / run.spec.steps_per_epoch
    return min(max(done / run.spec.epochs, 0.0), 1.0)
