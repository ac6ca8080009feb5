"""Which learning rate is best: the results of a study for each rate, and the choice among them."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import fmean

from fashion_core.history import EpochRecord, best_epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyRun:
    """What one run of a study has shown.

    Attributes:
        learning_rate: Above 0.
        seed: Tells runs of one rate apart.
        history: Finished epochs, ascending.
        is_finished: Whether it reached its last epoch.
        is_diverged: Whether its loss stopped being a finite number.
    """

    learning_rate: float
    seed: int
    history: tuple[EpochRecord, ...]
    is_finished: bool = False
    is_diverged: bool = False

    @property
    def has_ended(self) -> bool:
        """Whether its lowest validation loss cannot change any more."""
        return self.is_finished or self.is_diverged

    @property
    def best_loss(self) -> float | None:
        """Its lowest validation loss in nats, or None before its first epoch."""
        best = best_epoch(self.history)
        return None if best is None else best.val_loss


@dataclass(frozen=True, slots=True, kw_only=True)
class RateResult:
    """What the seeds of one learning rate have shown together.

    Attributes:
        learning_rate: Above 0.
        runs: One for each seed, ascending.
        losses: Lowest validation loss in nats of each run that counts, by seed: of those that have
            ended, or of all that have an epoch as long as none has ended. A seed in its second
            epoch says nothing beside one in its thirtieth.
    """

    learning_rate: float
    runs: tuple[StudyRun, ...]
    losses: tuple[float, ...]

    @property
    def mean_loss(self) -> float:
        """Mean of the losses that count, in nats; nan before the first epoch."""
        return fmean(self.losses) if self.losses else math.nan

    @property
    def spread(self) -> float:
        """Difference in nats between its worst and its best seed; 0 for a single one."""
        return max(self.losses) - min(self.losses) if self.losses else 0.0

    @property
    def diverged(self) -> int:
        """How many of its runs diverged."""
        return sum(run.is_diverged for run in self.runs)

    @property
    def unfinished(self) -> int:
        """How many of its runs may still change its mean."""
        return sum(not run.has_ended for run in self.runs)

    @property
    def is_tried(self) -> bool:
        """Whether at least one of its runs has ended, so that it can be compared."""
        return self.unfinished < len(self.runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateChoice:
    """The learning rate that the validation loss speaks for.

    Attributes:
        best: Its result.
        runner_up: The next best, or None if no other can be compared.
    """

    best: RateResult
    runner_up: RateResult | None

    @property
    def gap(self) -> float:
        """How far the runner-up is behind, in nats; nan without one."""
        return self.runner_up.mean_loss - self.best.mean_loss if self.runner_up else math.nan

    @property
    def noise(self) -> float:
        """How far seeds of one rate lie apart, in nats: the larger spread of the two."""
        return max(self.best.spread, self.runner_up.spread if self.runner_up else 0.0)


def results_by_rate(runs: Iterable[StudyRun]) -> tuple[RateResult, ...]:
    """Put the runs of each learning rate together; rates ascending."""
    ordered = sorted(runs, key=lambda run: (run.learning_rate, run.seed))
    results = []
    for rate, group in groupby(ordered, key=lambda run: run.learning_rate):
        same = tuple(group)
        counted = [run for run in same if run.has_ended] or same
        losses = tuple(run.best_loss for run in counted if run.best_loss is not None)
        results.append(RateResult(learning_rate=rate, runs=same, losses=losses))
    return tuple(results)


def choose_rate(results: Sequence[RateResult]) -> RateChoice | None:
    """Choose the lowest mean over the seeds of the lowest validation loss.

    A rate at which a run diverged is chosen only if every rate has such a run: it cannot be relied
    on, whatever its other seeds reached. On a tie the smaller rate is chosen, which changes the
    weights more gently. None before the first epoch of the first run.
    """
    shown = [result for result in results if result.losses]
    reliable = [result for result in shown if not result.diverged] or shown
    ranked = sorted(reliable, key=lambda result: (result.mean_loss, result.learning_rate))
    if not ranked:
        return None
    return RateChoice(best=ranked[0], runner_up=ranked[1] if len(ranked) > 1 else None)
