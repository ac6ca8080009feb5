"""What a finished training of the search came to; kept as lines of JSON, shown as a table."""

import json
import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.recipe_candidates import ROUNDS, Candidate, Round
from fashion_core.config import RunSpec
from fashion_core.data import read_split
from fashion_core.files import exclusive_lock
from fashion_core.history import best_epoch
from fashion_core.runs import artifacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Figures of one finished run at its epoch of the lowest validation loss.

    Attributes:
        spec: Text of its `RunSpec`.
        epoch: The best epoch, from 1.
        val_loss: Nats.
        val_accuracy: Share of right validation pictures.
        test_accuracy: Share of right test pictures; shown in the final round only.
        seconds: Wall-clock time of all epochs, evaluations included; says little on a busy machine.
        cpu_seconds: Processor time of the whole run, or None if it was interrupted.
        torch: Version of torch.
    """

    spec: str
    epoch: int
    val_loss: float
    val_accuracy: float
    test_accuracy: float
    seconds: float
    cpu_seconds: float | None
    torch: str


def read_results(path: Path) -> dict[str, Result]:
    """Give the kept results by the text of their spec; none if there is no file."""
    if not path.exists():
        return {}
    results = [Result(**json.loads(line)) for line in path.read_text().splitlines()]
    return {result.spec: result for result in results}


def keep_result(path: Path, result: Result) -> None:
    """Add a line; several searches may run at once."""
    with exclusive_lock(path.with_suffix(".lock"), wait_seconds=60.0), path.open("a") as file:
        file.write(json.dumps(asdict(result)) + "\n")


def result_of_run(
    spec: RunSpec, run_dir: Path, data_dir: Path, *, cpu_seconds: float | None, torch: str
) -> Result:
    """Read the figures of a finished run from its folder.

    Raises:
        ValueError: if no epoch is there.
    """
    epochs = artifacts.epochs_on_disk(run_dir, "epoch")
    records = [artifacts.read_record(run_dir, epoch) for epoch in epochs]
    best = best_epoch(records)
    if best is None:
        raise ValueError(f"Expected a finished run in {run_dir}, got no epoch.")
    test = artifacts.read_epoch(run_dir, best.epoch).test
    right = test.predictions == read_split(data_dir, "test").labels
    return Result(
        spec=spec.to_json(),
        epoch=best.epoch,
        val_loss=best.val_loss,
        val_accuracy=best.val_accuracy,
        test_accuracy=float(np.mean(right)),
        seconds=sum(record.seconds for record in records),
        cpu_seconds=cpu_seconds,
        torch=torch,
    )


def report(results: dict[str, Result], made_on: str) -> str:
    """Give the whole page in Markdown: every round with what of it is finished."""
    parts = ["# How good can this network get?", _INTRODUCTION, made_on]
    for each in ROUNDS:
        parts += [f"## {each.name.capitalize()}", each.purpose, _table(each, results)]
    screened = Path(__file__).with_name("recipes_screened.md").read_text()
    return "\n\n".join([*parts, screened])


_INTRODUCTION = """\
All figures are taken at the epoch of the lowest validation loss. Recipes are chosen by validation
accuracy; test accuracy is looked at in the last round only. With several seeds: mean ± standard
deviation of one run. The search is repeated, or continued where it stopped, with
`python -m benchmarks.recipes parts long fast final`; what is kept already is not trained again.
Seconds are processor time of a whole run on one thread, evaluations included."""


def _table(each: Round, results: dict[str, Result]) -> str:
    """Give the table of a round, best validation accuracy first, missing candidates last."""
    rows = [(candidate, _finished(candidate, each.seeds, results)) for candidate in each.candidates]
    done = sorted((row for row in rows if row[1]), key=lambda row: -_mean_accuracy(row[1]))
    head = ["candidate", "seeds", "best epoch", "validation loss", "validation accuracy"]
    head += ["test accuracy", "CPU s"] if each.shows_test else ["CPU s"]
    lines = ["| " + " | ".join(head) + " |", "|---" + "|--:" * (len(head) - 1) + "|"]
    lines += [_row(candidate, found, each) for candidate, found in done]
    missing = "; ".join(candidate.name for candidate, found in rows if not found)
    parts = ["\n".join(lines)] if done else []
    return "\n\n".join([*parts, f"Not trained: {missing}."] if missing else parts)


def _finished(
    candidate: Candidate, seeds: Sequence[int], results: dict[str, Result]
) -> list[Result]:
    texts = [candidate.spec(seed).to_json() for seed in seeds]
    return [results[text] for text in texts if text in results]


def _mean_accuracy(found: list[Result]) -> float:
    return statistics.fmean(result.val_accuracy for result in found)


def _row(candidate: Candidate, found: list[Result], each: Round) -> str:
    return "| " + " | ".join(_cells(candidate, found, each)) + " |"


def _cells(candidate: Candidate, found: list[Result], each: Round) -> Iterator[str]:
    yield candidate.name
    yield f"{len(found)} of {len(each.seeds)}"
    yield "; ".join(str(result.epoch) for result in found)
    yield _spread((result.val_loss for result in found), "{:.4f}")
    yield _spread((100 * result.val_accuracy for result in found), "{:.2f}") + " %"
    if each.shows_test:
        yield _spread((100 * result.test_accuracy for result in found), "{:.2f}") + " %"
    whole = [result.cpu_seconds for result in found if result.cpu_seconds is not None]
    yield _spread(whole, "{:.0f}") if whole else "interrupted"


def _spread(values: Iterable[float], shape: str) -> str:
    """Give mean ± standard deviation, the latter of two values or more."""
    listed = list(values)
    text = shape.format(statistics.fmean(listed))
    if len(listed) > 1:
        text += f" ± {shape.format(statistics.stdev(listed))}"
    return text
