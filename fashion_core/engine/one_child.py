"""`OneChild`: one child process at a time, and what became of those before it."""

import subprocess
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Final, Generic, Protocol, TypeVar

from fashion_core.engine.child import start_child
from fashion_core.errors import FashionError

_KEPT: Final = 32  # states; the largest, a map, is 80 kB
_CLOSE_SECONDS: Final = 5.0  # for a child that was killed to be gone


class State(Protocol):
    """What is known of a child's work; never changed, only replaced."""

    @property
    def status(self) -> str:
        """Name how far it is; only what is "failed" can be started again."""


KeyT = TypeVar("KeyT", bound=Hashable)
StateT = TypeVar("StateT", bound=State)

Follow = Callable[[subprocess.Popen[bytes], Callable[[StateT], None]], StateT | None]
"""Takes what a child says until it is gone, publishes states meanwhile and gives the one that
stays; None if none does."""


@dataclass(slots=True, kw_only=True)
class _AtWork(Generic[KeyT]):
    """The child at work; changed under the lock only."""

    key: KeyT
    process: subprocess.Popen[bytes]
    is_cancelled: bool = False
    gone: threading.Event = field(default_factory=threading.Event)


class OneChild(Generic[KeyT, StateT]):
    """Starts and cancels one child at a time; keeps the newest states as long as the server lives.

    Any number of threads may call it at once.

    Args:
        what: What a child computes, as in "The range test could not be started".
        busy: What a visitor reads who asks for another one while one is computed.
        error: Raised with such sentences.
    """

    def __init__(self, what: str, *, busy: str, error: type[FashionError]) -> None:
        self._what, self._busy, self._error = what, busy, error
        self._lock = threading.Lock()
        self._states: dict[KeyT, StateT] = {}
        self._at_work: _AtWork[KeyT] | None = None

    def start(self, key: KeyT, command: list[str], first: StateT, follow: Follow[StateT]) -> None:
        """Start a child, unless that of its key is at work or has left a result.

        Args:
            key: What it computes; the same key stands for the same result.
            command: Program and arguments.
            first: Its state until another one is published.
            follow: Called in a thread of its own as soon as the child is started.

        Raises:
            FashionError: of the kind asked for, if the child of another key is at work, or no
                process can be started.
        """
        with self._lock:
            known = self._states.get(key)
            if known is not None and known.status != "failed":
                return
            if self._at_work is not None:
                raise self._error(self._busy)
            self._at_work = child = _AtWork(key=key, process=self._launch(command))
            self._states.pop(key, None)  # a failed one makes room for the newest place
            self._keep(key, first)
        listen = threading.Thread(
            target=self._listen, args=(child, follow), name=self._what, daemon=True
        )
        listen.start()

    def state(self, key: KeyT) -> StateT | None:
        """Give the state of a key, or None if nothing is known of it."""
        with self._lock:
            return self._states.get(key)

    def running(self) -> tuple[KeyT, StateT] | None:
        """Give key and state of the child at work."""
        with self._lock:
            if self._at_work is None:
                return None
            return self._at_work.key, self._states[self._at_work.key]

    def cancel(self) -> None:
        """End the child at work, if there is one, and forget its state."""
        with self._lock:
            child = self._at_work
            if child is None:
                return
            child.is_cancelled = True
            child.process.kill()  # it writes no file: there is nothing to finish
        child.gone.wait(_CLOSE_SECONDS)

    def _launch(self, command: list[str]) -> subprocess.Popen[bytes]:
        try:
            return start_child(command)
        except OSError as error:
            raise self._error(
                f"The {self._what} could not be started ({error.strerror}). "
                "Close other programs and try again."
            ) from error

    def _listen(self, child: _AtWork[KeyT], follow: Follow[StateT]) -> None:
        """Let somebody follow the child to its end, and keep what became of it."""

        def publish(state: StateT) -> None:
            with self._lock:
                self._keep(child.key, state)

        last = follow(child.process, publish)
        with self._lock:
            self._at_work = None
            if last is None or child.is_cancelled:
                del self._states[child.key]
            else:
                self._keep(child.key, last)
        child.gone.set()

    def _keep(self, key: KeyT, state: StateT) -> None:
        self._states[key] = state
        while len(self._states) > _KEPT:  # oldest first; the one at work is the newest
            del self._states[next(iter(self._states))]
