"""A study on real engines: two at a time, paused, moved, cancelled, diverging, killed, resumed."""

import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from helpers import (
    DATA_DIR,
    fingerprint,
    make_engine,
    small_spec,
    start_python,
    train,
    wait_until,
)

from fashion_core.engine.base import Engine
from fashion_core.engine.compute import Signals
from fashion_core.engine.sweep import Sweep, queue_missing
from fashion_core.errors import StoreError
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.queue import RunQueue
from fashion_core.runs.queue_order import QueueOrder
from fashion_core.runs.store import RunStore
from fashion_core.runs.studies import StudyPlan, find_members, read_studies
from fashion_core.training import execute

PLAN = StudyPlan(spec=small_spec(epochs=2), learning_rates=(0.001, 0.01), seeds=(0, 1))
LONG = replace(PLAN, spec=small_spec(epochs=1_000))  # stopped by the tests, never finished
DIVERGING = 100.0  # for the stand-in below; Adam in float32 does not overflow at any rate


@pytest.fixture
def engine(small_data, store) -> Iterator[Engine]:
    """Give a running engine on few pictures, two runs at a time."""
    engine = make_engine("thread", store, slots=2)
    yield engine
    engine.close()


def statuses(store: RunStore, plan: StudyPlan = PLAN) -> list[str]:
    """Give the status of every run of a study in the order of the plan."""
    members = find_members(plan, store.runs())
    return [member.run.status if member.run else "missing" for member in members]


def ids(store: RunStore, plan: StudyPlan = PLAN) -> list[str]:
    return [member.run.run_id for member in find_members(plan, store.runs()) if member.run]


def wait_until_ended(store: RunStore) -> None:
    wait_until(lambda: not store.active(), timeout=60)


def running(store: RunStore) -> int:
    return sum(run.status == "running" for run in store.active())


# Start


def test_a_study_computes_every_run_two_at_a_time(engine, store):
    most = []
    study_id = engine.start_study(PLAN, name="mine")
    wait_until(lambda: most.append(running(store)) or not store.active(), timeout=60)
    assert statuses(store) == ["finished"] * 4
    assert max(most) == 2
    (study,), _ = read_studies(store.root)
    assert (study.study_id, study.name, study.plan) == (study_id, "mine", PLAN)


def test_a_run_of_a_study_has_the_bits_of_a_run_alone(engine, store, tmp_path):
    engine.start_study(PLAN)
    wait_until_ended(store)
    train(tmp_path / "alone", PLAN.specs[3])
    assert fingerprint(store.run_dir(ids(store)[3])) == fingerprint(tmp_path / "alone")


def test_runs_wait_in_the_order_of_the_plan(store):
    queue_missing(store, PLAN)
    assert list(QueueOrder(store).waiting()) == ids(store)
    assert [store.run(run_id).spec for run_id in ids(store)] == list(PLAN.specs)


def test_runs_that_are_there_are_used_and_not_computed_again(engine, store):
    first = engine.start(PLAN.specs[2])
    wait_until_ended(store)
    engine.start_study(PLAN)
    wait_until_ended(store)
    assert ids(store)[2] == first
    assert len(store.runs()) == 4


def test_a_study_started_in_two_tabs_at_once_is_one(store, small_data):
    engine = make_engine("thread", store, slots=1)
    threads = [threading.Thread(target=engine.start_study, args=(LONG,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.runs()) == 4
    engine.close()


def test_a_study_goes_on_with_what_ended_early_and_leaves_the_rest(store):
    """Of four runs one finished, one was stopped, one waits, one is not there."""
    states = {PLAN.specs[0]: "finished", PLAN.specs[1]: "stopped"}
    for spec, state in states.items():
        journal = RunJournal(store, store.create(spec))
        journal.start()
        journal.end(state, "")
    waiting = store.create(PLAN.specs[2])
    queue_missing(store, PLAN)
    assert statuses(store) == ["finished", "queued", "queued", "queued"]
    assert len(store.runs()) == 4
    assert QueueOrder(store).waiting()[0] == waiting


# Pause, move, cancel


def test_a_pause_frees_the_place_and_going_on_gives_the_same_bits(engine, store, tmp_path):
    plan = replace(PLAN, spec=small_spec(epochs=12), learning_rates=(0.01,))
    engine.start_study(plan)
    first = ids(store, plan)[0]
    wait_until(lambda: store.run(first).epochs_done >= 2)
    engine.pause(first)
    wait_until(lambda: store.run(first).status == "paused")
    wait_until(lambda: store.run(ids(store, plan)[1]).status == "finished", timeout=60)
    done = store.run(first).epochs_done
    assert 2 <= done < 12
    engine.resume(first)
    wait_until(lambda: store.run(first).status == "finished", timeout=60)
    train(tmp_path / "alone", plan.specs[0])
    assert fingerprint(store.run_dir(first)) == fingerprint(tmp_path / "alone")


def test_a_paused_waiting_run_is_not_computed_until_it_goes_on(engine, store):
    engine.start_study(LONG)
    wait_until(lambda: running(store) == 2)
    for run_id in ids(store, LONG)[2:]:
        engine.pause(run_id)
    last = engine.start(PLAN.specs[0])
    for run_id in ids(store, LONG)[:2]:
        engine.stop(run_id)
    wait_until(lambda: store.run(last).status == "finished")
    assert statuses(store, LONG) == ["stopped", "stopped", "paused", "paused"]


def test_a_run_moved_to_the_front_is_computed_next(engine, store):
    engine.start_study(LONG)
    wait_until(lambda: running(store) == 2)
    first, _, third, fourth = ids(store, LONG)
    engine.move(fourth, "front")
    engine.stop(first)
    wait_until(lambda: store.run(fourth).status == "running")
    assert store.run(third).status == "queued"


def test_one_cancelled_run_leaves_the_others(engine, store):
    plan = replace(PLAN, spec=small_spec(epochs=6))
    engine.start_study(plan)
    engine.stop(ids(store, plan)[3])
    wait_until_ended(store)
    assert statuses(store, plan) == ["finished", "finished", "finished", "stopped"]


def test_starting_a_paused_run_lets_it_go_on(store, small_data):
    run_id = store.create(PLAN.specs[0])
    QueueOrder(store).pause(run_id)
    engine = make_engine("thread", store)
    assert engine.start(PLAN.specs[0]) == run_id
    wait_until_ended(store)
    assert store.run(run_id).status == "finished"
    engine.close()


# Divergence and failure


def test_a_diverging_run_and_a_failing_one_do_not_stop_the_others(
    engine, store, monkeypatch, caplog
):
    """Both end in the middle of the real training, as it would end them."""
    real = execute.train_step

    def step(model, optimizer, batch, labels, spec):
        rate = optimizer.param_groups[0]["lr"]
        if rate == DIVERGING:
            return float("nan"), 0
        if rate == 50.0:
            raise ZeroDivisionError("by zero")
        return real(model, optimizer, batch, labels, spec)

    monkeypatch.setattr(execute, "train_step", step)
    plan = replace(PLAN, learning_rates=(0.01, 50.0, DIVERGING))
    engine.start_study(plan)
    wait_until_ended(store)
    assert statuses(store, plan) == ["finished", "failed", "diverged"] * 2
    assert "ZeroDivisionError" in caplog.text


# Restart


KILLED_SERVER = """
from pathlib import Path
from fashion_core.runs.store import RunStore
from fashion_core.training import execute
from helpers import load_small_split, make_engine, wait_until
from test_sweep import KILLED
execute.load_split = load_small_split
make_engine("thread", RunStore(Path(sys.argv[1])), slots=2).start_study(KILLED)
print("started", flush=True)
wait_until(lambda: False, 120)
"""
KILLED = replace(PLAN, spec=small_spec(epochs=16))


@pytest.mark.slow
def test_a_study_survives_kill_9_of_its_server(store, small_data, tmp_path):
    """What waited goes on by itself, what ran reads interrupted and goes on when asked."""
    server = start_python(KILLED_SERVER, store.root)
    assert server.stdout.readline() == "started\n"
    wait_until(lambda: sum(run.epochs_done > 0 for run in store.active()) == 2, timeout=60)
    os.kill(server.pid, signal.SIGKILL)
    server.communicate()
    assert statuses(store, KILLED) == ["interrupted", "interrupted", "queued", "queued"]
    engine = make_engine("thread", store, slots=2)
    wait_until_ended(store)
    assert statuses(store, KILLED) == ["interrupted", "interrupted", "finished", "finished"]
    (study,), _ = read_studies(store.root)
    engine.start_study(study.plan)
    wait_until_ended(store)
    engine.close()
    assert statuses(store, KILLED) == ["finished"] * 4
    assert len(store.runs()) == 4
    train(tmp_path / "alone", KILLED.specs[0])
    assert fingerprint(store.run_dir(ids(store, KILLED)[0])) == fingerprint(tmp_path / "alone")


# Without a server


def sweep(store: RunStore, plan: StudyPlan = PLAN, signals: Signals | None = None) -> list[str]:
    """Compute a study here; give what was said, as "rate seed"."""
    said = []
    Sweep(
        store,
        plan,
        DATA_DIR,
        signals or Signals(),
        lambda run, _: said.append(f"{run.spec.learning_rate:g} {run.spec.seed}"),
    ).compute(slots=2)
    return said


def test_a_sweep_computes_its_study_and_nothing_else(store, small_data):
    other = store.create(small_spec(seed=9))
    queue_missing(store, PLAN)
    assert set(sweep(store)) == {"0.001 0", "0.001 1", "0.01 0", "0.01 1"}
    assert statuses(store) == ["finished"] * 4
    assert store.run(other).status == "queued"


def test_a_sweep_of_a_study_that_is_done_ends_at_once(store, small_data):
    queue_missing(store, PLAN)
    sweep(store)
    queue_missing(store, PLAN)
    assert sweep(store) == []


def test_a_sweep_leaves_paused_runs_and_ends(store, small_data):
    queue_missing(store, PLAN)
    QueueOrder(store).pause(ids(store)[0])
    sweep(store)
    assert statuses(store) == ["paused", "finished", "finished", "finished"]


def test_a_sweep_waits_for_a_run_that_another_engine_computes(store, small_data):
    """Told by the order of the ends: the other's run is long, its own three are short."""
    engine = make_engine("thread", store)
    run_id = engine.start(PLAN.specs[0])
    wait_until(lambda: store.run(run_id).status != "queued")
    queue_missing(store, PLAN)
    sweep(store)
    assert statuses(store) == ["finished"] * 4
    engine.close()


def test_a_sweep_that_is_told_to_end_leaves_its_runs_interrupted(store, small_data):
    signals = Signals()
    queue_missing(store, LONG)

    def tell() -> None:
        wait_until(lambda: sum(run.epochs_done > 0 for run in store.active()) == 2)
        signals.closing.set()

    teller = threading.Thread(target=tell)
    teller.start()
    sweep(store, LONG, signals)
    teller.join()
    assert statuses(store, LONG) == ["interrupted", "interrupted", "queued", "queued"]


def test_a_sweep_whose_store_breaks_says_so(store, small_data, monkeypatch):
    def fail(_queue) -> None:
        raise StoreError("Busy.")

    queue_missing(store, PLAN)
    monkeypatch.setattr(QueueOrder, "waiting", fail)
    with pytest.raises(StoreError, match=r"^Busy\.$"):
        sweep(store)


def test_a_stop_is_obeyed_by_a_sweep_too(store, small_data):
    queue_missing(store, LONG)
    runs = ids(store, LONG)

    def stop() -> None:
        wait_until(lambda: store.run(runs[0]).epochs_done > 0)
        for run_id in runs:
            RunQueue(store).request_stop(run_id)

    visitor = threading.Thread(target=stop)
    visitor.start()
    sweep(store, LONG)
    visitor.join()
    assert statuses(store, LONG) == ["stopped"] * 4
