"""Runs in processes of their own: children that are killed, crash, hang or lose their server."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers import (
    DATA_DIR,
    REPO_ROOT,
    is_alive,
    kill,
    lock_in_other_process,
    make_engine,
    start_python,
    wait_until,
)

from fashion_core.config import RunSpec
from fashion_core.engine import process
from fashion_core.runs.store import RunStore

pytestmark = pytest.mark.slow

TINY = RunSpec(train_images=100, conv_widths=(2, 3), fc_widths=(8, 4), epochs=1)
LONG = RunSpec(train_images=100, conv_widths=(2, 3), fc_widths=(8, 4), epochs=1_000)

TAKE = """
import os, signal, sys, time
from pathlib import Path
from fashion_core.engine.compute import taken
from fashion_core.runs.store import RunStore
store, run_id = RunStore(Path(sys.argv[1])), sys.argv[2]
attempts = (store.run_dir(run_id) / "attempts").open("a")
attempts.write("x")
attempts.close()
"""
CRASHES_IN_WORK = TAKE + "with taken(store, lambda: run_id): os.kill(os.getpid(), signal.SIGSEGV)"
CRASHES_BEFORE = TAKE + "sys.exit(3)"
HANGS = TAKE + "with taken(store, lambda: run_id): time.sleep(60)"
ENDS = TAKE + "from fashion_core.runs.journal import RunJournal\n"
ENDS += "with taken(store, lambda: run_id): RunJournal(store, run_id).end('finished', '')"


@pytest.fixture
def children(monkeypatch) -> dict[str, str]:
    """Replace the program of the children: by run id, `ENDS` for those not named."""
    programs: dict[str, str] = {}

    def command(root: Path, run_id: str, _data_dir: Path) -> list[str]:
        return [sys.executable, "-c", programs.get(run_id, ENDS), str(root), run_id]

    monkeypatch.setattr(process, "_command", command)
    return programs


@pytest.fixture
def launched(monkeypatch) -> list[subprocess.Popen[bytes]]:
    """Keep every child that is started, in order."""
    kept, real = [], process.launch

    def launch(command: list[str], log: Path) -> subprocess.Popen[bytes]:
        kept.append(real(command, log))
        return kept[-1]

    monkeypatch.setattr(process, "launch", launch)
    return kept


def wait_for(store: RunStore, run_id: str, status: str) -> None:
    wait_until(lambda: store.run(run_id).status == status, timeout=60)


def attempts(store: RunStore, run_id: str) -> int:
    return len((store.run_dir(run_id) / "attempts").read_text())


@pytest.mark.parametrize(
    ("program", "end"), [(CRASHES_IN_WORK, "SIGSEGV"), (CRASHES_BEFORE, "exit code 3")]
)
def test_a_run_whose_child_always_crashes_fails_and_the_queue_goes_on(
    store, children, program, end
):
    poison, next_one = store.create(TINY), store.create(LONG)
    children[poison] = program
    engine = make_engine("process", store)
    wait_for(store, poison, "failed")
    wait_for(store, next_one, "finished")
    engine.close()
    assert attempts(store, poison) == 3
    assert store.run(poison).reason.startswith(
        f"The process that computes this run crashed 3 times ({end})."
    )
    assert store.run(poison).is_resumable


def test_a_run_whose_child_crashes_once_is_computed(store, children):
    run_id = store.create(TINY)
    children[run_id] = CRASHES_IN_WORK
    engine = make_engine("process", store)
    wait_until((store.run_dir(run_id) / "attempts").exists)
    del children[run_id]
    wait_for(store, run_id, "finished")
    engine.close()
    assert attempts(store, run_id) == 2


def test_a_stop_that_a_crash_overtakes_is_not_followed_by_another_attempt(
    store, children, launched
):
    run_id = store.create(TINY)
    children[run_id] = HANGS
    engine = make_engine("process", store)
    wait_for(store, run_id, "running")
    engine.stop(run_id)
    launched[0].send_signal(signal.SIGSEGV)
    wait_for(store, run_id, "interrupted")
    engine.close()
    assert attempts(store, run_id) == 1


def test_a_killed_child_leaves_the_run_interrupted_and_the_queue_goes_on(store, children, launched):
    killed, next_one = store.create(TINY), store.create(LONG)
    children[killed] = HANGS
    engine = make_engine("process", store)
    wait_for(store, killed, "running")
    launched[0].kill()
    wait_for(store, next_one, "finished")
    engine.close()
    assert (store.run(killed).status, attempts(store, killed)) == ("interrupted", 1)


def test_closing_kills_children_that_hang_and_leaves_no_zombie(store, children, launched):
    run_id = store.create(TINY)
    children[run_id] = HANGS
    engine = make_engine("process", store)
    wait_for(store, run_id, "running")
    began = time.monotonic()
    engine.close(timeout=3.0)
    assert time.monotonic() - began < 3
    assert launched[0].returncode == -signal.SIGKILL
    assert store.run(run_id).status == "interrupted"


def test_children_that_end_leave_no_zombie_and_no_empty_file(store, children, launched):
    ids = [store.create(TINY), store.create(LONG)]
    engine = make_engine("process", store, slots=2)
    wait_until(lambda: all(store.run(run_id).status == "finished" for run_id in ids))
    engine.close()
    assert [child.returncode for child in launched] == [0, 0]
    assert not (store.run_dir(ids[0]) / "worker.log").exists()


def test_what_a_crashing_child_says_is_kept_for_developers(store, children):
    run_id = store.create(TINY)
    children[run_id] = "raise ZeroDivisionError"
    engine = make_engine("process", store)
    wait_for(store, run_id, "failed")
    engine.close()
    assert "ZeroDivisionError" in (store.run_dir(run_id) / "worker.log").read_text()
    assert "ZeroDivisionError" not in store.run(run_id).reason


SERVER = """
from pathlib import Path
from fashion_core.engine import process
from fashion_core.runs.store import RunStore
from helpers import make_engine
real = process.launch
def launch(command, log):
    child = real(command, log)
    print(child.pid, flush=True)
    return child
process.launch = launch
engine = make_engine("process", RunStore(Path(sys.argv[1])), slots=2)
sys.stdin.read()
"""


def test_children_end_when_their_server_is_killed(store):
    """Two, because a child must not keep the other's input open."""
    ids = [store.create(LONG), store.create(RunSpec.from_dict({**LONG.to_dict(), "seed": 1}))]
    server = start_python(SERVER, store.root)
    wait_until(lambda: all(store.run(run_id).history for run_id in ids), timeout=60)
    pids = [int(server.stdout.readline()) for _ in ids]
    kill(server)
    wait_until(lambda: not any(is_alive(pid) for pid in pids), timeout=4)  # before they are killed
    assert {store.run(run_id).status for run_id in ids} == {"interrupted"}


def test_a_worker_that_is_stuck_before_training_ends_with_its_input(store):
    run_id = store.create(TINY)
    blocker = lock_in_other_process(store.root / ".queue.lock")
    arguments = [sys.executable, "-m", "fashion_core.engine.worker", store.root, run_id, DATA_DIR]
    worker = subprocess.Popen(arguments, cwd=REPO_ROOT, stdin=subprocess.DEVNULL)
    assert worker.wait(timeout=15) == 0
    kill(blocker)
    assert store.run(run_id).status == "queued"
