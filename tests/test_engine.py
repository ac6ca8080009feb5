"""The background thread: one run at a time, none twice, none lost, every end written down."""

import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from helpers import (
    fingerprint,
    kill,
    load_small_split,
    lock_in_other_process,
    make_engine,
    run_python,
    small_spec,
    start_python,
    train,
    wait_until,
)

from fashion_core.config import RunSpec
from fashion_core.engine.base import Engine
from fashion_core.engine.recorder import RunRecorder
from fashion_core.errors import DataError, StoreError
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.queue import RunQueue
from fashion_core.runs.schema import connect
from fashion_core.runs.store import RunStore, insert_run
from fashion_core.training import execute

QUICK = small_spec(epochs=1)
LONG = small_spec(epochs=1_000)  # a minute and more: stopped by the tests, never finished


@pytest.fixture
def engine(small_data, store) -> Iterator[Engine]:
    """Give a running engine on few pictures."""
    engine = make_engine("thread", store)
    yield engine
    engine.close()


def wait_for(store: RunStore, run_id: str, status: str) -> None:
    wait_until(lambda: store.run(run_id).status == status)


def wait_for_epochs(store: RunStore, run_id: str, count: int) -> None:
    wait_until(lambda: len(store.run(run_id).history) >= count)


def wait_until_idle(store: RunStore) -> None:
    wait_until(lambda: not any(run.is_active for run in store.runs()), timeout=60)


def press_together(actions: list) -> list:
    """Do things in a thread each, all at the same moment; give the results in order."""
    barrier, results = threading.Barrier(len(actions)), [None] * len(actions)

    def press(i: int) -> None:
        barrier.wait()
        results[i] = actions[i]()

    threads = [threading.Thread(target=press, args=(i,)) for i in range(len(actions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def fail_once(monkeypatch, error: Exception) -> None:
    """Let the first run that loads its data fail, and no other."""
    errors = iter([error])

    def load(root, split):
        for problem in errors:
            raise problem
        return load_small_split(root, split)

    monkeypatch.setattr("fashion_core.training.execute.load_split", load)


# Start


def test_a_started_run_finishes(engine, store):
    run_id = engine.start(small_spec(), name="first")
    wait_for(store, run_id, "finished")
    run = store.run(run_id)
    assert (run.name, run.reason, run.progress) == ("first", "", None)
    assert [record.epoch for record in run.history] == [1, 2, 3]
    assert [step for epoch, step, _ in store.step_losses(run_id) if epoch == 3] == [1, 2, 3, 4]
    assert store.epoch_file(run_id, 3).record == run.history[2]


def test_a_run_of_the_engine_has_the_bits_of_a_run_alone(engine, store, tmp_path):
    run_id = engine.start(small_spec())
    wait_for(store, run_id, "finished")
    train(tmp_path / "alone", small_spec())
    assert fingerprint(store.run_dir(run_id)) == fingerprint(tmp_path / "alone")


def test_an_equal_spec_that_waits_or_runs_is_the_same_run(engine, store):
    running, waiting = engine.start(LONG), engine.start(small_spec(seed=7))
    wait_for(store, running, "running")
    assert engine.start(LONG) == running
    assert engine.start(small_spec(seed=7)) == waiting
    assert len(store.runs()) == 2


def test_an_equal_spec_that_has_ended_is_started_again(engine, store):
    first = engine.start(QUICK)
    wait_for(store, first, "finished")
    assert engine.start(QUICK) != first


def test_a_second_run_waits_until_the_first_has_ended(engine, store):
    first, second = engine.start(LONG), engine.start(QUICK)
    wait_for_epochs(store, first, 1)
    assert store.run(second).status == "queued"
    engine.stop(first)
    wait_for(store, second, "finished")
    assert store.run(first).status == "stopped"


def test_runs_are_computed_one_after_another(engine, store):
    ids = [engine.start(small_spec(seed=seed, epochs=1)) for seed in range(3)]
    most = []
    wait_until(lambda: note_running(store, most) and store.run(ids[2]).status == "finished")
    assert max(most) == 1
    assert {run.status for run in store.runs()} == {"finished"}


def note_running(store: RunStore, counts: list[int]) -> bool:
    counts.append(sum(run.status in {"running", "stopping"} for run in store.runs()))
    return True


def test_twenty_threads_that_start_the_same_spec_make_one_run(engine, store):
    """A long one: it must not end while some of them still wait to press."""
    ids = press_together([lambda: engine.start(LONG)] * 20)
    assert len(set(ids)) == len(store.runs()) == 1
    wait_for(store, ids[0], "running")


@pytest.mark.slow
def test_twenty_threads_that_start_different_specs_lose_none(engine, store):
    specs = [small_spec(seed=seed, epochs=1) for seed in range(20)]
    ids = press_together([lambda spec=spec: engine.start(spec) for spec in specs])
    wait_until_idle(store)
    assert {run.run_id: run.spec for run in store.runs()} == dict(zip(ids, specs, strict=True))
    assert {run.status for run in store.runs()} == {"finished"}


@pytest.mark.slow
def test_two_slots_compute_every_run_once_and_two_at_a_time(small_data, store, monkeypatch):
    computed, real = [], execute.execute_run

    def count(spec, run_dir, *args, **options):
        computed.append(run_dir.name)
        return real(spec, run_dir, *args, **options)

    monkeypatch.setattr(execute, "execute_run", count)
    engine, most = make_engine("thread", store, slots=2), []
    ids = [engine.start(small_spec(seed=seed, epochs=5)) for seed in range(8)]
    wait_until(lambda: note_running(store, most) and not any(r.is_active for r in store.runs()), 60)
    engine.close()
    assert sorted(computed) == sorted(ids)
    assert max(most) == 2
    assert {run.status for run in store.runs()} == {"finished"}


def test_a_run_that_waited_when_the_server_ended_is_computed_by_the_next(small_data, store):
    run_id = store.create(QUICK)
    engine = make_engine("thread", store)
    wait_for(store, run_id, "finished")
    engine.close()


# Stop


def test_a_running_run_is_stopped_and_the_queue_goes_on(engine, store):
    first, second = engine.start(LONG), engine.start(QUICK)
    wait_for_epochs(store, first, 2)
    engine.stop(first)
    wait_for(store, first, "stopped")
    assert store.run(first).reason == "Stopped on request."
    wait_for(store, second, "finished")


def test_a_stop_in_the_same_process_does_not_wait_for_the_database(engine, store, monkeypatch):
    monkeypatch.setattr(RunJournal, "stop_requested", lambda _: False)
    run_id = engine.start(LONG)
    wait_for_epochs(store, run_id, 1)
    engine.stop(run_id)
    wait_for(store, run_id, "stopped")


def test_a_queued_run_is_taken_off_and_never_computed(engine, store):
    first, second = engine.start(LONG), engine.start(QUICK)
    wait_for(store, first, "running")
    engine.stop(second)
    assert store.run(second).status == "stopped"
    engine.stop(first)
    wait_until_idle(store)
    assert store.run(second).history == ()


def test_a_stop_from_another_process_is_obeyed(engine, store):
    run_id = engine.start(LONG)
    wait_for_epochs(store, run_id, 1)
    code = (
        "from pathlib import Path; from fashion_core.runs.store import RunStore\n"
        "from fashion_core.runs.queue import RunQueue\n"
        "RunQueue(RunStore(Path(sys.argv[1]))).request_stop(sys.argv[2])"
    )
    run_python(code, store.root, run_id)
    wait_for(store, run_id, "stopped")


def test_a_stop_from_another_process_is_seen_between_two_events(store):
    """Nothing is said during an evaluation, which may take longer than anybody wants to wait."""
    run_id, seconds = store.create(QUICK), [0.0]
    RunJournal(store, run_id).start()
    recorder = RunRecorder(RunJournal(store, run_id), QUICK, lambda: seconds[0])
    assert not recorder.is_stop_requested
    RunQueue(store).request_stop(run_id)
    assert not recorder.is_stop_requested
    seconds[0] = 0.25
    assert recorder.is_stop_requested


def test_a_stop_pressed_twice_or_too_late_changes_nothing(engine, store):
    run_id = engine.start(LONG)
    wait_for_epochs(store, run_id, 1)
    engine.stop(run_id)
    engine.stop(run_id)
    wait_for(store, run_id, "stopped")
    engine.stop(run_id)
    wait_for(store, engine.start(QUICK), "finished")
    assert store.run(run_id).status == "stopped"


@pytest.mark.parametrize("run_id", ["r-20261122-000000-abcdef", "../x", "", "lone-\ud800-one"])
@pytest.mark.parametrize("action", ["stop", "resume"])
def test_a_run_that_does_not_exist_is_refused(engine, action, run_id):
    with pytest.raises(StoreError):
        getattr(engine, action)(run_id)


# Resume


def test_a_stopped_run_that_is_resumed_has_the_bits_of_one_that_was_not(engine, store, tmp_path):
    spec = small_spec(epochs=12)
    run_id = engine.start(spec)
    wait_for_epochs(store, run_id, 2)
    engine.stop(run_id)
    wait_for(store, run_id, "stopped")
    assert len(store.run(run_id).history) < 12
    engine.resume(run_id)
    wait_for(store, run_id, "finished")
    train(tmp_path / "alone", spec)
    assert fingerprint(store.run_dir(run_id)) == fingerprint(tmp_path / "alone")
    assert [record.epoch for record in store.run(run_id).history] == list(range(1, 13))


@pytest.mark.slow
def test_a_run_of_a_killed_process_is_interrupted_and_can_be_resumed(small_data, store, tmp_path):
    """The other process is killed between two steps of its second epoch."""
    run_id = store.create(small_spec())
    process = start_python(KILLED_ENGINE, store.root, run_id)
    process.communicate(timeout=120)
    assert process.returncode == -9
    assert (store.run(run_id).status, len(store.run(run_id).history)) == ("interrupted", 1)
    engine = make_engine("thread", store)
    engine.resume(run_id)
    wait_for(store, run_id, "finished")
    engine.close()
    train(tmp_path / "alone", small_spec())
    assert fingerprint(store.run_dir(run_id)) == fingerprint(tmp_path / "alone")


KILLED_ENGINE = """
import os, signal
from pathlib import Path
from fashion_core.engine.recorder import RunRecorder
from fashion_core.runs.store import RunStore
from fashion_core.training import execute
from fashion_core.training.events import Progress
from helpers import load_small_split, make_engine, wait_until
execute.load_split = load_small_split
take = RunRecorder.__call__
def take_and_die(recorder, event):
    take(recorder, event)
    if isinstance(event, Progress) and (event.epoch, event.step) == (2, 3):
        os.kill(os.getpid(), signal.SIGKILL)
RunRecorder.__call__ = take_and_die
make_engine("thread", RunStore(Path(sys.argv[1])))
wait_until(lambda: False, 60)
"""


def test_a_finished_run_cannot_be_resumed(engine, store):
    run_id = engine.start(QUICK, name="done")
    wait_for(store, run_id, "finished")
    with pytest.raises(StoreError, match=r"^The run done is finished; there is nothing to resume"):
        engine.resume(run_id)


def test_a_run_that_waits_or_runs_is_not_resumed_twice(engine, store):
    first, second = engine.start(LONG), engine.start(QUICK)
    wait_for(store, first, "running")
    engine.resume(first)
    engine.resume(second)
    assert [store.run(run_id).status for run_id in (first, second)] == ["running", "queued"]


@pytest.mark.slow
def test_twenty_threads_that_resume_a_run_resume_it_once(engine, store):
    run_id = engine.start(small_spec(epochs=60))
    wait_for_epochs(store, run_id, 1)
    engine.stop(run_id)
    wait_for(store, run_id, "stopped")
    press_together([lambda: engine.resume(run_id)] * 20)
    wait_for(store, run_id, "finished")
    assert len(store.run(run_id).history) == 60


# Close


def test_closing_returns_quickly_and_leaves_the_run_interrupted(small_data, store):
    engine = make_engine("thread", store)
    run_id = engine.start(LONG)
    wait_for_epochs(store, run_id, 1)
    started = time.monotonic()
    engine.close()
    assert time.monotonic() - started < 5
    assert store.run(run_id).status == "interrupted"
    assert store.run(run_id).is_resumable


def test_closing_an_idle_engine_returns_quickly_and_may_be_repeated(store):
    engine = make_engine("thread", store)
    started = time.monotonic()
    engine.close()
    engine.close()
    assert time.monotonic() - started < 1.5  # an idle engine looks into the queue every 2 s


def test_closing_ends_the_thread(store):
    before = threading.active_count()
    make_engine("thread", store).close()
    assert threading.active_count() == before


def test_the_thread_does_not_keep_the_program_alive():
    """It is a daemon: a program that forgets to close the engine ends all the same."""
    code = (
        "import tempfile; from pathlib import Path\n"
        "from helpers import make_engine\n"
        "from fashion_core.runs.store import RunStore\n"
        "make_engine('thread', RunStore(Path(tempfile.mkdtemp())), Path())\n"
        "print('end')"
    )
    assert run_python(code) == "end\n"


# Failures


def test_a_run_that_raises_fails_with_a_sentence_and_the_next_goes_on(
    engine, store, monkeypatch, caplog
):
    fail_once(monkeypatch, ZeroDivisionError("by zero"))
    first, second = engine.start(small_spec(seed=1)), engine.start(QUICK)
    wait_for(store, second, "finished")
    run = store.run(first)
    assert (run.status, run.is_resumable) == ("failed", True)
    assert run.reason == "The training failed: ZeroDivisionError: by zero"
    assert "ZeroDivisionError" in (store.run_dir(first) / "error.txt").read_text()
    assert first in caplog.text


def test_a_data_error_fails_with_its_own_sentence(engine, store, monkeypatch):
    fail_once(monkeypatch, DataError("The data file x is missing. Restore it."))
    run_id = engine.start(QUICK)
    wait_for(store, run_id, "failed")
    assert store.run(run_id).reason == "The data file x is missing. Restore it."
    assert not (store.run_dir(run_id) / "error.txt").exists()


def test_missing_data_fails_with_the_sentence_of_the_data_set(store, tmp_path, monkeypatch):
    """The real way: an empty folder, a mirror that does not answer."""
    monkeypatch.setattr("torchvision.datasets.FashionMNIST.mirrors", ["http://127.0.0.1:9/"])
    engine = make_engine("thread", store, tmp_path / "none")
    run_id = engine.start(QUICK)
    wait_for(store, run_id, "failed")
    engine.close()
    reason = store.run(run_id).reason
    assert "train-images-idx3-ubyte.gz is missing" in reason
    assert "git checkout -- data" in reason


def test_a_full_disk_fails_with_the_file_and_the_remedy(engine, store, monkeypatch):
    fail_once(monkeypatch, OSError(28, "No space left on device", "/runs/x/epochs/y"))
    run_id = engine.start(QUICK)
    wait_for(store, run_id, "failed")
    assert re.fullmatch(
        r"At \d\d:\d\d:\d\d, by the clock of the server, the disk refused to write "
        r"/runs/x/epochs/y \(No space left on device\)\. "
        r"Make room or make the folder writable, then press Resume\.",
        store.run(run_id).reason,
    )


@pytest.mark.parametrize("is_rebuilt", [False, True])
def test_a_finished_run_computes_its_damaged_last_epoch_again(engine, store, is_rebuilt):
    run_id = engine.start(small_spec(epochs=3))
    wait_for(store, run_id, "finished")
    before, run_dir = fingerprint(store.run_dir(run_id)), store.run_dir(run_id)
    (path,) = (run_dir / "epochs").glob("epoch-0003-*")
    path.write_bytes(path.read_bytes()[:100])
    if is_rebuilt:
        store.database.write_bytes(b"no database")
    engine.resume(run_id)
    wait_for(store, run_id, "finished")
    assert fingerprint(run_dir) == before
    assert store.run(run_id).notices[-1].endswith("This epoch is computed again.")
    with pytest.raises(StoreError, match="nothing to resume"):
        engine.resume(run_id)


def test_a_finished_run_does_not_go_back_for_an_epoch_without_a_checkpoint_before_it(engine, store):
    run_id = engine.start(small_spec(epochs=3))
    wait_for(store, run_id, "finished")
    (path,) = (store.run_dir(run_id) / "epochs").glob("epoch-0001-*")
    path.unlink()
    with pytest.raises(StoreError, match="nothing to resume"):
        engine.resume(run_id)


def test_a_failed_run_can_be_resumed(engine, store, monkeypatch):
    fail_once(monkeypatch, OSError(28, "No space left on device"))
    run_id = engine.start(QUICK)
    wait_for(store, run_id, "failed")
    engine.resume(run_id)
    wait_for(store, run_id, "finished")


@pytest.mark.slow
def test_a_run_whose_folder_vanished_fails_and_the_next_goes_on(engine, store, caplog):
    first = engine.start(LONG)
    wait_for(store, first, "running")
    second, third = engine.start(small_spec(seed=1)), engine.start(QUICK)
    shutil.rmtree(store.run_dir(second))
    engine.stop(first)
    wait_for(store, third, "finished")
    assert store.run(second).status == "failed"
    assert store.run(second).reason.count("the disk refused to write") == 1


def test_a_diverged_run_is_written_down_as_such(engine, store, monkeypatch):
    """No learning rate does this to Adam in float32 (see the training tests); a result does."""
    result = "fashion_core.training.execute.execute_run"
    monkeypatch.setattr(result, lambda *_args, **_options: Diverged)
    run_id = engine.start(QUICK)
    wait_for(store, run_id, "diverged")
    assert store.run(run_id).reason == "The loss is no number."
    assert not store.run(run_id).is_resumable


class Diverged:
    """What `execute_run` gives when a loss is not finite."""

    outcome, reason = "diverged", "The loss is no number."


@pytest.mark.slow
def test_a_run_held_by_another_process_is_left_to_it(engine, store, monkeypatch):
    """It is not computed a second time here, and computed after all if the other one dies."""
    refused, real = threading.Event(), RunQueue.hold

    @contextmanager
    def hold(queue: RunQueue, run_id: str) -> Iterator[bool]:
        with real(queue, run_id) as got:
            if not got:
                refused.set()
            yield got

    monkeypatch.setattr(RunQueue, "hold", hold)
    run_id, process = queue_held(store)
    assert refused.wait(30)
    assert (store.run(run_id).status, store.run(run_id).history) == ("queued", ())
    kill(process)
    wait_for(store, run_id, "finished")


def queue_held(store: RunStore) -> tuple[str, subprocess.Popen[str]]:
    """Queue a run whose lock another process has held from its first moment."""
    with connect(store.database) as db:
        db.execute("BEGIN IMMEDIATE")  # no engine sees the run before the lock is held
        run_id = f"r-20261122-000000-{len(store.runs()):06d}"
        store.run_dir(run_id).mkdir()
        process = lock_in_other_process(store.run_dir(run_id) / "lock")
        header = {"run_id": run_id, "name": "held", "created": 0.0, "spec": QUICK.to_dict()}
        insert_run(db, header, state="queued")
    return run_id, process


@pytest.mark.slow
def test_an_unreadable_queue_is_tried_again(small_data, store, monkeypatch, caplog):
    real, problems = RunQueue.next, iter([StoreError("Busy.")])

    def fail_first(queue):
        for problem in problems:
            raise problem
        return real(queue)

    monkeypatch.setattr(RunQueue, "next", fail_first)
    engine = make_engine("thread", store)
    wait_for(store, engine.start(QUICK), "finished")
    engine.close()
    assert "could not be read" in caplog.text


@pytest.mark.slow
def test_the_default_network_trains_on_the_real_data(store, archives):
    """Nothing replaced; stopped after its first steps, for a whole epoch takes half a minute."""
    engine = make_engine("thread", store, archives)
    run_id = engine.start(RunSpec())
    wait_until(lambda: (p := store.run(run_id).progress) is not None and p.step > 0, timeout=60)
    engine.stop(run_id)
    wait_for(store, run_id, "stopped")
    engine.close()
