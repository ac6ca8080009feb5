"""The queue as visitors change it: paused, moved, kept by the store, obeyed by every process."""

import sqlite3

import pytest
from helpers import run_python, small_spec, start_python

from fashion_core.errors import StoreError
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.queue import RunQueue
from fashion_core.runs.queue_order import QueueOrder
from fashion_core.runs.store import RunStore
from fashion_core.runs.tables import FORMATS


@pytest.fixture
def order(store) -> QueueOrder:
    return QueueOrder(store)


@pytest.fixture
def ids(store) -> list[str]:
    """Give five runs that wait, in the order of the queue."""
    return [store.create(small_spec(seed=seed)) for seed in range(5)]


def places(order: QueueOrder, ids: list[str]) -> str:
    """Write the queue as the first places of its runs: "01234" before anything was moved."""
    return "".join(str(ids.index(run_id)) for run_id in order.waiting())


# Order


@pytest.mark.parametrize(
    ("run", "where", "expected"),
    [
        (3, "up", "01324"),
        (3, "down", "01243"),
        (3, "front", "30124"),
        (1, "back", "02341"),
        (0, "up", "01234"),
        (0, "front", "01234"),
        (4, "down", "01234"),
        (4, "back", "01234"),
    ],
)
def test_a_waiting_run_is_moved(order, ids, run, where, expected):
    order.move(ids[run], where)
    assert places(order, ids) == expected
    assert RunQueue(order._store).next() == ids[int(expected[0])]


def test_moves_add_up(order, ids):
    for run, where in [(4, "front"), (0, "down"), (2, "up"), (4, "back")]:
        order.move(ids[run], where)
    assert places(order, ids) == "12034"


def test_a_new_run_comes_after_moved_ones_and_a_resumed_one_too(store, order, ids):
    RunQueue(store).request_stop(ids[2])
    order.move(ids[0], "back")
    ids.append(store.create(small_spec(seed=5)))
    RunQueue(store).put(ids[2])
    assert places(order, ids) == "134052"


def test_a_run_that_does_not_wait_is_not_moved(store, order, ids):
    RunJournal(store, ids[0]).start()
    order.move(ids[0], "back")
    assert places(order, ids) == "1234"


@pytest.mark.parametrize("action", ["pause", "go_on", "move"])
def test_a_run_that_does_not_exist_is_refused(order, action):
    with pytest.raises(StoreError, match="no such run"):
        getattr(order, action)("r-20261122-000000-abcdef", *(["up"] if action == "move" else []))


# Pause


def test_a_paused_run_is_passed_over_and_keeps_its_place(store, order, ids):
    order.pause(ids[0])
    assert (store.run(ids[0]).status, store.run(ids[0]).is_active) == ("paused", True)
    assert RunQueue(store).next() == ids[1]
    assert not RunJournal(store, ids[0]).start()  # whoever had it chosen before
    order.go_on(ids[0])
    assert (store.run(ids[0]).status, RunQueue(store).next()) == ("queued", ids[0])


def test_a_queue_of_paused_runs_has_no_next(store, order, ids):
    for run_id in ids:
        order.pause(run_id)
    assert RunQueue(store).next() is None
    assert places(order, ids) == "01234"


def test_a_pause_survives_reopening(store, order, ids):
    order.pause(ids[1])
    assert [run.status for run in reversed(RunStore(store.root).runs())] == [
        "queued", "paused", "queued", "queued", "queued",
    ]  # fmt: skip


def test_a_running_run_that_is_paused_stops_and_goes_back_to_its_place(store, order, ids):
    journal = RunJournal(store, ids[0])
    journal.start()
    with RunQueue(store).hold(ids[0]):
        order.pause(ids[0])
        assert store.run(ids[0]).status == "stopping"
        assert journal.stop_requested()
        journal.end("stopped", "Stopped on request.")
    run = store.run(ids[0])
    assert (run.status, run.reason) == ("paused", "")
    assert places(order, ids) == "01234"
    order.go_on(ids[0])
    assert journal.start()
    assert not journal.stop_requested()


@pytest.mark.parametrize("state", ["finished", "diverged", "failed"])
def test_a_run_that_ends_before_it_sees_the_pause_has_ended(store, order, ids, state):
    journal = RunJournal(store, ids[0])
    journal.start()
    order.pause(ids[0])
    journal.end(state, "")
    assert store.run(ids[0]).status == state
    RunQueue(store).put(ids[0])  # the pause is not remembered
    assert store.run(ids[0]).status == "queued"


def test_a_stop_after_a_pause_ends_the_run(store, order, ids):
    journal = RunJournal(store, ids[0])
    journal.start()
    order.pause(ids[0])
    RunQueue(store).request_stop(ids[0])
    journal.end("stopped", "Stopped on request.")
    assert store.run(ids[0]).status == "stopped"


def test_a_paused_run_that_is_taken_off_the_queue_is_stopped(store, order, ids):
    order.pause(ids[0])
    RunQueue(store).request_stop(ids[0])
    assert store.run(ids[0]).status == "stopped"
    RunQueue(store).put(ids[0])
    assert store.run(ids[0]).status == "queued"


def test_a_pause_of_a_run_that_has_ended_changes_nothing(store, order, ids):
    journal = RunJournal(store, ids[0])
    journal.start()
    journal.end("finished", "")
    order.pause(ids[0])
    order.go_on(ids[0])
    assert store.run(ids[0]).status == "finished"


def test_a_run_interrupted_while_it_was_pausing_can_be_resumed(store, order, ids):
    RunJournal(store, ids[0]).start()  # nobody holds its lock: its process was killed
    order.pause(ids[0])
    assert store.run(ids[0]).status == "interrupted"
    RunQueue(store).put(ids[0])
    assert RunQueue(store).next() == ids[1]  # at the end of the queue, not paused
    assert places(order, ids) == "12340"


# Other processes


SHUFFLE = """
from pathlib import Path
from fashion_core.runs.queue_order import QueueOrder
from fashion_core.runs.store import RunStore
order = QueueOrder(RunStore(Path(sys.argv[1])))
print("ready", flush=True); sys.stdin.readline()
for where in ["front", "down", "up", "back"] * 10:
    order.move(sys.argv[2], where)
"""


def test_processes_that_move_runs_at_once_lose_none(store, order, ids):
    movers = [start_python(SHUFFLE, store.root, run_id) for run_id in ids[:2]]
    assert [mover.stdout.readline() for mover in movers] == ["ready\n"] * 2
    for mover in movers:
        mover.stdin.write("go\n")
        mover.stdin.flush()
    assert [mover.communicate(timeout=60)[1] for mover in movers] == ["", ""]
    assert sorted(order.waiting()) == sorted(ids)
    assert places(order, ids)[:3] == "234"  # both ended at the back
    positions = (
        sqlite3.connect(store.database).execute("SELECT queue_position FROM runs").fetchall()
    )
    assert sorted(positions) == [(1,), (2,), (3,), (4,), (5,)]


def test_a_pause_is_seen_by_other_processes(store, order, ids):
    order.pause(ids[0])
    code = (
        "from pathlib import Path; from fashion_core.runs.store import RunStore\n"
        "from fashion_core.runs.queue import RunQueue\n"
        "print(RunQueue(RunStore(Path(sys.argv[1]))).next())"
    )
    assert run_python(code, store.root) == f"{ids[1]}\n"


# Runs at a time


def test_runs_at_a_time_are_kept_for_the_next_server(store, order):
    assert order.slots() is None
    for slots in (2, 3):
        order.keep_slots(slots)
    assert QueueOrder(RunStore(store.root)).slots() == 3


def test_a_store_without_pauses_is_brought_to_todays_format(tmp_path):
    """The second format, with a run that waits."""
    root = tmp_path / "old"
    root.mkdir()
    db = sqlite3.connect(root / "runs.sqlite")
    db.executescript("".join(FORMATS[:2]))
    db.execute(
        "INSERT INTO runs (run_id, name, created, spec, state) VALUES (?, '', 0, ?, 'queued')",
        ("r-20261122-000000-aaaaaa", small_spec().to_json()),
    )
    db.execute("PRAGMA user_version = 2")
    db.commit()
    db.close()
    store = RunStore(root)
    order = QueueOrder(store)
    assert RunQueue(store).next() == "r-20261122-000000-aaaaaa"
    order.pause("r-20261122-000000-aaaaaa")
    assert (RunQueue(store).next(), order.slots()) == (None, None)
