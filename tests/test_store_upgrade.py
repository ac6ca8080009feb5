"""A store that an older version of the program made is brought to today's format."""

import json
import sqlite3
import threading
from dataclasses import asdict
from pathlib import Path

import pytest
from helpers import record, small_spec, start_python

from fashion_core.errors import StoreError
from fashion_core.runs import schema
from fashion_core.runs.annotations import RunAnnotations
from fashion_core.runs.store import RunStore
from fashion_core.runs.tables import FORMATS, SCHEMA_VERSION

RECORDS = [record(1, 0.5, seconds=3.0), record(2, 0.25, seconds=4.5), record(3, 0.375, seconds=1.0)]
RUN, OTHER = "r-20261122-000000-aaaaaa", "r-20261122-000000-bbbbbb"


def make_old_store(root: Path, formats: int) -> Path:
    """Make a store as an older version did: a run of three epochs, and one that waits."""
    root.mkdir()
    db = sqlite3.connect(root / "runs.sqlite")
    db.executescript("".join(FORMATS[:formats]))
    for run_id, state in ((RUN, "finished"), (OTHER, "queued")):
        db.execute(
            "INSERT INTO runs (run_id, name, created, spec, state) VALUES (?, ?, ?, ?, ?)",
            (run_id, f"name of {run_id}", 1.5, small_spec().to_json(), state),
        )
    for each in RECORDS:
        row = (RUN, each.epoch, json.dumps(asdict(each)))
        db.execute("INSERT INTO epochs VALUES (?, ?, ?)", row)
    db.execute("INSERT INTO steps VALUES (?, 1, 2, 0.75)", (RUN,))
    db.execute("INSERT INTO notices (run_id, text) VALUES (?, 'A sentence.')", (RUN,))
    db.execute(f"PRAGMA user_version = {formats}")
    db.commit()
    db.execute("PRAGMA journal_mode = WAL")
    db.close()
    return root


@pytest.fixture
def first_format(tmp_path) -> Path:
    """Make a store as the first version did."""
    return make_old_store(tmp_path / "old", 1)


def tables(database: Path) -> list[tuple[str, str]]:
    db = sqlite3.connect(database)
    found = db.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
    db.close()
    return found


def version(root: Path) -> int:
    db = sqlite3.connect(root / "runs.sqlite")
    found: int = db.execute("PRAGMA user_version").fetchone()[0]
    db.close()
    return found


def test_nothing_of_an_old_store_is_lost(first_format):
    store = RunStore(first_format)
    run = store.run(RUN)
    assert (run.name, run.created, run.status) == (f"name of {RUN}", 1.5, "finished")
    assert (run.history, run.notices) == (tuple(RECORDS), ("A sentence.",))
    assert store.step_losses(RUN) == ((1, 2, 0.75),)
    assert store.run(OTHER).status == "queued"


def test_the_list_of_an_old_store_knows_what_old_versions_did_not_write_down(first_format):
    waiting, trained = RunStore(first_format).runs()
    assert (trained.epochs_done, trained.best, trained.seconds) == (3, RECORDS[1], 8.5)
    assert (waiting.epochs_done, waiting.best, waiting.seconds) == (0, None, 0.0)


@pytest.mark.parametrize("formats", range(1, SCHEMA_VERSION))
def test_every_older_format_is_brought_to_todays(tmp_path, formats):
    store = RunStore(make_old_store(tmp_path / "old", formats))
    new = RunStore(tmp_path / "new")
    assert version(store.root) == SCHEMA_VERSION
    assert tables(store.database) == tables(new.database)
    waiting, trained = store.runs()
    assert (trained.epochs_done, trained.best, trained.seconds) == (3, RECORDS[1], 8.5)
    assert [(run.note, run.tags, run.deleted) for run in (waiting, trained)] == [("", (), None)] * 2
    notes = RunAnnotations(store)
    notes.tag(RUN, add=["old"])
    notes.delete(RUN)
    assert [run.run_id for run in store.runs()] == [OTHER]
    assert [run.tags for run in notes.deleted()] == [("old",)]


def test_an_upgraded_store_has_the_tables_of_a_new_one(first_format, tmp_path):
    RunStore(first_format)
    new = RunStore(tmp_path / "new")
    assert tables(first_format / "runs.sqlite") == tables(new.database)
    assert version(first_format) == SCHEMA_VERSION


def test_an_upgrade_that_breaks_off_changes_nothing(first_format):
    def fail(_db: sqlite3.Connection) -> None:
        raise StoreError("The disk is full.")

    before = tables(first_format / "runs.sqlite")
    with pytest.raises(StoreError, match="full"):
        schema.upgrade(first_format / "runs.sqlite", fail)
    assert (tables(first_format / "runs.sqlite"), version(first_format)) == (before, 1)
    assert RunStore(first_format).run(RUN).best == RECORDS[1]


def test_a_damaged_old_store_is_rebuilt_in_todays_format(first_format):
    (first_format / "runs.sqlite").write_bytes(b"no database" * 1_000)
    assert RunStore(first_format).runs() == ()  # this one has no folders
    assert version(first_format) == SCHEMA_VERSION


OPEN = """
from pathlib import Path
from fashion_core.runs.store import RunStore
print("ready", flush=True); sys.stdin.readline()
print(RunStore(Path(sys.argv[1])).runs()[1].epochs_done)
"""


def test_processes_that_open_an_old_store_at_once_upgrade_it_once(first_format):
    openers = [start_python(OPEN, first_format) for _ in range(3)]
    assert [opener.stdout.readline() for opener in openers] == ["ready\n"] * 3
    answers: list[tuple[str, str]] = []
    threads = [
        threading.Thread(target=lambda o=opener: answers.append(o.communicate("go\n", timeout=60)))
        for opener in openers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [("3\n", "")] * 3
