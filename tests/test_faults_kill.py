"""F1 and F3: `kill -9` at every named moment and at random ones costs no bit and no run."""

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults.nursery import POINTS
from helpers import REPO_ROOT, fingerprint, load_small_split, small_spec, train, without_seconds

from fashion_core.runs.queue import RunQueue
from fashion_core.runs.store import RunStore

pytestmark = pytest.mark.slow

RANDOM_KILLS = int(os.environ.get("FASHION_RANDOM_KILLS", "50"))  # 200 by hand before a release
SEVERAL_TIMES_AN_EPOCH = {
    "in a batch",
    "in an evaluation",
    "after a write before its sync",
    "after a sync before the rename",
    "after a rename",
}
MOMENTS = [
    (point, nth)
    for point in POINTS
    for nth in ([1, 2, 3, 5, 8] if point in SEVERAL_TIMES_AN_EPOCH else [1, 2, 3])
    if nth == 1 or point != "when the end is in the folder only"
]
SPEC = small_spec(horizontal_flip=True)


class Nursery:
    """The program that forks the processes that are killed."""

    def __init__(self) -> None:
        paths = os.pathsep.join([str(REPO_ROOT), str(REPO_ROOT / "tests")])
        self._process = subprocess.Popen(
            [sys.executable, REPO_ROOT / "tests" / "faults" / "nursery.py"],
            env={**os.environ, "PYTHONPATH": paths},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout.readline() == "ready\n"

    def order(self, store: RunStore, **order) -> tuple[bool, float]:
        """Compute what is queued; tell whether the process was killed, and the seconds."""
        self._process.stdin.write(json.dumps({"root": str(store.root), **order}) + "\n")
        self._process.stdin.flush()
        code, seconds = json.loads(self._process.stdout.readline())
        assert code in {0, -9}
        return code == -9, seconds

    def close(self) -> None:
        """End it."""
        self._process.communicate()


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """Give the one nursery of these tests."""
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture(scope="module")
def straight(tmp_path_factory) -> dict[str, object]:
    """Give every bit of a run that nobody interrupted."""
    run_dir = tmp_path_factory.mktemp("straight")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fashion_core.training.execute.load_split", load_small_split)
        train(run_dir, SPEC)
    return fingerprint(run_dir)


def check_readable(root: Path, run_id: str) -> str:
    """Read everything a killed run left, as a program that has just started; give its status."""
    store = RunStore(root)
    run = store.run(run_id)
    for record in run.history:
        assert store.epoch_file(run_id, record.epoch).record == record
    if run.history:
        assert store.best_weights(run_id)
    assert run.status in {"queued", "interrupted", "finished"}
    return run.status


def resume(store: RunStore, run_id: str) -> None:
    if store.run(run_id).status == "interrupted":
        RunQueue(store).put(run_id)


def check_whole(store: RunStore, run_id: str, straight: dict[str, object]) -> None:
    """Compare a finished run with one that nobody interrupted, and look for leftovers."""
    run, run_dir = store.run(run_id), store.run_dir(run_id)
    assert (run.status, [r.epoch for r in run.history]) == ("finished", [1, 2, 3])
    assert fingerprint(run_dir) == straight
    for record in run.history:
        assert without_seconds(store.epoch_file(run_id, record.epoch).record) == without_seconds(
            record
        )
    assert [step for epoch, step, _ in store.step_losses(run_id) if epoch == 2] == [1, 2, 3, 4]
    assert list(run_dir.rglob("*.tmp")) == []


@pytest.mark.parametrize(("point", "nth"), MOMENTS)
def test_killed_at_a_named_moment_and_resumed_it_ends_with_the_same_bits(
    nursery, store, straight, point, nth
):
    run_id = store.create(SPEC)
    assert nursery.order(store, point=point, nth=nth)[0], "The moment is never reached."
    status = check_readable(store.root, run_id)
    is_at_end = point == "when the end is in the folder only"
    assert status == ("finished" if is_at_end else "interrupted")
    resume(store, run_id)
    assert nursery.order(store)[0] is False
    check_whole(store, run_id, straight)


def test_killed_at_random_times_again_and_again_it_ends_with_the_same_bits(
    nursery, tmp_path, straight
):
    chance, kills, seen, number = random.Random(), 0, Counter(), 0  # noqa: S311
    warm = RunStore(tmp_path / "warm")
    warm.create(SPEC)
    _, seconds = nursery.order(warm)
    while kills < RANDOM_KILLS:
        store = RunStore(tmp_path / str(number))
        run_id, number = store.create(SPEC), number + 1
        while (status := check_readable(store.root, run_id)) != "finished":
            seen[status] += 1
            resume(store, run_id)
            kills += nursery.order(store, after=chance.uniform(0, 1.2 * seconds))[0]
        check_whole(store, run_id, straight)
    assert seen["interrupted"] > RANDOM_KILLS / 4, seen


def test_after_a_kill_the_queue_is_as_it_was_and_nothing_is_duplicated(nursery, store, straight):
    """F3: one run in work and two that wait; a new program computes those that wait only."""
    ids = [store.create(SPEC, name=name) for name in ("first", "second", "third")]
    assert nursery.order(store, point="after a step", nth=2)[0]
    opened = RunStore(store.root)
    statuses = {run.run_id: run.status for run in opened.runs()}
    assert statuses == dict(zip(ids, ["interrupted", "queued", "queued"], strict=True))
    nursery.order(store)
    statuses = {run.run_id: run.status for run in RunStore(store.root).runs()}
    assert statuses == dict(zip(ids, ["interrupted", "finished", "finished"], strict=True))
    RunQueue(store).put(ids[0])
    nursery.order(store)
    for run_id in ids:
        check_whole(store, run_id, straight)
    assert len(store.runs()) == 3
