"""The table of runs as a CSV file for spreadsheets and programs."""

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from fashion_core.config import RunSpec
from fashion_core.runs.records import RunSummary
from pages.ui.run_figures import accuracy_interval, moment, settings_of
from pages.ui.table_csv import harmless


def write_csv(runs: Sequence[RunSummary]) -> bytes:
    """Give a line for each run with everything the list knows, numbers in full, UTF-8."""
    text = io.StringIO(newline="")
    rows = [_row(run) for run in runs]
    writer = csv.DictWriter(text, fieldnames=list(rows[0]) if rows else ["run"])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _row(run: RunSummary) -> dict[str, Any]:
    settings, best = settings_of(run), run.best
    interval = accuracy_interval(best) if best else None
    return {
        "run": run.number,
        "id": run.run_id,
        "name": harmless(run.name),
        "status": run.status,
        **{field.name: plain_value(settings.get(field.name)) for field in fields(RunSpec)},
        "epochs_done": run.epochs_done,
        "best_epoch": best and best.epoch,
        "val_loss": best and best.val_loss,
        "val_accuracy": best and best.val_accuracy,
        "val_accuracy_low": interval and _number(interval.low),
        "val_accuracy_high": interval and _number(interval.high),
        "seconds": run.seconds,
        "created": moment(run.created),
        "tags": harmless(", ".join(run.tags)),
        "note": harmless(run.note),
    }


def plain_value(value: Any) -> Any:
    """Give the value of a setting for one cell of a file: the two widths as "32/64"."""
    return "/".join(map(str, value)) if isinstance(value, tuple) else value


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
