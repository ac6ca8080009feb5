"""Search the recipes "Best" and "Fast": train candidates as the product does, keep every result.

Run with `python -m benchmarks.recipes parts` from the project's folder; rounds are "parts", "long",
"fast" and "final". It can be stopped at any moment and goes on where it was; started twice, both
share the work. Candidates are compared on validation images.
"""

import argparse
import hashlib
import time
from importlib.metadata import version
from pathlib import Path
from typing import Final

from benchmarks.machine import describe_machine
from benchmarks.recipe_candidates import ROUNDS, find_round
from benchmarks.recipe_results import keep_result, read_results, report, result_of_run
from benchmarks.runner import ROOT
from fashion_core.config import RunSpec
from fashion_core.files import exclusive_lock
from fashion_core.runs import artifacts
from fashion_core.training.events import EpochFinished, Event
from fashion_core.training.execute import execute_run

RESULTS: Final = Path(__file__).parent / "results"
_WORK: Final = Path(__file__).parent / ".recipes-work"


def main() -> None:
    """Train what is missing of the rounds that are asked for, then write the table."""
    options = _options()
    kept = options.out / "recipes.jsonl"
    options.out.mkdir(parents=True, exist_ok=True)
    for name in options.rounds:
        for candidate, spec in find_round(name).specs():
            if options.only not in (None, candidate.name):
                continue
            print(f"{name}: {candidate.name}, seed {spec.seed}", flush=True)
            _train_if_missing(spec, kept, options.work, options.data)
    page = report(read_results(kept), describe_machine())
    (options.out / "recipes.md").write_text(page)
    print(page)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    names = [each.name for each in ROUNDS]
    parser.add_argument("rounds", nargs="*", choices=[*names, []], help="none: only the table")
    parser.add_argument("--only", metavar="CANDIDATE", help="train this one of the rounds only")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of recipes.md and .jsonl")
    parser.add_argument(
        "--work", type=Path, default=_WORK, help="folder in which runs are computed"
    )
    parser.add_argument("--data", type=Path, default=ROOT / "data", help=argparse.SUPPRESS)
    return parser.parse_args()


def _train_if_missing(spec: RunSpec, kept: Path, work: Path, data_dir: Path) -> None:
    """Train one spec to its end, unless it is kept already or another process is at it."""
    run_dir = work / hashlib.sha256(spec.to_json().encode()).hexdigest()[:16]
    run_dir.mkdir(parents=True, exist_ok=True)
    with exclusive_lock(run_dir / "lock", wait_seconds=0.0) as got:
        if not got:
            print("  another process is at it", flush=True)
        elif spec.to_json() in read_results(kept):
            print("  kept", flush=True)
        else:
            _train_and_keep(spec, run_dir, kept, data_dir)


def _train_and_keep(spec: RunSpec, run_dir: Path, kept: Path, data_dir: Path) -> None:
    is_fresh = not artifacts.epochs_on_disk(run_dir, "epoch")
    started = time.process_time()
    ended = execute_run(spec, run_dir, _say, lambda: False, data_dir=data_dir)
    if ended.outcome != "finished":
        print(f"  {ended.reason}", flush=True)
        return
    seconds = time.process_time() - started
    result = result_of_run(
        spec,
        run_dir,
        data_dir,
        cpu_seconds=seconds if is_fresh else None,
        torch=version("torch"),
    )
    keep_result(kept, result)


def _say(event: Event) -> None:
    if isinstance(event, EpochFinished):
        record = event.record
        print(
            f"  epoch {record.epoch}: validation loss {record.val_loss:.4f}, "
            f"{record.val_accuracy:.2%} right, {record.seconds:.0f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
