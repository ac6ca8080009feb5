"""From measured seconds to the table that is printed and kept."""

import statistics
from collections.abc import Iterator
from pathlib import Path

from benchmarks.counts import limit_seconds, optimizer_bytes, step_flops
from benchmarks.runner import Measured
from fashion_core.config import RunSpec

_SPEC = RunSpec()


def median_ratio(baseline: list[float], other: list[float]) -> float:
    """Give how many times faster the other was: the median of the rounds' ratios."""
    return statistics.median(b / o for b, o in zip(baseline, other, strict=True))


def limit_of_rounds(measured: Measured) -> list[float]:
    """Give the least seconds of a step in each round, from the rates measured in it."""
    pairs = zip(measured.flops, measured.bandwidth, strict=True)
    return [limit_seconds(_SPEC, flops_per_second=f, bytes_per_second=b) for f, b in pairs]


def table(results: list[Measured]) -> str:
    """Give one Markdown table of all groups."""
    head = "| setting | variant | ms a step | × plain loop | time / limit | warm-up, s |"
    rows = [row for measured in results for row in _rows(measured)]
    return "\n".join([head, "|---|---|--:|--:|--:|--:|", *rows])


def _rows(measured: Measured) -> Iterator[str]:
    limits = limit_of_rounds(measured)
    lines = zip(measured.group.variants, measured.seconds, measured.warm_up, strict=True)
    for variant, seconds, warm_up in lines:
        faster = median_ratio(measured.seconds[0], seconds)
        # An own limit only where all run with the limit's number of threads.
        whole = variant.threads * variant.copies == measured.group.limit_threads
        beyond = f"{1 / median_ratio(limits, seconds):.2f}" if whole else ""
        yield (
            f"| {measured.group.name} | {variant.name} | {_milliseconds(seconds)} | {faster:.2f} "
            f"| {beyond} | {warm_up:.1f} |"
        )
    yield f"| {measured.group.name} | the machine's limit | {_milliseconds(limits)} | | 1 | |"


def _milliseconds(seconds: list[float]) -> str:
    return f"{statistics.median(seconds) * 1_000:.1f}"


def rates(results: list[Measured]) -> str:
    """Say what the limits were made of."""
    lines = [
        f"- {m.group.name}: {statistics.median(m.flops) / 1e9:.0f} GFLOP/s, "
        f"{statistics.median(m.bandwidth) / 1e9:.0f} GB/s, {m.group.limit_threads} thread(s)"
        for m in results
    ]
    counted = (
        f"Limit = operations / rate + optimiser's bytes / bandwidth, with "
        f"{step_flops(_SPEC) / 1e9:.3f} GFLOP and {optimizer_bytes(_SPEC) / 1e6:.1f} MB a step "
        "(`benchmarks/counts.py`) and the rates measured in the same rounds:"
    )
    return "\n".join([counted, "", *lines])


def report(results: list[Measured], made_on: str) -> str:
    """Give the whole page in Markdown.

    Args:
        results: What was measured.
        made_on: Machine, versions and load, number of rounds and steps.
    """
    tried = Path(__file__).with_name("tried.md").read_text()
    return "\n\n".join(
        [
            "# How fast is a training step?",
            made_on,
            table(results),
            rates(results),
            tried,
        ]
    )
