"""All settings of one run beside those of the specification, and how it was made."""

from dataclasses import fields
from datetime import timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd
import streamlit as st

from fashion_core.analysis.formatting import duration
from fashion_core.analysis.settings import setting_label, setting_text
from fashion_core.config import RunSpec
from fashion_core.runs.made_with import read_made_with
from fashion_core.runs.records import RunSummary
from pages.ui import services
from pages.ui.literal import literal
from pages.ui.run_csv import plain_value
from pages.ui.run_figures import moment, settings_of
from pages.ui.run_origin import describe_origin
from pages.ui.table_csv import draw_csv, write_table


def draw_all_settings(run: RunSummary) -> None:
    """Draw every setting of a run, folded away; nothing of a damaged one, which knows none."""
    if not settings_of(run):
        return
    with st.expander("All settings", icon=":material/tune:"):
        st.caption(literal(describe_making(run, _zone(st.context.timezone))))
        st.table(settings_table(run).set_index("Setting"))
        draw_csv(
            lambda: _csv(run),
            file_name=f"settings-run-{run.number}.csv",
            what="Every setting of this run, and its value in the specification.",
        )


def settings_table(run: RunSummary) -> pd.DataFrame:
    """Give a row for each setting, in Markdown; what differs is bold and says from what.

    Args:
        run: A run that is not damaged.
    """
    chosen, specified = settings_of(run), _specified()
    differs = [chosen[name] != specified[name] for name in chosen]
    values = [setting_text(value) for value in chosen.values()]
    said = [f"differs: {setting_text(specified[name])}" for name in chosen]
    return pd.DataFrame(
        {
            "Setting": [setting_label(name) for name in chosen],
            "This run": [f"**{v}**" if d else v for v, d in zip(values, differs, strict=True)],
            "Specification": [s if d else "same" for s, d in zip(said, differs, strict=True)],
        }
    )


def describe_making(run: RunSummary, zone: tzinfo) -> str:
    """Say in plain text when a run was made, how long it trained and with what, where known.

    Args:
        run: The run.
        zone: The visitor's time zone.
    """
    created = moment(run.created)
    parts = []
    if created is not None:
        parts.append(f"created {created.astimezone(zone):%Y-%m-%d %H:%M}")
    if run.epochs_done:
        parts.append(f"trained for {duration(run.seconds)}")
    if origin := describe_origin(run):
        parts.append(origin)
    if made_with := read_made_with(services.store().run_dir(run.run_id)):
        parts.append(f"with {', '.join(made_with)}")
    text = " · ".join(parts)
    return text[:1].upper() + text[1:]


def _zone(name: str | None) -> tzinfo:
    """Give the time zone a browser names; UTC if it names none that is known here."""
    try:
        return ZoneInfo(name) if name else timezone.utc
    except (ZoneInfoNotFoundError, ValueError):
        return timezone.utc


def _csv(run: RunSummary) -> bytes:
    """Write the settings as numbers; widths as in the table of all runs."""
    chosen, specified = settings_of(run), _specified()
    return write_table(
        {
            "setting": list(chosen),
            "this_run": [plain_value(value) for value in chosen.values()],
            "specification": [plain_value(specified[name]) for name in chosen],
        }
    )


def _specified() -> dict[str, Any]:
    return {field.name: field.default for field in fields(RunSpec)}
