"""The runs of a study as a table: how far each is and what it reached on validation pictures."""

from typing import Any, Final

import pandas as pd
import streamlit as st

from fashion_core.analysis.formatting import decimal, duration, number, percent
from fashion_core.analysis.study import choose_rate
from fashion_core.runs.studies import Member
from fashion_core.study_results import StudyResults
from pages.ui.frame import status_badge
from pages.ui.table_csv import draw_csv, write_table

_COLUMNS: Final = (
    "Learning rate",
    "Seed",
    "Run",
    "Status",
    "Epochs",
    "Best epoch",
    "Validation loss",
    "Validation accuracy",
    "Time",
)
_NOTHING: Final = "–"


def draw_table(results: StudyResults) -> None:
    """Draw a row for each run; the chosen learning rate is bold."""
    st.subheader("The runs", anchor=False)
    choice = choose_rate(results.by_rate)
    chosen = choice.best.learning_rate if choice else None
    rows = [
        _row(member, is_chosen=member.spec.learning_rate == chosen) for member in results.members
    ]
    with st.container(key="study-table"):
        st.table(pd.DataFrame(rows, columns=list(_COLUMNS)), hide_index=True)
    draw_csv(
        lambda: write_table(_columns(results)),
        file_name="study-runs.csv",
        what="The runs with full figures; time in seconds.",
    )
    st.caption(
        "Loss, in nats, and accuracy are those of the run's best epoch, the one with its lowest "
        "validation loss. Time is that of all finished epochs."
    )


def _columns(results: StudyResults) -> dict[str, list[Any]]:
    """Give what the table says in full; a run that was not started has no figures."""
    members = results.members
    runs = [member.run for member in members]
    best = [run and run.best for run in runs]
    return {
        "learning_rate": [member.spec.learning_rate for member in members],
        "seed": [member.spec.seed for member in members],
        "run": [run and run.number for run in runs],
        "status": [run.status if run else "not started" for run in runs],
        "epochs_done": [run.epochs_done if run else 0 for run in runs],
        "epochs_planned": [member.spec.epochs for member in members],
        "best_epoch": [record and record.epoch for record in best],
        "val_loss": [record and record.val_loss for record in best],
        "val_accuracy": [record and record.val_accuracy for record in best],
        "seconds": [run and run.seconds for run in runs],
    }


def _row(member: Member, *, is_chosen: bool) -> tuple[str, ...]:
    run, spec = member.run, member.spec
    rate = f"**{decimal(spec.learning_rate)}**" if is_chosen else decimal(spec.learning_rate)
    if run is None:
        return (
            rate,
            str(spec.seed),
            _NOTHING,
            "not started",
            f"0 of {spec.epochs}",
            *[_NOTHING] * 4,
        )
    best = run.best
    figures = (
        (_NOTHING,) * 3
        if best is None
        else (str(best.epoch), number(best.val_loss), percent(best.val_accuracy))
    )
    epochs = f"{run.epochs_done} of {spec.epochs}"
    time = duration(run.seconds) if run.epochs_done else _NOTHING
    return (
        rate,
        str(spec.seed),
        f"[{run.number}](./?run={run.run_id})",
        status_badge(run),
        epochs,
        *figures,
        time,
    )
