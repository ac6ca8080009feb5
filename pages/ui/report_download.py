"""What can be taken away from a run to read elsewhere: its report and its mistakes."""

import streamlit as st

from fashion_core.errors import FashionError
from fashion_core.mistakes_csv import write_mistakes
from fashion_core.report.page import write_report
from fashion_core.runs.records import RunSummary
from pages.ui import services
from pages.ui.choice import Choice
from pages.ui.data_notes import read_notes
from pages.ui.literal import literal
from pages.ui.services import SplitName


def draw_report(run: RunSummary, *, epoch: int | None = None, split: SplitName = "test") -> None:
    """Draw the button that saves the report of a run; made when it is pressed.

    Args:
        run: The run; nothing is drawn while no epoch has finished.
        epoch: What it is about; None is the best epoch.
        split: Which pictures.
    """
    if run.best is None:
        return
    shown = run.best.epoch if epoch is None else epoch
    try:
        services.scores(run.run_id, shown, split)
        read_notes()
    except FashionError as error:  # pressed, the button could not say so
        st.caption(literal(str(error)))
        return
    st.download_button(
        "Report",
        data=lambda: _report(run.run_id, shown, split),
        file_name=f"{run.run_id}-epoch-{shown}-{split}.html",
        mime="text/html",
        icon=":material/description:",
        on_click="ignore",
        help=f"Epoch {shown}, {split} pictures: figures, settings, curves, confusions, worst "
        "mistakes and notes as one HTML file that opens offline and prints on A4.",
    )


def draw_mistakes(choice: Choice) -> None:
    """Draw the button that saves all mistakes of the chosen epoch; made when it is pressed."""
    run_id, epoch, split = choice.run.run_id, choice.epoch, choice.split
    st.download_button(
        "Mistakes as CSV",
        data=lambda: _mistakes(run_id, epoch, split),
        file_name=f"{choice.file_stem()}-mistakes.csv",
        mime="text/csv",
        key="csv-mistakes",
        type="tertiary",
        icon=":material/download:",
        on_click="ignore",
        help=f"Every {split} picture that epoch {epoch} names wrong: classes, confidence, loss, "
        "margin, the first epoch that named it right and how often it was forgotten.",
    )


def _report(run_id: str, epoch: int, split: SplitName) -> bytes:
    images = services.pictures(split)
    return write_report(services.store(), run_id, epoch=epoch, split=split, images=images).encode()


def _mistakes(run_id: str, epoch: int, split: SplitName) -> bytes:
    return write_mistakes(
        services.store(), run_id, epoch, split=split, images=services.pictures(split)
    )
