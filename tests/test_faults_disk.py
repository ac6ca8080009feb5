"""F4, F12: a full disk, a read-only folder, a folder removed: one sentence, and Resume works."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from helpers import (
    fill_disk,
    fingerprint,
    full_disk,
    make_engine,
    small_spec,
    train,
    wait_until,
)

from fashion_core.errors import StoreError
from fashion_core.runs import artifacts
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.store import RunStore

pytestmark = pytest.mark.slow

SPEC = small_spec(epochs=6)


def at_the_third(monkeypatch, owner: object, name: str, do: Callable[[], None], kind: str) -> None:
    """Do something just before the third call of a function (for a kind of file, if given)."""
    real, calls = getattr(owner, name), iter(range(3))

    def call(*args, **options):
        if (not kind or args[1] == kind) and next(calls, None) == 2:
            do()
        return real(*args, **options)

    monkeypatch.setattr(owner, name, call)


MOMENTS = [
    pytest.param(artifacts, "write", "epoch", id="predictions"),
    pytest.param(artifacts, "write", "checkpoint", id="checkpoint"),
    pytest.param(RunJournal, "epoch", "", id="database"),
    pytest.param(RunJournal, "progress", "", id="progress"),
]


@pytest.mark.parametrize(("owner", "name", "kind"), MOMENTS)
def test_a_full_disk_ends_the_run_with_a_sentence_and_resume_works(
    small_data, small_disk, tmp_path, monkeypatch, owner, name, kind
):
    """Everything finished stays readable while it is full, also for a program that starts now."""
    store = RunStore(small_disk / "runs")
    at_the_third(monkeypatch, owner, name, lambda: fill_disk(small_disk), kind)
    engine = make_engine("thread", store)
    run_id = engine.start(SPEC)
    wait_until(lambda: not store.run(run_id).is_active)
    run = RunStore(small_disk / "runs").run(run_id)
    assert run.status in {"failed", "interrupted"}
    assert run.status == "interrupted" or "room" in run.reason
    for record in run.history:
        assert store.epoch_file(run_id, record.epoch).record == record
    (small_disk / "ballast").unlink()
    engine.resume(run_id)
    wait_until(lambda: store.run(run_id).status == "finished", timeout=60)
    engine.close()
    train(tmp_path / "alone", SPEC)
    assert fingerprint(store.run_dir(run_id)) == fingerprint(tmp_path / "alone")


def test_a_full_disk_refuses_a_new_run_with_a_sentence(small_disk):
    store = RunStore(small_disk / "runs")
    fill_disk(small_disk)
    with pytest.raises(StoreError, match="room"):
        store.create(SPEC)
    assert store.runs() == ()
    (small_disk / "ballast").unlink()
    assert store.run(store.create(SPEC)).status == "queued"


@pytest.mark.parametrize("limit", [8_000, 30_000])
def test_a_file_that_the_kernel_refuses_ends_the_run_and_resume_works(
    small_data, store, tmp_path, limit
):
    """Without rights: no file of this process may grow beyond a limit."""
    engine = make_engine("thread", store)
    run_id = store.create(SPEC)
    with full_disk(limit):
        wait_until(lambda: engine_has_ended(store, run_id))
    assert store.run(run_id).status in {"failed", "interrupted"}
    engine.resume(run_id)
    wait_until(lambda: store.run(run_id).status == "finished", timeout=60)
    engine.close()
    train(tmp_path / "alone", SPEC)
    assert fingerprint(store.run_dir(run_id)) == fingerprint(tmp_path / "alone")


def engine_has_ended(store: RunStore, run_id: str) -> bool:
    with suppress(StoreError):
        return not store.run(run_id).is_active
    return False


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Make a folder read-only: by its rights, or by a mount where rights do not bind."""
    if os.geteuid() != 0:
        folder.chmod(0o555)
        yield
        folder.chmod(0o755)
        return
    commands = [
        ["mount", "--bind", str(folder), str(folder)],
        ["mount", "-o", "remount,ro,bind", str(folder)],
    ]
    for command in commands:
        if subprocess.run(command, check=False, capture_output=True).returncode:
            pytest.skip("Rights do not bind this user, and no folder may be mounted read-only.")
    yield
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("part", ["epochs", "weights", "checkpoints"])
def test_a_read_only_folder_is_refused_before_training_with_its_path(small_data, store, part):
    run_id = store.create(SPEC)
    with read_only(store.run_dir(run_id) / part):
        engine = make_engine("thread", store)
        wait_until(lambda: store.run(run_id).status == "failed")
        run = store.run(run_id)
        assert str(store.run_dir(run_id) / part) in run.reason
        assert "writable" in run.reason
        assert store.step_losses(run_id) == ()
    engine.resume(run_id)
    wait_until(lambda: store.run(run_id).status == "finished")
    engine.close()


def test_a_read_only_store_is_refused_with_its_path(tmp_path):
    root = tmp_path / "runs"
    root.mkdir()
    with read_only(root), pytest.raises(StoreError, match=str(root)):
        RunStore(root)


def test_a_folder_removed_while_running_is_said_and_resume_starts_again(
    small_data, store, tmp_path
):
    engine, spec = make_engine("thread", store), small_spec(epochs=10)
    run_id = engine.start(spec)
    wait_until(lambda: len(store.run(run_id).history) >= 1)
    shutil.rmtree(store.run_dir(run_id))
    wait_until(lambda: store.run(run_id).status == "failed")
    assert "was removed while the run was computed" in store.run(run_id).reason
    engine.resume(run_id)
    wait_until(lambda: store.run(run_id).status == "finished", timeout=60)
    engine.close()
    train(tmp_path / "alone", spec)
    assert fingerprint(store.run_dir(run_id)) == fingerprint(tmp_path / "alone")
