"""The worker's side of a run on a cluster: what it says when, and when it gives up."""

import threading
from collections.abc import Callable
from functools import partial

import pytest
from helpers import fingerprint, small_spec, stop_at_call, train, wait_until

from fashion_core.engine import cluster_worker
from fashion_core.engine.cluster_worker import GivenFile, Job, MadeFile, Orders, Told
from fashion_core.errors import DataError, FashionError, StoreError
from fashion_core.runs import artifacts
from fashion_core.training.events import Notice, Progress, RunResult, StepLoss

SPEC = small_spec()
FIRST, SECOND = Notice(text="first"), Notice(text="second")


class Clock:
    """Monotonic seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Give a clock that stands still."""
    return Clock()


@pytest.fixture
def job(clock) -> Job:
    """Give a run that waits for its orders."""
    return Job(clock)


def told(**said) -> Told:
    return Told(**{"lease_seconds": 10.0, **said})


def made(epoch: int, size: int = 3) -> MadeFile:
    return MadeFile(kind="epoch", epoch=epoch, content=b"x" * size, keep=0)


def progress(step: int, phase: str = "training") -> Progress:
    return Progress(phase=phase, epoch=1, step=step)


# What is said


def test_messages_are_said_again_until_they_are_received(job):
    job.send(FIRST)
    assert [job.tell(told()).messages for _ in range(2)] == [(FIRST,), (FIRST,)]
    job.send(SECOND)
    answer = job.tell(told(received=1))
    assert (answer.batch, answer.messages) == (2, (SECOND,))
    assert job.tell(told(received=2)).messages == ()


def test_the_number_stays_when_nothing_is_new(job):
    job.send(FIRST)
    assert [job.tell(told(received=n)).batch for n in (0, 1, 1)] == [1, 1, 1]


def test_progress_is_kept_once_a_phase_beside_the_first_step_of_an_epoch(job):
    said = [progress(0), progress(1), progress(2), StepLoss(epoch=1, step=2, loss=0.5)]
    for message in [*said, progress(3), progress(4), progress(4, "evaluating")]:
        job.send(message)
    kept = (progress(0), progress(2), said[3], progress(4), progress(4, "evaluating"))
    assert job.tell(told()).messages == kept


def test_an_answer_carries_no_more_than_the_memory_of_three_machines_holds(job, monkeypatch):
    monkeypatch.setattr(cluster_worker, "_MOST_BYTES", 5)
    for message in (made(1), made(2), made(3), FIRST):
        job.send(message)
    assert job.tell(told()).messages == (made(1), made(2))
    assert job.tell(told(received=1)).messages == (made(3), FIRST)


def test_an_answer_says_when_nothing_comes_after_it(job):
    job.send(FIRST)
    finish = threading.Thread(target=job.finish)
    finish.start()
    wait_until(lambda: job.tell(told()).is_over)
    assert job.tell(told()).messages == (FIRST,)
    job.tell(told(received=1))
    finish.join(10)
    assert not finish.is_alive()


# When it gives up


@pytest.mark.parametrize(("seconds", "stops"), [(10.0, False), (10.5, True)])
def test_a_run_nobody_asks_for_stops_when_its_lease_is_over(job, clock, seconds, stops):
    job.tell(told(lease_seconds=10.0))
    clock.now += seconds
    assert job.should_stop() is stops


@pytest.mark.parametrize(("seconds", "stops"), [(12.0, False), (12.5, True)])
def test_a_call_that_carries_much_may_take_longer(job, clock, seconds, stops):
    """A million bytes at half a million a second: two seconds more."""
    job.send(made(1, 1_000_000))
    job.tell(told(lease_seconds=10.0))
    clock.now += seconds
    assert job.should_stop() is stops


def test_a_run_that_is_stopped_stays_so(job):
    job.tell(told(is_stopped=True))
    job.tell(told())
    assert job.should_stop()


def test_a_task_nobody_asks_for_ends(job, clock):
    clock.now += 31
    assert job.wait_for_orders() is None
    job.send(FIRST)
    assert job.finish() is False


def test_the_next_epoch_waits_until_the_files_of_the_last_one_are_fetched(job):
    job.send(made(1))
    waiting = threading.Thread(target=job.wait_for_room)
    waiting.start()
    job.tell(told())
    waiting.join(0.05)
    assert waiting.is_alive()
    job.tell(told(received=1))
    waiting.join(10)
    assert not waiting.is_alive()


# The task


class Server:
    """Talks to a task in a thread of this process, as a server does."""

    def __init__(self, run_dir, spec=SPEC, files=()) -> None:
        self.run_dir, self.messages, self.result = run_dir, [], None
        self._orders = Orders(run_id=run_dir.name, spec=spec, data_dir="unused")
        self._files = tuple(files)
        self._thread = threading.Thread(target=self._compute)
        self._thread.start()

    def _compute(self) -> None:
        try:
            self.result = cluster_worker.compute_run("key")
        except FashionError as error:
            self.result = error

    def follow(self) -> object:
        """See the task to its end and give its result, or what it raised."""
        wait_until(lambda: cluster_worker.tell("key", told(files=self._files)) is not None)
        cluster_worker.tell("key", told(orders=self._orders))
        received = 0
        while answer := cluster_worker.tell("key", told(received=received)):
            if answer.batch != received:
                self.messages += answer.messages
                received = answer.batch
        self._thread.join(10)
        return self.result

    def write_down(self) -> None:
        for m in self.messages:
            if isinstance(m, MadeFile):
                artifacts.write(self.run_dir, m.kind, m.epoch, m.content, keep=m.keep)


@pytest.fixture
def alone(small_data, tmp_path) -> Callable[..., object]:
    """Give what trains in a folder of this machine, to compare with."""
    return partial(train, tmp_path / "alone", SPEC)


def test_what_a_task_sends_is_what_the_run_leaves(alone, tmp_path):
    alone()
    artifacts.prepare_folders(tmp_path / "r-server")
    server = Server(tmp_path / "r-server")
    assert server.follow() == RunResult(outcome="finished")
    server.write_down()
    assert fingerprint(tmp_path / "r-server") == fingerprint(tmp_path / "alone")
    for kind in ("best", "checkpoint"):
        both = [artifacts.epochs_on_disk(tmp_path / name, kind) for name in ("r-server", "alone")]
        assert both[0] == both[1]


def test_a_task_sends_only_what_the_server_does_not_have(alone, tmp_path):
    """Three epochs, two of them there: the third one's files and the sentence on each epoch."""
    alone(should_stop=stop_at_call(17))
    folder = tmp_path / "alone"
    files = [
        GivenFile(path=str(path.relative_to(folder)), content=path.read_bytes())
        for path in folder.rglob("*.*")
    ]
    assert artifacts.epochs_on_disk(folder, "checkpoint") == [1, 2]
    server = Server(tmp_path / "r-server", files=files)
    server.follow()
    assert {m.epoch for m in server.messages if isinstance(m, MadeFile)} == {3}


@pytest.mark.parametrize(
    ("error", "kind", "sentence"),
    [
        (OSError(28, "No space left on device", "/x"), StoreError, "refused to write /x (No space"),
        (DataError("The data file y is missing."), DataError, "The data file y is missing."),
    ],
)
def test_a_problem_of_the_workers_machine_names_the_machine(
    tmp_path, monkeypatch, error, kind, sentence
):
    def fail(*_args, **_options) -> None:
        raise error

    monkeypatch.setattr("fashion_core.training.execute.execute_run", fail)
    monkeypatch.setattr("platform.node", lambda: "node-3")
    raised = Server(tmp_path / "r-server").follow()
    assert isinstance(raised, kind)
    assert str(raised).startswith("On the worker node-3: ")
    assert sentence in str(raised)


def test_a_task_that_is_not_there_is_not_answered():
    assert cluster_worker.tell("another", told()) is None
