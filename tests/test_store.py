"""The run store: what survives, which status is true, what is refused, who is next."""

import dataclasses
import json
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from helpers import (
    epoch_file,
    kill,
    lock_in_other_process,
    record,
    run_python,
    small_spec,
    start_python,
    wait_until,
)

from fashion_core.config import RunSpec
from fashion_core.errors import DamagedFileError, StoreError
from fashion_core.runs import artifacts, reading
from fashion_core.runs import queue as queue_module
from fashion_core.runs import store as store_module
from fashion_core.runs.folders import write_outcome
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.names import clean_name
from fashion_core.runs.queue import RunQueue
from fashion_core.runs.queue_order import QueueOrder
from fashion_core.runs.records import LiveProgress, describe_queue, describe_spec
from fashion_core.runs.schema import connect
from fashion_core.runs.store import RunStore

SPEC = RunSpec(learning_rate=0.01, epochs=7, seed=3)
HALFWAY = LiveProgress(phase="training", epoch=2, step=31, loss=0.5, seconds_left=61.5)


@pytest.fixture
def queue(store) -> RunQueue:
    return RunQueue(store)


def journal_of(store: RunStore, run_id: str) -> RunJournal:
    return RunJournal(store, run_id)


def started(store: RunStore) -> tuple[str, RunJournal]:
    """Give a run that was taken off the queue; nobody holds its lock."""
    run_id = store.create(SPEC)
    journal = journal_of(store, run_id)
    assert journal.start()
    return run_id, journal


def status_of(store: RunStore, run_id: str) -> str:
    return store.run(run_id).status


# What is kept


def test_a_new_run_waits_with_nothing_to_say(store):
    run = store.run(store.create(SPEC, name="first"))
    assert (run.name, run.spec, run.status, run.number) == ("first", SPEC, "queued", 1)
    assert (run.history, run.notices, run.progress, run.reason) == ((), (), None, "")
    assert run.best is None


def test_everything_survives_reopening(store):
    run_id, journal = started(store)
    journal.epoch(record(1, 0.1 + 0.2))
    journal.epoch(record(2, 1 / 3))
    journal.steps([(1, 31, 2.25), (1, 62, 1.125)])
    journal.notice("A sentence.")
    journal.end("diverged", "A reason.")
    before = store.run(run_id)
    reopened = RunStore(store.root)
    assert reopened.run(run_id) == before
    assert before.history == (record(1, 0.1 + 0.2), record(2, 1 / 3))
    assert (before.reason, before.notices) == ("A reason.", ("A sentence.",))
    assert reopened.step_losses(run_id) == ((1, 31, 2.25), (1, 62, 1.125))
    assert reopened.step_losses(run_id, last=1) == ((1, 62, 1.125),)


def test_a_new_run_writes_down_what_it_trains(store):
    run_id = store.create(SPEC, name="first")
    header = json.loads((store.root / run_id / "spec.json").read_text())
    assert (header["run_id"], header["name"]) == (run_id, "first")
    assert RunSpec.from_dict(header["spec"]) == SPEC


def test_an_ended_run_says_so_in_its_folder(store):
    run_id, journal = started(store)
    journal.end("failed", "No room.")
    outcome = json.loads((store.root / run_id / "outcome.json").read_text())
    assert outcome == {"state": "failed", "reason": "No room."}


def test_progress_is_replaced_and_ends_with_the_run(store):
    run_id, journal = started(store)
    journal.progress(LiveProgress(phase="loading", epoch=1, step=0))
    journal.progress(HALFWAY)
    assert store.run(run_id).progress == HALFWAY
    journal.end("finished", "")
    assert store.run(run_id).progress is None


def test_rows_written_again_replace_themselves(store):
    """An epoch may come again after a resume."""
    run_id, journal = started(store)
    for seconds in (1.0, 2.0):
        journal.epoch(record(1, seconds=seconds))
        journal.steps([(1, 31, seconds)])
        journal.notice("A sentence.")
    assert store.run(run_id).history == (record(1, seconds=2.0),)
    assert store.step_losses(run_id) == ((1, 31, 2.0),)
    assert store.run(run_id).notices == ("A sentence.",)


def test_notices_are_listed_in_the_order_of_writing(store):
    run_id, journal = started(store)
    for text in ("Second letter b.", "First letter a.", "Second letter b."):
        journal.notice(text)
    assert store.run(run_id).notices == ("Second letter b.", "First letter a.")


def test_history_ascends_whatever_the_order_of_writing(store):
    run_id, journal = started(store)
    for epoch in (10, 2, 1):
        journal.epoch(record(epoch))
    assert [r.epoch for r in store.run(run_id).history] == [1, 2, 10]


def test_the_best_epoch_of_a_run_is_that_of_its_history(store):
    run_id, journal = started(store)
    for epoch, val_loss in [(1, 0.5), (2, 0.25), (3, 0.375)]:
        journal.epoch(record(epoch, val_loss))
    assert store.run(run_id).best.epoch == 2


def test_rows_of_one_run_stay_with_it(store):
    (one, journal), (other, _) = started(store), started(store)
    journal.epoch(record(1))
    journal.steps([(1, 1, 0.5)])
    journal.notice("A sentence.")
    assert (store.run(other).history, store.run(other).notices) == ((), ())
    assert store.step_losses(other) == ()
    assert {run.run_id: run.epochs_done for run in store.runs()} == {one: 1, other: 0}


def test_runs_are_listed_newest_first(store):
    ids = [store.create(small_spec(seed=seed)) for seed in range(3)]
    assert [run.run_id for run in store.runs()] == ids[::-1]
    assert [run.number for run in store.runs()] == [3, 2, 1]


def test_runs_of_a_spec_are_the_equal_ones(store):
    ids = [store.create(SPEC), store.create(small_spec()), store.create(SPEC)]
    assert [run.run_id for run in store.runs_of(SPEC)] == [ids[2], ids[0]]


def test_a_run_stored_before_the_later_fields_equals_todays(store):
    """Its row holds the text that the first release wrote, with ten fields."""
    run_id = store.create(SPEC)
    text = (
        '{"batch_size": 32, "conv_widths": [32, 64], "dropout": 0.5, "epochs": 7, '
        '"fc_widths": [512, 128], "horizontal_flip": false, "learning_rate": 0.01, '
        '"seed": 3, "threads": 1, "train_images": 50000}'
    )
    with connect(store.database) as db:
        db.execute("UPDATE runs SET spec = ?", (text,))
    assert [run.run_id for run in store.runs_of(SPEC)] == [run_id]
    assert store.run(run_id).spec == SPEC


def test_a_run_of_a_recipe_is_not_equal_to_one_without(store):
    run_id = store.create(dataclasses.replace(SPEC, weight_decay=0.01))
    store.create(SPEC)
    found = store.runs_of(dataclasses.replace(SPEC, weight_decay=0.01))
    assert [run.run_id for run in found] == [run_id]


def test_an_epoch_file_is_read_from_the_folder_of_the_run(store):
    run_id = store.create(SPEC)
    artifacts.write_epoch(store.run_dir(run_id), epoch_file(2))
    assert store.epoch_file(run_id, 2).record == record(2)
    with pytest.raises(DamagedFileError, match="missing"):
        store.epoch_file(run_id, 3)


def test_best_weights_are_the_newest_on_disk(store):
    run_id = store.create(SPEC)
    for epoch in (2, 9):  # both there after a crash between writing and pruning
        artifacts.write(store.run_dir(run_id), "best", epoch, bytes([epoch]), keep=0)
    assert store.best_weights(run_id) == bytes([9])


def test_a_run_without_an_epoch_has_no_best_weights(store):
    with pytest.raises(StoreError, match="has no finished epoch yet"):
        store.best_weights(store.create(SPEC))


def test_200_runs_are_listed_with_as_many_queries_as_2(store, monkeypatch):
    def count_queries(runs: int) -> int:
        for _ in range(runs - len(store.runs())):
            journal_of(store, store.create(SPEC)).epoch(record(1))
        statements: list[str] = []
        monkeypatch.setattr(store_module, "connect", lambda path: traced(path, statements))
        assert len(store.runs()) == runs
        monkeypatch.undo()
        return sum(text.startswith("SELECT") for text in statements)

    assert count_queries(2) == 1
    assert count_queries(200) == 1


@contextmanager
def traced(path: Path, statements: list[str]) -> Iterator[sqlite3.Connection]:
    """Connect and note every statement."""
    with connect(path) as db:
        db.set_trace_callback(statements.append)
        yield db


# Status


@pytest.mark.parametrize("state", ["finished", "stopped", "diverged", "failed"])
def test_an_ended_run_is_what_was_written_down(store, state):
    run_id, journal = started(store)
    journal.end(state, "A reason.")
    assert status_of(store, run_id) == state


def test_a_run_is_running_only_while_its_lock_is_held(store, queue):
    run_id, _ = started(store)
    with queue.hold(run_id) as got:
        assert got
        assert status_of(store, run_id) == "running"
    assert status_of(store, run_id) == "interrupted"


def test_a_running_run_that_was_asked_to_stop_is_stopping(store, queue):
    run_id, journal = started(store)
    queue.request_stop(run_id)
    with queue.hold(run_id):
        assert status_of(store, run_id) == "stopping"
        assert journal.stop_requested()
    assert status_of(store, run_id) == "interrupted"


def test_a_run_whose_process_is_killed_is_interrupted_at_once(store):
    run_id, _ = started(store)
    process = lock_in_other_process(store.root / run_id / "lock")
    assert status_of(store, run_id) == "running"
    kill(process)
    assert status_of(store, run_id) == "interrupted"


def test_a_queued_run_is_queued_whoever_holds_its_lock(store, queue):
    run_id = store.create(SPEC)
    with queue.hold(run_id):
        assert status_of(store, run_id) == "queued"


def test_a_run_that_ends_while_it_is_looked_at_is_not_interrupted(store, monkeypatch):
    """Between reading its row and looking at its lock."""
    run_id, journal = started(store)

    def end_and_free(_lock: Path) -> bool:
        journal.end("finished", "")
        return False

    monkeypatch.setattr(reading, "is_locked", end_and_free)
    assert status_of(store, run_id) == "running"
    assert status_of(store, run_id) == "finished"


@pytest.mark.parametrize(
    ("state", "active", "resumable"),
    [
        ("queued", True, False),
        ("finished", False, False),
        ("diverged", False, False),
        ("stopped", False, True),
        ("failed", False, True),
        ("started", False, True),  # nobody holds its lock: interrupted
    ],
)
def test_what_can_be_done_follows_from_the_status(store, state, active, resumable):
    run_id, journal = started(store)
    journal.end(state, "")
    run = store.run(run_id)
    assert (run.is_active, run.is_resumable) == (active, resumable)


# Ids and names

HOSTILE_IDS = [
    "",
    "../x",
    "../../etc/passwd",
    "a/b-c-d-e-f",
    "x" * 300,
    "x" * 41,
    "seven77",
    "nul-in-\0-the-id",
    "R-20261122-UPPER",
    "with space here",
    "ends-with-newline\n",
    ".hidden-run",
    "runs.sqlite",
    "unicode-é-ééé",
    "lone-\ud800-surrogate",
    "1' OR '1'='1",
]


@pytest.mark.parametrize("run_id", HOSTILE_IDS)
@pytest.mark.parametrize("name", ["run_dir", "run", "best_weights"])
def test_a_hostile_id_is_refused(store, name, run_id):
    with pytest.raises(StoreError):
        getattr(store, name)(run_id)


@pytest.mark.parametrize("run_id", HOSTILE_IDS)
def test_no_run_has_a_hostile_id(store, run_id):
    store.create(SPEC)
    assert not store.has(run_id)


@pytest.mark.parametrize("run_id", HOSTILE_IDS)
def test_a_hostile_id_is_no_epoch_file(store, run_id):
    with pytest.raises(StoreError):
        store.epoch_file(run_id, 1)


def test_an_id_nobody_made_is_no_run(store, queue):
    with pytest.raises(StoreError, match=r"^There is no such run"):
        store.run("r-20261122-000000-abcdef")
    for action in (queue.put, queue.request_stop, lambda i: journal_of(store, i).stop_requested()):
        with pytest.raises(StoreError, match=r"^There is no such run"):
            action("r-20261122-000000-abcdef")


def test_ids_are_made_by_the_program_and_differ(store):
    ids = [store.create(SPEC, name="../x") for _ in range(20)]
    assert len(set(ids)) == 20
    assert all(store.run_dir(run_id).parent == store.root for run_id in ids)
    assert sorted(p.name for p in store.root.iterdir() if p.is_dir()) == sorted(ids)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("plain", "plain"),
        ("  two   words ", "two words"),
        ("first\nsecond\tthird", "first second third"),
        ("line\u2028separator", "line separator"),
        ("../x", "../x"),  # text to show, never a path
        ("<b>&amp;", "<b>&amp;"),
        ("x" * 300, "x" * 80),
        ("x" * 79 + " y", "x" * 79),
        ("nul\0 bell\a escape\x1b[31m", "nul bell escape[31m"),
        ("evil\u202etxt.exe", "eviltxt.exe"),
        ("\u2066a\u2069\u200eb\u200f\u061cc", "abc"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("cafe\u0301", "caf\u00e9"),
        ("\U0001f469\u200d\U0001f52c \U0001f456", "\U0001f469\u200d\U0001f52c \U0001f456"),
        ("קל", "קל"),
        ("", ""),
        ("\n\t\u200f", ""),
    ],
)
def test_a_name_is_one_clean_line(given, kept):
    assert clean_name(given) == kept


def test_a_run_without_a_name_is_named_by_its_spec(store):
    assert store.run(store.create(SPEC)).name == "lr 0.01, 7 epochs, seed 3"
    assert store.run(store.create(SPEC, name=" \n ")).name == "lr 0.01, 7 epochs, seed 3"


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "as specified"),
        ({"learning_rate": 0.1}, "lr 0.1, otherwise as specified"),
        ({"learning_rate": 1e-5, "epochs": 3}, "lr 0.00001, 3 epochs"),
        ({"learning_rate": 0.1, "horizontal_flip": True}, "lr 0.1, flips"),
        ({"conv_widths": (8, 16), "threads": 2}, "lr 0.001, conv 8/16, 2 threads"),
        ({"train_images": 5_000, "dropout": 0.25}, "lr 0.001, dropout 0.25, 5,000 pictures"),
        ({"batch_size": 64, "fc_widths": (9, 8)}, "lr 0.001, batch 64, fc 9/8"),
        (
            {"schedule": "one-cycle", "weight_decay": 0.05, "precision": "bfloat16"},
            "lr 0.001, one-cycle, weight decay 0.05, bfloat16",
        ),
        (
            {"horizontal_flip": True, "shift_pixels": 2, "mirror_average": True},
            "lr 0.001, flips, shifts of 2 px, mirror average",
        ),
        (
            {"label_smoothing": 0.1, "erase_probability": 0.5, "average_decay": 0.998},
            "lr 0.001, label smoothing 0.1, erasing 0.5, averaged weights 0.998",
        ),
    ],
)
def test_a_spec_is_described_by_what_differs_from_the_specification(changes, name):
    assert describe_spec(RunSpec(**changes)) == name


# Queue


def test_first_come_first_served(store, queue):
    ids = [store.create(small_spec(seed=seed)) for seed in range(3)]
    served = []
    while (run_id := queue.next()) is not None:
        assert journal_of(store, run_id).start()
        served.append(run_id)
    assert served == ids


def test_an_empty_queue_has_no_next(queue):
    assert queue.next() is None


def test_a_resumed_run_goes_to_the_end(store, queue):
    first, second = store.create(small_spec(seed=1)), store.create(small_spec(seed=2))
    journal_of(store, first).start()
    journal_of(store, first).end("stopped", "A reason.")
    queue.put(first)
    assert queue.next() == second
    journal_of(store, second).start()
    assert queue.next() == first
    assert store.run(first).reason == ""


def test_a_run_is_taken_off_the_queue_once(store):
    journal = journal_of(store, store.create(SPEC))
    assert [journal.start(), journal.start()] == [True, False]


def test_a_queued_run_that_is_stopped_is_off_the_queue(store, queue):
    run_id = store.create(SPEC)
    queue.request_stop(run_id)
    assert queue.next() is None
    assert not journal_of(store, run_id).start()
    assert store.run(run_id).reason == "Taken off the queue."


@pytest.mark.parametrize(
    ("queued", "paused", "said"),
    [
        (0, 0, ""),
        (1, 0, "1 waiting run"),
        (0, 1, "1 paused run"),
        (0, 2, "2 paused runs"),
        (3, 1, "3 waiting and 1 paused run"),
        (1, 2, "1 waiting and 2 paused runs"),
    ],
)
def test_the_queue_in_words(store, queued, paused, said):
    for seed in range(queued + paused):
        run_id = store.create(small_spec(seed=seed))
        if seed < paused:
            QueueOrder(store).pause(run_id)
    journal_of(store, store.create(SPEC)).start()
    assert describe_queue(store.active()) == said


def test_a_run_with_finished_epochs_that_is_stopped_in_the_queue_had_started(store, queue):
    run_id, journal = started(store)
    journal.epoch(record(1))
    QueueOrder(store).pause(run_id)
    journal.end("stopped", "Stopped on request.")
    assert store.run(run_id).status == "paused"
    queue.request_stop(run_id)
    run = store.run(run_id)
    assert (run.status, run.reason) == ("stopped", "Stopped while it waited in the queue.")


def once_finished(store: RunStore, queue: RunQueue) -> str:
    """Make a finished run that waits to compute a damaged epoch again."""
    run_id, journal = started(store)
    for epoch in range(1, SPEC.epochs + 1):
        journal.epoch(record(epoch))
    journal.end("finished", "")
    queue.put(run_id)
    return run_id


def outcome(store: RunStore, run_id: str) -> str:
    return json.loads((store.run_dir(run_id) / "outcome.json").read_text())["state"]


def test_a_finished_run_taken_off_the_queue_is_finished_again(store, queue):
    run_id = once_finished(store, queue)
    queue.request_stop(run_id)
    assert (store.run(run_id).status, store.run(run_id).reason) == ("finished", "")
    assert outcome(store, run_id) == "finished"


def test_a_finished_run_that_is_stopped_while_it_computes_again_is_finished_again(store, queue):
    run_id = once_finished(store, queue)
    journal = journal_of(store, run_id)
    journal.start()
    journal.end("stopped", "Stopped on request.")
    assert (store.run(run_id).status, store.run(run_id).reason) == ("finished", "")
    assert outcome(store, run_id) == "finished"


def test_a_finished_run_that_is_paused_while_it_computes_again_waits(store, queue):
    run_id = once_finished(store, queue)
    journal = journal_of(store, run_id)
    journal.start()
    QueueOrder(store).pause(run_id)
    journal.end("stopped", "Stopped on request.")
    assert store.run(run_id).status == "paused"


@pytest.mark.parametrize("state", ["finished", "stopped", "diverged", "failed"])
def test_a_stop_comes_too_late_for_an_ended_run(store, queue, state):
    run_id, journal = started(store)
    journal.end(state, "A reason.")
    queue.request_stop(run_id)
    assert (status_of(store, run_id), store.run(run_id).reason) == (state, "A reason.")
    assert not journal.stop_requested()


def test_an_old_stop_request_does_not_stop_a_resumed_run(store, queue):
    run_id, journal = started(store)
    queue.request_stop(run_id)
    queue.put(run_id)
    journal.start()
    assert not journal.stop_requested()


def test_a_run_that_starts_while_it_is_taken_off_the_queue_is_asked_to_stop(
    store, queue, monkeypatch
):
    """Another process starts it between the look at its state and the write."""
    run_id = store.create(SPEC)
    real = queue_module.run_row

    def start_after_looking(db: sqlite3.Connection, of_run: str) -> sqlite3.Row:
        row = real(db, of_run)
        journal_of(store, of_run).start()
        return row

    monkeypatch.setattr(queue_module, "run_row", start_after_looking)
    queue.request_stop(run_id)
    with queue.hold(run_id):
        assert status_of(store, run_id) == "stopping"


# Several writers

WRITE_RUNS = """
from pathlib import Path
from fashion_core.runs.store import RunStore
from fashion_core.runs.journal import RunJournal
from helpers import record, small_spec
print("ready", flush=True); sys.stdin.readline()
store = RunStore(Path(sys.argv[1]))
for seed in range(15):
    journal = RunJournal(store, store.create(small_spec(seed=seed), name=sys.argv[2]))
    for epoch in (1, 2, 3):
        journal.epoch(record(epoch))
        journal.steps([(epoch, step, 0.5) for step in range(5)])
"""


def test_processes_that_open_and_write_at_once_lose_nothing(tmp_path):
    """The store itself is made by whoever comes first."""
    writers = [start_python(WRITE_RUNS, tmp_path / "new", name) for name in "abc"]
    assert [writer.stdout.readline() for writer in writers] == ["ready\n"] * 3
    results = [None] * 3

    def write(i: int) -> None:
        results[i] = writers[i].communicate("go\n", timeout=120)[1]

    threads = [threading.Thread(target=write, args=(i,)) for i in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == ["", "", ""]
    runs = RunStore(tmp_path / "new").runs()
    assert sorted(run.name for run in runs) == ["a"] * 15 + ["b"] * 15 + ["c"] * 15
    assert {run.epochs_done for run in runs} == {3}
    assert sorted(run.number for run in runs) == list(range(1, 46))


def test_a_writer_that_is_killed_leaves_whole_epochs(tmp_path):
    store = RunStore(tmp_path)
    run_id = store.create(SPEC)
    process = start_python(
        "from pathlib import Path; from itertools import count\n"
        "from fashion_core.runs.store import RunStore; from helpers import record\n"
        "from fashion_core.runs.journal import RunJournal\n"
        "journal = RunJournal(RunStore(Path(sys.argv[1])), sys.argv[2])\n"
        "for epoch in count(1): journal.epoch(record(epoch))",
        tmp_path,
        run_id,
    )
    wait_until(lambda: len(store.run(run_id).history) >= 5)
    kill(process)
    history = RunStore(tmp_path).run(run_id).history
    assert history == tuple(record(epoch) for epoch in range(1, len(history) + 1))


def test_a_run_made_in_another_process_is_seen(store):
    code = (
        "from pathlib import Path; from fashion_core.runs.store import RunStore\n"
        "from helpers import small_spec\n"
        "print(RunStore(Path(sys.argv[1])).create(small_spec()))"
    )
    run_id = run_python(code, store.root).strip()
    assert [run.run_id for run in store.runs()] == [run_id]


# Its end is written down twice


def test_an_end_that_only_the_folder_took_is_not_interrupted(store):
    """A full disk: no room in the database."""
    run_id, _ = started(store)
    write_outcome(store.run_dir(run_id), "failed", "No room.")
    assert (status_of(store, run_id), store.run(run_id).reason) == ("failed", "No room.")


def test_an_end_that_only_the_database_took_is_known(store):
    run_id, journal = started(store)
    (store.run_dir(run_id) / "outcome.json").mkdir()  # nobody, not even root, writes a file there
    journal.end("finished", "")
    assert status_of(store, run_id) == "finished"


def test_a_resumed_run_forgets_how_it_ended(store, queue):
    run_id, journal = started(store)
    journal.end("stopped", "A reason.")
    queue.put(run_id)
    assert journal.start()
    assert status_of(store, run_id) == "interrupted"
    assert not (store.run_dir(run_id) / "outcome.json").exists()


def test_a_resumed_run_whose_folder_is_gone_gets_a_new_one(store, queue):
    run_id, journal = started(store)
    journal.end("failed", "No folder.")
    before = (store.run_dir(run_id) / "spec.json").read_bytes()
    shutil.rmtree(store.run_dir(run_id))
    queue.put(run_id)
    assert (store.run_dir(run_id) / "spec.json").read_bytes() == before
    assert status_of(store, run_id) == "queued"


def test_a_run_that_cannot_be_written_leaves_no_folder(store):
    store.database.unlink()
    store.database.with_name(".database.lock").unlink()
    store.database.with_name(".database.lock").mkdir()
    with pytest.raises(StoreError):
        store.create(SPEC)
    assert [path for path in store.root.iterdir() if path.name.startswith("r-")] == []


# What is refused


def test_a_store_of_a_newer_version_is_refused(store):
    with sqlite3.connect(store.database) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StoreError, match=r"newer version .*format 99, this one knows \d+.*Update"):
        RunStore(store.root)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "runs").write_text("no folder")
    with pytest.raises(StoreError, match=r"^The folder .*runs cannot be made"):
        RunStore(tmp_path / "runs")


def test_a_store_that_vanished_says_so(store):
    store.database.unlink()
    for path in store.root.iterdir():
        path.unlink()
    store.root.rmdir()
    with pytest.raises(StoreError, match="cannot be used"):
        store.runs()
    with pytest.raises(StoreError, match="cannot be"):
        store.create(SPEC)


def test_an_error_in_a_transaction_takes_all_of_it_back(store):
    run_id = store.create(SPEC)

    def change_and_fail() -> None:
        with connect(store.database) as db:
            db.execute("UPDATE runs SET name = 'changed' WHERE run_id = ?", (run_id,))
            raise RuntimeError("half")

    with pytest.raises(RuntimeError, match="half"):
        change_and_fail()
    assert store.run(run_id).name != "changed"


def test_a_row_of_a_run_that_does_not_exist_is_refused(store):
    with pytest.raises(StoreError, match="FOREIGN KEY"):
        journal_of(store, "r-20261122-000000-abcdef").epoch(record(1))
