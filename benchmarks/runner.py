"""Children that take turns: every round each variant trains a few steps, so that drift cancels."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.variants import Group, Variant

ROOT: Final = Path(__file__).parents[1]
_COMMAND: Final = (sys.executable, "-m", "benchmarks.training")

# Set by the reader's shell, they would decide what is to be compared.
_UNSET: Final = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the rounds gave for one group.

    Attributes:
        group: What was compared.
        seconds: For each variant, seconds a step in each round.
        warm_up: For each variant, seconds until it was ready, compiling included.
        flops: Operations per second of the matrix products, in each round.
        bandwidth: Bytes per second of the copies, in each round.
    """

    group: Group
    seconds: list[list[float]]
    warm_up: list[float]
    flops: list[float]
    bandwidth: list[float]


def measure(group: Group, *, rounds: int, steps: int, data_dir: Path) -> Measured:
    """Start one child or more for each variant and let them take turns."""
    with ExitStack() as stack:
        teams = [stack.enter_context(_team(variant, data_dir)) for variant in group.variants]
        limit = Variant(name="limit", path="limit", threads=group.limit_threads)
        rates = stack.enter_context(_team(limit, data_dir))
        if group.busy:
            stack.enter_context(_child("--spin"))
        result = _empty(group, [team.warm_up for team in teams])
        for turn in range(rounds):
            _add_round(result, teams, steps, first=turn % len(teams))
            answer = rates.ask(steps)[0]
            result.flops.append(answer["flops"])
            result.bandwidth.append(answer["bytes"])
    return result


def _empty(group: Group, warm_up: list[float]) -> Measured:
    seconds: list[list[float]] = [[] for _ in warm_up]
    return Measured(group=group, seconds=seconds, warm_up=warm_up, flops=[], bandwidth=[])


def _add_round(result: Measured, teams: list["_Team"], steps: int, *, first: int) -> None:
    """Let everyone train once, another one first in every round."""
    for place in range(len(teams)):
        number = (first + place) % len(teams)
        copies = result.group.variants[number].copies
        started = time.perf_counter()
        answers = teams[number].ask(steps)
        # Several processes: from the first start to the last end.
        seconds = time.perf_counter() - started if len(answers) > 1 else answers[0]["seconds"]
        result.seconds[number].append(seconds / (steps * copies))


class _Team:
    """The processes of one variant."""

    def __init__(self, processes: list[subprocess.Popen[str]]) -> None:
        self._processes = processes
        self.warm_up = max(self._answer(process)["warm_up"] for process in processes)

    def ask(self, steps: int) -> list[dict[str, float]]:
        """Let all take some steps at the same time and wait for all answers."""
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.write(f"{steps}\n")
            process.stdin.flush()
        return [self._answer(process) for process in self._processes]

    @staticmethod
    def _answer(process: subprocess.Popen[str]) -> dict[str, float]:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError("Expected an answer of a child, got its end; see its message above.")
        answer: dict[str, float] = json.loads(line)
        return answer


@contextmanager
def _team(variant: Variant, data_dir: Path) -> Iterator[_Team]:
    count = variant.copies if variant.placement == "process" else 1
    arguments = ("--child", variant.to_json(), "--data", str(data_dir))
    with ExitStack() as stack:
        yield _Team(
            [stack.enter_context(_child(*arguments, passive=variant.passive)) for _ in range(count)]
        )


@contextmanager
def _child(*arguments: str, passive: bool = False) -> Iterator[subprocess.Popen[str]]:
    """Start a process of ours that ends when its input does."""
    environment = {name: value for name, value in os.environ.items() if name not in _UNSET}
    environment |= {"OMP_WAIT_POLICY": "passive"} if passive else {}
    environment["TORCHINDUCTOR_FORCE_DISABLE_CACHES"] = "1"  # or warm-up is that of the last run
    pipe = subprocess.PIPE
    command = [*_COMMAND, *arguments]
    process = subprocess.Popen(
        command, stdin=pipe, stdout=pipe, text=True, env=environment, cwd=ROOT
    )
    with process:
        try:
            yield process
        finally:
            process.terminate()
