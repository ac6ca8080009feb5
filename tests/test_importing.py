"""Importing a run's folder: verified, whole or not at all, once."""

import json
import threading
from pathlib import Path

import pytest
from helpers import REPO_ROOT, epoch_file, full_disk, run_python, small_spec

from fashion_core.errors import DamagedFileError, StoreError
from fashion_core.runs import artifacts
from fashion_core.runs.importing import import_folder
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.store import RunStore

REFERENCE = REPO_ROOT / "examples" / "reference-run"


@pytest.fixture
def source(tmp_path) -> Path:
    """Give the folder of a finished run of three epochs, made by another store."""
    other = RunStore(tmp_path / "other")
    run_id = other.create(small_spec(), name="from elsewhere")
    for epoch, val_loss in [(1, 0.75), (2, 0.25), (3, 0.5)]:
        artifacts.write_epoch(other.run_dir(run_id), epoch_file(epoch, val_loss=val_loss))
    artifacts.write(other.run_dir(run_id), "best", 2, b"weights", keep=1)
    RunJournal(other, run_id).end("finished", "All done.")
    return other.run_dir(run_id)


def change(path: Path, **changes) -> None:
    """Change fields of a JSON file; `None` removes one."""
    values = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({k: v for k, v in values.items() if v is not None}))


def assert_nothing_came(store: RunStore) -> None:
    assert store.runs() == ()
    assert [path for path in store.root.iterdir() if path.is_dir()] == []


def test_an_imported_run_is_all_there(store, source):
    run = store.run(import_folder(store, source))
    assert (run.run_id, run.name, run.spec) == (source.name, "from elsewhere", small_spec())
    assert (run.status, run.reason) == ("finished", "All done.")
    assert run.history == tuple(
        epoch_file(epoch, val_loss=loss).record for epoch, loss in [(1, 0.75), (2, 0.25), (3, 0.5)]
    )
    assert run.best.epoch == 2
    assert store.epoch_file(run.run_id, 3).record == run.history[2]
    assert store.best_weights(run.run_id) == b"weights"


def test_the_source_is_left_as_it_is(store, source):
    before = {path: path.read_bytes() for path in source.rglob("*.*")}
    import_folder(store, source)
    assert {path: path.read_bytes() for path in source.rglob("*.*")} == before


def test_an_imported_run_survives_reopening(store, source):
    run_id = import_folder(store, source)
    assert RunStore(store.root).run(run_id) == store.run(run_id)


def test_imported_twice_it_is_one_run(store, source):
    assert import_folder(store, source) == import_folder(store, source)
    assert len(store.runs()) == 1


def test_a_run_already_there_is_left_alone(store, source):
    run_id = import_folder(store, source)
    RunJournal(store, run_id).notice("A sentence.")
    import_folder(store, source)
    assert store.run(run_id).notices == ("A sentence.",)


def test_imported_by_many_threads_at_once_it_is_one_run(store, source):
    barrier, ids = threading.Barrier(5), []

    def import_with_the_others() -> None:
        barrier.wait()
        ids.append(import_folder(store, source))

    threads = [threading.Thread(target=import_with_the_others) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ids == [source.name] * 5
    assert len(store.runs()) == 1


def test_a_folder_left_by_an_interrupted_import_is_replaced(store, source):
    (store.root / source.name).mkdir()
    (store.root / source.name / "half").touch()
    run_id = import_folder(store, source)
    assert not (store.root / run_id / "half").exists()
    assert store.epoch_file(run_id, 1).record.epoch == 1


@pytest.mark.parametrize("epoch", [1, 2, 3])
def test_a_damaged_epoch_is_refused_and_leaves_nothing(store, source, epoch):
    (path,) = (source / "epochs").glob(f"epoch-{epoch:04d}-*")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DamagedFileError, match=f"epoch {epoch} .*damaged"):
        import_folder(store, source)
    assert_nothing_came(store)


@pytest.mark.parametrize("name", ["spec.json", "outcome.json"])
@pytest.mark.parametrize("content", [None, b"", b"{", b"[1]", b"\xff\xfe"])
def test_a_broken_small_file_is_refused_and_leaves_nothing(store, source, name, content):
    (source / name).unlink()
    if content is not None:
        (source / name).write_bytes(content)
    with pytest.raises(DamagedFileError, match=name.replace(".", r"\.")):
        import_folder(store, source)
    assert_nothing_came(store)


@pytest.mark.parametrize(
    ("file", "changes"),
    [
        ("spec.json", {"spec": None}),
        ("spec.json", {"spec": {"epochs": 0}}),
        ("spec.json", {"spec": {"unknown": 1}}),
        ("spec.json", {"spec": "text"}),
        ("spec.json", {"run_id": None}),
        ("spec.json", {"name": None}),
        ("spec.json", {"created": None}),
        ("outcome.json", {"state": None}),
        ("outcome.json", {"state": "queued"}),
        ("outcome.json", {"state": "started"}),
        ("outcome.json", {"state": ["finished"]}),
        ("outcome.json", {"reason": None}),
    ],
)
def test_a_field_without_sense_is_refused_and_leaves_nothing(store, source, file, changes):
    change(source / file, **changes)
    with pytest.raises(DamagedFileError):
        import_folder(store, source)
    assert_nothing_came(store)


@pytest.mark.parametrize("run_id", ["", "../evil-run", "/evil-run", "x" * 300, "lone-\ud800-id"])
def test_a_hostile_id_is_refused_and_leaves_nothing(store, source, run_id):
    change(source / "spec.json", run_id=run_id)
    with pytest.raises(StoreError):
        import_folder(store, source)
    assert_nothing_came(store)


def test_a_name_is_cleaned_on_the_way_in(store, source):
    change(source / "spec.json", name="evil\u202etxt.exe\nsecond line")
    assert store.run(import_folder(store, source)).name == "eviltxt.exe second line"


def test_a_folder_that_does_not_exist_is_refused(store, tmp_path):
    with pytest.raises(StoreError, match=r"spec\.json"):
        import_folder(store, tmp_path / "none")
    assert_nothing_came(store)


def test_a_full_disk_is_refused_and_leaves_nothing(store, source):
    (source / "weights" / "large").write_bytes(bytes(2_000_000))
    with full_disk(1_000_000), pytest.raises(StoreError, match="cannot be copied"):
        import_folder(store, source)
    assert_nothing_came(store)
    assert import_folder(store, source) == source.name


def test_a_run_that_was_stopped_can_be_resumed_after_the_import(store, source):
    change(source / "outcome.json", state="stopped", reason="Stopped on request.")
    assert store.run(import_folder(store, source)).is_resumable


def test_the_reference_run_is_sound(store):
    """Thirty epochs of the specification, 10,000 pictures each."""
    run = store.run(import_folder(store, REFERENCE))
    assert (run.status, len(run.history)) == ("finished", 30)
    best = store.epoch_file(run.run_id, run.best.epoch)
    assert (len(best.val.loss), len(best.test.loss)) == (10_000, 10_000)
    assert run.best.val_accuracy > 0.9
    assert len(store.best_weights(run.run_id)) > 4 * 1_692_106


def test_importing_does_not_import_torch():
    code = "import fashion_core.runs.importing\nprint('torch' in sys.modules)"
    assert run_python(code) == "False\n"
