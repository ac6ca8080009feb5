"""F8, F22: many threads and processes at once, and many runs one after another."""

import threading

import pytest
from helpers import run_python, small_spec, start_python

from fashion_core.runs.store import RunStore

pytestmark = pytest.mark.slow

CREATE_AND_CLAIM = """
import threading
from pathlib import Path
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.queue import RunQueue
from fashion_core.runs.store import RunStore
from helpers import small_spec
store, wanted, claimed = RunStore(Path(sys.argv[1])), sys.argv[2], []
barrier, done = threading.Barrier(20), threading.Barrier(20)
def work(number):
    barrier.wait()
    for _ in range(3):
        store.create(small_spec(seed=number), name=f"{sys.argv[3]}-{number}")
    with RunQueue(store).hold(wanted) as got:
        if got and RunJournal(store, wanted).start():
            claimed.append(number)
        done.wait()
threads = [threading.Thread(target=work, args=(number,)) for number in range(20)]
print("ready", flush=True); sys.stdin.readline()
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(claimed))
"""


def test_four_processes_of_twenty_threads_overwrite_nothing_and_one_computes(store):
    """240 runs created, one run claimed by 80 threads."""
    wanted = store.create(small_spec(), name="wanted")
    workers = [start_python(CREATE_AND_CLAIM, store.root, wanted, name) for name in "abcd"]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n"
    results = [None] * 4

    def go(i: int) -> None:
        results[i] = workers[i].communicate("go\n", timeout=120)

    threads = [threading.Thread(target=go, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [error for _, error in results] == [""] * 4
    assert sorted(claimed for claimed, _ in results) == ["0\n", "0\n", "0\n", "1\n"]
    runs = RunStore(store.root).runs()
    names = sorted(run.name for run in runs if run.run_id != wanted)
    assert names == sorted(f"{p}-{n}" for p in "abcd" for n in range(20) for _ in range(3))
    assert len({run.run_id for run in runs}) == len(runs) == 241
    assert sorted(run.number for run in runs) == list(range(1, 242))


TWENTY_RUNS = """
import psutil
from pathlib import Path
from fashion_core.engine.compute import Signals, compute, taken
from fashion_core.runs.queue import RunQueue
from fashion_core.runs.store import RunStore
from fashion_core.training import execute
from helpers import DATA_DIR, load_small_split, small_spec
execute.load_split = load_small_split
store = RunStore(Path(sys.argv[1]))
def memory():
    return psutil.Process().memory_info().rss
for number in range(23):
    store.create(small_spec(seed=number))
    with taken(store, RunQueue(store).next) as run_id:
        compute(store, run_id, DATA_DIR, Signals())
    if number == 2:
        warm = memory()
assert {run.status for run in store.runs()} == {"finished"}
print(memory() - warm)
"""


def test_twenty_runs_one_after_another_do_not_fill_the_memory(store):
    """Growth of the resident memory after three runs to warm up, at most 50 MB."""
    assert int(run_python(TWENTY_RUNS, store.root)) < 50e6
