"""How far a study is, while it is computed, and the buttons for all of its runs."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from fashion_core.analysis.formatting import count, decimal, duration, rough_duration
from fashion_core.cost import estimate_study
from fashion_core.engine.switch import cores
from fashion_core.runs.records import RunSummary
from fashion_core.runs.studies import Study, is_settled
from fashion_core.study_results import StudyResults
from pages.ui import services
from pages.ui.boundary import part
from pages.ui.engine_choice import draw_engine_choice
from pages.ui.frame import done_fraction
from pages.ui.queue_list import draw_all_buttons, try_to

_LIVE_SECONDS: Final = 1.0


def draw_progress(study: Study, results: StudyResults) -> None:
    """Draw how far the study is and what can be done with all of its runs.

    Only progress is drawn on a timer. When an epoch of any run ends or a status changes, the
    whole page runs again: curves do not change in between.
    """
    if results.active:
        tick = part(_tick, run_every=_LIVE_SECONDS)
        tick(results, _signature(results.active), _describe_left(results))
    _draw_buttons(study, results)


def _signature(active: Sequence[RunSummary]) -> list[tuple[str, str, int]]:
    """Give what the page outside the timer shows."""
    return sorted((run.run_id, run.status, run.epochs_done) for run in active)


def _describe_left(results: StudyResults) -> str:
    """Estimate the time until the runs that wait or run have ended; paused ones do not count."""
    busy = [m for m in results.members if m.run and m.run.is_active and m.run.status != "paused"]
    if not busy:
        return "paused"
    choice = services.engine_choice()
    # Times of the study itself are the best guess, and they are of this machine.
    timed = (
        results.runs if any(run.epochs_done for run in results.runs) else services.store().runs()
    )
    there = cores(choice, threads=busy[0].spec.threads)
    cost = estimate_study(busy, timed, slots=choice.slots, cores=there)
    return f"{rough_duration(cost.seconds)} left"


def _tick(results: StudyResults, before: list[tuple[str, str, int]], left: str) -> None:
    now = {run.run_id: run for run in services.store().active()}
    active = [now[run.run_id] for run in results.active if run.run_id in now]
    if _signature(active) != before:
        st.rerun()
    runs = [now.get(run.run_id, run) for run in results.runs]
    settled = sum(map(is_settled, runs))
    done = settled + sum(done_fraction(run) for run in runs if not is_settled(run))
    total = len(results.members)
    st.progress(done / total, text=f"{settled} of {total} runs have their result · {left}")
    for run in active:
        if not run.is_waiting:
            _draw_running(run)


def _draw_running(run: RunSummary) -> None:
    where, spec = run.progress, run.spec
    words = [f"Run {run.number}: learning rate {decimal(spec.learning_rate)}, seed {spec.seed}"]
    if where is None or where.phase == "loading":
        words.append("starting")
    else:
        words.append(f"epoch {where.epoch} of {spec.epochs}")
        words += [f"{count(round(where.images_per_second))} pictures/s"] * bool(
            where.images_per_second
        )
        words += [f"{duration(where.seconds_left)} left"] * (where.seconds_left is not None)
    st.progress(done_fraction(run), text=" · ".join(words))


def _draw_buttons(study: Study, results: StudyResults) -> None:
    missing = [m for m in results.members if not (is_settled(m.run) or (m.run and m.run.is_active))]
    if services.is_read_only() or not (results.active or missing):
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if missing:
            runs = "1 run" if len(missing) == 1 else f"{len(missing)} runs"
            st.button(
                f"Go on with {runs}",
                icon=":material/resume:",
                type="primary",
                help="Queues what was cancelled, interrupted or failed. Runs continue after their "
                "last finished epoch and give the same result to the bit.",
                on_click=lambda: try_to(lambda: services.engine().start_study(study.plan)),
            )
        draw_all_buttons(results.active, key="study")
        draw_engine_choice()
