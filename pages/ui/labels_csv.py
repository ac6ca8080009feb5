"""The decisions about labels as a CSV file for spreadsheets and programs."""

import csv
import io
from collections.abc import Sequence
from typing import Any, Final

from fashion_core.classes import CLASS_NAMES
from fashion_core.runs.decision import Decision
from pages.ui.run_figures import moment

_COLUMNS: Final = (
    "split",
    "image_id",
    "label",
    "label_name",
    "decision",
    "new_label",
    "new_label_name",
    "decided",
    "sha256_16",
)


def write_decisions_csv(decisions: Sequence[Decision]) -> bytes:
    """Give a line for each decision, by split and image id, UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=_COLUMNS)
    writer.writeheader()
    writer.writerows(_row(decision) for decision in sorted(decisions, key=lambda d: d.key))
    return text.getvalue().encode()


def _row(decision: Decision) -> dict[str, Any]:
    new = decision.new_label
    return {
        "split": decision.split,
        "image_id": decision.image_id,
        "label": decision.label,
        "label_name": CLASS_NAMES[decision.label],
        "decision": decision.verdict,
        "new_label": new,
        "new_label_name": None if new is None else CLASS_NAMES[new],
        "decided": moment(decision.decided),
        "sha256_16": decision.digest,
    }
