"""Notes on pictures and confusions: nothing is lost by other windows, by damage, or a full disk."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from helpers import full_disk, lock_in_other_process, start_python

from fashion_core.errors import StoreError
from fashion_core.runs import data_notes, line_file
from fashion_core.runs.data_notes import (
    NOTE_FILE,
    ChangedNoteError,
    DataNote,
    DataNotes,
    Pair,
    Picture,
)
from fashion_core.runs.line_file import LineFile

BOOT = Picture(split="test", image_id=7)
SHIRTS = Pair(true=6, predicted=0)


@pytest.fixture
def notes(tmp_path: Path) -> DataNotes:
    return DataNotes(tmp_path)


def say(notes: DataNotes, about: Picture | Pair, text: str, *tags: str) -> DataNote:
    """Write from what stands there now."""
    return notes.save(notes.of(about), text=text, tags=tags)


def numbered(image_id: int) -> Picture:
    return Picture(split="test", image_id=image_id)


# Writing


def test_tags_are_put_on_many_pictures_at_once_and_what_was_new_is_given(notes):
    say(notes, BOOT, "kept", "Dark")
    say(notes, SHIRTS, "the collar decides")
    added = notes.add_tags([BOOT, numbered(8)], ["dark", " collar "])
    assert added == {BOOT: ("collar",), numbered(8): ("dark", "collar")}
    assert notes.of(BOOT) == DataNote(about=BOOT, text="kept", tags=("Dark", "collar"))
    assert notes.of(numbered(8)).tags == ("dark", "collar")
    assert notes.of(SHIRTS).text == "the collar decides"


def test_tags_that_are_all_there_are_added_to_nothing(notes):
    say(notes, BOOT, "", "dark")
    assert notes.add_tags([BOOT], ["DARK"]) == {}
    assert notes.of(BOOT).tags == ("dark",)


def test_nothing_but_what_was_added_is_taken_off_again(notes):
    say(notes, BOOT, "kept", "dark")
    added = notes.add_tags([BOOT, numbered(8), numbered(9)], ["dark", "collar"])
    say(notes, numbered(9), "meanwhile", "collar", "other")
    notes.remove_tags(added)
    assert notes.of(BOOT) == DataNote(about=BOOT, text="kept", tags=("dark",))
    assert numbered(8) not in {note.about for note in notes.all()}
    assert notes.of(numbered(9)) == DataNote(about=numbered(9), text="meanwhile", tags=("other",))


def test_the_21st_tag_of_one_picture_leaves_all_as_they_were(notes):
    say(notes, numbered(8), "", *(f"tag {n}" for n in range(20)))
    with pytest.raises(StoreError, match="20 tags at most, these would be 21"):
        notes.add_tags([BOOT, numbered(8)], ["one more"])
    assert notes.of(BOOT).tags == ()


def test_tags_of_a_whole_split_are_one_change(notes, tmp_path):
    added = notes.add_tags(map(numbered, range(10_000)), ["seen"])
    assert len(added) == len(notes.all()) == 10_000
    notes.remove_tags(added)
    assert notes.all() == ()


def test_a_note_is_there_for_whoever_opens_the_store(tmp_path, notes):
    assert notes.all() == ()
    say(notes, BOOT, "a sandal, really", "label?", "dark")
    say(notes, SHIRTS, "the collar decides")
    boot = DataNote(about=BOOT, text="a sandal, really", tags=("label?", "dark"))
    assert DataNotes(tmp_path).all() == (boot, DataNote(about=SHIRTS, text="the collar decides"))
    assert DataNotes(tmp_path).of(BOOT) == boot


def test_what_nobody_spoke_of_has_an_empty_note(notes):
    say(notes, BOOT, "x")
    for about in (Picture(split="validation", image_id=7), Pair(true=0, predicted=6)):
        assert notes.of(about) == DataNote(about=about)


def test_an_emptied_note_is_gone(notes):
    say(notes, BOOT, "x", "tag")
    say(notes, BOOT, "  ", "")
    assert notes.all() == ()


def test_texts_are_cleaned_and_bounded(notes):
    saved = say(notes, BOOT, "one\x1b[31m\r\ntwo\ud800" + "x" * 5_000, "  a\tb ", "A B", "y" * 99)
    assert saved.text.splitlines()[0] == "one[31m"
    assert len(saved.text) == 2_000
    assert saved.tags == ("a b", "y" * 30)
    assert notes.of(BOOT) == saved


def test_the_21st_tag_is_refused_and_changes_nothing(notes):
    say(notes, BOOT, "x", *(f"tag {n}" for n in range(20)))
    with pytest.raises(StoreError, match="20 tags at most, these would be 21"):
        say(notes, BOOT, "y", *(f"tag {n}" for n in range(21)))
    assert notes.of(BOOT).text == "x"


def test_a_file_that_would_be_too_large_is_not_made(notes, monkeypatch):
    monkeypatch.setattr(notes._file, "_max_bytes", 300)
    say(notes, BOOT, "x" * 100)
    with pytest.raises(StoreError, match=r"no room for more notes .* Nothing was changed"):
        say(notes, SHIRTS, "x" * 200)
    assert [note.about for note in notes.all()] == [BOOT]


# Several windows


def test_a_text_changed_in_two_windows_is_said_and_both_can_be_kept(notes):
    seen = notes.of(BOOT)
    notes.save(seen, text="theirs", tags=())
    with pytest.raises(
        ChangedNoteError, match=r"on test picture 7; it says “theirs” now"
    ) as raised:
        notes.save(seen, text="mine", tags=())
    assert notes.of(BOOT).text == "theirs"
    notes.save(raised.value.current, text="theirs\nmine", tags=())
    assert notes.of(BOOT).text == "theirs\nmine"


def test_a_text_removed_elsewhere_is_said_too(notes):
    seen = say(notes, SHIRTS, "old")
    notes.save(seen, text="", tags=())
    with pytest.raises(ChangedNoteError, match="on this confusion; it says nothing now"):
        notes.save(seen, text="new", tags=())


def test_only_what_was_changed_here_is_changed(notes):
    seen = say(notes, BOOT, "old", "a", "b")
    notes.save(seen, text="theirs", tags=("b", "c"))
    assert notes.save(seen, text="old", tags=("A", "d")) == DataNote(
        about=BOOT, text="theirs", tags=("c", "d")
    )


def test_the_same_text_from_two_windows_is_no_quarrel(notes):
    seen = notes.of(BOOT)
    notes.save(seen, text="same", tags=())
    assert notes.save(seen, text="same", tags=("x",)).tags == ("x",)


def test_threads_that_write_at_once_lose_nothing(tmp_path):
    def work(worker: int) -> None:
        for number in range(15):
            say(DataNotes(tmp_path), numbered(100 * worker + number), "x")
            say(DataNotes(tmp_path), BOOT, "", *(t for t in [f"{worker}"] if number == 7))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(1, 7)))
    found = {note.about for note in DataNotes(tmp_path).all()}
    written = {numbered(100 * w + n) for w in range(1, 7) for n in range(15)}
    assert found - {BOOT} == written


_WRITE = """
from pathlib import Path
from test_data_notes import numbered, say
from fashion_core.runs.data_notes import DataNotes
sys.stdin.readline()
for number in range(25):
    say(DataNotes(Path(sys.argv[1])), numbered(int(sys.argv[2]) + number), "x")
"""


def test_processes_that_write_at_once_lose_nothing(tmp_path):
    workers = [start_python(_WRITE, tmp_path, 1000 * worker) for worker in range(3)]
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    assert [worker.communicate(timeout=120)[1] for worker in workers] == ["", "", ""]
    assert len(DataNotes(tmp_path).all()) == 75


def test_a_writer_that_hangs_is_named(tmp_path, notes, monkeypatch):
    monkeypatch.setattr(line_file, "_WAIT_SECONDS", 0.05)
    holder = lock_in_other_process(tmp_path / "data-notes.lock")
    try:
        with pytest.raises(StoreError, match="Another window is writing notes on pictures"):
            say(notes, BOOT, "x")
    finally:
        holder.communicate(timeout=30)
    say(notes, BOOT, "x")


# Damage

SPOILED = {
    "emptied": (lambda content: b"", set()),
    "zeroed": (lambda content: bytes(len(content)), set()),
    "another file": (lambda content: b'{"name": "x"}\n', set()),
    "binary": (lambda content: bytes(range(256)) * 9, set()),
    "deep": (lambda content: b"[" * 100_000, set()),
    "half a line": (lambda content: content[:-20], {1, 2}),
    "a line less": (lambda content: b"\n".join(content.split(b"\n")[:-2]) + b"\n", {1, 2}),
    "no first line": (lambda content: content.split(b"\n", 1)[1], {2, 3}),
    "a spoiled line": (lambda content: content.replace(b'"image_id": 2', b'"image_id": "'), {1, 3}),
    "no text": (lambda content: content.replace(b'"text 2"', b"2"), {1, 3}),
    "no tags": (lambda content: content.replace(b'["t2"]', b'"t2"'), {1, 3}),
    "no tag": (lambda content: content.replace(b'["t2"]', b"[2]"), {1, 3}),
    "no split": (lambda content: content.replace(b'"test"', b'["test"]', 1), {2, 3}),
    "no picture": (lambda content: content.replace(b'"image_id": 2', b'"image_id": -2'), {1, 3}),
    "more said": (lambda content: content.replace(b'{"split"', b'{"x": 1, "split"', 1), {2, 3}),
    "a stray line": (
        lambda content: content.replace(b'{"split"', b'x\n{"split"', 1).rstrip(b"\n"),
        {1, 2, 3},
    ),
    "a line twice": (lambda content: content + content.split(b"\n", 1)[1], {1, 2, 3}),
    "too large": (lambda content: content + b" " * data_notes.MAX_BYTES, set()),
}


@pytest.mark.parametrize("name", SPOILED)
def test_a_damaged_file_is_kept_and_its_readable_lines_go_on(tmp_path, notes, name):
    spoil, left = SPOILED[name]
    for number in (1, 2, 3):
        say(notes, numbered(number), f"text {number}", f"t{number}")
    path = tmp_path / NOTE_FILE
    path.write_bytes(spoil(path.read_bytes()))
    spoiled = path.read_bytes()
    assert {note.about.image_id for note in notes.all()} == left
    (copy,) = notes.damaged_copies()
    assert copy.read_bytes() == spoiled
    say(notes, numbered(9), "x")
    assert {note.about.image_id for note in DataNotes(tmp_path).all()} == left | {9}
    assert notes.damaged_copies() == (copy,)  # damaged once, said once


def test_a_damaged_file_is_kept_also_if_somebody_writes_before_he_looks(tmp_path, notes):
    say(notes, BOOT, "x")
    path = tmp_path / NOTE_FILE
    path.write_bytes(path.read_bytes()[:-3])
    spoiled = path.read_bytes()
    notes.save(DataNote(about=SHIRTS), text="y", tags=())
    assert [note.about for note in notes.all()] == [SHIRTS]
    assert [copy.read_bytes() for copy in notes.damaged_copies()] == [spoiled]


def test_a_folder_in_place_of_the_file_is_said(tmp_path, notes):
    (tmp_path / NOTE_FILE).mkdir()
    with pytest.raises(StoreError, match="notes on pictures cannot be read"):
        notes.all()


def test_a_full_disk_changes_nothing_and_is_said(tmp_path, notes):
    say(notes, BOOT, "x" * 50)
    with full_disk(limit=100), pytest.raises(StoreError, match="nothing was changed"):
        say(notes, SHIRTS, "y" * 50)
    assert [note.about for note in notes.all()] == [BOOT]
    assert not list(tmp_path.glob(".*.tmp"))


def test_a_folder_that_is_gone_is_said(tmp_path):
    with pytest.raises(StoreError, match="nothing was changed"):
        say(DataNotes(tmp_path / "gone"), BOOT, "x")


# The format


def test_the_file_is_a_line_of_json_each_behind_a_count(tmp_path, notes):
    say(notes, BOOT, "größer", "a")
    say(notes, SHIRTS, "x")
    lines = (tmp_path / NOTE_FILE).read_text().splitlines()
    assert [json.loads(line) for line in lines] == [
        {"facts": 2},
        {"split": "test", "image_id": 7, "note": "größer", "tags": ["a"]},
        {"true": 6, "predicted": 0, "note": "x", "tags": []},
    ]
    assert "größer" in lines[1]


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: Picture(split="train", image_id=1), "Expected one of"),
        (lambda: Picture(split="test", image_id=-1), "image id"),
        (lambda: Picture(split="test", image_id=60_000), "image id"),
        (lambda: Picture(split="test", image_id=True), "image id"),
        (lambda: Pair(true=10, predicted=1), "true class"),
        (lambda: Pair(true=1, predicted="1"), "predicted class"),
        (lambda: Pair(true=4, predicted=4), "two different classes"),
        (lambda: DataNote(about=BOOT, tags=tuple(map(str, range(21)))), "20 tags at most"),
    ],
)
def test_what_has_no_sense_is_refused(make, problem):
    with pytest.raises(ValueError, match=problem):
        make()


def test_readers_need_no_lock(tmp_path, notes):
    say(notes, BOOT, "x")
    holder = lock_in_other_process(tmp_path / "data-notes.lock")
    try:
        assert LineFile(
            tmp_path / NOTE_FILE, about="", parse=data_notes._parse, max_bytes=10_000
        ).facts() == (DataNote(about=BOOT, text="x"),)
    finally:
        holder.communicate(timeout=30)
