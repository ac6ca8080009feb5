"""The other place: every run is computed in a process of its own, so that pages stay quick."""

import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from fashion_core.engine.child import ROOT, describe_end, python_command
from fashion_core.engine.compute import queue_kept
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.queue import RunQueue
from fashion_core.runs.store import RunStore

_ATTEMPTS: Final = 3  # of a run whose process crashes, before it has failed
_LOOK_SECONDS: Final = 0.02  # a child takes its run about 0.3 s after its start
_KILLED: Final = {-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT}
"""Exit codes of a child that somebody, or a system short of memory, ended: not tried again."""


class InChild:
    """Computes every run in a child process, which takes the run off the queue itself.

    A child ends when its input ends: when this process closes it or dies, however it dies.

    Args:
        store: Where runs live.
        data_dir: Folder that holds `FashionMNIST/raw`.
    """

    def __init__(self, store: RunStore, data_dir: Path) -> None:
        self._store, self._data_dir = store, data_dir
        self._queue = RunQueue(store)
        self._closing = threading.Event()
        self._launching = threading.Lock()
        self._children_lock = threading.Lock()
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._crashes: dict[str, int] = {}

    def compute_next(self) -> bool:
        """Give the run that waits longest to a child and wait for its end.

        Returns:
            False if nothing waits, or it was not computed and should be tried again later.
        """
        with ExitStack() as held:
            with self._launching:  # the next slot must not look before this run is taken
                run_id = self._queue.next()
                if run_id is None or self._closing.is_set():
                    return False
                child = held.enter_context(self._child(run_id))
                self._wait_until_taken(run_id, child)
            code = child.wait()
        if code == 0:
            self._crashes.pop(run_id, None)
            return self._store.run(run_id).status != "queued"
        if not self._closing.is_set():
            self._try_again(run_id, code)
        return False

    def stop(self, run_id: str) -> None:
        """Do nothing: the child looks into the database four times a second."""

    def problem(self) -> str:
        """Give nothing: a child can always be started."""
        return ""

    def close(self) -> None:
        """Ask all children to end."""
        self._closing.set()
        for child in self._living():
            end_input(child)

    def kill(self) -> None:
        """End at once the children that did not end when asked."""
        for child in self._living():
            child.kill()

    def _living(self) -> list[subprocess.Popen[bytes]]:
        with self._children_lock:
            return list(self._children.values())

    @contextmanager
    def _child(self, run_id: str) -> Iterator[subprocess.Popen[bytes]]:
        """Start the child of a run; at the end ask it to end, if it lives, and wait for it."""
        log = self._store.run_dir(run_id) / "worker.log"
        with self._children_lock:
            child = self._children[run_id] = launch(
                _command(self._store.root, run_id, self._data_dir), log
            )
        if self._closing.is_set():  # since the last look
            end_input(child)
        try:
            yield child
        finally:
            end_input(child)
            child.wait()
            with self._children_lock:
                del self._children[run_id]
            _remove_if_empty(log)

    def _wait_until_taken(self, run_id: str, child: subprocess.Popen[bytes]) -> None:
        while child.poll() is None and self._store.run(run_id).status == "queued":
            time.sleep(_LOOK_SECONDS)

    def _try_again(self, run_id: str, code: int) -> None:
        """Queue a run again whose child crashed; after three crashes it has failed."""
        journal = RunJournal(self._store, run_id)
        with queue_kept(self._store):
            status = self._store.run(run_id).status
            is_crash = code not in _KILLED and not journal.stop_requested()
            if status != "queued" and not (status == "interrupted" and is_crash):
                return
            self._crashes[run_id] = self._crashes.get(run_id, 0) + 1
            if self._crashes[run_id] >= _ATTEMPTS:
                del self._crashes[run_id]
                journal.end("failed", _describe_crash(code))
            elif status == "interrupted":
                self._queue.put(run_id)


def _command(root: Path, run_id: str, data_dir: Path) -> list[str]:
    paths = str(root.absolute()), run_id, str(data_dir.absolute())
    return python_command("fashion_core.engine.worker", *paths)


def launch(command: list[str], log: Path, *, stdout: int | None = None) -> subprocess.Popen[bytes]:
    """Start a child, asked to end by the end of its input.

    Args:
        command: Program and arguments.
        log: What it says goes to this file, for developers, not to pages.
        stdout: Where its output goes instead, if it is meant for us.
    """
    with _open_log(log) as file:
        return subprocess.Popen(  # noqa: S603 - our own program, our own paths
            command,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=file if stdout is None else stdout,
            stderr=file,
            start_new_session=True,  # Ctrl-C in the terminal ends the server, which closes us
        )


def _open_log(path: Path) -> IO[bytes]:
    try:
        return path.open("wb")
    except OSError:  # the child meets the same problem and says so
        return Path("/dev/null").open("wb")


def _remove_if_empty(path: Path) -> None:
    with suppress(OSError):
        if path.stat().st_size == 0:
            path.unlink()


def end_input(child: subprocess.Popen[bytes]) -> None:
    """Ask a child to end."""
    if child.stdin is not None:
        with suppress(OSError):
            child.stdin.close()


def _describe_crash(code: int) -> str:
    return (
        f"The process that computes this run crashed {_ATTEMPTS} times "
        f"({describe_end(code)}). "
        "Resume tries again."
    )
