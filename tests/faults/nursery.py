"""Forks processes that compute the queued runs of a store and are killed with -9 on the way.

Started as a program by `test_faults_kill.py`. To import torch takes seconds, so it is done once,
here; each order, a line of JSON on the standard input, is then a real process of its own:

    {"root": store, "point": where to die, "nth": at which visit}
    {"root": store, "after": seconds until the kill}

The answer is a line of JSON: the exit code and the seconds it took. The hooks are put into the
child only: the program itself has none.
"""

import json
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from helpers import DATA_DIR, load_small_split, small_spec, train

from fashion_core.engine.compute import Signals, compute, taken
from fashion_core.runs import artifacts, journal
from fashion_core.runs.queue import RunQueue
from fashion_core.runs.store import RunStore
from fashion_core.training import checkpoint, evaluate, execute
from fashion_core.training.events import Progress


def main() -> None:
    """Carry out orders until the input ends."""
    torch.set_num_threads(1)
    execute.load_split = load_small_split
    with tempfile.TemporaryDirectory() as folder:  # what is slow the first time is done here
        train(Path(folder), small_spec(epochs=1))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        started = time.monotonic()
        code = carry_out(json.loads(line))
        sys.stdout.write(json.dumps([code, time.monotonic() - started]) + "\n")
        sys.stdout.flush()


def carry_out(order: dict) -> int:
    """Fork, kill or let it kill itself, and give how it ended."""
    child = os.fork()
    if child == 0:
        work(order)
    if "after" in order:
        threading.Timer(order["after"], lambda: os.kill(child, signal.SIGKILL)).start()
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def work(order: dict) -> None:
    """Compute what is queued, as the engine does, and exit."""
    if "point" in order:
        POINTS[order["point"]](Fuse(order["nth"]))
    store = RunStore(Path(order["root"]))
    try:
        while RunQueue(store).next() is not None:
            with taken(store, RunQueue(store).next) as run_id:
                if run_id is not None:
                    compute(store, run_id, DATA_DIR, Signals())
    finally:
        os._exit(0)


class Fuse:
    """Kills this process at its nth visit, counted from 1."""

    def __init__(self, nth: int) -> None:
        self._left = nth

    def __call__(self, last_act: Callable[[], object] = lambda: None) -> None:
        """Count a visit; at the last one do something, then die."""
        self._left -= 1
        if self._left == 0:
            last_act()
            os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(10)  # never continue, however late the signal


def before(owner: object, name: str) -> Callable[[Fuse], None]:
    """Make a hook: die before a function does anything."""
    return around(owner, name, lambda fuse, call: (fuse(), call())[1])


def after(owner: object, name: str) -> Callable[[Fuse], None]:
    """Make a hook: die when a function has done everything."""
    return around(owner, name, lambda fuse, call: (call(), fuse())[0])


def around(owner: object, name: str, do: Callable) -> Callable[[Fuse], None]:
    def install(fuse: Fuse) -> None:
        real = getattr(owner, name)
        setattr(owner, name, lambda *args, **kw: do(fuse, lambda: real(*args, **kw)))

    return install


def before_epoch(fuse: Fuse) -> None:
    """Die when an epoch is about to begin."""
    at_event(fuse, lambda event: event.phase == "training" and event.step == 0)


def after_step(fuse: Fuse) -> None:
    """Die after the third step of an epoch."""
    at_event(fuse, lambda event: event.phase == "training" and event.step == 3)


def at_event(fuse: Fuse, is_it: Callable[[Progress], bool]) -> None:
    real = execute.execute_run

    def run(spec, run_dir, emit, should_stop, *, data_dir):
        def tell(event) -> None:
            emit(event)
            if isinstance(event, Progress) and is_it(event):
                fuse()

        return real(spec, run_dir, tell, should_stop, data_dir=data_dir)

    execute.execute_run = run


def half_written(kind: str) -> Callable[[Fuse], None]:
    """Make a hook: die when half of a file is on the disk under its temporary name."""

    def install(fuse: Fuse) -> None:
        real = artifacts.write_atomically

        def write(path: Path, content: bytes) -> None:
            if path.name.startswith(kind):
                half = path.with_name(f".{path.name}.half.tmp")
                fuse(lambda: half.write_bytes(content[: len(content) // 2]))
            real(path, content)

        artifacts.write_atomically = write

    return install


POINTS: dict[str, Callable[[Fuse], None]] = {
    "before an epoch": before_epoch,
    "in a batch": before(torch.Tensor, "backward"),
    "after a step": after_step,
    "in an evaluation": after(evaluate, "as_network_input"),
    "while predictions are packed": before(np, "savez_compressed"),
    "while predictions are written": half_written("epoch"),
    "while the best weights are written": half_written("best"),
    "while the checkpoint is serialised": before(checkpoint.safetensors.torch, "save"),
    "while the checkpoint is written": half_written("checkpoint"),
    "after a write before its sync": before(os, "fsync"),
    "after a sync before the rename": before(Path, "replace"),
    "after a rename": after(Path, "replace"),
    "between the files and the database": before(journal.RunJournal, "epoch"),
    "in the transaction of an epoch": after(journal, "save_epoch_row"),
    "after the transaction of an epoch": after(journal.RunJournal, "epoch"),
    "when the end is in the folder only": after(journal, "write_outcome"),
}

if __name__ == "__main__":
    main()
