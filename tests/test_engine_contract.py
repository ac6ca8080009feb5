"""What every engine promises, on real pictures: thread, process and cluster alike."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import get_args

import pytest
from helpers import fingerprint, make_engine, train, wait_until

from fashion_core.config import RunSpec
from fashion_core.engine.base import Engine, Where
from fashion_core.runs.store import RunStore

pytestmark = pytest.mark.slow


@pytest.fixture(params=get_args(Where))
def make(request) -> Callable[..., Engine]:
    """Give what makes an engine of each place in turn."""
    where = request.param
    cluster = request.getfixturevalue("cluster") if where == "cluster" else None
    return partial(make_engine, where, cluster=cluster)


@contextmanager
def running(engine: Engine) -> Iterator[Engine]:
    """Close an engine at the end, whatever happens."""
    try:
        yield engine
    finally:
        engine.close()


def tiny(**changes) -> RunSpec:
    """Give a spec whose epochs take about a second, nearly all of it for the evaluation."""
    small = {"train_images": 100, "conv_widths": (2, 3), "fc_widths": (8, 4), "epochs": 1}
    return RunSpec(**{**small, **changes})


LONG = tiny(epochs=1_000)
RESUMED = tiny(epochs=3)


@pytest.fixture(scope="module")
def alone(tmp_path_factory) -> dict[str, object]:
    """Give the bits of `RESUMED`, computed here in one go by no engine."""
    folder = tmp_path_factory.mktemp("alone")
    train(folder, RESUMED)
    return fingerprint(folder)


def wait_for(store: RunStore, run_id: str, status: str, timeout: float = 120) -> None:
    wait_until(lambda: store.run(run_id).status == status, timeout)


def wait_for_epochs(store: RunStore, run_id: str, count: int) -> None:
    wait_until(lambda: len(store.run(run_id).history) >= count, timeout=60)


def test_runs_are_started_once_in_order_stopped_at_once_and_taken_off(make, store):
    """One test, because every start of a process costs seconds."""
    with running(make(store)) as engine:
        first, second, third = (engine.start(spec) for spec in (LONG, tiny(), tiny(seed=1)))
        assert [engine.start(spec) for spec in (LONG, tiny())] == [first, second]
        wait_for_epochs(store, first, 1)
        assert [store.run(each).status for each in (first, second)] == ["running", "queued"]
        engine.stop(second)
        assert store.run(second).status == "stopped"
        stop_at_once(engine, store, first)
        wait_for(store, third, "finished")
    assert store.run(second).history == ()
    assert len(store.runs()) == 3


def stop_at_once(engine: Engine, store: RunStore, run_id: str) -> None:
    began = time.monotonic()
    engine.stop(run_id)
    wait_for(store, run_id, "stopped")
    assert time.monotonic() - began < 1.0  # promised: 0.3 s, on a machine that is not busy


def test_a_stopped_run_that_is_resumed_has_the_bits_of_one_that_was_not(make, store, alone):
    with running(make(store)) as engine:
        run_id = engine.start(RESUMED)
        wait_for_epochs(store, run_id, 1)
        engine.stop(run_id)
        wait_for(store, run_id, "stopped")
        engine.resume(run_id)
        wait_for(store, run_id, "finished")
    assert fingerprint(store.run_dir(run_id)) == alone


def test_two_runs_side_by_side_have_the_bits_of_runs_alone(make, store, alone):
    """And so all engines give the same bits."""
    with running(make(store, slots=2)) as engine:
        other, run_id = engine.start(LONG), engine.start(RESUMED)
        wait_until(lambda: {run.status for run in store.runs()} == {"running"}, timeout=60)
        wait_for(store, run_id, "finished")
        assert store.run(other).status == "running"
    assert fingerprint(store.run_dir(run_id)) == alone


def test_a_failed_run_does_not_stop_the_queue(make, store):
    failing, next_one = store.create(tiny()), store.create(tiny(seed=1))
    (store.run_dir(failing) / "epochs").rmdir()
    (store.run_dir(failing) / "epochs").write_text("a file in the way")
    with running(make(store)):
        wait_for(store, next_one, "finished")
    assert store.run(failing).status == "failed"
    assert "the disk refused to write" in store.run(failing).reason


def test_closing_leaves_the_run_interrupted_and_the_others_queued(make, store):
    with running(make(store)) as engine:
        first, second = engine.start(LONG), engine.start(tiny())
        wait_for_epochs(store, first, 1)
        began = time.monotonic()
        engine.close()
        assert time.monotonic() - began < 9
    assert [store.run(each).status for each in (first, second)] == ["interrupted", "queued"]
