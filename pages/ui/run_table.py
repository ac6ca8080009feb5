"""The table of runs: what differs, what came out; its rows can be chosen."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime, timezone
from typing import Any, Final

import pandas as pd
import streamlit as st

from fashion_core.analysis.formatting import percent_digits
from fashion_core.analysis.intervals import UNDEFINED, Interval
from fashion_core.analysis.settings import differing_settings, setting_label, setting_text
from fashion_core.runs.records import RunSummary
from pages.ui.frame import STATUS_COLOURS
from pages.ui.run_figures import accuracy_interval, moment, settings_of
from pages.ui.run_ticks import tick_runs

_NAME_WIDTH: Final = 158  # pixels; on a telephone loss and accuracy still stand beside it
_CELL: Final = "runs-cell"  # the cell the visitor is in


def choose_runs(runs: Sequence[RunSummary], chosen: Collection[str]) -> list[RunSummary]:
    """Draw the table and give the runs whose rows are chosen, in their order.

    One chosen row is the run that all pages show, and the other way round.

    Args:
        runs: The runs to show, in this order.
        chosen: The ids of the runs whose rows are ticked, also of some that are not shown.
    """
    ids = [run.run_id for run in runs]
    key = _key(ids)
    _mark(key, [row for row, run_id in enumerate(ids) if run_id in chosen])
    st.dataframe(
        table_of(runs),
        column_config=_columns(runs),
        hide_index=True,
        key=key,
        selection_mode=("multi-row", "single-cell"),
        on_select=lambda: _remember(key, ids),
        placeholder="–",
        alt="All runs: settings that differ, best epoch, validation loss and accuracy",
    )
    return [run for run in runs if run.run_id in chosen]


def table_of(runs: Sequence[RunSummary]) -> pd.DataFrame:
    """Give the table of runs: a column only for what differs or is there at all."""
    best = [run.best for run in runs]
    intervals = [record and accuracy_interval(record) for record in best]
    columns: dict[str, Any] = {
        "Run": [run.number for run in runs],
        "Name": [run.name for run in runs],
        "Val. loss": [record and record.val_loss for record in best],
        "Val. accuracy": [record and 100 * record.val_accuracy for record in best],
        "95 % interval": [interval and _limits(interval) for interval in intervals],
        "Best epoch": [run.best and f"{run.best.epoch} of {run.spec.epochs}" for run in runs],
        "Status": [[run.status] for run in runs],
        "Tags": [list(run.tags) for run in runs],
        "Time": pd.to_timedelta([round(run.seconds) or None for run in runs], unit="s"),
        **_differences(runs),
        "Note": [run.note.replace("\n", " ") for run in runs],
        "Created": [moment(run.created) for run in runs],
    }
    return pd.DataFrame(columns).drop(columns=_without_news(runs))


def _without_news(runs: Sequence[RunSummary]) -> list[str]:
    """Name the columns that would say the same of every run: finished, or nothing at all."""
    has_news = {
        "Status": any(run.status != "finished" for run in runs),
        "Tags": any(run.tags for run in runs),
        "Note": any(run.note for run in runs),
    }
    return [name for name, is_there in has_news.items() if not is_there]


def _limits(interval: Interval) -> str | None:
    """Write an interval without its unit; None where it is undefined."""
    if interval is UNDEFINED:
        return None
    low, high = (percent_digits(limit) for limit in (interval.low, interval.high))
    return f"{low} to {high}"


def _differences(runs: Sequence[RunSummary]) -> dict[str, list[Any]]:
    """Give a column for each setting that differs among the runs; numbers stay numbers."""
    settings = [settings_of(run) for run in runs]
    known = [each for each in settings if each]
    return {
        _title(setting_label(name)): [_cell(each.get(name)) for each in settings]
        for name in differing_settings(known)
    }


def _title(label: str) -> str:
    return label[0].upper() + label[1:]  # the rest as it is: "FC" stays


def _cell(value: Any) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if value is None or is_number else setting_text(value)


def _columns(runs: Sequence[RunSummary]) -> dict[str, Any]:
    """Say how each column is written."""
    config = st.column_config
    tags = sorted({tag for run in runs for tag in run.tags})
    return {
        **{label: _setting_column(values) for label, values in _differences(runs).items()},
        "Run": config.NumberColumn(format="%d", pinned=True, width=50),
        "Name": config.TextColumn(width=_NAME_WIDTH),
        "Status": config.MultiselectColumn(
            options=list(STATUS_COLOURS), color=list(STATUS_COLOURS.values()), width=100
        ),
        "Best epoch": config.TextColumn(help="The epoch of the lowest validation loss."),
        "Val. loss": config.NumberColumn(
            format="%.3f", help="Cross-entropy on the 10,000 validation pictures, in nats."
        ),
        "Val. accuracy": config.NumberColumn(
            format="%.1f %%", help="Share of the validation pictures named right at that epoch."
        ),
        "95 % interval": config.TextColumn(help="Wilson interval of the accuracy, in per cent."),
        "Time": config.NumberColumn(format="compact", help="Of all finished epochs."),
        "Tags": config.MultiselectColumn(options=tags, color="auto"),
        "Note": config.TextColumn(width="medium"),
        "Created": config.DatetimeColumn(
            format=date_format(runs, now=datetime.now(tz=timezone.utc)),
            timezone=st.context.timezone,
        ),
    }


def date_format(runs: Sequence[RunSummary], *, now: datetime) -> str:
    """Give how the table writes when runs were made: without the year where it is this one."""
    days = [moment(run.created) for run in runs]
    is_this_year = all(day is None or day.year == now.year for day in days)
    return "D MMM HH:mm" if is_this_year else "YYYY-MM-DD HH:mm"


def _setting_column(values: Sequence[Any]) -> Any:
    """Say how a setting is written: whole numbers with commas, fractions in full."""
    kinds = {type(value) for value in values} - {type(None)}
    formats = {int: "%,d", float: "%g"}
    if kinds <= set(formats):
        return st.column_config.NumberColumn(format=formats[kinds.pop()])
    return st.column_config.TextColumn()


def _key(ids: Sequence[str]) -> str:
    """Give another key to other rows: a click then never means a row that has moved."""
    return "runs-" + hashlib.sha256(" ".join(ids).encode()).hexdigest()[:12]


def _mark(key: str, rows: list[int]) -> None:
    """Tick rows in the table before it is drawn; the cell the visitor is in stays."""
    selection = st.session_state.get(key, {}).get("selection", {"rows": [], "cells": []})
    if key not in st.session_state:
        st.session_state[_CELL] = []
    if list(selection["rows"]) != rows:
        marked = {"rows": rows, "columns": [], "cells": list(selection["cells"])}
        st.session_state[key] = {"selection": marked}


def _remember(key: str, ids: Sequence[str]) -> None:
    """Take over what was clicked: a cell chooses its run alone, a tick adds or removes one."""
    selection = st.session_state[key]["selection"]
    rows, cells = list(selection["rows"]), [tuple(cell) for cell in selection["cells"]]
    if cells and cells != st.session_state.get(_CELL):
        rows = [cells[0][0]]
    st.session_state[_CELL] = cells
    tick_runs([ids[row] for row in rows])
