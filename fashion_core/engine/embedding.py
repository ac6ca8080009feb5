"""`NeighbourMaps`: one t-SNE at a time in a child process; all pages of a server share them."""

import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from fashion_core.engine.child import describe_end, start_child
from fashion_core.errors import FashionError

_KEPT: Final = 32  # maps; 80 kB each
_CLOSE_SECONDS: Final = 5.0  # for a child that was killed to be gone

MapStatus = Literal["running", "finished", "failed"]


class NeighbourMapError(FashionError):
    """A map cannot be started now."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NeighbourMapState:
    """A map as it is now.

    Attributes:
        status: Whether it is computed, there, or lost.
        started: Monotonic time in seconds at which its child was started.
        points: float32 of shape (N, 2) once it is finished, else None.
        reason: One sentence if it failed, else empty.
    """

    status: MapStatus
    started: float
    points: npt.NDArray[np.float32] | None = None
    reason: str = ""

    @property
    def seconds(self) -> float:
        """Seconds since it was started."""
        return time.monotonic() - self.started


@dataclass(slots=True, kw_only=True)
class _Child:
    """The map that is computed; changed under the lock only."""

    key: str
    process: subprocess.Popen[bytes]
    is_cancelled: bool = False
    gone: threading.Event = field(default_factory=threading.Event)


class NeighbourMaps:
    """Starts, follows and cancels t-SNE maps; keeps them as long as the server lives."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._states: dict[str, NeighbourMapState] = {}
        self._child: _Child | None = None

    def start(self, key: str, features: npt.NDArray[np.float32]) -> None:
        """Start a map, unless it is running or there already.

        Args:
            key: What it is of; the same key stands for the same features.
            features: float32 of shape (N, D).

        Raises:
            NeighbourMapError: if another map is computed, or no process can be started.
        """
        with self._lock:
            known = self._states.get(key)
            if known is not None and known.status != "failed":
                return
            if self._child is not None:
                raise NeighbourMapError(
                    "Another t-SNE map is being computed. Cancel it, or wait until it is there."
                )
            process = _launch(_command())
            self._child = child = _Child(key=key, process=process)
            self._states.pop(key, None)  # a failed one makes room for the newest place
            self._keep(key, NeighbourMapState(status="running", started=time.monotonic()))
        follow = threading.Thread(
            target=self._follow, args=(child, features), name="t-SNE", daemon=True
        )
        follow.start()

    def state(self, key: str) -> NeighbourMapState | None:
        """Give the map of a key, or None if nobody asked for it."""
        with self._lock:
            return self._states.get(key)

    def running(self) -> str | None:
        """Give the key of the map that is computed."""
        with self._lock:
            return self._child.key if self._child else None

    def cancel(self) -> None:
        """End the map that is computed, if there is one."""
        with self._lock:
            child = self._child
            if child is None:
                return
            child.is_cancelled = True
            child.process.kill()  # it writes no file: there is nothing to finish
        child.gone.wait(_CLOSE_SECONDS)

    def _follow(self, child: _Child, features: npt.NDArray[np.float32]) -> None:
        """Hand the features to the child, wait for its points, keep them."""
        with child.process as process:
            assert process.stdin is not None
            assert process.stdout is not None
            with suppress(BrokenPipeError):  # it died: its end says so
                process.stdin.write(_packed(features))
                process.stdin.flush()  # and stay open: its end would end the child
            answer = process.stdout.read()
            with suppress(BrokenPipeError):
                process.stdin.close()
        with self._lock:
            self._child = None
            if child.is_cancelled:
                del self._states[child.key]
            else:
                self._keep(child.key, self._outcome(child, answer, rows=len(features)))
        child.gone.set()

    def _outcome(self, child: _Child, answer: bytes, *, rows: int) -> NeighbourMapState:
        """Give what became of a child that is gone."""
        started = self._states[child.key].started
        code = child.process.returncode
        if code == 0:
            points = np.frombuffer(answer, np.float32).reshape(rows, 2)
            return NeighbourMapState(status="finished", started=started, points=points)
        end = describe_end(code)
        reason = f"The process of the t-SNE map ended early ({end}). Start the map again."
        return NeighbourMapState(status="failed", started=started, reason=reason)

    def _keep(self, key: str, state: NeighbourMapState) -> None:
        self._states[key] = state
        while len(self._states) > _KEPT:  # oldest first; the running one is the newest
            del self._states[next(iter(self._states))]


def _packed(features: npt.NDArray[np.float32]) -> bytes:
    """Give what the child takes: a line with the shape, then the rows."""
    rows, width = features.shape
    return f"{rows} {width}\n".encode() + features.astype(np.float32).tobytes()


def _command() -> list[str]:
    module = "fashion_core.engine.embedding_worker"
    return [sys.executable, "-X", "faulthandler", "-m", module]


def _launch(command: list[str]) -> subprocess.Popen[bytes]:
    """Start the child.

    Raises:
        NeighbourMapError: if the system refuses another process.
    """
    try:
        return start_child(command)
    except OSError as error:
        raise NeighbourMapError(
            f"The t-SNE map could not be started ({error.strerror}). "
            "Close other programs and try again."
        ) from error
