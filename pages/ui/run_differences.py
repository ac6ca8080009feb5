"""What differs between the chosen runs and what came out, a column for each run."""

import html
from collections.abc import Sequence
from typing import Any

import streamlit as st

from fashion_core.analysis.formatting import number
from fashion_core.analysis.settings import differing_settings, setting_label, setting_text
from fashion_core.runs.records import RunSummary
from pages.ui.run_csv import plain_value
from pages.ui.run_figures import accuracy_interval, accuracy_text, settings_of
from pages.ui.table_csv import draw_csv, write_table


def draw_differences(runs: Sequence[RunSummary], colours: Sequence[str]) -> None:
    """Draw the table and the button that saves it; where it is too wide it scrolls by itself.

    Args:
        runs: At least two that are not damaged, in the order of their columns.
        colours: Of their lines in the figure below.
    """
    rows = differences(runs)
    heads = "".join(
        f'<th scope="col"><span aria-hidden="true" style="color:{colour}">●</span> '
        f"run {run.number}</th>"
        for run, colour in zip(runs, colours, strict=True)
    )
    body = "".join(
        f'<tr><th scope="row">{html.escape(name)}</th>'
        f"{''.join(f'<td>{html.escape(text)}</td>' for text in texts)}</tr>"
        for name, texts in rows.items()
    )
    title = "What differs between the chosen runs, and what came out"
    st.html(
        f'<div class="side-by-side" role="region" tabindex="0" aria-label="{title}"><table>'
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )
    if not _differing(runs):
        st.caption("All settings of these runs are the same.")
    draw_csv(lambda: _csv(runs), file_name="chosen-runs.csv", what="This table, numbers in full.")


def differences(runs: Sequence[RunSummary]) -> dict[str, list[str]]:
    """Give the rows of the table by name: a text for each run.

    Args:
        runs: Runs that are not damaged.
    """
    settings = [settings_of(run) for run in runs]
    rows = {
        setting_label(name): [setting_text(each[name]) for each in settings]
        for name in _differing(runs)
    }
    best = [run.best for run in runs]
    rows["best epoch"] = [
        f"{run.best.epoch} of {run.spec.epochs}" if run.best else "–" for run in runs
    ]
    rows["validation loss"] = [number(record.val_loss) if record else "–" for record in best]
    rows["validation accuracy"] = [accuracy_text(record) if record else "–" for record in best]
    return rows


def _differing(runs: Sequence[RunSummary]) -> list[str]:
    return list(differing_settings([settings_of(run) for run in runs]))


def _csv(runs: Sequence[RunSummary]) -> bytes:
    """Write a line for each run: its differing settings, then what came out."""
    columns: dict[str, list[Any]] = {"run": [run.number for run in runs]}
    for name in _differing(runs):
        columns[name] = [plain_value(settings_of(run)[name]) for run in runs]
    best = [run.best for run in runs]
    intervals = [record and accuracy_interval(record) for record in best]
    columns["best_epoch"] = [record and record.epoch for record in best]
    columns["val_loss"] = [record and record.val_loss for record in best]
    columns["val_accuracy"] = [record and record.val_accuracy for record in best]
    columns["val_accuracy_low"] = [interval and interval.low for interval in intervals]
    columns["val_accuracy_high"] = [interval and interval.high for interval in intervals]
    return write_table(columns)
