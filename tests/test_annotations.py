"""Names, notes and tags of runs, and the trash: in the folder and in the database, both or none."""

import json
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers import damage_run, epoch_file, fill_disk, full_disk, record, small_spec, start_python
from test_faults_disk import read_only

from fashion_core.errors import StoreError
from fashion_core.runs import artifacts
from fashion_core.runs.annotation_file import ANNOTATION_FILE, read_annotations
from fashion_core.runs.annotations import RunAnnotations
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.names import clean_note, clean_tags
from fashion_core.runs.queue import RunQueue
from fashion_core.runs.queue_order import QueueOrder
from fashion_core.runs.schema import connect
from fashion_core.runs.store import RunStore

SPEC = small_spec(learning_rate=0.01)
BACKWARDS = "\u202e"  # shows what follows from right to left


@pytest.fixture
def notes(store: RunStore) -> RunAnnotations:
    """Give the annotations of an empty store."""
    return RunAnnotations(store)


def finished_run(store: RunStore, name: str = "") -> str:
    """Put a run of one epoch into the store, with its file."""
    run_id = store.create(SPEC, name=name)
    journal = RunJournal(store, run_id)
    journal.start()
    artifacts.write_epoch(store.run_dir(run_id), epoch_file(1))
    journal.epoch(record(1))
    journal.end("finished", "")
    return run_id


def said(store: RunStore, run_id: str) -> tuple[str, str, tuple[str, ...]]:
    run = store.run(run_id)
    return run.name, run.note, run.tags


def lose_the_database(store: RunStore) -> RunStore:
    for path in store.root.glob("runs.sqlite*"):
        path.unlink()
    return RunStore(store.root)


# What is kept


def test_name_note_and_tags_are_kept_and_listed(store, notes):
    run_id, other = finished_run(store), finished_run(store, "the other")
    notes.rename(run_id, "  my\trun ")
    notes.note(run_id, "first line\n\nthird line")
    notes.tag(run_id, add=["baseline", "keep"])
    assert said(store, run_id) == ("my run", "first line\n\nthird line", ("baseline", "keep"))
    assert said(store, other) == ("the other", "", ())
    listed = {run.run_id: (run.name, run.note, run.tags) for run in store.runs()}
    assert listed == {run_id: said(store, run_id), other: said(store, other)}


def test_an_empty_name_is_the_one_the_settings_give(store, notes):
    run_id = finished_run(store, "mine")
    notes.rename(run_id, " \n ")
    assert store.run(run_id).name == "lr 0.01, 3 epochs, conv 4/6, fc 16/8, 100 pictures"


def test_tags_are_added_and_removed_whatever_their_letters(store, notes):
    run_id = finished_run(store)
    notes.tag(run_id, add=["Keep", "b"])
    notes.tag(run_id, add=["keep", "c"], remove=["B"])
    assert store.run(run_id).tags == ("Keep", "c")


def test_the_21st_tag_is_refused_and_changes_nothing(store, notes):
    run_id = finished_run(store)
    notes.tag(run_id, add=[f"tag {n}" for n in range(20)])
    with pytest.raises(StoreError, match="20 tags at most, these would be 21"):
        notes.tag(run_id, add=["one more"])
    assert len(store.run(run_id).tags) == 20


def test_a_run_in_work_can_be_renamed(store, notes):
    run_id = store.create(SPEC)
    RunJournal(store, run_id).start()
    with RunQueue(store).hold(run_id):
        notes.rename(run_id, "while it runs")
        assert (store.run(run_id).name, store.run(run_id).status) == ("while it runs", "running")


HOSTILE = [
    "<script>alert(1)</script>",
    "**bold** [link](javascript:alert(1)) $x$ :red[r]",
    "nul\0 bell\a escape\x1b[31m",
    f"evil{BACKWARDS}txt.exe",
    "=cmd|' /C calc'!A0",
    "x" * 1_000_000,
    "lone \ud800 surrogate",
    "'; DROP TABLE runs; --",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_kept_literally_bounded_and_without_control_characters(store, notes, text):
    run_id = finished_run(store)
    notes.rename(run_id, text)
    notes.note(run_id, text)
    notes.tag(run_id, add=[text])
    kept = text.translate({ord(c): None for c in f"\0\a\x1b\ud800{BACKWARDS}"}).replace("  ", " ")
    assert said(store, run_id) == (kept[:80].strip(), kept[:2_000], (kept[:30].strip(),))
    assert said(lose_the_database(store), run_id) == said(store, run_id)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("one\r\ntwo\vthree\u2028four", "one\ntwo\nthree\nfour"),
        ("\n\n  indented \n\n", "indented"),
        ("a\n\n\nb", "a\n\n\nb"),
        ("\n" * 1_000_000, ""),
        ("x\n" * 5_000, "x\n" * 999 + "x"),
        (f"a{BACKWARDS}\0b", "ab"),
    ],
    ids=range(6),
)
def test_a_note_has_clean_lines(given, kept):
    assert clean_note(given) == kept
    assert clean_note(kept) == kept


def test_tags_keep_their_order_and_first_spelling():
    assert clean_tags(["B", "a", "", " b ", "A\n", "c", f"{BACKWARDS}"]) == ("B", "a", "c")


def test_a_megabyte_of_anything_is_cleaned_in_no_time():
    before = time.process_time()
    for text in ("\n", "e\u0301", "\0", "a b"):
        clean_note(text * 500_000)
    assert time.process_time() - before < 2


@pytest.mark.parametrize("run_id", ["../../etc/passwd", "", "r-20261122-000000-abcdef"])
def test_a_run_that_is_not_there_is_refused(store, notes, run_id):
    actions: list[Callable[[], None]] = [
        lambda: notes.rename(run_id, "x"),
        lambda: notes.note(run_id, "x"),
        lambda: notes.tag(run_id, add=["x"]),
        lambda: notes.delete(run_id),
        lambda: notes.restore(run_id),
    ]
    for action in actions:
        with pytest.raises(StoreError):
            action()


# The trash


def test_a_deleted_run_leaves_every_list_and_comes_back_as_it_was(store, notes):
    run_id, other = finished_run(store), finished_run(store)
    notes.note(run_id, "a note")
    before = store.run(run_id)
    notes.delete(run_id)
    assert [run.run_id for run in store.runs()] == [other]
    assert [run.run_id for run in store.runs_of(SPEC)] == [other]
    assert [run.run_id for run in notes.deleted()] == [run_id]
    assert store.has(run_id)  # so that nothing is brought in over it
    notes.restore(run_id)
    assert notes.deleted() == ()
    assert store.run(run_id) == before
    assert store.epoch_file(run_id, 1).record == record(1)


def test_the_last_deleted_run_is_the_first_in_the_trash(store, notes):
    ids = [finished_run(store) for _ in range(3)]
    for run_id in (ids[1], ids[0], ids[2]):
        notes.delete(run_id)
    assert [run.run_id for run in notes.deleted()] == [ids[2], ids[0], ids[1]]


def test_deleting_twice_keeps_the_first_time(store, notes):
    run_id = finished_run(store)
    notes.delete(run_id)
    first = store.run(run_id).deleted
    assert first == pytest.approx(time.time(), abs=60)
    notes.delete(run_id)
    assert store.run(run_id).deleted == first


@pytest.mark.parametrize("is_paused", [False, True])
def test_a_run_that_waits_cannot_be_deleted(store, notes, is_paused):
    run_id = store.create(SPEC)
    if is_paused:
        QueueOrder(store).pause(run_id)
    with pytest.raises(StoreError, match=r"^Run 1 waits in the queue\. Take it off"):
        notes.delete(run_id)
    assert store.run(run_id).deleted is None


def test_a_run_in_work_cannot_be_deleted(store, notes):
    run_id = store.create(SPEC)
    RunJournal(store, run_id).start()
    refused = pytest.raises(StoreError, match=r"^Run 1 is being computed\. Stop it first")
    with RunQueue(store).hold(run_id), refused:
        notes.delete(run_id)
    notes.delete(run_id)  # nobody computes it any more: it is interrupted
    assert [run.status for run in notes.deleted()] == ["interrupted"]


def test_a_run_that_somebody_starts_meanwhile_is_not_deleted(store, notes, monkeypatch):
    """Between the look at its status and the write: its lock or its state says so."""
    run_id = finished_run(store)
    looked = store.run(run_id)
    monkeypatch.setattr(store, "run", lambda _: looked)
    with RunQueue(store).hold(run_id), pytest.raises(StoreError, match="is being computed"):
        notes.delete(run_id)
    RunQueue(store).put(run_id)
    with pytest.raises(StoreError, match="waits in the queue"):
        notes.delete(run_id)


def test_a_deleted_run_cannot_go_on_until_it_is_restored(store, notes):
    run_id, queue = finished_run(store), RunQueue(store)
    RunJournal(store, run_id).end("stopped", "Stopped on request.")
    notes.delete(run_id)
    with pytest.raises(StoreError, match=r"^Run 1 is deleted\. Restore it"):
        queue.put(run_id)
    assert queue.next() is None
    assert store.active() == ()
    notes.restore(run_id)
    queue.put(run_id)
    assert queue.next() == run_id


def test_emptying_removes_row_and_folder_of_those_seen_only(store, notes):
    seen, restored, later, alive = (finished_run(store) for _ in range(4))
    for run_id in (seen, restored, later):
        notes.delete(run_id)
    notes.restore(restored)
    assert notes.empty([seen, restored, alive]) == 1
    assert not store.has(seen)
    assert [run.run_id for run in store.runs()] == [alive, restored]
    assert [run.run_id for run in notes.deleted()] == [later]
    folders = {path.name for path in store.root.iterdir() if path.is_dir()}
    assert folders == {restored, later, alive}
    with connect(store.database) as db:
        assert {row[0] for row in db.execute("SELECT run_id FROM epochs")} == folders


def test_the_number_of_a_removed_run_is_never_given_again(store, notes):
    run_id = finished_run(store)
    notes.delete(run_id)
    notes.empty([run_id])
    assert store.run(finished_run(store)).number == 2


def test_a_folder_that_was_removed_by_hand_is_no_obstacle(store, notes):
    run_id = finished_run(store)
    shutil.rmtree(store.run_dir(run_id))
    notes.rename(run_id, "no folder")
    notes.delete(run_id)
    assert notes.empty([run_id]) == 1
    assert store.runs() == notes.deleted() == ()


def test_what_a_killed_program_left_half_removed_is_removed_with_the_next(store, notes):
    run_id = finished_run(store)
    leftover = store.root / f".{run_id}.0123abcd.removed"
    (leftover / "epochs").mkdir(parents=True)
    notes.delete(run_id)
    notes.empty([run_id])
    assert not leftover.exists()


def test_a_damaged_run_can_be_deleted_and_restored(store, notes):
    run_id = finished_run(store)
    damage_run(store, run_id)
    notes.delete(run_id)
    assert [run.status for run in notes.deleted()] == ["damaged"]
    notes.restore(run_id)
    assert [run.status for run in store.runs()] == ["damaged"]


# Nothing is lost


def test_everything_said_survives_the_loss_of_the_database(store, notes):
    kept, deleted, silent = finished_run(store), finished_run(store), finished_run(store, "silent")
    for run_id, name in ((kept, "kept"), (deleted, "gone")):
        notes.rename(run_id, name)
        notes.note(run_id, f"note of\n{name}")
        notes.tag(run_id, add=[name, "both"])
    notes.delete(deleted)
    when = store.run(deleted).deleted
    new = lose_the_database(store)
    assert [run.run_id for run in new.runs()] == [silent, kept]
    assert said(new, kept) == ("kept", "note of\nkept", ("kept", "both"))
    assert said(new, silent) == ("silent", "", ())
    (found,) = RunAnnotations(new).deleted()
    assert (found.run_id, found.deleted) == (deleted, when)
    assert said(new, deleted) == ("gone", "note of\ngone", ("gone", "both"))


DAMAGED = [
    b"",
    b"no json",
    b"\xff\xfe",
    b"[]",
    b"null",
    b"[" * 60_000,
    b'{"name": "x", "note": "y", "tags": []}',
    b'{"name": 1, "note": "y", "tags": [], "deleted": null}',
    b'{"name": "x", "note": "y", "tags": [3], "deleted": null}',
    b'{"name": "x", "note": "y", "tags": {"a": 1}, "deleted": "now"}',
    b'{"name": "x", "note": "y", "tags": [], "deleted": true}',
    b'{"name": "x", "note": "y", "tags": [], "deleted": NaN}',
    b'{"name": "x", "note": "y", "tags": [], "deleted": null}' + b" " * 100_000,
]


@pytest.mark.parametrize("content", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_file_is_named_and_hides_nothing_else(store, notes, content):
    run_id = finished_run(store, "named")
    notes.delete(run_id)
    (store.run_dir(run_id) / ANNOTATION_FILE).write_bytes(content)
    new = lose_the_database(store)
    assert [run.run_id for run in new.runs()] == [run_id]
    assert said(new, run_id) == ("named", "", ())
    assert any(ANNOTATION_FILE in notice for notice in new.run(run_id).notices)
    assert new.run(run_id).history == (record(1),)


def test_a_strangers_file_is_cleaned_on_the_way_in(store):
    run_id = finished_run(store)
    strange = {
        "name": f"a{BACKWARDS}\0b\n" + "x" * 500,
        "note": "y" * 5_000,
        "tags": [f"tag {n}" for n in range(100)],
        "deleted": None,
        "later": "a field of a later version",
    }
    (store.run_dir(run_id) / ANNOTATION_FILE).write_text(json.dumps(strange))
    run = lose_the_database(store).run(run_id)
    assert run.name == "ab " + "x" * 77
    assert len(run.note) == 2_000
    assert run.tags == tuple(f"tag {n}" for n in range(20))


@pytest.mark.parametrize("tags", ["", "[3]", '{"a": 1}', '"text"', "["])
def test_tags_damaged_in_the_database_are_read_again_from_the_folder(store, notes, tags):
    run_id = finished_run(store)
    notes.note(run_id, "a note")
    notes.tag(run_id, add=["kept"])
    with connect(store.database) as db:
        db.execute("UPDATE runs SET tags = ?", (tags,))
    assert [(run.status, run.tags) for run in store.runs()] == [("finished", ("kept",))]
    with connect(store.database) as db:
        db.execute("UPDATE runs SET tags = ?", (tags,))
    notes.tag(run_id, add=["new"])
    assert said(store, run_id)[1:] == ("a note", ("kept", "new"))


def test_a_full_disk_changes_neither_folder_nor_database(store, notes):
    """Files of this process may not grow beyond a size, as on a full disk."""
    run_id = finished_run(store)
    notes.note(run_id, "before")
    with full_disk(limit=200), pytest.raises(StoreError):
        notes.note(run_id, "x" * 1_000)
    assert store.run(run_id).note == "before"
    assert read_annotations(store.run_dir(run_id)).note == "before"
    notes.note(run_id, "after")
    assert store.run(run_id).note == "after"


@pytest.mark.slow
def test_a_disk_without_room_is_said_and_changes_nothing(small_disk):
    store = RunStore(small_disk / "runs")
    notes, run_id = RunAnnotations(store), finished_run(store)
    notes.note(run_id, "before")
    fill_disk(small_disk)
    for change in (lambda: notes.note(run_id, "x" * 2_000), lambda: notes.delete(run_id)):
        with pytest.raises(StoreError, match="room"):
            change()
    (small_disk / "ballast").unlink()
    run = store.run(run_id)
    assert (run.note, run.deleted) == ("before", None)
    assert read_annotations(store.run_dir(run_id)).note == "before"


@pytest.mark.slow
def test_a_read_only_folder_is_said_and_changes_nothing(store, notes):
    run_id = finished_run(store)
    with read_only(store.run_dir(run_id)):
        for change in (lambda: notes.rename(run_id, "x"), lambda: notes.delete(run_id)):
            with pytest.raises(StoreError, match="nothing was changed"):
                change()
    assert store.run(run_id).deleted is None


# Several at once

TAG = """
from pathlib import Path
from fashion_core.runs.annotations import RunAnnotations
from fashion_core.runs.store import RunStore
notes = RunAnnotations(RunStore(Path(sys.argv[1])))
print("ready", flush=True); sys.stdin.readline()
for n in range(8):
    notes.tag(sys.argv[2], add=[f"{sys.argv[3]}{n}"])
"""


def test_two_processes_lose_no_tag_of_each_other(store):
    run_id = finished_run(store)
    writers = [start_python(TAG, store.root, run_id, name) for name in "ab"]
    assert [writer.stdout.readline() for writer in writers] == ["ready\n"] * 2
    ends: list[tuple[str, str]] = []
    threads = [
        threading.Thread(target=lambda w=writer: ends.append(w.communicate("go\n", timeout=60)))
        for writer in writers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ends == [("", "")] * 2
    expected = sorted(f"{name}{n}" for name in "ab" for n in range(8))
    assert sorted(store.run(run_id).tags) == expected
    assert sorted(read_annotations(store.run_dir(run_id)).tags) == expected


RACE = """
from pathlib import Path
from fashion_core.errors import StoreError
from fashion_core.runs.annotations import RunAnnotations
from fashion_core.runs.queue import RunQueue
from fashion_core.runs.queue_order import QueueOrder
from fashion_core.runs.store import RunStore
store = RunStore(Path(sys.argv[1]))
do = {"delete": RunAnnotations(store).delete, "put": RunQueue(store).put}[sys.argv[2]]
print("ready", flush=True); sys.stdin.readline()
for run_id in sys.argv[3:]:
    try:
        do(run_id)
        print("done")
    except StoreError:
        print("refused")
"""


def test_of_deleting_and_resuming_at_once_one_is_refused(store):
    ids = [finished_run(store) for _ in range(12)]
    both = [start_python(RACE, store.root, what, *ids) for what in ("delete", "put")]
    assert [process.stdout.readline() for process in both] == ["ready\n"] * 2
    answers: dict[int, list[str]] = {}

    def ask(place: int) -> None:
        answers[place] = both[place].communicate("go\n", timeout=60)[0].split()

    threads = [threading.Thread(target=ask, args=(place,)) for place in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for run_id, pair in zip(ids, zip(answers[0], answers[1], strict=True), strict=True):
        assert sorted(pair) == ["done", "refused"]
        run = store.run(run_id)
        assert (run.deleted is None) == (run.status == "queued")


def test_an_old_folder_knows_nothing_of_notes(tmp_path: Path):
    assert read_annotations(tmp_path) is None
