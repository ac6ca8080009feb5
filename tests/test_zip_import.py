"""Taking a run in from a zip: all of it as it was, once, whole or not at all."""

import io
import json
import os
import threading
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from helpers import (
    DATA_DIR,
    fill_disk,
    fingerprint,
    full_disk,
    kill,
    make_engine,
    small_spec,
    start_python,
    train,
    wait_until,
)
from portable import (
    SPEC,
    STEPS,
    changed,
    contents,
    files_in,
    packed,
    put_run,
    sound_epoch,
    weights,
    zip_of,
)

from fashion_core.analysis.headline import summarise
from fashion_core.analysis.scores import score_pictures
from fashion_core.data import read_split
from fashion_core.errors import DamagedFileError, StoreError
from fashion_core.runs import artifacts, content_checks, importing, staging
from fashion_core.runs.annotations import RunAnnotations
from fashion_core.runs.exporting import export_to
from fashion_core.runs.importing import import_folder
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.store import RunStore
from fashion_core.runs.zip_import import import_run

REFERENCE = Path(__file__).parents[1] / "examples" / "reference-run"


@pytest.fixture
def elsewhere(tmp_path) -> RunStore:
    """Give an empty store on another machine."""
    return RunStore(tmp_path / "elsewhere")


def take(store: RunStore, zipped: bytes) -> str:
    return import_run(store, io.BytesIO(zipped))


def every_file(run_dir: Path) -> dict[str, bytes]:
    return {str(p.relative_to(run_dir)): p.read_bytes() for p in run_dir.rglob("*.*")}


# Round trip


@pytest.mark.parametrize("state", ["finished", "diverged"])
def test_an_imported_run_gives_the_same_answers(store, elsewhere, state):
    run_id = put_run(store, state)
    assert take(elsewhere, zip_of(store, run_id)) == run_id
    assert elsewhere.run(run_id) == store.run(run_id)
    assert elsewhere.runs() == store.runs()
    assert elsewhere.runs_of(SPEC) == store.runs_of(SPEC)
    assert elsewhere.step_losses(run_id) == store.step_losses(run_id) == STEPS
    assert elsewhere.best_weights(run_id) == store.best_weights(run_id) == weights(SPEC)
    assert every_file(elsewhere.run_dir(run_id)) == every_file(store.run_dir(run_id))


@pytest.mark.parametrize("epoch", [1, 2, 3])
def test_imported_predictions_are_the_same_arrays(store, elsewhere, epoch):
    run_id = take(elsewhere, zip_of(store, put_run(store)))
    for split in ("val", "test"):
        ours, theirs = (
            getattr(file, split)
            for file in (sound_epoch(epoch), elsewhere.epoch_file(run_id, epoch))
        )
        for name in ("predictions", "pred_probs", "loss"):
            np.testing.assert_array_equal(getattr(theirs, name), getattr(ours, name), strict=True)


def test_headline_figures_of_the_imported_reference_run_are_the_same(store, elsewhere):
    run_id = import_folder(store, REFERENCE)
    take(elsewhere, zip_of(store, run_id))
    ours, theirs = headline(store, run_id), headline(elsewhere, run_id)
    np.testing.assert_equal(asdict(theirs), asdict(ours))
    assert ours.accuracy.value == pytest.approx(0.919, abs=0.001)


def headline(store: RunStore, run_id: str):
    best = store.run(run_id).best
    said, source = store.epoch_file(run_id, best.epoch).test, read_split(DATA_DIR, "test")
    return summarise(
        score_pictures(
            image_ids=source.image_ids,
            labels=source.labels,
            predictions=said.predictions.astype("int64"),
            pred_probs=said.pred_probs.astype("float32"),
            loss=said.loss,
        )
    )


@pytest.mark.parametrize("state", ["finished", "stopped", "failed", None])
def test_exported_again_it_is_the_same_zip(store, elsewhere, state):
    """How it ended is told for elsewhere once, not again at every stop of the journey."""
    zipped = zip_of(store, put_run(store, state))
    assert zip_of(elsewhere, take(elsewhere, zipped)) == zipped


def test_an_imported_run_survives_a_lost_list_of_runs(store, elsewhere):
    run_id = take(elsewhere, zip_of(store, put_run(store, "failed")))
    before = elsewhere.run(run_id)
    elsewhere.database.unlink()
    after = RunStore(elsewhere.root).run(run_id)
    assert (after.status, after.reason, after.history) == ("failed", before.reason, before.history)
    assert (after.name, after.spec) == (before.name, before.spec)


def test_a_run_without_an_epoch_can_be_taken_along(store, elsewhere):
    run = elsewhere.run(take(elsewhere, zip_of(store, store.create(SPEC))))
    assert (run.status, run.spec, run.history) == ("stopped", SPEC, ())


def test_an_epoch_lost_before_the_export_is_lost_there_too(store, elsewhere):
    run_id = put_run(store)
    (path,) = (store.run_dir(run_id) / "epochs").glob("epoch-0001-*")
    path.unlink()
    take(elsewhere, zip_of(store, run_id))
    run = elsewhere.run(run_id)
    assert run.history == store.run(run_id).history
    assert (
        run.notices[1]
        == f"The epoch file of epoch 1 is missing from {run_id}. It is not in the zip."
    )
    with pytest.raises(DamagedFileError, match="epoch 1 is missing"):
        elsewhere.epoch_file(run_id, 1)


def test_name_note_and_tags_come_along_and_survive_a_lost_list(store, elsewhere):
    said, run_id = RunAnnotations(store), put_run(store)
    said.rename(run_id, "Wide")
    said.note(run_id, "Shirts are worse.\nWhy?")
    said.tag(run_id, add=["wide", "to do"])
    take(elsewhere, zip_of(store, run_id))
    assert elsewhere.run(run_id) == store.run(run_id)
    elsewhere.database.unlink()
    run = RunStore(elsewhere.root).run(run_id)
    assert (run.name, run.note, run.tags) == (
        "Wide",
        "Shirts are worse.\nWhy?",
        ("wide", "to do"),
    )


def test_a_zip_of_before_there_were_notes_is_taken(store, elsewhere):
    files = contents(zip_of(store, put_run(store)))
    values = json.loads(files["manifest.json"])
    del values["note"], values["tags"]
    take(elsewhere, packed({**files, "manifest.json": json.dumps(values).encode()}))
    (run,) = elsewhere.runs()
    assert (run.note, run.tags) == ("", ())


def test_a_run_in_the_trash_is_named_as_such(store):
    run_id = put_run(store)
    zipped = zip_of(store, run_id)
    RunAnnotations(store).delete(run_id)
    with pytest.raises(StoreError, match="is in the trash of this store, as run 1, Taken along"):
        take(store, zipped)


def test_fields_a_later_version_adds_are_passed_over(store, elsewhere):
    """Opinions, say: in the manifest, in `spec.json`, as columns of the curves."""
    files = contents(zip_of(store, put_run(store)))
    header = json.loads(files["spec.json"]) | {"made_with": {"torch": "3"}}
    lines = files["curves.csv"].decode().splitlines()
    curves = "\n".join([f"note,{lines[0]}", *(f"x,{line}" for line in lines[1:])])
    zipped = changed(
        zip_of(store, store.runs()[0].run_id),
        {"spec.json": json.dumps(header).encode(), "curves.csv": curves.encode()},
        opinions=["good"],
    )
    run_id = take(elsewhere, zipped)
    assert elsewhere.run(run_id) == store.run(run_id)
    kept = json.loads((elsewhere.run_dir(run_id) / "spec.json").read_text())
    assert kept["made_with"] == {"torch": "3"}


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("evil\u202etxt.exe\nsecond line", "eviltxt.exe second line"),
        ("![](http://a.b/c.png)", "! [] (http://a.b/c.png)"),
        ("[free](http://a.b)", "[free] (http://a.b)"),
        ("", "lr 0.001, 3 epochs, conv 4/6, fc 16/8, 100 pictures"),
    ],
)
def test_texts_of_strangers_are_cleaned(store, elsewhere, told, shown):
    """Pages show names and sentences as Markdown: no picture is loaded, no link is hidden."""
    files = contents(zip_of(store, put_run(store)))
    header = json.loads(files["spec.json"]) | {"name": told}
    outcome = json.dumps({"state": "finished", "reason": told})
    zipped = changed(
        zip_of(store, store.runs()[0].run_id),
        {"spec.json": json.dumps(header).encode(), "outcome.json": outcome.encode()},
        name=told,
        reason=told,
        notices=[told],
    )
    run = elsewhere.run(take(elsewhere, zipped))
    sentence = shown if told else ""
    assert (run.name, run.reason, run.notices) == (shown, sentence, (sentence,))
    (elsewhere.root / "runs.sqlite").unlink()
    again = RunStore(elsewhere.root).run(run.run_id)
    assert (again.name, again.reason) == (shown, sentence)


# What is there already


def test_a_run_that_is_there_is_left_as_it_is(store):
    run_id = put_run(store)
    zipped, before = zip_of(store, run_id), every_file(store.run_dir(run_id))
    with pytest.raises(StoreError, match=r"is in this store already, as run 1, Taken along\."):
        take(store, zipped)
    assert every_file(store.run_dir(run_id)) == before
    assert len(store.runs()) == 1


def test_imported_by_many_threads_at_once_it_is_one_run(store, elsewhere):
    zipped, barrier, results = zip_of(store, put_run(store)), threading.Barrier(5), []

    def import_with_the_others() -> None:
        barrier.wait()
        try:
            results.append(take(elsewhere, zipped))
        except StoreError as error:
            results.append("already" if "already" in str(error) else str(error))

    threads = [threading.Thread(target=import_with_the_others) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == sorted(["already"] * 4 + [store.runs()[0].run_id])


def test_a_folder_that_is_no_run_of_the_list_is_not_overwritten(store, elsewhere):
    run_id = put_run(store)
    (elsewhere.root / run_id).mkdir()
    (elsewhere.root / run_id / "mine.txt").write_text("mine")
    before = files_in(elsewhere.root)
    with pytest.raises(StoreError, match="cannot be imported"):
        take(elsewhere, zip_of(store, run_id))
    assert files_in(elsewhere.root) == before
    assert elsewhere.runs() == ()


# Going on elsewhere


@pytest.mark.slow
@pytest.mark.parametrize("with_checkpoints", [True, False])
def test_a_stopped_run_goes_on_elsewhere_to_the_same_bits(
    small_data, store, elsewhere, tmp_path, monkeypatch, with_checkpoints
):
    """From its checkpoint, or from the first epoch without one."""
    monkeypatch.setattr(content_checks, "IMAGES", 300)
    spec = small_spec(epochs=10)
    engine = make_engine("thread", store)
    run_id = engine.start(spec)
    wait_until(lambda: len(store.run(run_id).history) >= 1)
    engine.stop(run_id)
    wait_until(lambda: store.run(run_id).status == "stopped")
    engine.close()
    take(elsewhere, zip_of(store, run_id, with_checkpoints=with_checkpoints))
    assert elsewhere.run(run_id).history == store.run(run_id).history
    engine = make_engine("thread", elsewhere)
    engine.resume(run_id)
    wait_until(lambda: elsewhere.run(run_id).status == "finished", timeout=60)
    engine.close()
    train(tmp_path / "alone", spec)
    assert fingerprint(elsewhere.run_dir(run_id)) == fingerprint(tmp_path / "alone")


def test_best_weights_are_those_of_the_best_epoch_not_of_a_later_one_left_over(store):
    """Started again on a machine that rounds otherwise, another epoch may become the best."""
    run_id = put_run(store, epochs=2)
    run_dir = store.run_dir(run_id)
    artifacts.write(run_dir, "best", 3, weights(SPEC, seed=3), keep=0)
    assert artifacts.epochs_on_disk(run_dir, "best") == [2, 3]
    assert store.best_weights(run_id) == weights(SPEC)
    RunJournal(store, run_id).epoch(sound_epoch(3).record)
    assert store.best_weights(run_id) == weights(SPEC)


# Full disks and kills


def test_a_full_disk_is_said_and_leaves_nothing(store, elsewhere):
    zipped = zip_of(store, put_run(store))
    before = files_in(elsewhere.root)
    with full_disk(100_000), pytest.raises(StoreError, match=r"cannot be imported .*room"):
        take(elsewhere, zipped)
    assert files_in(elsewhere.root) == before
    assert elsewhere.runs() == ()
    assert take(elsewhere, zipped) == store.runs()[0].run_id


def test_every_file_is_on_the_disk_before_the_run_has_its_name(store, elsewhere, monkeypatch):
    """A power cut after the import finds whole files: each was synced before the rename."""
    synced, at_rename, fsync, move_in = set(), [], os.fsync, importing.move_in

    def sync(descriptor: int) -> None:
        synced.add(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    def move(folder: Path, target: Path) -> None:
        at_rename.extend(path for path in folder.rglob("*") if path.stat().st_ino not in synced)
        move_in(folder, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(importing, "move_in", move)
    take(elsewhere, zip_of(store, put_run(store)))
    assert at_rename == []


KILLED = """
import os, signal
from pathlib import Path
from fashion_core.runs import importing, staging, zip_entries, zip_import
from fashion_core.runs.store import RunStore
def die():
    os.kill(os.getpid(), signal.SIGKILL)
def before(owner, name, nth=1):
    real, left = getattr(owner, name), [nth]
    def call(*args, **options):
        left[0] -= 1
        if left[0] == 0:
            die()
        return real(*args, **options)
    setattr(owner, name, call)
def after(owner, name):
    real = getattr(owner, name)
    setattr(owner, name, lambda *args: (real(*args), die()))
{
    "between two files": lambda: before(zip_entries.CheckedZip, "copy", 3),
    "in a file": lambda: before(os, "fsync"),
    "before the rename": lambda: before(staging.Path, "replace", 3),
    "after the rename": lambda: after(importing, "move_in"),
    "after the commit": lambda: after(zip_import, "admit"),
}[sys.argv[3]]()
zip_import.import_run(RunStore(Path(sys.argv[1])), open(sys.argv[2], "rb"))
"""


@pytest.mark.parametrize("action", ["open", "import"])
@pytest.mark.parametrize(
    ("moment", "is_there"),
    [
        ("between two files", False),
        ("in a file", False),
        ("before the rename", False),
        ("after the rename", False),
        ("after the commit", True),
    ],
)
def test_killed_at_any_moment_it_is_there_or_not_and_leaves_nothing_else(
    store, elsewhere, tmp_path, moment, is_there, action
):
    """What is left lies in the store until somebody opens it or imports into it."""
    zipped = tmp_path / "run.zip"
    zipped.write_bytes(zip_of(store, put_run(store)))
    before = files_in(elsewhere.root)
    process = start_python(KILLED, elsewhere.root, zipped, moment)
    process.communicate(timeout=60)
    assert process.returncode == -9
    assert [name for name in files_in(elsewhere.root) if name.startswith(".import-")]
    if action == "open":
        RunStore(elsewhere.root)
    else:
        other = RunStore(tmp_path / "third")
        take(elsewhere, zip_of(other, other.create(small_spec(seed=9))))
    run_ids = [run.run_id for run in elsewhere.runs() if run.spec == SPEC]
    assert run_ids == ([store.runs()[0].run_id] if is_there else [])
    left = {name for name in files_in(elsewhere.root) if name.startswith((".", "r-"))}
    known = {name for run in elsewhere.runs() for name in left if name.startswith(run.run_id)}
    assert left == known | {name for name in before if name.startswith(".")}
    if is_there:
        assert elsewhere.run(run_ids[0]) == store.run(run_ids[0])
        ours, theirs = (each.run_dir(run_ids[0]) for each in (store, elsewhere))
        assert every_file(theirs) == every_file(ours)
    else:
        assert take(elsewhere, zipped.read_bytes()) == store.runs()[0].run_id


HOLD = """
from pathlib import Path
from fashion_core.runs.staging import arrival
with arrival(Path(sys.argv[1]), "r-somebody-else", lambda _: False) as folder:
    (folder / "half").write_bytes(b"half")
    print("ready", flush=True)
    sys.stdin.read()
"""


def test_an_import_beside_another_that_takes_long_is_said(store, elsewhere, monkeypatch):
    monkeypatch.setattr(staging, "_WAIT_SECONDS", 0.05)
    process = start_python(HOLD, elsewhere.root)
    assert process.stdout.readline() == "ready\n"
    with pytest.raises(StoreError, match="Another run is being imported"):
        take(elsewhere, zip_of(store, put_run(store)))
    kill(process)
    assert elsewhere.runs() == ()


def test_opening_the_store_leaves_an_import_at_work_alone(elsewhere):
    process = start_python(HOLD, elsewhere.root)
    assert process.stdout.readline() == "ready\n"
    half = elsewhere.root / ".import-r-somebody-else.tmp" / "r-somebody-else" / "half"
    RunStore(elsewhere.root)
    was_there = half.exists()
    kill(process)
    assert was_there
    RunStore(elsewhere.root)
    assert not half.parent.parent.exists()


@pytest.mark.slow
def test_a_disk_without_room_refuses_an_import_and_later_takes_it(store, small_disk):
    """Four megabytes of memory, with more room each time but never enough."""
    zipped = zip_of(store, put_run(store))
    small = RunStore(small_disk / "runs")
    before = files_in(small.root)
    for room in (0, 100_000, 400_000, 700_000):
        fill_but(small_disk, room)
        with pytest.raises(StoreError, match="room"):
            take(small, zipped)
        assert files_in(small.root) == before
        assert small.runs() == ()
    (small_disk / "ballast").unlink()
    take(small, zipped)
    run_id = store.runs()[0].run_id
    assert small.run(run_id) == store.run(run_id)


@pytest.mark.slow
def test_a_disk_that_is_full_when_the_list_is_written_leaves_nothing(
    store, small_disk, monkeypatch
):
    """The files have their place already; without a row they are taken away again."""
    zipped, move_in = zip_of(store, put_run(store)), importing.move_in
    small = RunStore(small_disk / "runs")
    before = files_in(small.root)

    def move_and_fill(folder: Path, target: Path) -> None:
        move_in(folder, target)
        fill_disk(small_disk)

    monkeypatch.setattr(importing, "move_in", move_and_fill)
    with pytest.raises(StoreError, match="room"):
        take(small, zipped)
    assert files_in(small.root) == before
    assert small.runs() == ()
    monkeypatch.undo()
    (small_disk / "ballast").unlink()
    assert take(small, zipped) == store.runs()[0].run_id


def fill_but(disk: Path, room: int) -> None:
    """Fill a disk and free so many bytes again."""
    fill_disk(disk)
    ballast = disk / "ballast"
    os.truncate(ballast, ballast.stat().st_size - room)


@pytest.mark.slow
def test_a_disk_without_room_leaves_no_part_of_an_export(store, small_disk):
    run_id = put_run(store)
    fill_but(small_disk, 600_000)
    with pytest.raises(StoreError, match=r"run\.zip cannot be written \(No space left"):
        export_to(store, run_id, small_disk / "run.zip")
    assert [path.name for path in small_disk.iterdir()] == ["ballast"]
