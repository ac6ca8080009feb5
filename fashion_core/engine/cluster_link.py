"""The connection to a Dask cluster: its workers, tasks on them, and calls to them."""

import asyncio
import concurrent.futures
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from distributed import Client, Future
from distributed.security import Security

from fashion_core.engine.cluster_options import ClusterOptions
from fashion_core.engine.cluster_worker import describe_program
from fashion_core.engine.compute import PlaceGoneError
from fashion_core.engine.process import end_input, launch

_CONNECT_SECONDS: Final = 5.0  # less than an engine waits for its threads to end
_START_SECONDS: Final = 90.0  # for a cluster of this machine; two workers take 3 s to 6 s
_LOOK_SECONDS: Final = 0.25  # between two looks at a worker whose answer takes long
_ANSWER_SECONDS: Final = 10.0  # of the scheduler, or of a worker to a short question
_AVOID_SECONDS: Final = 10.0
_LET_GO_SECONDS: Final = 0.5
_END_SECONDS: Final = 2.5  # for a cluster of this machine, which takes 1 s to 3 s; then killed


class WorkerLostError(Exception):
    """A worker does not answer; the run it computed can go on elsewhere."""


class Connection:
    """One connection to a scheduler; when it is lost, it stays lost, and another one is made.

    Args:
        client: Connected.
        name: Of the scheduler, for people.
        child: The process of the cluster if it was made for this server.
    """

    def __init__(
        self, client: Client, name: str, child: subprocess.Popen[bytes] | None = None
    ) -> None:
        self._client, self._name, self._child = client, name, child
        self._sound: set[str] = set()
        self._lost: dict[str, float] = {}
        self.refusals: dict[str, str] = {}

    @property
    def is_alive(self) -> bool:
        """Whether the scheduler was there a moment ago."""
        return bool(self._client.status == "running")

    def idle_workers(self) -> list[str]:
        """List the workers with nothing to do that have this program; others are in `refusals`.

        Raises:
            PlaceGoneError: if the scheduler does not answer.
        """
        tasks = self._tasks()
        self._sound &= tasks.keys()
        self.refusals = {worker: why for worker, why in self.refusals.items() if worker in tasks}
        for worker in tasks:
            if worker not in self._sound:
                self._examine(worker)
        now = time.monotonic()
        avoided = {worker for worker, lost in self._lost.items() if now - lost < _AVOID_SECONDS}
        idle = [worker for worker, keys in tasks.items() if not keys]
        return [worker for worker in idle if worker in self._sound - avoided]

    def avoid(self, worker: str) -> None:
        """Leave a worker alone for a while: the scheduler may not know yet that it is lost."""
        self._lost[worker] = time.monotonic()

    def submit(self, worker: str, function: Callable[[str], Any], key: str) -> "Future[Any]":
        """Start a task on a worker: a function of the task's own key.

        Raises:
            WorkerLostError: if it cannot be started there.
            PlaceGoneError: if the scheduler does not answer.
        """
        try:
            return self._client.submit(function, key, key=key, workers=[worker], pure=False)
        except Exception as error:  # whatever Dask raises when it is closed meanwhile
            raise self.loss(worker, str(error)) from error

    def call(
        self, worker: str, function: Callable[..., Any], *arguments: Any, wants: Callable[[], bool]
    ) -> Any:
        """Call a function on a worker beside its task; what it gives may be large.

        Args:
            worker: Address.
            function: Found by its name there.
            *arguments: For it.
            wants: Asked four times a second whether the answer is still wanted.

        Raises:
            WorkerLostError: if the worker ended, the function raised, or `wants` said no.
            PlaceGoneError: if the scheduler does not answer.
        """
        answer = self._begin(self._run(worker, function, arguments))
        try:
            while not concurrent.futures.wait([answer], timeout=_LOOK_SECONDS).done:
                # A connection to a worker that has ended is tried for half a minute.
                if worker not in self._tasks() or not wants():
                    raise WorkerLostError(f"The worker {worker} does not answer.")
            return answer.result()
        except (PlaceGoneError, WorkerLostError):
            raise
        except Exception as error:  # whatever went wrong there or on the way
            raise self.loss(worker, str(error)) from error
        finally:
            answer.cancel()

    def loss(self, worker: str, why: str) -> WorkerLostError | PlaceGoneError:
        """Give the error that says what was lost: the scheduler, or one worker only."""
        try:
            self._tasks()
        except PlaceGoneError as error:
            return error
        return WorkerLostError(f"The worker {worker} was lost ({why}).")

    def close(self) -> None:
        """Let go of the cluster, or end it if it was made for this server."""
        with suppress(Exception):  # it may be closed, closing or half open
            self._client.close(timeout=_LET_GO_SECONDS)
        if self._child is not None:
            end_cluster(self._child)

    def _examine(self, worker: str) -> None:
        """Find out whether a worker has the program and versions that we have."""
        asked: list[None] = []

        def wants() -> bool:
            asked.append(None)
            return len(asked) * _LOOK_SECONDS < _ANSWER_SECONDS

        try:
            found = self.call(worker, describe_program, wants=wants)
        except WorkerLostError as error:
            if not isinstance(error.__cause__, OSError | None):  # else it is asked again
                self.refusals[worker] = (
                    f"The worker {worker} does not have this program ({error.__cause__}). "
                    "Start it in the program's folder with `python -m dask worker`."
                )
            return
        ours = describe_program()
        other = [f"{name} {found.get(name)} (here {ours[name]})" for name in ours]
        other = [
            text for name, text in zip(ours, other, strict=True) if found.get(name) != ours[name]
        ]
        if other:
            self.refusals[worker] = (
                f"The worker {worker} is not used, its results would differ: it has "
                f"{', '.join(other)}. Install the same versions there and start it again."
            )
        else:
            self._sound.add(worker)

    async def _run(
        self, worker: str, function: Callable[..., Any], arguments: tuple[Any, ...]
    ) -> Any:
        answers = await self._client.run(function, *arguments, workers=[worker])
        return answers[worker]

    def _tasks(self) -> dict[str, Any]:
        """Give the workers with the keys of their tasks.

        Raises:
            PlaceGoneError: if the scheduler does not answer.
        """

        async def look() -> Any:
            return await self._client.processing()

        if not self.is_alive:  # Dask would wait for it
            raise self._gone()
        answer = self._begin(look())
        try:
            return dict(answer.result(_ANSWER_SECONDS))
        except Exception as error:
            raise self._gone() from error
        finally:
            answer.cancel()

    def _begin(self, work: Coroutine[Any, Any, Any]) -> "concurrent.futures.Future[Any]":
        loop: Any = self._client.loop
        try:
            return asyncio.run_coroutine_threadsafe(work, loop.asyncio_loop)
        except RuntimeError as error:  # closed meanwhile, by the thread of another run
            work.close()
            raise self._gone() from error

    def _gone(self) -> PlaceGoneError:
        return PlaceGoneError(
            f"The scheduler {self._name} does not answer any more. "
            "Runs wait in the queue and go on after their last finished epoch when it does."
        )


def connect(options: ClusterOptions, child: subprocess.Popen[bytes] | None) -> Connection:
    """Connect to the scheduler of the options, or to the cluster that a child process is.

    Raises:
        PlaceGoneError: if there is none.
    """
    try:
        address, security = _find(options) if child is None else _read_secret(child)
        client = Client(address, security=security, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        if child is not None:
            end_cluster(child)
            raise PlaceGoneError(
                "The cluster of this machine could not be started; cluster.log beside the runs "
                "says why. Runs wait in the queue."
            ) from error
        raise PlaceGoneError(
            f"The scheduler {options.scheduler} does not answer ({error}). Runs wait in the queue. "
            "See that it runs, and that address and certificates are right."
        ) from error
    return Connection(client, options.scheduler or "of this machine", child)


def launch_cluster(workers: int, log: Path) -> subprocess.Popen[bytes]:
    """Start a cluster of this machine, which ends with its input."""
    module = "fashion_core.engine.local_cluster"
    return launch([sys.executable, "-m", module, str(workers)], log, stdout=subprocess.PIPE)


def end_cluster(child: subprocess.Popen[bytes]) -> None:
    """End a cluster of this machine and wait for it."""
    end_input(child)
    try:
        child.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        _kill_family(child.pid)
        child.wait()
    if child.stdout is not None:
        child.stdout.close()


def _kill_family(pid: int) -> None:
    """Kill a cluster of this machine with its workers: they are of its session."""
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _find(options: ClusterOptions) -> tuple[str, Security | None]:
    if options.tls_files is None:
        return options.scheduler, None
    authority, certificate, key = map(str, options.tls_files)
    return options.scheduler, _security(authority, certificate, key)


def _read_secret(child: subprocess.Popen[bytes]) -> tuple[str, Security]:
    """Read address and keys, which a child says when its workers are there.

    Raises:
        ValueError: if it ends before.
    """
    assert child.stdout is not None
    limit = threading.Timer(_START_SECONDS, _kill_family, (child.pid,))
    limit.start()
    try:
        said = json.loads(child.stdout.readline())
    finally:
        limit.cancel()
    keys = (said["tls_ca_file"], said["tls_client_cert"], said["tls_client_key"])
    return said["address"], _security(*keys)


def _security(authority: str, certificate: str, key: str) -> Security:
    return Security(
        require_encryption=True,
        tls_ca_file=authority,
        tls_client_cert=certificate,
        tls_client_key=key,
    )
