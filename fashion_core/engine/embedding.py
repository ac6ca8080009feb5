"""`NeighbourMaps`: one t-SNE at a time in a child process; all pages of a server share them."""

import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np
import numpy.typing as npt

from fashion_core.engine.child import describe_end, python_command
from fashion_core.engine.one_child import OneChild
from fashion_core.errors import FashionError

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


class NeighbourMaps:
    """Starts, follows and cancels t-SNE maps; keeps them as long as the server lives."""

    def __init__(self) -> None:
        self._child: OneChild[str, NeighbourMapState] = OneChild(
            "t-SNE map",
            busy="Another t-SNE map is being computed. Cancel it, or wait until it is there.",
            error=NeighbourMapError,
        )

    def start(self, key: str, features: npt.NDArray[np.float32]) -> None:
        """Start a map, unless it is running or there already.

        Args:
            key: What it is of; the same key stands for the same features.
            features: float32 of shape (N, D).

        Raises:
            NeighbourMapError: if another map is computed, or no process can be started.
        """
        first = NeighbourMapState(status="running", started=time.monotonic())
        self._child.start(key, _command(), first, partial(_follow, features, first))

    def state(self, key: str) -> NeighbourMapState | None:
        """Give the map of a key, or None if nobody asked for it."""
        return self._child.state(key)

    def running(self) -> str | None:
        """Give the key of the map that is computed."""
        running = self._child.running()
        return running[0] if running else None

    def cancel(self) -> None:
        """End the map that is computed, if there is one."""
        self._child.cancel()


def _follow(
    features: npt.NDArray[np.float32],
    state: NeighbourMapState,
    process: subprocess.Popen[bytes],
    _publish: object,
) -> NeighbourMapState:
    """Hand the features to the child, wait for its points."""
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(BrokenPipeError):  # it died: its end says so
            process.stdin.write(_packed(features))
            process.stdin.flush()  # and stay open: its end would end the child
        answer = process.stdout.read()
        with suppress(BrokenPipeError):
            process.stdin.close()
    if process.returncode == 0:
        points = np.frombuffer(answer, np.float32).reshape(len(features), 2)
        return replace(state, status="finished", points=points)
    end = describe_end(process.returncode)
    reason = f"The process of the t-SNE map ended early ({end}). Start the map again."
    return replace(state, status="failed", reason=reason)


def _packed(features: npt.NDArray[np.float32]) -> bytes:
    """Give what the child takes: a line with the shape, then the rows."""
    rows, width = features.shape
    return f"{rows} {width}\n".encode() + features.astype(np.float32).tobytes()


def _command() -> list[str]:
    return python_command("fashion_core.engine.embedding_worker")
