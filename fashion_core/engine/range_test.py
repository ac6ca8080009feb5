"""`RangeTests`: one range test at a time in a child process; all pages of a server share them."""

import json
import math
import subprocess
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

from fashion_core.config import RunSpec
from fashion_core.engine.child import describe_end, python_command
from fashion_core.engine.one_child import OneChild
from fashion_core.errors import FashionError

STEPS: Final = 300
"""About 43 steps for each factor of ten; 7 s of one core for the specification's network."""

IGNORED_FIELDS: Final = ("epochs", "schedule", "average_decay", "mirror_average")
"""Fields of a spec that change no step of a test, as its learning rate does not."""

RangeStatus = Literal["running", "finished", "exploded", "failed"]


class RangeTestError(FashionError):
    """A range test cannot be started now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeTestState:
    """A range test as it is now.

    Attributes:
        status: "exploded" is a good end, too: the loss left no doubt before the highest rate.
        steps: Steps asked for.
        rates: Learning rate of each step taken, rising.
        losses: Mean cross-entropy of each step's batch in nats before the step; nan if it was
            not finite.
        reason: One sentence if it failed, else empty.
    """

    status: RangeStatus
    steps: int
    rates: tuple[float, ...] = ()
    losses: tuple[float, ...] = ()
    reason: str = ""

    @property
    def is_done(self) -> bool:
        """Whether there is a result; to compute it again would give the same one."""
        return self.status in {"finished", "exploded"}

    @property
    def done_fraction(self) -> float:
        """How much of the test is done, in [0, 1]."""
        return len(self.rates) / self.steps


class RangeTests:
    """Starts, follows and cancels range tests; keeps what came out as long as the server lives.

    Args:
        data_dir: Folder that holds `FashionMNIST/raw`.
        steps: Steps of a test.
    """

    def __init__(self, data_dir: Path, *, steps: int = STEPS) -> None:
        self._data_dir, self._steps = data_dir, steps
        self._child: OneChild[RunSpec, RangeTestState] = OneChild(
            "range test",
            busy="The test of other settings is running. Cancel it, or wait until it has ended.",
            error=RangeTestError,
        )

    def start(self, spec: RunSpec) -> None:
        """Start the test of a spec, unless it is running or its result is there already.

        Raises:
            RangeTestError: if the test of another spec is running, or no process can be started.
        """
        spec = _without_what_the_test_ignores(spec)
        command = _command(spec, self._steps, self._data_dir)
        first = RangeTestState(status="running", steps=self._steps)
        self._child.start(spec, command, first, partial(_follow, first))

    def state(self, spec: RunSpec) -> RangeTestState | None:
        """Give the test of a spec, or None; its learning rate makes no difference."""
        return self._child.state(_without_what_the_test_ignores(spec))

    def running(self) -> RangeTestState | None:
        """Give the test that is running, of whichever spec."""
        running = self._child.running()
        return running[1] if running else None

    def cancel(self) -> None:
        """End the running test, if there is one, and forget what it has found so far."""
        self._child.cancel()


def _follow(
    state: RangeTestState,
    process: subprocess.Popen[bytes],
    publish: Callable[[RangeTestState], None],
) -> RangeTestState:
    """Take what the child says until it is gone."""
    with process:
        assert process.stdout is not None
        for line in process.stdout:
            with suppress(json.JSONDecodeError):  # a line that a kill cut off
                state = _after(state, json.loads(line))
                publish(state)
    if state.status != "running":
        return state
    end = describe_end(process.returncode)
    reason = f"The process of the range test ended early ({end}). Start the test again."
    return replace(state, status="failed", reason=reason)


def _after(state: RangeTestState, message: dict[str, Any]) -> RangeTestState:
    """Give the state after a message of the child."""
    if "error" in message:
        return replace(state, status="failed", reason=message["error"])
    if "outcome" in message:
        return replace(state, status=message["outcome"])
    loss = math.nan if message["loss"] is None else message["loss"]
    return replace(state, rates=(*state.rates, message["rate"]), losses=(*state.losses, loss))


def _without_what_the_test_ignores(spec: RunSpec) -> RunSpec:
    default = RunSpec()
    ignored = ("learning_rate", *IGNORED_FIELDS)
    return replace(spec, **{name: getattr(default, name) for name in ignored})


def _command(spec: RunSpec, steps: int, data_dir: Path) -> list[str]:
    values = spec.to_json(), str(steps), str(data_dir.absolute())
    return python_command("fashion_core.engine.range_worker", *values)
