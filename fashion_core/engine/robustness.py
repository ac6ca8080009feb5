"""`RobustnessTests`: one run at a time is asked about worse pictures, in a child process.

Each corruption is written into the run's folder as soon as it is answered, so that a test that was
cancelled or killed goes on with the others. All pages of a server share one of these.
"""

import base64
import json
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np

from fashion_core.analysis.corruptions import corruption_of
from fashion_core.engine.child import describe_end, python_command
from fashion_core.engine.one_child import OneChild
from fashion_core.errors import FashionError, StoreError
from fashion_core.robust_answers import questions, read_kept
from fashion_core.runs.artifacts import read_weights
from fashion_core.runs.robustness import Asked, computing, fingerprint, write_answers
from fashion_core.runs.store import RunStore

Subject = tuple[str, int]
"""Run and epoch."""


class RobustnessError(FashionError):
    """A robustness test cannot be started now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RobustnessState:
    """A robustness test that is running or has failed; of one that ended well only files are left.

    Attributes:
        status: Whether it goes on.
        rows: Pictures to answer, all corruptions and strengths together.
        done: Those that are answered.
        before: Those of them that were answered by an earlier test.
        seconds: Since this one has begun, when `done` was last told.
        key: The corruption in work; empty while none is.
        reason: One sentence if it failed, else empty.
    """

    status: Literal["running", "failed"]
    rows: int
    done: int
    before: int
    seconds: float = 0.0
    key: str = ""
    reason: str = ""

    @property
    def done_fraction(self) -> float:
        """How much is done, in [0, 1]."""
        return self.done / self.rows

    @property
    def seconds_left(self) -> float | None:
        """Estimate from the pace so far; None before there is one."""
        mine = self.done - self.before
        return self.seconds / mine * (self.rows - self.done) if mine else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Test:
    """What is asked, since when, and where the answers go."""

    run_dir: Path
    asked: dict[str, Asked]
    started: float


class RobustnessTests:
    """Starts, follows and cancels robustness tests.

    Args:
        store: Where the runs are, and where the answers go.
        data_dir: Folder that holds `FashionMNIST/raw`.
    """

    def __init__(self, store: RunStore, data_dir: Path) -> None:
        self._store, self._data_dir = store, data_dir
        self._child: OneChild[Subject, RobustnessState] = OneChild(
            "robustness test",
            busy="Another run or epoch is being tested. Cancel it, or wait until it has ended.",
            error=RobustnessError,
        )

    def start(self, run_id: str, epoch: int) -> None:
        """Ask an epoch of a run about all corruptions that it has not answered yet.

        Nothing happens if it has answered all, or is being asked now.

        Raises:
            RobustnessError: if another one is being asked, or no process can be started.
            StoreError: if the epoch or its weights are missing or damaged.
        """
        run_dir = self._store.run_dir(run_id)
        read_weights(run_dir, epoch)
        test = self._store.epoch_file(run_id, epoch).test
        pictures = len(test.predictions)
        asked = questions(epoch=epoch, clean=fingerprint(test), pictures=pictures)
        missing = read_kept(run_dir, asked).missing
        if not missing:
            return
        spec = self._store.run(run_id).spec.to_json()
        command = _command(spec, run_dir, epoch, self._data_dir, missing)
        rows = pictures * sum(question.strengths for question in asked)
        left = pictures * sum(question.strengths for question in asked if question.key in missing)
        first = RobustnessState(
            status="running", rows=rows, done=rows - left, before=rows - left, key=missing[0]
        )
        new = _Test(
            run_dir=run_dir,
            asked={question.key: question for question in asked},
            started=time.monotonic(),
        )
        self._child.start((run_id, epoch), command, first, partial(_follow, new, first))

    def state(self, run_id: str, epoch: int) -> RobustnessState | None:
        """Give the test of an epoch that is running or has failed, else None."""
        return self._child.state((run_id, epoch))

    def running(self) -> Subject | None:
        """Give run and epoch that are being asked."""
        running = self._child.running()
        return running[0] if running else None

    def cancel(self) -> None:
        """End the running test, if there is one; the corruptions that it has finished stay."""
        self._child.cancel()


def _follow(
    test: _Test,
    state: RobustnessState,
    process: subprocess.Popen[bytes],
    publish: Callable[[RobustnessState], None],
) -> RobustnessState | None:
    """Take what the child says until it is gone; nothing it says counts after a failure."""
    problem = ""
    with process:
        assert process.stdout is not None
        try:
            with computing(test.run_dir):
                for line in process.stdout:
                    state = _after(state, test, line)
                    publish(state)
        except FashionError as error:
            problem = str(error)
            process.kill()
    if not problem and process.returncode != 0:
        end = describe_end(process.returncode)
        problem = f"The process of the test ended early ({end}). Start it again to go on."
    return replace(state, status="failed", reason=problem) if problem else None


def _after(state: RobustnessState, test: _Test, line: bytes) -> RobustnessState:
    """Give the state after one message of the child; writes its answers.

    Raises:
        RobustnessError: if it is that the child cannot go on.
        StoreError: if answers cannot be written.
    """
    message: dict[str, Any] = {}
    with suppress(ValueError):  # a line that a kill cut off
        message = json.loads(line)
    if "error" in message:
        raise RobustnessError(message["error"])
    if "answers" in message:
        _write(test, message["key"], base64.b64decode(message["answers"]))
    if "done" not in message:
        return state
    return replace(
        state,
        done=state.done + message["done"],
        seconds=time.monotonic() - test.started,
        key=corruption_of(message["key"]).key,
    )


def _write(test: _Test, key: str, answers: bytes) -> None:
    asked = test.asked[key]
    content = np.frombuffer(answers, np.uint8)
    if content.size != asked.strengths * asked.pictures:
        raise StoreError(
            f"Expected answers to {asked.pictures} pictures as the run has predictions, "
            f"got {content.size // asked.strengths}. The data set is another one."
        )
    write_answers(test.run_dir, asked, content.reshape(asked.strengths, -1))


def _command(
    spec: str, run_dir: Path, epoch: int, data_dir: Path, keys: tuple[str, ...]
) -> list[str]:
    values = spec, str(run_dir.absolute()), str(epoch), str(data_dir.absolute()), *keys
    return python_command("fashion_core.engine.robustness_worker", *values)
