"""The engine of a server: where it computes and how many at a time, changed while it works."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers import DATA_DIR, small_spec, wait_until

from fashion_core.engine import process, switch
from fashion_core.engine.base import Engine, EngineChoice
from fashion_core.runs.store import RunStore

LONG = small_spec(epochs=1_000)
QUICK = small_spec(epochs=1)

CHILD = """
import sys
from pathlib import Path
from fashion_core.engine.compute import taken
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.store import RunStore
store, run_id = RunStore(Path(sys.argv[1])), sys.argv[2]
with taken(store, lambda: run_id): RunJournal(store, run_id).end("finished", "by a child")
"""


@pytest.fixture
def choice() -> EngineChoice:
    """Give the default: a thread, one run at a time."""
    return EngineChoice()


@pytest.fixture
def engine(small_data, store, choice, monkeypatch) -> Iterator[Engine]:
    """Give an engine whose threads see few pictures and whose children say so and end."""

    def command(root: Path, run_id: str, _data_dir: Path) -> list[str]:
        return [sys.executable, "-c", CHILD, str(root), run_id]

    monkeypatch.setattr(process, "_command", command)
    monkeypatch.setattr(switch, "MOST_SLOTS", 2)
    engine = switch.open_engine(store, DATA_DIR, choice)
    yield engine
    engine.close()


def wait_for(store: RunStore, run_id: str, status: str) -> None:
    wait_until(lambda: store.run(run_id).status == status)


def test_runs_are_computed_where_the_choice_says(engine, store, choice):
    here = engine.start(QUICK)
    wait_for(store, here, "finished")
    choice.where = "process"
    there = engine.start(QUICK)
    wait_for(store, there, "finished")
    assert [store.run(run_id).reason for run_id in (here, there)] == ["", "by a child"]


def test_a_running_run_stays_where_it_is_and_counts_as_one_at_a_time(engine, store, choice):
    first = engine.start(LONG)
    wait_for(store, first, "running")
    choice.where = "process"
    second = engine.start(QUICK)
    wait_until(lambda: len(store.run(first).history) >= 2)
    assert [store.run(run_id).status for run_id in (first, second)] == ["running", "queued"]
    engine.stop(first)
    wait_for(store, second, "finished")
    assert store.run(first).status == "stopped"
    assert store.run(second).reason == "by a child"


@pytest.mark.slow
def test_more_runs_at_a_time_take_effect_while_one_runs(engine, store, choice):
    first, second = engine.start(LONG), engine.start(small_spec(epochs=1_000, seed=1))
    wait_for(store, first, "running")
    assert store.run(second).status == "queued"
    choice.slots = 2
    wait_for(store, second, "running")
    assert store.run(first).status == "running"


@pytest.mark.slow
@pytest.mark.parametrize("leaves", [0, 1])
def test_fewer_runs_at_a_time_leave_running_runs_alone(engine, store, choice, leaves):
    """Whichever of two runs ends first, the third waits for the other one."""
    choice.slots = 2
    ids = [engine.start(LONG), engine.start(small_spec(epochs=1_000, seed=1))]
    wait_until(lambda: {run.status for run in store.runs()} == {"running"})
    choice.slots = 1
    third, stays = engine.start(QUICK), ids[1 - leaves]
    engine.stop(ids[leaves])
    wait_for(store, ids[leaves], "stopped")
    seen = len(store.run(stays).history)
    wait_until(lambda: len(store.run(stays).history) >= seen + 3)
    assert [store.run(run_id).status for run_id in (stays, third)] == ["running", "queued"]
    engine.stop(stays)
    wait_for(store, third, "finished")
