"""`RangeTests`: one range test at a time in a child process; all pages of a server share them."""

import json
import math
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal

from fashion_core.config import RunSpec
from fashion_core.engine.child import describe_end, start_child
from fashion_core.errors import FashionError

STEPS: Final = 300
"""About 43 steps for each factor of ten; 7 s of one core for the specification's network."""

IGNORED_FIELDS: Final = ("epochs", "schedule", "average_decay", "mirror_average")
"""Fields of a spec that change no step of a test, as its learning rate does not."""

_KEPT: Final = 32  # results; each is a few hundred numbers
_CLOSE_SECONDS: Final = 5.0  # for a child that was killed to be gone

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


@dataclass(slots=True, kw_only=True)
class _Child:
    """The running test; changed under the lock only."""

    spec: RunSpec
    process: subprocess.Popen[bytes]
    is_cancelled: bool = False
    gone: threading.Event = field(default_factory=threading.Event)


class RangeTests:
    """Starts, follows and cancels range tests; keeps what came out as long as the server lives.

    Args:
        data_dir: Folder that holds `FashionMNIST/raw`.
        steps: Steps of a test.
    """

    def __init__(self, data_dir: Path, *, steps: int = STEPS) -> None:
        self._data_dir, self._steps = data_dir, steps
        self._lock = threading.Lock()
        self._states: dict[RunSpec, RangeTestState] = {}
        self._child: _Child | None = None

    def start(self, spec: RunSpec) -> None:
        """Start the test of a spec, unless it is running or its result is there already.

        Raises:
            RangeTestError: if the test of another spec is running, or no process can be started.
        """
        spec = _without_what_the_test_ignores(spec)
        with self._lock:
            known = self._states.get(spec)
            if known is not None and (known.is_done or known.status == "running"):
                return
            if self._child is not None:
                raise RangeTestError(
                    "The test of other settings is running. Cancel it, or wait until it has ended."
                )
            process = _launch(_command(spec, self._steps, self._data_dir))
            self._child = child = _Child(spec=spec, process=process)
            self._states.pop(spec, None)  # a failed one makes room for the newest place
            self._keep(spec, RangeTestState(status="running", steps=self._steps))
        threading.Thread(target=self._follow, args=(child,), name="range test", daemon=True).start()

    def state(self, spec: RunSpec) -> RangeTestState | None:
        """Give the test of a spec, or None; its learning rate makes no difference."""
        with self._lock:
            return self._states.get(_without_what_the_test_ignores(spec))

    def running(self) -> RangeTestState | None:
        """Give the test that is running, of whichever spec."""
        with self._lock:
            return self._states[self._child.spec] if self._child else None

    def cancel(self) -> None:
        """End the running test, if there is one, and forget what it has found so far."""
        with self._lock:
            child = self._child
            if child is None:
                return
            child.is_cancelled = True
            child.process.kill()  # it writes nothing: there is nothing to finish
        child.gone.wait(_CLOSE_SECONDS)

    def _follow(self, child: _Child) -> None:
        """Take what the child says until it is gone."""
        with child.process as process:
            assert process.stdout is not None
            for line in process.stdout:
                with suppress(json.JSONDecodeError):  # a line that a kill cut off
                    self._take(child.spec, json.loads(line))
        with self._lock:
            self._child = None
            if child.is_cancelled:
                del self._states[child.spec]
            elif self._states[child.spec].status == "running":
                self._fail(child.spec, _describe_death(process.returncode))
        child.gone.set()

    def _take(self, spec: RunSpec, message: dict[str, Any]) -> None:
        with self._lock:
            state = self._states[spec]
            if "error" in message:
                self._fail(spec, message["error"])
            elif "outcome" in message:
                self._keep(spec, replace(state, status=message["outcome"]))
            else:
                loss = math.nan if message["loss"] is None else message["loss"]
                self._keep(
                    spec,
                    replace(
                        state, rates=(*state.rates, message["rate"]), losses=(*state.losses, loss)
                    ),
                )

    def _fail(self, spec: RunSpec, reason: str) -> None:
        self._keep(spec, replace(self._states[spec], status="failed", reason=reason))

    def _keep(self, spec: RunSpec, state: RangeTestState) -> None:
        self._states[spec] = state
        while len(self._states) > _KEPT:  # oldest first; the running one is the newest
            del self._states[next(iter(self._states))]


def _without_what_the_test_ignores(spec: RunSpec) -> RunSpec:
    default = RunSpec()
    ignored = ("learning_rate", *IGNORED_FIELDS)
    return replace(spec, **{name: getattr(default, name) for name in ignored})


def _command(spec: RunSpec, steps: int, data_dir: Path) -> list[str]:
    values = spec.to_json(), str(steps), str(data_dir.absolute())
    return [sys.executable, "-X", "faulthandler", "-m", "fashion_core.engine.range_worker", *values]


def _launch(command: list[str]) -> subprocess.Popen[bytes]:
    """Start the child.

    Raises:
        RangeTestError: if the system refuses another process.
    """
    try:
        return start_child(command)
    except OSError as error:
        raise RangeTestError(
            f"The range test could not be started ({error.strerror}). "
            "Close other programs and try again."
        ) from error


def _describe_death(code: int) -> str:
    end = describe_end(code)
    return f"The process of the range test ended early ({end}). Start the test again."
