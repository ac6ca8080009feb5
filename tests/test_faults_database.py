"""The database damaged, removed or of another program: set aside, rebuilt from the run folders."""

import json
import random
import shutil
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers import (
    epoch_file,
    fingerprint,
    full_disk,
    kill,
    lock_in_other_process,
    make_engine,
    record,
    small_spec,
    start_python,
    train,
    wait_until,
)

from fashion_core.errors import StoreError
from fashion_core.runs import artifacts
from fashion_core.runs.annotations import RunAnnotations
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.queue import RunQueue
from fashion_core.runs.queue_order import QueueOrder
from fashion_core.runs.schema import connect
from fashion_core.runs.store import RunStore

RANDOM = random.Random(11)  # noqa: S311 - damage, not secrets
PAGE = 4096


def overwrite_header(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(RANDOM.randbytes(100))


def truncate(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def replace_by_text(path: Path) -> None:
    path.write_text("This is a letter and no database." * 50)


def garbage_page(path: Path) -> None:
    """Overwrite the first page of the table of runs, which every page of the dashboard reads."""
    db = sqlite3.connect(path)
    (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'runs'").fetchone()
    db.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * PAGE)
        file.write(RANDOM.randbytes(PAGE))


def remove(path: Path) -> None:
    path.unlink()


def another_database(path: Path) -> None:
    path.unlink()
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE letters (text TEXT)")
    db.close()


DAMAGES = [
    overwrite_header,
    truncate,
    empty,
    replace_by_text,
    garbage_page,
    remove,
    another_database,
]


def add_run(store: RunStore, seed: int, state: str, epochs: int = 2) -> str:
    """Add a run with some epochs on disk that ended in some way, or never did."""
    run_id = store.create(small_spec(seed=seed), name=f"name {seed}")
    journal = RunJournal(store, run_id)
    assert journal.start()
    for epoch in range(1, epochs + 1):
        artifacts.write_epoch(store.run_dir(run_id), epoch_file(epoch, val_loss=1 / (epoch + seed)))
        journal.epoch(epoch_file(epoch, val_loss=1 / (epoch + seed)).record)
    if state != "started":
        journal.end(state, f"reason {seed}")
    return run_id


def facts(store: RunStore) -> dict[str, tuple]:
    """Give what must survive the loss of the database."""
    return {
        run.run_id: (run.name, run.created, run.spec, run.status, run.reason, run.history)
        for run in (store.run(summary.run_id) for summary in store.runs())
    }


def set_aside(store: RunStore) -> list[Path]:
    return sorted(store.root.glob("runs.sqlite.damaged-????????-??????*"))


@pytest.fixture
def filled(store) -> RunStore:
    """Give a store with a run of every way to end, and one that was killed."""
    for seed, state in enumerate(["finished", "stopped", "failed", "diverged", "started"]):
        add_run(store, seed, state)
    return store


@pytest.mark.parametrize("is_open", [True, False], ids=["while open", "before the start"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_database_is_rebuilt_and_every_run_is_back(filled, damage, is_open):
    before = facts(filled)
    damage(filled.database)
    store = filled if is_open else RunStore(filled.root)
    assert facts(store) == before
    assert [run.number for run in store.runs()] == [5, 4, 3, 2, 1]


@pytest.mark.parametrize("damage", [d for d in DAMAGES if d is not remove])
def test_the_damaged_file_is_kept_under_another_name(filled, damage):
    damage(filled.database)
    damaged = filled.database.read_bytes()
    filled.runs()
    (aside,) = set_aside(filled)
    assert aside.read_bytes() == damaged
    said = (
        f"The list of runs was damaged; it was set aside as {aside.name} and rebuilt from the run "
        "folders: 5 runs. Every run has the number it had.",
    )
    assert (filled.news(), filled.news()) == (said, said)
    filled.dismiss_news(said[0])
    assert filled.news() == ()


def test_a_log_beside_the_damaged_database_is_set_aside_with_it(filled):
    """It must never meet the new database."""
    filled.database.with_name("runs.sqlite-wal").write_bytes(b"log")
    filled.database.with_name("runs.sqlite-shm").write_bytes(b"index")
    filled.database.unlink()
    before = len(filled.runs())
    assert before == 5
    assert [path.read_bytes() for path in set_aside(filled)] == [b"index", b"log"]
    assert filled.news() == (
        "The list of runs was missing and rebuilt from the run folders: 5 runs. "
        "Every run has the number it had.",
    )


def test_the_rebuilt_list_takes_new_runs_and_rows(filled):
    overwrite_header(filled.database)
    run_id = add_run(filled, 9, "finished")
    assert filled.run(run_id).status == "finished"
    assert len(filled.runs()) == 6


def test_a_run_created_while_the_database_is_damaged_waits_in_the_queue(filled):
    overwrite_header(filled.database)
    run_id = filled.create(small_spec(seed=7))
    assert RunQueue(filled).next() == run_id
    assert len(filled.runs()) == 6


def test_a_run_in_work_comes_back_as_running(filled):
    run_id = add_run(filled, 8, "started")
    process = lock_in_other_process(filled.run_dir(run_id) / "lock")
    overwrite_header(filled.database)
    assert filled.run(run_id).status == "running"
    kill(process)
    assert filled.run(run_id).status == "interrupted"


def test_an_old_outcome_of_a_resumed_run_is_not_believed(filled):
    run_id = next(run.run_id for run in filled.runs() if run.status == "stopped")
    RunQueue(filled).put(run_id)
    assert RunJournal(filled, run_id).start()
    overwrite_header(filled.database)
    assert filled.run(run_id).status == "interrupted"


def test_a_healthy_database_is_left_alone(filled):
    before = filled.database.read_bytes()
    store = RunStore(filled.root)
    store.runs()
    assert filled.database.read_bytes() == before
    assert (set_aside(store), store.news()) == ([], ())


# Numbers, and what waited


def numbers(store: RunStore) -> dict[str, int]:
    return {run.run_id: run.number for run in store.runs()}


def test_a_rebuild_gives_every_run_the_number_it_had(store):
    """The oldest by date came last, as an imported one does, and a number in between is free."""
    ids = [add_run(store, seed, "finished", epochs=1) for seed in range(4)]
    old = json.loads((store.run_dir(ids[3]) / "spec.json").read_text()) | {"created": 5.0}
    (store.run_dir(ids[3]) / "spec.json").write_text(json.dumps(old))
    notes = RunAnnotations(store)
    notes.delete(ids[1])
    notes.empty([ids[1]])
    before = numbers(store)
    assert before == {ids[0]: 1, ids[2]: 3, ids[3]: 4}
    overwrite_header(store.database)
    assert numbers(store) == before
    assert store.run(store.create(small_spec(seed=9))).number == 5


def test_runs_of_an_older_version_get_their_numbers_into_their_folders(filled):
    before = numbers(filled)
    for run_id in before:
        (filled.run_dir(run_id) / "number.json").unlink()
    store = RunStore(filled.root)
    assert [json.loads((store.run_dir(i) / "number.json").read_text()) for i in before] == [
        {"number": number} for number in (5, 4, 3, 2, 1)
    ]


@pytest.mark.parametrize("content", [b"", b"[]", b'{"number": 0}', b'{"number": true}', b"\xff"])
def test_a_run_whose_folder_lost_its_number_is_named_with_its_new_one(filled, content):
    ids = list(reversed(numbers(filled)))
    (filled.run_dir(ids[1]) / "number.json").write_bytes(content)
    overwrite_header(filled.database)
    assert numbers(filled) == {ids[0]: 1, ids[2]: 3, ids[3]: 4, ids[4]: 5, ids[1]: 6}
    assert filled.news()[0].endswith(
        "folders: 5 runs. These may have had other numbers, which their folders do not tell: "
        "Run 6 (name 1). Notes and saved reports may mean the old ones."
    )
    overwrite_header(filled.database)
    assert numbers(filled)[ids[1]] == 6


def test_two_folders_of_one_number_make_two_runs(filled):
    """Somebody copied a folder by hand."""
    (_, *_, first) = numbers(filled)
    shutil.copytree(filled.run_dir(first), filled.root / "r-20261122-000000-abcdef")
    overwrite_header(filled.database)
    assert sorted(numbers(filled).values()) == [1, 2, 3, 4, 5, 6]


def test_a_number_goes_with_the_folder_that_is_made_again(filled):
    run_id = next(run.run_id for run in filled.runs() if run.status == "stopped")
    shutil.rmtree(filled.run_dir(run_id))
    RunQueue(filled).put(run_id)
    before = numbers(filled)
    overwrite_header(filled.database)
    assert numbers(filled) == before


@pytest.mark.parametrize("is_in_work", [False, True])
def test_a_paused_run_comes_back_as_paused(store, is_in_work):
    run_id, order = store.create(small_spec()), QueueOrder(store)
    journal = RunJournal(store, run_id)
    if is_in_work:
        assert journal.start()
    order.pause(run_id)
    if is_in_work:
        journal.end("stopped", "Stopped on request.")
    overwrite_header(store.database)
    assert (store.run(run_id).status, store.run(run_id).reason) == ("paused", "")
    assert RunQueue(store).next() is None
    order.go_on(run_id)
    overwrite_header(store.database)
    assert store.run(run_id).status == "interrupted"


def test_a_run_that_waited_says_that_it_is_not_known_whether_it_had_begun(store):
    run_id = store.create(small_spec())
    overwrite_header(store.database)
    run = store.run(run_id)
    assert (run.status, run.reason) == (
        "interrupted",
        "The list of runs was rebuilt while this run waited in the queue or was in its first "
        "epoch.",
    )


def test_a_run_that_was_taken_off_the_queue_comes_back_as_that(store):
    run_id = store.create(small_spec())
    QueueOrder(store).pause(run_id)
    RunQueue(store).request_stop(run_id)
    overwrite_header(store.database)
    run = store.run(run_id)
    assert (run.status, run.reason) == ("stopped", "Taken off the queue.")


def test_a_new_store_has_no_news(store):
    assert store.news() == ()


def test_a_database_of_a_newer_version_is_refused_and_left_alone(filled):
    db = sqlite3.connect(filled.database)
    db.execute("PRAGMA user_version = 99")
    db.close()
    before = filled.database.read_bytes()
    for look in (filled.runs, lambda: RunStore(filled.root)):
        with pytest.raises(StoreError, match="newer version"):
            look()
    assert filled.database.read_bytes() == before
    assert set_aside(filled) == []


def test_a_full_disk_while_rebuilding_leaves_everything_and_is_tried_again(filled):
    overwrite_header(filled.database)
    damaged = filled.database.read_bytes()
    with full_disk(1_000), pytest.raises(StoreError, match="the disk has room"):
        filled.runs()
    assert filled.database.read_bytes() == damaged
    assert len(filled.runs()) == 5


def test_a_damaged_epoch_file_leaves_a_gap_and_a_sentence(filled):
    run_id = next(run.run_id for run in filled.runs() if run.status == "finished")
    (path,) = (filled.run_dir(run_id) / "epochs").glob("epoch-0001-*")
    path.write_bytes(b"half")
    overwrite_header(filled.database)
    run = filled.run(run_id)
    assert [r.epoch for r in run.history] == [2]
    assert "The epoch file of epoch 1" in run.notices[0]
    assert "is damaged" in run.notices[0]


@pytest.mark.slow
def test_processes_and_threads_that_find_the_damage_at_once_rebuild_it_once(filled):
    overwrite_header(filled.database)
    lookers = [start_python(LOOK, filled.root) for _ in range(4)]
    for looker in lookers:
        assert looker.stdout.readline() == "ready\n"
    counts: list[int] = []
    threads = [threading.Thread(target=lambda: counts.append(len(filled.runs()))) for _ in range(8)]
    for looker in lookers:
        looker.stdin.write("go\n")
        looker.stdin.flush()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [looker.communicate(timeout=60) for looker in lookers] == [("5\n", "")] * 4
    assert counts == [5] * 8
    assert len(set_aside(filled)) == 1


LOOK = """
from pathlib import Path
from fashion_core.runs.store import RunStore
print("ready", flush=True); sys.stdin.readline()
print(len(RunStore(Path(sys.argv[1])).runs()))
"""


@pytest.mark.slow
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_run_goes_on_although_the_database_is_damaged_under_it(
    small_data, store, tmp_path, damage
):
    """It ends with the bits of a run alone, and its curve is whole."""
    other = add_run(store, 3, "finished")
    spec = small_spec(epochs=10)
    engine = make_engine("thread", store)
    run_id = engine.start(spec)
    wait_until(lambda: len(store.run(run_id).history) >= 2)
    damage(store.database)
    wait_until(lambda: not store.run(run_id).is_active, timeout=60)
    engine.close()
    assert (store.run(run_id).status, store.run(other).status) == ("finished", "finished")
    assert [r.epoch for r in store.run(run_id).history] == list(range(1, 11))
    train(tmp_path / "alone", spec)
    assert fingerprint(store.run_dir(run_id)) == fingerprint(tmp_path / "alone")


# F18: one unreadable run among a hundred


@pytest.fixture(scope="module")
def hundred_once(tmp_path_factory) -> Path:
    """Make a store with a hundred finished runs of one epoch; copy only."""
    store = RunStore(tmp_path_factory.mktemp("hundred") / "runs")
    for seed in range(100):
        add_run(store, seed, "finished", epochs=1)
    return store.root


@pytest.fixture
def hundred(hundred_once, tmp_path) -> RunStore:
    """Give a copy of the store with a hundred runs."""
    return RunStore(shutil.copytree(hundred_once, tmp_path / "hundred"))


def change_row(table: str, column: str, value: object) -> Callable[[RunStore, str], None]:
    def change(store: RunStore, run_id: str) -> None:
        with connect(store.database) as db:
            db.execute(f"UPDATE {table} SET {column} = ? WHERE run_id = ?", (value, run_id))  # noqa: S608

    return change


def break_spec_file(content: bytes) -> Callable[[RunStore, str], None]:
    """Damage spec.json and lose the database, so that the list is made from the folders."""

    def damage(store: RunStore, run_id: str) -> None:
        (store.run_dir(run_id) / "spec.json").write_bytes(content)
        store.database.unlink()

    return damage


@pytest.mark.parametrize(
    "damage",
    [
        change_row("runs", "spec", "{"),
        change_row("runs", "spec", json.dumps({"epochs": 0})),
        change_row("runs", "spec", b"\xff\xfe\x00"),
        change_row("runs", "state", "fini\ufffdhed"),
        change_row("runs", "progress", "[1]"),
        change_row("runs", "tags", "{"),
        change_row("runs", "summary", "{"),
    ],
)
@pytest.mark.parametrize("look", [RunStore.runs, facts], ids=["list", "run"])
def test_a_damaged_row_of_a_run_is_made_again_from_its_folder(filled, damage, look):
    before = facts(filled)
    damage(filled, list(before)[2])
    look(filled)
    assert facts(filled) == before
    assert [run.status for run in filled.runs()].count("damaged") == 0


def test_a_sound_spec_file_put_back_brings_the_run_back(filled):
    before, run_id = facts(filled), filled.runs()[-1].run_id
    sound = (filled.run_dir(run_id) / "spec.json").read_bytes()
    break_spec_file(b"{oops")(filled, run_id)
    damaged = filled.run(run_id)
    assert (damaged.status, damaged.number) == ("damaged", 1)
    assert filled.how_to_mend(run_id).startswith("What helps: put a sound spec.json from a backup")
    (filled.run_dir(run_id) / "spec.json").write_bytes(sound)
    assert facts(filled) == before


def test_a_row_that_cannot_be_mended_on_a_full_disk_says_that(filled):
    run_id = filled.runs()[-1].run_id
    change_row("runs", "spec", "{")(filled, run_id)
    with full_disk(1_000):
        assert filled.run(run_id).status == "damaged"
    assert "in order, but the list cannot be written" in filled.how_to_mend(run_id)


@pytest.mark.slow
@pytest.mark.parametrize(
    "damage",
    [
        break_spec_file(b""),
        break_spec_file(b'{"run_id": "r-'),
        break_spec_file(b"\xff" * 100),
    ],
)
def test_one_unreadable_run_leaves_the_other_99(hundred, damage):
    run_id = hundred.runs()[40].run_id
    damage(hundred, run_id)
    runs = hundred.runs()
    assert len(runs) == 100
    assert [run.run_id for run in runs if run.status != "finished"] == [run_id]
    damaged = hundred.run(run_id)
    assert (damaged.status, damaged.history, damaged.is_resumable) == ("damaged", (), False)
    assert "spec.json" in damaged.reason


@pytest.mark.parametrize("content", ['{"epoch": 1, "val', '{"epoch": 1}', b"\xff"])
def test_a_damaged_row_of_an_epoch_is_read_again_from_its_file(filled, content):
    run_id = filled.runs()[-1].run_id
    before = filled.run(run_id)
    change_row("epochs", "record", content)(filled, run_id)
    change_row("runs", "summary", content)(filled, run_id)
    assert filled.run(run_id) == before
    (listed,) = [run for run in filled.runs() if run.run_id == run_id]
    assert (listed.status, listed.epochs_done, listed.best) == ("finished", 2, before.best)


def test_a_damaged_row_of_an_epoch_whose_file_is_damaged_leaves_a_gap(filled):
    run_id = filled.runs()[-1].run_id
    for path in (filled.run_dir(run_id) / "epochs").glob("epoch-0001-*"):
        path.write_bytes(b"half")
    change_row("epochs", "record", "{")(filled, run_id)
    run = filled.run(run_id)
    assert [record.epoch for record in run.history] == [2]
    assert "The curve has a gap there." in run.notices[0]


def test_a_flipped_byte_in_a_text_is_one_damaged_run(store):
    """SQLite refuses the whole answer where a text is no UTF-8, unless it is told otherwise."""
    ids = [add_run(store, seed, "finished") for seed in range(3)]
    change_row("runs", "spec", "")(store, ids[1])
    with connect(store.database) as db:
        db.execute("UPDATE runs SET spec = CAST(X'7BFF' AS TEXT) WHERE run_id = ?", (ids[1],))
    assert [run.status for run in store.runs()] == ["finished"] * 3  # from its folder


def test_a_damaged_run_in_the_queue_is_passed_over(store):
    ids = [store.create(small_spec(seed=seed)) for seed in range(2)]
    change_row("runs", "spec", "{")(store, ids[0])
    assert RunQueue(store).next() == ids[1]


def test_a_folder_without_any_file_is_no_run(store):
    """Left by a program that was killed while it created a run."""
    artifacts.prepare_folders(store.root / "r-20261122-000000-abcdef")
    shutil.copytree(store.root, store.root.with_name("copy"))
    (store.root.with_name("copy") / "runs.sqlite").unlink()
    assert RunStore(store.root.with_name("copy")).runs() == ()


def test_the_figures_that_come_back_are_those_of_the_epoch_files(filled):
    overwrite_header(filled.database)
    run = filled.run(filled.runs()[-1].run_id)
    assert run.history[1] == record(2, val_loss=1 / 2)
