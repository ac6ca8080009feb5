"""Test figures of a study: of the chosen learning rate only, when nothing can change any more."""

from statistics import fmean
from typing import Final

import streamlit as st

from fashion_core.analysis.formatting import decimal, percent, percent_with_interval
from fashion_core.analysis.headline import Figure
from fashion_core.analysis.study import choose_rate
from fashion_core.errors import DamagedFileError
from fashion_core.runs.records import RunSummary
from fashion_core.study_results import StudyResults
from pages.ui import services
from pages.ui.boundary import with_numbers
from pages.ui.literal import literal

_WHY: Final = (
    "Why only here: learning rate and epoch were chosen on validation pictures. Test pictures "
    "choose nothing, so their figure is honest. Shown for every rate, it would tempt to choose "
    "by it, and the figure of the winner would be too good."
)


def draw_test_figures(results: StudyResults) -> None:
    """Draw the test accuracy of the chosen rate, or why it is not shown yet."""
    choice = choose_rate(results.by_rate)
    if choice is None:
        return
    st.subheader("How good is it on test pictures?", anchor=False)
    if not _is_over(results):
        st.info(
            "The test accuracy appears here when every run has ended, for the chosen learning rate "
            "only. As long as the choice may change, looking would be choosing.",
            icon=":material/lock:",
        )
        return
    chosen = choice.best.learning_rate
    runs = [run for run in results.runs if run.spec.learning_rate == chosen and run.best]
    try:
        figures = [_accuracy(run) for run in runs]
    except DamagedFileError as error:
        st.warning(literal(with_numbers(str(error))), icon=":material/broken_image:")
        return
    with st.container(border=True):
        mean = percent(fmean(figure.value for figure in figures))
        st.metric(f"Test accuracy at learning rate {decimal(chosen)}", mean)
        st.caption("  \n".join(map(_describe, runs, figures)))
        st.caption(_WHY)


def _is_over(results: StudyResults) -> bool:
    """Tell whether every run has ended, be it that somebody cancelled it or that it failed."""
    return len(results.runs) == len(results.members) and not any(
        run.is_active or run.status == "interrupted" for run in results.runs
    )


def _accuracy(run: RunSummary) -> Figure:
    """Give the test accuracy of a run at its best epoch.

    Raises:
        DamagedFileError: if the predictions of that epoch cannot be read.
    """
    epoch = run.best.epoch if run.best else 0
    return services.headline(run.run_id, epoch, "test").accuracy


def _describe(run: RunSummary, figure: Figure) -> str:
    epoch = run.best.epoch if run.best else 0
    text = percent_with_interval(figure.value, figure.interval.low, figure.interval.high)
    return f"Seed {run.spec.seed}: {text} (95 % interval), run {run.number}, epoch {epoch}"
