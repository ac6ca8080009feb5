"""What the Runs page says about a run in numbers: from the list alone, no file is read."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime, timezone
from typing import Any, Final

from fashion_core.analysis.formatting import count, number, percent_with_interval
from fashion_core.analysis.intervals import UNDEFINED, Interval, wilson_interval
from fashion_core.config import RunSpec
from fashion_core.data import VAL_IMAGES
from fashion_core.history import EpochRecord
from fashion_core.runs.records import RunSummary
from pages.ui.literal import literal

_LATEST: Final = 2.0**33  # seconds since 1970: the year 2242, which every calendar here knows


def settings_of(run: RunSummary) -> dict[str, Any]:
    """Give every setting of a run by its name; nothing if the run is damaged."""
    if run.status == "damaged":
        return {}
    return {field.name: getattr(run.spec, field.name) for field in fields(RunSpec)}


def accuracy_interval(record: EpochRecord) -> Interval:
    """Give the 95 % Wilson interval of the accuracy on the 10,000 validation pictures."""
    if not 0 <= record.val_accuracy <= 1:  # of a row that was tampered with
        return UNDEFINED
    return wilson_interval(round(record.val_accuracy * VAL_IMAGES), VAL_IMAGES)


def moment(seconds: float) -> datetime | None:
    """Give a point in time; None for one that no calendar knows, as a stranger's file may have."""
    if not 0 <= seconds < _LATEST:
        return None
    return datetime.fromtimestamp(seconds, tz=timezone.utc)


def loss_of(run: RunSummary) -> float:
    """Give the lowest validation loss of a run; infinite before the first epoch."""
    return run.best.val_loss if run.best else float("inf")


def describe_best(runs: Sequence[RunSummary]) -> tuple[str, str]:
    """Say in Markdown which run has the lowest validation loss, and how far the next one is.

    Returns:
        The answer, and one or no sentence on how sure it is.
    """
    ranked = sorted((run for run in runs if run.best), key=loss_of)
    if not ranked:
        return "None of these runs has finished an epoch yet.", ""
    first = ranked[0]
    name, loss = f"Run {first.number} · {literal(first.name)}", number(first.best.val_loss)
    where = f"{loss} at epoch {first.best.epoch} of {first.spec.epochs}"
    if len(ranked) == 1:
        return f"{name} is the only one with results: validation loss {where}.", ""
    answer = f"{name} has the lowest validation loss of {count(len(ranked))} runs: {where}."
    return answer, _compare(first, ranked[1])


def _compare(first: RunSummary, second: RunSummary) -> str:
    """Compare with the next; both answered the same pictures, so this cannot settle it."""
    mine, other = accuracy_interval(first.best), accuracy_interval(second.best)
    text = (
        f"It names {accuracy_text(first.best)} of the validation pictures right. Next is run "
        f"{second.number}: loss {number(second.best.val_loss)}, {accuracy_text(second.best)} right"
    )
    if other.high < mine.low or mine.high < other.low:
        return f"{text}."
    return f"{text}; the intervals overlap, so that may be chance."


def accuracy_text(record: EpochRecord) -> str:
    """Write the validation accuracy of an epoch with its interval."""
    interval = accuracy_interval(record)
    if interval is UNDEFINED:
        return "an impossible share"
    return percent_with_interval(record.val_accuracy, interval.low, interval.high)
