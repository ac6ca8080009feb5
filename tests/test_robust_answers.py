"""Answers to worse pictures on disk: believed only if they are what was written and asked."""

import io
import json
import shutil
from contextlib import suppress

import numpy as np
import pytest
from helpers import fill_disk, full_disk, kill, lock_in_other_process
from portable import put_run, zip_of

from fashion_core.analysis.corruptions import CORRUPTIONS
from fashion_core.errors import DamagedFileError, StoreError
from fashion_core.robust_answers import questions, read_kept
from fashion_core.runs.importing import import_folder
from fashion_core.runs.robustness import (
    Asked,
    computing,
    fingerprint,
    read_answers,
    write_answers,
)
from fashion_core.runs.store import RunStore
from fashion_core.runs.zip_import import import_run

ASKED = Asked(
    epoch=8, clean="ab" * 32, key="blur", definition="1: blurred", strengths=2, pictures=3
)
ANSWERS = np.array([[0, 9, 4], [1, 2, 3]], np.uint8)


@pytest.fixture
def run_dir(tmp_path):
    """Give the folder of a run with the answers to one corruption."""
    folder = tmp_path / "run-0001"
    folder.mkdir()
    with computing(folder):
        write_answers(folder, ASKED, ANSWERS)
    return folder


def file_of(run_dir):
    (path,) = (run_dir / "robustness").glob("*.bin")
    return path


def test_what_is_written_is_read(run_dir):
    assert file_of(run_dir).name == "epoch-0008-blur.bin"
    np.testing.assert_array_equal(read_answers(run_dir, ASKED), ANSWERS)


def test_nothing_is_none(tmp_path):
    assert read_answers(tmp_path, ASKED) is None


@pytest.mark.parametrize(
    "other", [{"clean": "cd" * 32}, {"definition": "2: blurred"}, {"pictures": 2}]
)
def test_answers_to_something_else_are_as_good_as_none(run_dir, other):
    values = {name: getattr(ASKED, name) for name in Asked.__slots__} | other
    assert read_answers(run_dir, Asked(**values)) is None


def test_every_damaged_byte_is_noticed_or_leaves_none(run_dir):
    path = file_of(run_dir)
    sound = path.read_bytes()
    start = sound.index(b"\n") + 1
    for place in range(len(sound)):
        path.write_bytes(sound[:place] + bytes([sound[place] ^ 1]) + sound[place + 1 :])
        if place >= start:
            with pytest.raises(DamagedFileError, match=r"epoch-0008-blur\.bin is damaged"):
                read_answers(run_dir, ASKED)
            continue
        with suppress(DamagedFileError):
            assert read_answers(run_dir, ASKED) is None


@pytest.mark.parametrize("cut", [0, 1, 40, -7, -6, -1])
def test_a_file_that_is_cut_off_is_damaged(run_dir, cut):
    path = file_of(run_dir)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(DamagedFileError):
        read_answers(run_dir, ASKED)


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"null\n", b"[" * 5_000, b'{"epoch": 8}\n', b"\x00" * 9_000, b"\xff\n"]
)
def test_what_is_no_such_file_is_damaged(run_dir, content):
    file_of(run_dir).write_bytes(content)
    with pytest.raises(DamagedFileError):
        read_answers(run_dir, ASKED)


def test_a_forged_class_is_damaged_although_its_hash_is_right(run_dir, monkeypatch):
    from fashion_core.runs import robustness  # noqa: PLC0415

    with monkeypatch.context() as patch:
        patch.setattr(robustness, "_CLASSES", 256)
        write_answers(run_dir, ASKED, ANSWERS + 5)
    with pytest.raises(DamagedFileError, match="Expected classes from 0 to 9, got 14"):
        read_answers(run_dir, ASKED)


def test_a_longer_body_is_damaged(run_dir):
    with file_of(run_dir).open("ab") as file:
        file.write(b"\x00")
    with pytest.raises(DamagedFileError):
        read_answers(run_dir, ASKED)


def test_a_folder_in_place_of_the_file_is_a_sentence(run_dir):
    path = file_of(run_dir)
    path.unlink()
    path.mkdir()
    with pytest.raises(DamagedFileError, match="cannot be read"):
        read_answers(run_dir, ASKED)


@pytest.mark.parametrize("wrong", [ANSWERS.astype(int), ANSWERS[:1], ANSWERS + 1])
def test_answers_that_cannot_be_are_not_written(run_dir, wrong):
    with pytest.raises(ValueError, match="Expected"):
        write_answers(run_dir, ASKED, wrong)


# Who writes


def test_one_program_at_a_time(run_dir):
    other = lock_in_other_process(run_dir / "robustness" / "lock")
    try:
        with pytest.raises(StoreError, match="Another program asks this run"), computing(run_dir):
            pass
    finally:
        kill(other)
    with computing(run_dir):  # the kernel has freed it
        pass


def test_half_written_files_of_the_killed_are_removed(run_dir):
    leftover = run_dir / "robustness" / ".epoch-0008-blur.bin.1234abcd.tmp"
    leftover.write_bytes(b"half")
    with computing(run_dir):
        assert not leftover.exists()
    np.testing.assert_array_equal(read_answers(run_dir, ASKED), ANSWERS)


def test_a_run_that_was_removed_stays_removed(tmp_path):
    gone = tmp_path / "gone"
    with pytest.raises(StoreError, match="cannot be written"), computing(gone):
        pass
    with pytest.raises(StoreError, match="cannot be written"):
        write_answers(gone, ASKED, ANSWERS)
    assert not gone.exists()


def test_a_full_disk_is_a_sentence_and_the_old_file_stays(small_disk):
    folder = small_disk / "run"
    folder.mkdir()
    with computing(folder):
        write_answers(folder, ASKED, ANSWERS)
    fill_disk(small_disk)
    with pytest.raises(StoreError, match="No space left"):
        write_answers(folder, ASKED, ANSWERS[::-1].copy())
    np.testing.assert_array_equal(read_answers(folder, ASKED), ANSWERS)


def test_a_refused_write_leaves_nothing(tmp_path):
    large = Asked(epoch=1, clean="", key="blur", definition="", strengths=3, pictures=10_000)
    folder = tmp_path / "run"
    folder.mkdir()
    with computing(folder), full_disk(limit=5_000), pytest.raises(StoreError, match="too large"):
        write_answers(folder, large, np.zeros((3, 10_000), np.uint8))
    assert [path.name for path in (folder / "robustness").iterdir()] == ["lock"]


# A whole run


def asked_of(store: RunStore, run_id: str, epoch: int = 2) -> tuple[Asked, ...]:
    test = store.epoch_file(run_id, epoch).test
    return questions(epoch=epoch, clean=fingerprint(test), pictures=len(test.predictions))


def test_kept_names_what_is_missing_and_what_is_damaged(store):
    run_id = put_run(store)
    folder, asked = store.run_dir(run_id), asked_of(store, run_id)
    answers = np.random.default_rng(0).integers(0, 10, (3, 10_000), dtype=np.uint8)
    with computing(folder):
        for question in asked[:3]:
            write_answers(folder, question, answers)
    (folder / "robustness" / f"epoch-0002-{asked[1].key}.bin").write_bytes(b"{}\n")
    kept = read_kept(folder, asked)
    assert list(kept.answers) == [asked[0].key, asked[2].key]
    assert kept.damaged == (asked[1].key,)
    assert kept.missing == (asked[1].key, *(corruption.key for corruption in CORRUPTIONS[3:]))
    assert read_kept(folder, asked_of(store, run_id, epoch=1)).answers == {}


def test_export_and_import_go_without_them_and_are_as_before(store, tmp_path):
    run_id = put_run(store)
    before = zip_of(store, run_id)
    folder, asked = store.run_dir(run_id), asked_of(store, run_id)
    with computing(folder):
        write_answers(folder, asked[0], np.zeros((3, 10_000), np.uint8))
    assert zip_of(store, run_id) == before
    other = RunStore(tmp_path / "other")
    import_run(other, io.BytesIO(before))
    assert read_kept(other.run_dir(run_id), asked_of(other, run_id)).answers == {}


def test_they_come_along_with_a_copied_folder_and_survive_a_new_list_of_runs(store, tmp_path):
    run_id = put_run(store)
    folder, asked = store.run_dir(run_id), asked_of(store, run_id)
    with computing(folder):
        write_answers(folder, asked[0], np.ones((3, 10_000), np.uint8))
    copied = tmp_path / "copied"
    shutil.copytree(folder, copied)
    other = RunStore(tmp_path / "other")
    import_folder(other, copied)
    other.database.write_bytes(b"damaged")
    (run,) = other.runs()
    assert run.run_id == run_id
    assert list(read_kept(other.run_dir(run_id), asked).answers) == [asked[0].key]


def test_the_first_line_is_for_people_too(run_dir):
    line = json.loads(file_of(run_dir).read_bytes().split(b"\n")[0])
    assert (line["epoch"], line["definition"], line["strengths"]) == (8, "1: blurred", 2)
