"""Measure training against the plain PyTorch loop and against the machine's limit.

Run with `python -m benchmarks.training` from the project's folder, on an idle machine. All
variants of a group take turns in short rounds, each in a process of its own; the ratios are
medians over the rounds.
"""

import argparse
import os
from pathlib import Path
from typing import Final

from benchmarks.machine import describe_machine
from benchmarks.rates import has_compiler
from benchmarks.report import report, table
from benchmarks.runner import ROOT, Measured, measure
from benchmarks.variants import Variant, groups, quick_groups
from fashion_core.data import load_split

RESULTS: Final = Path(__file__).parent / "results"


def main() -> None:
    """Do what the command line says."""
    options = _options()
    if options.spin:
        _spin()
    elif options.child:
        _serve(options.child, options.data)
    else:
        _measure_all(options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="turns of each variant")
    parser.add_argument("--steps", type=int, default=20, help="training steps of a turn")
    parser.add_argument("--quick", action="store_true", help="2 rounds of 3 steps, few variants")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of training.md")
    parser.add_argument("--data", type=Path, default=ROOT / "data", help=argparse.SUPPRESS)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--spin", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if min(options.rounds, options.steps) < 1:
        parser.error("Expected at least one round and one step.")
    return options


def _spin() -> None:
    from benchmarks.child import spin  # noqa: PLC0415 - only a child trains

    spin()


def _serve(variant: str, data_dir: Path) -> None:
    from benchmarks.child import serve  # noqa: PLC0415 - only a child trains

    serve(Variant.from_json(variant), data_dir)


def _measure_all(options: argparse.Namespace) -> None:
    """Measure group after group, print the table, write the page."""
    load_split(options.data, "test")  # unpacks what the plain loop reads
    rounds, steps = (2, 3) if options.quick else (options.rounds, options.steps)
    chosen = quick_groups() if options.quick else groups(compiler=has_compiler())
    load, results = os.getloadavg()[0], list[Measured]()
    for group in chosen:
        print(f"{group.name}: {len(group.variants)} variants take turns", flush=True)
        results.append(measure(group, rounds=rounds, steps=steps, data_dir=options.data))
    made_on = f"""\
{describe_machine()} Load at the start: {load:.2f}; ours alone is about 1 or 2.

Medians over {rounds} rounds of {steps} steps, batch of 32; in each round all variants take turns.
A ratio is the median of the rounds' ratios. Only training steps are measured, not evaluation."""
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "training.md").write_text(report(results, made_on))
    print(table(results))


if __name__ == "__main__":
    main()
