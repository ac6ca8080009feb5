"""`RobustnessTests`: one run at a time is asked about worse pictures, in a child process.

Each corruption is written into the run's folder as soon as it is answered, so that a test that was
cancelled or killed goes on with the others. All pages of a server share one of these.
"""

import base64
import json
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from fashion_core.analysis.corruptions import corruption_of
from fashion_core.engine.child import describe_end, start_child
from fashion_core.errors import FashionError, StoreError
from fashion_core.robust_answers import questions, read_kept
from fashion_core.runs.artifacts import read_weights
from fashion_core.runs.robustness import Asked, computing, fingerprint, write_answers
from fashion_core.runs.store import RunStore

_KEPT: Final = 32  # sentences about what failed
_CLOSE_SECONDS: Final = 5.0  # for a child that was killed to be gone

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


@dataclass(slots=True, kw_only=True)
class _Child:
    """The running test; changed under the lock only."""

    subject: Subject
    run_dir: Path
    asked: dict[str, Asked]
    process: subprocess.Popen[bytes]
    started: float
    is_cancelled: bool = False
    gone: threading.Event = field(default_factory=threading.Event)


class RobustnessTests:
    """Starts, follows and cancels robustness tests.

    Args:
        store: Where the runs are, and where the answers go.
        data_dir: Folder that holds `FashionMNIST/raw`.
    """

    def __init__(self, store: RunStore, data_dir: Path) -> None:
        self._store, self._data_dir = store, data_dir
        self._lock = threading.Lock()
        self._states: dict[Subject, RobustnessState] = {}
        self._child: _Child | None = None

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
        state = RobustnessState(
            status="running", rows=rows, done=rows - left, before=rows - left, key=missing[0]
        )
        self._launch((run_id, epoch), state, asked, command)

    def state(self, run_id: str, epoch: int) -> RobustnessState | None:
        """Give the test of an epoch that is running or has failed, else None."""
        with self._lock:
            return self._states.get((run_id, epoch))

    def running(self) -> Subject | None:
        """Give run and epoch that are being asked."""
        with self._lock:
            return self._child.subject if self._child else None

    def cancel(self) -> None:
        """End the running test, if there is one; the corruptions that it has finished stay."""
        with self._lock:
            child = self._child
            if child is None:
                return
            child.is_cancelled = True
            child.process.kill()  # it writes no file: there is nothing to finish
        child.gone.wait(_CLOSE_SECONDS)

    def _launch(
        self,
        subject: Subject,
        state: RobustnessState,
        asked: tuple[Asked, ...],
        command: list[str],
    ) -> None:
        """Start the child and whoever listens to it.

        Raises:
            RobustnessError: if another test is running, or no process can be started.
        """
        with self._lock:
            if self._child is not None:
                if self._child.subject == subject:
                    return
                raise RobustnessError(
                    "Another run or epoch is being tested. Cancel it, or wait until it has ended."
                )
            self._child = child = _Child(
                subject=subject,
                run_dir=self._store.run_dir(subject[0]),
                asked={question.key: question for question in asked},
                process=_start(command),
                started=time.monotonic(),
            )
            self._states.pop(subject, None)  # a failed one makes room for the newest place
            self._keep(subject, state)
        threading.Thread(target=self._follow, args=(child,), name="robustness", daemon=True).start()

    def _follow(self, child: _Child) -> None:
        """Take what the child says until it is gone; nothing it says counts after a failure."""
        problem = ""
        with child.process as process:
            assert process.stdout is not None
            try:
                with computing(child.run_dir):
                    for line in process.stdout:
                        self._take(child, line)
            except FashionError as error:
                problem = str(error)
                process.kill()
        if not problem and process.returncode != 0:
            end = describe_end(process.returncode)
            problem = f"The process of the test ended early ({end}). Start it again to go on."
        with self._lock:
            self._child = None
            state = self._states.pop(child.subject)
            if problem and not child.is_cancelled:
                self._keep(child.subject, replace(state, status="failed", reason=problem))
        child.gone.set()

    def _take(self, child: _Child, line: bytes) -> None:
        """Take one message of the child.

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
            asked = child.asked[message["key"]]
            content = np.frombuffer(base64.b64decode(message["answers"]), np.uint8)
            if content.size != asked.strengths * asked.pictures:
                raise StoreError(
                    f"Expected answers to {asked.pictures} pictures as the run has predictions, "
                    f"got {content.size // asked.strengths}. The data set is another one."
                )
            write_answers(child.run_dir, asked, content.reshape(asked.strengths, -1))
        if "done" in message:
            with self._lock:
                state = self._states[child.subject]
                self._keep(
                    child.subject,
                    replace(
                        state,
                        done=state.done + message["done"],
                        seconds=time.monotonic() - child.started,
                        key=corruption_of(message["key"]).key,
                    ),
                )

    def _keep(self, subject: Subject, state: RobustnessState) -> None:
        self._states[subject] = state
        while len(self._states) > _KEPT:  # oldest first; the running one is the newest
            del self._states[next(iter(self._states))]


def _command(
    spec: str, run_dir: Path, epoch: int, data_dir: Path, keys: tuple[str, ...]
) -> list[str]:
    values = spec, str(run_dir.absolute()), str(epoch), str(data_dir.absolute()), *keys
    module = "fashion_core.engine.robustness_worker"
    return [sys.executable, "-X", "faulthandler", "-m", module, *values]


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    """Start the child.

    Raises:
        RobustnessError: if the system refuses another process.
    """
    try:
        return start_child(command)
    except OSError as error:
        raise RobustnessError(
            f"The robustness test could not be started ({error.strerror}). "
            "Close other programs and try again."
        ) from error
