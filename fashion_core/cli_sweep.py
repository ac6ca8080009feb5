"""What the command line says about a study: while it is computed, and what came out."""

import os
from collections.abc import Sequence
from typing import Any, Final, TextIO

from fashion_core.analysis.formatting import decimal, duration, number, percent
from fashion_core.analysis.study_words import describe_choice, find_cautions
from fashion_core.cli_table import align
from fashion_core.config import SUGGESTED_LEARNING_RATES
from fashion_core.cost import describe_basis, describe_cost, estimate_study
from fashion_core.runs.records import RunSummary
from fashion_core.runs.store import RunStore
from fashion_core.runs.studies import Member, StudyPlan, find_members, is_settled
from fashion_core.study_results import StudyResults
from fashion_core.training.events import EpochFinished, Event, Notice

_HEAD: Final = ("rate", "seed", "status", "epochs", "best", "val loss", "val right", "time", "id")
_CORES: Final = os.cpu_count() or 1
_MOST_SLOTS: Final = 2  # unless asked for more: the machine is somebody's


def add_sweep_options(parser: Any) -> None:
    """Add to an argument parser what a study varies, how it is computed, and its name."""
    rates = " ".join(decimal(rate) for rate in SUGGESTED_LEARNING_RATES)
    parser.add_argument(
        "--learning-rates",
        type=float,
        nargs="+",
        default=SUGGESTED_LEARNING_RATES,
        metavar="N",
        help=f"step sizes to compare (default: {rates})",
    )
    parser.add_argument(
        "--seeds",
        type=int,
        nargs="+",
        default=[0, 1],
        metavar="N",
        help="each rate is trained once with each (default: 0 1)",
    )
    parser.add_argument(
        "--at-a-time",
        type=int,
        choices=range(1, (_CORES) + 1),
        metavar="N",
        help="runs computed at a time (default: 2 where the cores allow)",
    )
    parser.add_argument("--name", default="", help="text to show for the study")


class SweepLog:
    """Receives the events of several runs at a time and writes a line an epoch.

    Args:
        stream: Where to write.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, run: RunSummary, event: Event) -> None:
        """Take one event of a run."""
        match event:
            case EpochFinished():
                record = event.record
                self._say(
                    run,
                    f"epoch {record.epoch} of {run.spec.epochs}: "
                    f"validation loss {number(record.val_loss)}, "
                    f"{percent(record.val_accuracy)} right, {duration(record.seconds)}",
                )
            case Notice():
                self._say(run, event.text)

    def _say(self, run: RunSummary, text: str) -> None:
        # One write, so that lines of runs computed at a time do not mix.
        self._stream.write(f"lr {decimal(run.spec.learning_rate)}, seed {run.spec.seed}: {text}\n")
        self._stream.flush()


def default_slots(plan: StudyPlan) -> int:
    """Give how many runs are computed at a time if nobody says: two where the cores allow."""
    return max(1, min(_MOST_SLOTS, _CORES // plan.spec.threads))


def describe_start(store: RunStore, plan: StudyPlan, slots: int) -> str:
    """Say what computing a study will cost."""
    runs = store.runs()
    cost = estimate_study(find_members(plan, runs), runs, slots=slots, cores=_CORES)
    return f"{describe_cost(cost)}. {describe_basis(cost.epoch)}"


def describe_interruption(results: StudyResults) -> str:
    """Say how far a study got that was interrupted, and how to go on."""
    done = sum(is_settled(run) for run in results.runs)
    return (
        f"Interrupted: {done} of {len(results.members)} runs have ended. The same command goes on."
    )


def describe_results(results: StudyResults) -> str:
    """Give the table of a study's runs, the choice in a sentence, and what to beware of."""
    lines = [align([_HEAD, *map(_row, results.members)]), "", describe_choice(results.by_rate)]
    return "\n".join([*lines, *find_cautions(results.by_rate)])


def _row(member: Member) -> Sequence[str]:
    spec, run = member.spec, member.run
    head = (decimal(spec.learning_rate), str(spec.seed))
    if run is None:
        return (*head, "not there", f"0/{spec.epochs}", "-", "-", "-", "-", "-")
    best = run.best
    figures = (
        ("-", "-", "-")
        if best is None
        else (str(best.epoch), number(best.val_loss), percent(best.val_accuracy))
    )
    time = duration(run.seconds) if run.epochs_done else "-"
    return (*head, run.status, f"{run.epochs_done}/{spec.epochs}", *figures, time, run.run_id)
