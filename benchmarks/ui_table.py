"""The table of `benchmarks.ui`: one row for each thing measured, with its goal."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.machine import describe_machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table: what was measured, the result, the goal."""

    what: str
    result: str
    goal: str = ""


def markdown(rows: Sequence[Row]) -> str:
    """Write the rows as a Markdown page with the machine below."""
    lines = ["| what | measured | goal |", "|---|---|---|"]
    lines += [f"| {row.what} | {row.result} | {row.goal} |" for row in rows]
    return "\n".join(["# Pages", "", *lines, "", describe_machine(), ""])


def spread(milliseconds: Sequence[float]) -> str:
    """Say the median and the 95th percentile."""
    ordered = sorted(milliseconds)
    p95 = ordered[round(0.95 * (len(ordered) - 1))]
    return f"median {statistics.median(ordered):.0f} ms, p95 {p95:.0f} ms"
