"""Runs on a real Dask cluster: workers and servers that are killed, strangers, other versions."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from helpers import fingerprint, kill, make_engine, start_python, stop_at_call, train, wait_until

from fashion_core.config import RunSpec
from fashion_core.engine import cluster_link, cluster_worker, process
from fashion_core.engine.base import Engine
from fashion_core.engine.cluster_link import Connection, WorkerLostError, connect
from fashion_core.engine.cluster_options import ClusterOptions
from fashion_core.engine.cluster_run import RemoteRun, execute_on_cluster
from fashion_core.engine.compute import PlaceGoneError
from fashion_core.errors import FashionError
from fashion_core.runs import artifacts
from fashion_core.runs.store import RunStore

pytestmark = pytest.mark.slow

TINY = {"train_images": 100, "conv_widths": (2, 3), "fc_widths": (8, 4)}
RESUMED = RunSpec(**TINY, epochs=3)
LONG = RunSpec(**TINY, epochs=1_000)
CALLS_PER_EPOCH = 4 + 40 + 40  # steps and evaluation batches, each asks whether to stop


@pytest.fixture(scope="module")
def alone(tmp_path_factory) -> dict[str, object]:
    """Give the bits of `RESUMED`, computed here in one go."""
    folder = tmp_path_factory.mktemp("alone")
    train(folder, RESUMED)
    return fingerprint(folder)


@contextmanager
def running(store: RunStore, options: ClusterOptions, slots: int = 1) -> Iterator[Engine]:
    """Give an engine on a cluster; close it at the end, whatever happens."""
    engine = make_engine("cluster", store, slots=slots, cluster=options)
    try:
        yield engine
    finally:
        engine.close()


@pytest.fixture
def connection(cluster) -> Iterator[Connection]:
    """Give a look into the cluster, beside the engine's."""
    connection = connect(cluster, None)
    yield connection
    connection.close()


def wait_for(store: RunStore, run_id: str, status: str) -> None:
    wait_until(lambda: store.run(run_id).status == status, timeout=120)


def wait_for_epochs(store: RunStore, run_id: str, count: int) -> None:
    wait_until(lambda: len(store.run(run_id).history) >= count, timeout=120)


def pids_in_work(connection: Connection) -> dict[str, int]:
    """Give the processes of the workers that compute a run, by its task."""

    def look() -> tuple[list[str], int]:
        return list(cluster_worker._JOBS), os.getpid()

    answers = connection._client.run(look).values()
    return {key: pid for keys, pid in answers for key in keys}


# Faults


def test_the_run_of_a_killed_worker_goes_on_elsewhere_to_the_same_bits(
    cluster, connection, store, alone
):
    with running(store, cluster) as engine:
        run_id = engine.start(RESUMED)
        wait_for_epochs(store, run_id, 1)
        ((key, pid),) = pids_in_work(connection).items()
        os.kill(pid, signal.SIGKILL)
        wait_for(store, run_id, "finished")
    assert run_id in key
    assert fingerprint(store.run_dir(run_id)) == alone
    (notice,) = store.run(run_id).notices
    assert "The run goes on after epoch" in notice


def test_two_runs_are_computed_by_two_workers_at_once(cluster, connection, store):
    with running(store, cluster, slots=2) as engine:
        ids = [engine.start(LONG), engine.start(RunSpec(**TINY, epochs=1_000, seed=1))]
        wait_until(lambda: len(pids_in_work(connection)) == 2, timeout=120)
        tasks = pids_in_work(connection)
        for run_id in ids:
            engine.stop(run_id)
            wait_for(store, run_id, "stopped")
    assert len(set(tasks.values())) == 2
    assert {run_id for run_id in ids for key in tasks if run_id in key} == set(ids)


SERVER = """
from pathlib import Path
from fashion_core.engine.base import Engine, EngineChoice
from fashion_core.engine.cluster import OnCluster
from fashion_core.engine.cluster_options import ClusterOptions
from fashion_core.runs.store import RunStore
from helpers import DATA_DIR
root, address, *files = sys.argv[1:]
options = ClusterOptions(workers=2, scheduler=address, tls_files=tuple(map(Path, files)))
place = OnCluster(RunStore(Path(root)), DATA_DIR, options, lease_seconds=2.0)
engine = Engine(RunStore(Path(root)), {"cluster": place}, EngineChoice(where="cluster"),
                most_slots=1)
sys.stdin.read()
"""


def test_a_killed_server_loses_no_finished_epoch_and_leaves_no_worker_at_work(
    cluster, connection, store, alone
):
    run_id = store.create(RESUMED)
    server = start_python(SERVER, store.root, cluster.scheduler, *cluster.tls_files)
    wait_for_epochs(store, run_id, 1)
    kill(server)
    assert store.run(run_id).status == "interrupted"
    epochs = store.run(run_id).history
    wait_until(lambda: not pids_in_work(connection), timeout=60)
    with running(store, cluster) as engine:
        engine.resume(run_id)
        wait_for(store, run_id, "finished")
    assert fingerprint(store.run_dir(run_id)) == alone
    assert store.run(run_id).history[: len(epochs)] == epochs  # the seconds, too: not done again


def test_a_damaged_checkpoint_is_found_by_the_worker_and_made_again(cluster, store, alone):
    run_id = store.create(RESUMED)
    train(store.run_dir(run_id), RESUMED, should_stop=stop_at_call(2 * CALLS_PER_EPOCH + 1))
    newest = max((store.run_dir(run_id) / "checkpoints").iterdir())
    newest.write_bytes(newest.read_bytes()[:-1] + b"?")
    with running(store, cluster):
        wait_for(store, run_id, "finished")
    assert fingerprint(store.run_dir(run_id)) == alone
    (notice,) = store.run(run_id).notices
    assert notice.startswith(f"The checkpoint file of epoch 2 of {run_id} is damaged")


def test_a_full_disk_of_the_server_fails_the_run_and_frees_the_worker(
    cluster, connection, store, monkeypatch
):
    def refuse(*_args, **_options) -> None:
        raise OSError(28, "No space left on device", "/runs/x")

    with running(store, cluster) as engine:
        monkeypatch.setattr("fashion_core.runs.artifacts.write_atomically", refuse)
        run_id = engine.start(LONG)
        wait_for(store, run_id, "failed")
        wait_until(lambda: not pids_in_work(connection), timeout=60)
    assert "refused to write /runs/x (No space left on device)" in store.run(run_id).reason


def test_a_cluster_of_this_machine_is_made_for_the_first_run_and_again_when_it_is_lost(
    store, alone
):
    """And the run that was computed on the lost one goes back into the queue by itself."""
    with running(store, ClusterOptions(workers=1)) as engine:
        assert not clusters()
        run_id = engine.start(RESUMED)
        wait_for_epochs(store, run_id, 1)
        (first,) = clusters()
        os.killpg(first.pid, signal.SIGKILL)
        wait_for(store, run_id, "finished")
        family = [each for top in clusters() for each in (top, *top.children(recursive=True))]
    assert fingerprint(store.run_dir(run_id)) == alone
    assert any("The scheduler of this machine does not" in n for n in store.run(run_id).notices)
    wait_until(lambda: not any(is_alive(member) for member in family), timeout=20)
    assert len(family) >= 2


HANGS = "import subprocess, time; subprocess.Popen(['sleep', '100']); print(); time.sleep(100)"


def test_a_cluster_of_this_machine_that_hangs_is_killed_with_its_workers(tmp_path):
    command = [sys.executable, "-uc", HANGS]
    child = process.launch(command, tmp_path / "log", stdout=subprocess.PIPE)
    child.stdout.readline()
    family = psutil.Process(child.pid).children()
    cluster_link.end_cluster(child)
    assert child.returncode == -signal.SIGKILL
    assert len(family) == 1
    wait_until(lambda: not is_alive(family[0]))


def clusters() -> list[psutil.Process]:
    """Find the clusters of one worker that this process has started."""
    children = psutil.Process().children()
    return [c for c in children if is_alive(c) and "local_cluster 1" in " ".join(c.cmdline())]


def is_alive(member: psutil.Process) -> bool:
    try:
        return member.is_running() and member.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


# Who is refused


def test_a_scheduler_that_is_not_there_leaves_runs_queued_and_says_so(store):
    options = ClusterOptions(workers=1, scheduler="tcp://127.0.0.1:9")
    with running(store, options) as engine:
        run_id = engine.start(RESUMED)
        wait_until(lambda: engine.problem() != "", timeout=60)
        assert engine.problem().startswith("The scheduler tcp://127.0.0.1:9 does not answer (")
    assert store.run(run_id).status == "queued"


def test_who_has_another_certificate_is_refused(cluster, store, tmp_path):
    stranger = cluster_link.Security.temporary()
    files = tuple(tmp_path / name for name in ("ca", "cert", "key"))
    contents = (stranger.tls_ca_file, stranger.tls_client_cert, stranger.tls_client_key)
    for path, content in zip(files, contents, strict=True):
        path.write_text(content)
    options = ClusterOptions(workers=1, scheduler=cluster.scheduler, tls_files=files)
    with running(store, options) as engine:
        run_id = engine.start(RESUMED)
        wait_until(lambda: "does not answer" in engine.problem(), timeout=60)
    assert store.run(run_id).status == "queued"


def test_who_speaks_without_encryption_is_refused(cluster):
    address = cluster.scheduler.replace("tls://", "tcp://")
    with pytest.raises(FashionError, match="does not answer"):
        connect(ClusterOptions(workers=1, scheduler=address), None)


def test_a_worker_of_another_version_is_not_used_and_named(cluster, store, monkeypatch):
    theirs = cluster_worker.describe_program()
    monkeypatch.setattr(cluster_worker, "version", lambda name: f"{name} 1.0")
    with running(store, cluster) as engine:
        run_id = engine.start(RESUMED)
        wait_until(lambda: engine.problem() != "", timeout=60)
        assert f"it has torch {theirs['torch']} (here torch 1.0), " in engine.problem()
    assert store.run(run_id).status == "queued"


def describe_program() -> dict[str, str]:
    """Stand for a program that the workers cannot import: this file."""
    return {}


def test_a_worker_without_the_program_is_not_used_and_named(cluster, store, monkeypatch):
    monkeypatch.setattr(cluster_link, "describe_program", describe_program)
    with running(store, cluster) as engine:
        run_id = engine.start(RESUMED)
        wait_until(lambda: engine.problem() != "", timeout=60)
        assert "does not have this program (" in engine.problem()
    assert store.run(run_id).status == "queued"


def test_the_cluster_of_this_machine_listens_on_loopback_only(cluster):
    port = int(cluster.scheduler.rsplit(":", 1)[1])
    tops = [c for c in psutil.Process().children() if port in ports(c)]
    family = [each for top in tops for each in (top, *top.children(recursive=True))]
    assert {address for each in family for address in listening(each)} == {"127.0.0.1"}
    assert 8787 not in {port for each in family for port in ports(each)}


def listening(member: psutil.Process) -> set[str]:
    return {c.laddr.ip for c in member.net_connections() if c.status == psutil.CONN_LISTEN}


def ports(member: psutil.Process) -> set[int]:
    return {c.laddr.port for c in member.net_connections() if c.status == psutil.CONN_LISTEN}


# Without a cluster: what happens when workers are lost again and again


class LostTask:
    """A task that has ended, but whose result was lost with its worker."""

    status = "finished"

    def done(self) -> bool:
        return True

    def result(self, timeout: float) -> None:
        raise TimeoutError(f"Waited {timeout} seconds.")

    def release(self) -> None:
        """Do nothing."""


class LostConnection:
    """A connection whose workers are lost before they give a result."""

    def __init__(self) -> None:
        self.tried: list[str] = []

    def submit(self, worker: str, *_args: object) -> LostTask:
        self.tried.append(worker)
        return LostTask()

    def loss(self, worker: str, why: str) -> WorkerLostError:
        return WorkerLostError(f"The worker {worker} was lost ({why}).")

    def avoid(self, worker: str) -> None:
        """Do nothing."""


class LostSeat:
    """A seat with as many workers as one likes."""

    def __init__(self) -> None:
        self.connection, self.worker = LostConnection(), "w-1"

    def move(self) -> bool:
        self.worker = f"w-{len(self.connection.tried) + 1}"
        return True


def lost_run(folder: Path, events: list, stops: Callable[[], bool] = lambda: False) -> RemoteRun:
    return RemoteRun(
        spec=RESUMED,
        run_dir=folder,
        data_dir=folder,
        emit=events.append,
        should_stop=stops,
        lease_seconds=1.0,
    )


def test_a_run_that_loses_three_workers_in_one_epoch_fails(tmp_path):
    seat = LostSeat()
    with pytest.raises(FashionError, match=r"^3 workers were lost while they computed epoch 1\. "):
        execute_on_cluster(lost_run(tmp_path, []), seat)
    assert seat.connection.tried == ["w-1", "w-2", "w-3"]


def test_a_run_that_finishes_epochs_may_lose_more_workers_than_three(tmp_path, monkeypatch):
    """Lost in epoch 1, twice in epoch 2, and three times in epoch 3."""
    finished = iter([0, 1, 1, 2, 2, 2])
    monkeypatch.setattr(artifacts, "epochs_on_disk", lambda *_: [next(finished)])
    seat = LostSeat()
    with pytest.raises(FashionError, match="computed epoch 3"):
        execute_on_cluster(lost_run(tmp_path, []), seat)
    assert len(seat.connection.tried) == 6


class Stopped:
    """A `should_stop` that says yes from its nth call on, counted from 0."""

    def __init__(self, first: int) -> None:
        self._calls = iter(range(first))

    def __call__(self) -> bool:
        return next(self._calls, None) is None


@pytest.mark.parametrize(("stops", "outcome"), [(Stopped(1), "stopped"), (Stopped(9), "gone")])
def test_a_run_that_loses_its_scheduler_is_given_back_unless_it_was_stopped(
    tmp_path, monkeypatch, stops, outcome
):
    """Lost between two workers, after the first look whether to stop."""

    def move(_seat: LostSeat) -> bool:
        raise PlaceGoneError("The scheduler x does not answer any more.")

    monkeypatch.setattr(LostSeat, "move", move)
    try:
        found = execute_on_cluster(lost_run(tmp_path, [], stops), LostSeat()).outcome
    except PlaceGoneError:
        found = "gone"
    assert found == outcome


def test_a_stop_that_a_lost_worker_overtakes_is_not_followed_by_another_one(tmp_path):
    seat = LostSeat()
    assert execute_on_cluster(lost_run(tmp_path, [], stops=lambda: True), seat).outcome == "stopped"
    assert seat.connection.tried == ["w-1"]
