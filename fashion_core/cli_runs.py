"""The list of runs in words: a table for people, JSON for machines."""

import json
import textwrap
from collections.abc import Sequence
from typing import Any, Final

from fashion_core.analysis.formatting import number
from fashion_core.cli_table import align
from fashion_core.runs.records import RunSummary

_NOTE_WIDTH: Final = 60  # characters of a note that the table of runs has room for


def as_json(runs: Sequence[RunSummary]) -> str:
    """Give runs as a JSON array, in their order."""
    return json.dumps([_row(run) for run in runs], indent=2)


def _row(run: RunSummary) -> dict[str, Any]:
    best = run.best
    return {
        "number": run.number,
        "id": run.run_id,
        "status": run.status,
        "epochs": run.epochs_done,
        "best_epoch": best and best.epoch,
        "val_loss": best and best.val_loss,
        "val_accuracy": best and best.val_accuracy,
        "name": run.name,
        "tags": list(run.tags),
        "note": run.note,
        "spec": run.spec.to_dict(),
    }


def as_table(runs: Sequence[RunSummary]) -> str:
    """Give runs as lines, the first of them the heads of the columns."""
    lines = [("run", "id", "status", "epochs", "best", "val loss", "name")]
    for row in map(_row, runs):
        best = "-" if row["best_epoch"] is None else str(row["best_epoch"])
        loss = "-" if row["val_loss"] is None else number(row["val_loss"])
        done = f"{row['epochs']}/{row['spec']['epochs']}"
        name = "  ".join([row["name"], *(f"[{tag}]" for tag in row["tags"])])
        if row["note"]:
            name += "  " + textwrap.shorten(row["note"], _NOTE_WIDTH, placeholder="…")
        lines.append((str(row["number"]), row["id"], row["status"], done, best, loss, name))
    return align(lines)
