"""The command line: `python -m fashion_core train`, `resume`, `runs` and more, without a browser.

Exit codes: 0 done, 1 failed, 2 bad usage or value, 130 after Ctrl-C, 143 after SIGTERM.
"""

import argparse
import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, Final

from fashion_core import cli_transfer
from fashion_core.analysis.formatting import number, percent
from fashion_core.cli_progress import ProgressLine
from fashion_core.cli_range_test import (
    add_range_test_options,
    as_csv,
    compute_range_test,
    describe,
)
from fashion_core.cli_report import add_report
from fashion_core.cli_runs import as_json, as_table
from fashion_core.cli_settings import add_settings, read_spec
from fashion_core.cli_sweep import (
    SweepLog,
    add_sweep_options,
    default_slots,
    describe_interruption,
    describe_results,
    describe_start,
)
from fashion_core.engine.compute import Signals, active_run, check_resumable, compute, taken
from fashion_core.engine.range_test import IGNORED_FIELDS
from fashion_core.engine.sweep import Sweep, queue_missing
from fashion_core.errors import FashionError, StoreError
from fashion_core.files import write_atomically
from fashion_core.runs.extending import extend_run, find_longer
from fashion_core.runs.queue import RunQueue
from fashion_core.runs.queue_order import QueueOrder
from fashion_core.runs.records import Run
from fashion_core.runs.store import RunStore
from fashion_core.runs.studies import StudyPlan, is_settled, keep_study
from fashion_core.study_results import read_results

_ROOT: Final = Path(__file__).parents[1]  # the dashboard keeps runs and pictures here, too
_FAILED: Final = 1
_BY_SIGNAL: Final = 128  # plus the signal's number, as shells do


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks; give the exit code."""
    options = _parse(arguments)
    try:
        code: int = options.command(options)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing more to flush
        return _BY_SIGNAL + signal.SIGPIPE
    except (FashionError, OSError) as error:
        print(error, file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:  # before the run was taken: there is nothing to resume
        return _BY_SIGNAL + signal.SIGINT
    return code


# What to do


def _train(options: argparse.Namespace) -> int:
    store, spec = RunStore(options.store), options.spec

    def choose() -> str:
        if equal := active_run(store, spec):
            raise StoreError(
                f"Run {equal.number}, {equal.run_id}, has the same settings and is {equal.status}; "
                "it is not computed twice."
            )
        return store.create(spec, name=options.name)

    return _compute(store, choose, options)


def _resume(options: argparse.Namespace) -> int:
    store = RunStore(options.store)

    def choose() -> str:
        run = store.run(options.run_id)
        if not run.is_waiting:  # one that waits is computed here instead
            check_resumable(store, run)
            RunQueue(store).put(run.run_id)
        QueueOrder(store).go_on(run.run_id)
        return run.run_id

    return _compute(store, choose, options)


def _extend(options: argparse.Namespace) -> int:
    store = RunStore(options.store)

    def choose() -> str:
        run = store.run(options.run_id)
        if equal := find_longer(store, run, options.epochs):
            raise StoreError(
                f"Run {equal.number}, {equal.run_id}, is exactly this training and is "
                f"{equal.status}; it is not computed twice."
            )
        return extend_run(store, run, options.epochs)

    return _compute(store, choose, options)


def _sweep(options: argparse.Namespace) -> int:
    """Compute a study in this process; Ctrl-C leaves it so that the same command goes on."""
    store, plan, signals = RunStore(options.store), options.plan, Signals()
    slots = options.at_a_time or default_slots(plan)
    print(describe_start(store, plan, slots), file=sys.stderr)
    keep_study(store.root, plan, name=options.name)
    queue_missing(store, plan)
    with _heard(signals) as heard:
        log = SweepLog(sys.stderr)
        Sweep(store, plan, options.data, signals, log).compute(slots=slots)
    results = read_results(store, plan)
    if heard:
        print(describe_interruption(results), file=sys.stderr)
        return _BY_SIGNAL + heard[0]
    print(describe_results(results))
    return 0 if all(is_settled(member.run) for member in results.members) else _FAILED


def _compute(store: RunStore, choose: Callable[[], str], options: argparse.Namespace) -> int:
    """Compute a run in this process; Ctrl-C leaves it so that it can be resumed.

    Raises:
        StoreError: if there is nothing to compute, or another process does.
    """
    signals = Signals()
    with _heard(signals) as heard:
        with taken(store, choose) as run_id:
            if run_id is None:
                raise StoreError("The run is being computed by another process.")
            progress = ProgressLine(sys.stderr, store.run(run_id).spec)
            compute(store, run_id, options.data, signals, watch=progress)
            progress.clear()
        run = store.run(run_id)
    if heard and run.status == "interrupted":
        print(_how_to_resume(run, options), file=sys.stderr)
        return _BY_SIGNAL + heard[0]
    if run.status != "finished":
        print(f"{run.run_id} {run.status}: {run.reason}", file=sys.stderr)
        return _FAILED
    print(_result(run))
    return 0


def _range_test(options: argparse.Namespace) -> int:
    rates, losses = compute_range_test(options.spec, options.steps, sys.stderr, options.data)
    if options.csv:
        write_atomically(options.csv, as_csv(rates, losses).encode())
    print(describe(rates, losses, current=options.spec.learning_rate))
    return 0


def _list(options: argparse.Namespace) -> int:
    runs = cli_transfer.existing_store(options.store).runs()
    print(as_json(runs) if options.json else as_table(runs))
    return 0


def _say(do: Callable[[argparse.Namespace], str], options: argparse.Namespace) -> int:
    print(do(options))
    return 0


@contextmanager
def _heard(signals: Signals) -> Iterator[list[int]]:
    """Turn the first Ctrl-C or SIGTERM into a clean end; a second one ends at once."""
    heard: list[int] = []

    def hear(signal_number: int, _frame: FrameType | None) -> None:
        heard.append(signal_number)
        signals.closing.set()
        signal.signal(signal_number, signal.SIG_DFL)

    before = {each: signal.signal(each, hear) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield heard
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


# What to say


def _result(run: Run) -> str:
    best = run.best
    if best is None:
        return f"{run.run_id} finished"
    return (
        f"{run.run_id} finished: best epoch {best.epoch} of {run.spec.epochs}, "
        f"validation loss {number(best.val_loss)} nats, "
        f"validation accuracy {percent(best.val_accuracy)}"
    )


def _how_to_resume(run: Run, options: argparse.Namespace) -> str:
    folders = ["--store", str(options.store), "--data", str(options.data)]
    command = ["python", "-m", "fashion_core", "resume", run.run_id, *folders]
    return (
        f"Interrupted after epoch {len(run.history)} of {run.spec.epochs}. "
        f"Go on with: {shlex.join(command)}"
    )


# What is asked


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; exits with 2 and a sentence if it makes no sense."""
    parser = argparse.ArgumentParser(prog="python -m fashion_core", allow_abbrev=False)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    train = _add(commands, "train", "train a network", _train)
    add_settings(train)
    train.add_argument("--name", default="", help="text to show for the run")
    resume = _add(commands, "resume", "go on with a run that ended early", _resume)
    resume.add_argument("run_id", help="its id, as `runs` lists it")
    extend = _add(commands, "extend", "train a finished run further, as a new run", _extend)
    extend.add_argument("run_id", help="its id, as `runs` lists it")
    extend.add_argument("--epochs", type=int, required=True, help="epochs of the new run in all")
    sweep = _add(commands, "sweep", "compare learning rates; called again, it goes on", _sweep)
    add_sweep_options(sweep)
    add_settings(sweep, leave_out=("learning_rate", "seed"))
    text = "find a learning rate: raise it until the loss explodes; makes no run"
    range_test = _add(commands, "range-test", text, _range_test, has_store=False)
    add_range_test_options(range_test)
    add_settings(range_test, leave_out=IGNORED_FIELDS)
    report = add_report(lambda name, text, do: _add(commands, name, text, partial(_say, do)))
    for command in (train, resume, extend, sweep, range_test, report):
        command.add_argument(
            "--data", type=Path, default=_folder("data"), help="folder of the pictures"
        )
    listing = _add(commands, "runs", "list all runs, newest first", _list)
    listing.add_argument("--json", action="store_true", help="for machines")
    cli_transfer.add_commands(lambda name, text, do: _add(commands, name, text, partial(_say, do)))
    options = parser.parse_args(arguments)
    if options.command is _train:
        options.spec = read_spec(train, options)
    if options.command is _sweep:
        options.plan = _plan(sweep, options)
    if options.command is _range_test:
        options.spec = read_spec(range_test, options)
    return options


def _add(
    commands: Any,
    name: str,
    text: str,
    command: Callable[[argparse.Namespace], int],
    *,
    has_store: bool = True,
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=text, description=text, allow_abbrev=False
    )
    parser.set_defaults(command=command)
    if has_store:
        store = _folder("runs")
        parser.add_argument("--store", type=Path, default=store, help="folder of the runs")
    return parser


def _plan(parser: argparse.ArgumentParser, options: argparse.Namespace) -> StudyPlan:
    rates, seeds = tuple(options.learning_rates), tuple(options.seeds)
    try:
        return StudyPlan(spec=read_spec(parser, options), learning_rates=rates, seeds=seeds)
    except ValueError as error:
        parser.error(str(error))


def _folder(name: str) -> Path:
    """Give the dashboard's folder: from the environment if set, else beside the package."""
    return Path(os.environ.get(f"FASHION_{name.upper()}", _ROOT / name))


if __name__ == "__main__":
    sys.exit(main())
