"""What a study will cost in time: from runs that were timed, or from operations and bytes."""

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Final

from fashion_core.analysis.formatting import count, duration, rough_duration
from fashion_core.architecture import parameter_count
from fashion_core.config import RunSpec
from fashion_core.runs.records import RunSummary
from fashion_core.runs.studies import Member, is_settled

# Reference: one core of an AMD EPYC, `benchmarks/results/training.md`: 19.0 ms for a default step
# of 1.044 GFLOP and 47.4 MB, of which a tenth is Python.
_STEP_SECONDS: Final = 0.002
_FLOPS_PER_SECOND: Final = 67e9
_BYTES_PER_SECOND: Final = 37e9
_BYTES_PER_PARAMETER: Final = 28  # Adam: reads four float32 numbers, writes three

_TWO_THREADS: Final = 1.2  # times faster than one thread, alone (same table)
_SIDE_BY_SIDE: Final = 1.13  # times longer each run takes when two share the machine (same table)

# One core of an idle two-core x86-64 machine: 142 s for 300,000 pictures and the default network,
# of which a fifth makes them worse.
_ANSWER_SECONDS: Final = 0.00038
_WORSE_SECONDS: Final = 0.00009

_EVALUATED_IMAGES: Final = 20_000  # validation and test, after every epoch
_TIMED_RUNS: Final = 5  # the newest: the machine may have been busier before
_KERNEL: Final = 9  # 3x3
_CLASSES: Final = 10
_NUMBERS: Final = {1: "one", 2: "two", 3: "three", 4: "four"}


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochCost:
    """Estimated time of one epoch and what the estimate rests on.

    Attributes:
        seconds: Evaluation included.
        timed: Numbers of the runs whose epochs were timed; none means the reference machine.
        is_same_network: Whether those runs have the same network, batch size and threads.
    """

    seconds: float
    timed: tuple[int, ...]
    is_same_network: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyCost:
    """What is left to compute of a study.

    Attributes:
        runs: Runs of the study.
        there: Those that have their result already.
        seconds: Estimated time until all others have ended, if nothing else is computed.
        slots: Runs at a time.
        epoch: The estimate for one epoch.
    """

    runs: int
    there: int
    seconds: float
    slots: int
    epoch: EpochCost


def estimate_study(
    members: Sequence[Member], runs: Sequence[RunSummary], *, slots: int, cores: int
) -> StudyCost:
    """Estimate what is left to compute of a study; finished epochs are not counted again.

    Args:
        members: The runs of the study, at least one.
        runs: All runs of the store, newest first, to take the time from.
        slots: Runs at a time, at least 1.
        cores: Cores of the machine.
    """
    spec = members[0].spec
    epoch = estimate_epoch(spec, runs)
    missing = [member.run for member in members if not is_settled(member.run)]
    jobs = [epoch.seconds * (spec.epochs - (run.epochs_done if run else 0)) for run in missing]
    seconds = wall_seconds(jobs, slots=slots, threads=spec.threads, cores=cores)
    there = len(members) - len(missing)
    return StudyCost(runs=len(members), there=there, seconds=seconds, slots=slots, epoch=epoch)


def describe_cost(cost: StudyCost) -> str:
    """Write what starting would mean: "8 runs, about 41 minutes, two at a time"."""
    left = cost.runs - cost.there
    if left == 0:
        return f"{_runs(cost.runs)}, all there already"
    words = [_runs(left), rough_duration(cost.seconds)]
    if left > 1:
        words.append(f"{_NUMBERS.get(cost.slots, str(cost.slots))} at a time")
    verb = "is" if cost.there == 1 else "are"
    there = f"; {cost.there} of {cost.runs} {verb} there already" if cost.there else ""
    return ", ".join(words) + there


def describe_basis(epoch: EpochCost) -> str:
    """Write what an estimate rests on."""
    if not epoch.timed:
        return (
            f"Counted for a reference machine, {duration(epoch.seconds)} an epoch: nothing was "
            "timed here yet."
        )
    numbers = [count(number) for number in sorted(epoch.timed)]
    head = ", ".join(numbers[:-1])
    named = f"runs {head} and {numbers[-1]}" if head else f"run {numbers[0]}"
    which = "" if epoch.is_same_network else ", scaled to this network"
    return f"Estimated from the epochs of {named}{which}."


def estimate_epoch(spec: RunSpec, runs: Sequence[RunSummary]) -> EpochCost:
    """Estimate the time of an epoch.

    The count of operations and bytes says how the time grows with the settings; timed runs say
    how fast this machine is: the median ratio of the newest five of the same network, batch and
    threads, else of any.

    Args:
        spec: What will be trained.
        runs: Runs to take the time from, newest first; those without an epoch are passed over.
    """
    useful = [run for run in runs if run.epochs_done and run.seconds > 0]
    same = [run for run in useful if _network(run.spec) == _network(spec)]
    timed = (same or useful)[:_TIMED_RUNS]
    ratios = [run.seconds / (run.epochs_done * reference_seconds(run.spec)) for run in timed]
    return EpochCost(
        seconds=reference_seconds(spec) * (median(ratios) if ratios else 1.0),
        timed=tuple(run.number for run in timed),
        is_same_network=bool(same),
    )


def reference_seconds(spec: RunSpec) -> float:
    """Count the time of one epoch on the reference machine: 33 s for the specification."""
    forward, first = _forward_flops(spec)
    backward = 2 * forward - first  # nobody asks for the gradient of the pictures
    flops = spec.train_images * (forward + backward) + _EVALUATED_IMAGES * forward
    transfer = spec.steps_per_epoch * _BYTES_PER_PARAMETER * parameter_count(spec)
    busy = flops / _FLOPS_PER_SECOND + transfer / _BYTES_PER_SECOND
    gain: float = _TWO_THREADS ** math.log2(spec.threads)
    return spec.steps_per_epoch * _STEP_SECONDS + busy / gain


def answer_seconds(spec: RunSpec, *, pictures: int) -> float:
    """Estimate how long one core takes to make pictures worse and to answer them, in seconds."""
    asked = 2 if spec.mirror_average else 1
    work = asked * _forward_flops(spec)[0] / _forward_flops(RunSpec())[0]
    return pictures * (_ANSWER_SECONDS * work + _WORSE_SECONDS)


def wall_seconds(jobs: Sequence[float], *, slots: int, threads: int, cores: int) -> float:
    """Give the time until all jobs have ended, each begun in order as soon as there is room.

    Args:
        jobs: Seconds that each takes alone.
        slots: Jobs at a time, at least 1.
        threads: Threads of each job.
        cores: Cores of the machine.
    """
    slots = max(min(slots, len(jobs)), 1)
    crowding = max(slots * threads / cores, 1.0) * (_SIDE_BY_SIDE if slots > 1 else 1.0)
    free = [0.0] * slots
    for seconds in jobs:
        heapq.heappush(free, heapq.heappop(free) + seconds * crowding)
    return max(free)


def _network(spec: RunSpec) -> RunSpec:
    """Give a spec with everything set to the same that time does not depend on, or in proportion.

    An epoch on fewer images takes less in proportion, which `reference_seconds` counts.
    """
    plain = RunSpec()
    return replace(
        spec,
        learning_rate=plain.learning_rate,
        seed=plain.seed,
        epochs=plain.epochs,
        train_images=plain.train_images,
    )


def _forward_flops(spec: RunSpec) -> tuple[int, int]:
    """Count the operations of one picture in all layers, and in the first one alone."""
    first, second = spec.conv_widths
    hidden, last = spec.fc_widths
    conv_1 = 2 * 28**2 * _KERNEL * first
    conv_2 = 2 * 14**2 * _KERNEL * first * second
    linear = 2 * (7**2 * second * hidden + hidden * last + last * _CLASSES)
    return conv_1 + conv_2 + linear, conv_1


def _runs(number: int) -> str:
    return "1 run" if number == 1 else f"{count(number)} runs"
