"""Decisions about labels: nothing is lost by other windows, by damage, or by a full disk."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from helpers import full_disk, lock_in_other_process, start_python

from fashion_core.errors import StoreError
from fashion_core.runs import line_file
from fashion_core.runs.decision import (
    MAX_BYTES,
    Decision,
    picture_digest,
)
from fashion_core.runs.label_decisions import DECISION_FILE, LabelDecisions


def decision(image_id: int, **changes) -> Decision:
    values = {
        "split": "test",
        "image_id": image_id,
        "digest": f"{image_id:016x}",
        "label": 6,
        "verdict": "relabel",
        "new_label": 0,
        "decided": 1_700_000_000.25,
    }
    if changes.get("verdict", "relabel") != "relabel":
        values["new_label"] = None
    return Decision(**(values | changes))


@pytest.fixture
def decisions(tmp_path: Path) -> LabelDecisions:
    return LabelDecisions(tmp_path)


def file_of(tmp_path: Path) -> Path:
    return tmp_path / DECISION_FILE


# Deciding and undoing


def test_a_decision_is_there_for_whoever_opens_the_store(tmp_path, decisions) -> None:
    assert decisions.all() == ()
    assert decisions.decide(decision(7)) is None
    decisions.decide(decision(3, verdict="ambiguous", split="validation"))
    both = (decision(7), decision(3, verdict="ambiguous", split="validation"))
    assert LabelDecisions(tmp_path).all() == both


def test_the_last_decision_about_a_picture_counts_and_gives_the_one_before(decisions) -> None:
    decisions.decide(decision(7))
    decisions.decide(decision(8))
    assert decisions.decide(decision(7, verdict="keep")) == decision(7)
    assert decisions.all() == (decision(8), decision(7, verdict="keep"))


def test_the_same_number_in_another_split_or_data_set_is_another_picture(decisions) -> None:
    for about in (decision(7), decision(7, split="validation"), decision(7, digest="f" * 16)):
        decisions.decide(about)
    assert len(decisions.all()) == 3


def test_undo_puts_back_what_stood_there(decisions) -> None:
    decisions.decide(decision(7))
    before = decisions.decide(decision(7, verdict="skip"))
    decisions.undo(decision(7, verdict="skip"), before)
    assert decisions.all() == (decision(7),)
    decisions.undo(decision(7), None)
    assert decisions.all() == ()


def test_undo_never_takes_back_what_another_window_decided(tmp_path, decisions) -> None:
    before = decisions.decide(decision(7))
    LabelDecisions(tmp_path).decide(decision(7, verdict="keep"))
    with pytest.raises(StoreError, match=r"Another window has decided about test picture 7"):
        decisions.undo(decision(7), before)
    assert decisions.all() == (decision(7, verdict="keep"),)


def test_who_disputes_and_who_does_not() -> None:
    verdicts = ("keep", "relabel", "ambiguous", "skip")
    assert [decision(1, verdict=v).is_disputing for v in verdicts] == [False, True, True, False]


# Several windows


def test_threads_that_decide_at_once_lose_nothing(tmp_path) -> None:
    def work(worker: int) -> None:
        for number in range(15):
            LabelDecisions(tmp_path).decide(decision(100 * worker + number))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    expected = {100 * worker + number for worker in range(8) for number in range(15)}
    assert {found.image_id for found in LabelDecisions(tmp_path).all()} == expected


_DECIDE = """
from pathlib import Path
from test_label_decisions import decision
from fashion_core.runs.label_decisions import LabelDecisions
sys.stdin.readline()
for number in range(25):
    LabelDecisions(Path(sys.argv[1])).decide(decision(int(sys.argv[2]) + number))
"""


def test_processes_that_decide_at_once_lose_nothing(tmp_path) -> None:
    workers = [start_python(_DECIDE, tmp_path, 1000 * worker) for worker in range(3)]
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    assert [worker.communicate(timeout=120)[1] for worker in workers] == ["", "", ""]
    assert len(LabelDecisions(tmp_path).all()) == 75


def test_a_writer_that_hangs_is_named(tmp_path, decisions, monkeypatch) -> None:
    monkeypatch.setattr(line_file, "_WAIT_SECONDS", 0.05)
    holder = lock_in_other_process(tmp_path / "label-decisions.lock")
    try:
        with pytest.raises(StoreError, match="Another window is writing"):
            decisions.decide(decision(1))
    finally:
        holder.communicate(timeout=30)
    decisions.decide(decision(1))


# Damage


def damaged_after(tmp_path: Path, spoil) -> tuple[bytes, LabelDecisions]:
    """Write three decisions, spoil the file's bytes, and give those and a fresh reader."""
    path = file_of(tmp_path)
    for number in (1, 2, 3):
        LabelDecisions(tmp_path).decide(decision(number))
    path.write_bytes(spoil(path.read_bytes()))
    return path.read_bytes(), LabelDecisions(tmp_path)


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
    "no verdict": (lambda content: content.replace(b"relabel", b"relabes", 1), {2, 3}),
    "no class": (lambda content: content.replace(b'"label": 6', b'"label": 66', 1), {2, 3}),
    "a line twice": (lambda content: content + content.split(b"\n", 1)[1], {1, 2, 3}),
}


@pytest.mark.parametrize("name", SPOILED)
def test_a_damaged_file_is_kept_and_its_readable_lines_go_on(tmp_path, name) -> None:
    spoil, left = SPOILED[name]
    bytes_found, decisions = damaged_after(tmp_path, spoil)
    assert {found.image_id for found in decisions.all()} == left
    (copy,) = decisions.damaged_copies()
    assert copy.read_bytes() == bytes_found
    decisions.decide(decision(9))
    assert {found.image_id for found in LabelDecisions(tmp_path).all()} == left | {9}
    assert decisions.damaged_copies() == (copy,)  # damaged once, said once


def test_a_damaged_file_is_kept_also_if_somebody_decides_before_he_looks(tmp_path) -> None:
    bytes_found, decisions = damaged_after(tmp_path, lambda content: content[:-20])
    decisions.decide(decision(9))
    assert [found.image_id for found in decisions.all()] == [1, 2, 9]
    assert [copy.read_bytes() for copy in decisions.damaged_copies()] == [bytes_found]


def test_a_file_far_too_large_is_kept_whole(tmp_path, decisions) -> None:
    file_of(tmp_path).write_bytes(b" " * (MAX_BYTES + 10))
    assert decisions.all() == ()
    assert [copy.stat().st_size for copy in decisions.damaged_copies()] == [MAX_BYTES + 10]


def test_a_folder_in_place_of_the_file_is_said(tmp_path, decisions) -> None:
    file_of(tmp_path).mkdir()
    with pytest.raises(StoreError, match="cannot be read"):
        decisions.all()


def test_a_full_disk_changes_nothing_and_is_said(tmp_path, decisions) -> None:
    decisions.decide(decision(1))
    with full_disk(limit=100), pytest.raises(StoreError, match="nothing was changed"):
        decisions.decide(decision(2))
    assert decisions.all() == (decision(1),)
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".tmp") == []


def test_a_folder_that_is_gone_is_said(tmp_path) -> None:
    with pytest.raises(StoreError, match="nothing was changed"):
        LabelDecisions(tmp_path / "gone").decide(decision(1))


# The format


def test_the_file_is_a_line_of_json_each_behind_a_count(tmp_path, decisions) -> None:
    decisions.decide(decision(1))
    decisions.decide(decision(2, verdict="keep"))
    lines = file_of(tmp_path).read_text().splitlines()
    assert json.loads(lines[0]) == {"facts": 2}
    assert json.loads(lines[2]) == asdict(decision(2, verdict="keep"))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"split": "train"}, "Expected one of"),
        ({"image_id": -1}, "image id"),
        ({"image_id": True}, "image id"),
        ({"digest": "XYZ"}, "hexadecimal"),
        ({"digest": None}, "hexadecimal"),
        ({"label": 10}, "label from 0 to 9"),
        ({"verdict": "maybe"}, "Expected one of"),
        ({"new_label": None}, "new label"),
        ({"new_label": 10}, "new label"),
        ({"verdict": "keep", "new_label": 3}, "new label"),
        ({"new_label": 6}, "another class"),
        ({"decided": float("nan")}, "seconds"),
        ({"decided": 5}, "seconds"),
    ],
)
def test_a_decision_without_sense_is_refused(changes, problem) -> None:
    with pytest.raises(ValueError, match=problem):
        replace(decision(1), **changes)


def test_the_digest_follows_pixels_and_label() -> None:
    image = np.zeros((28, 28), dtype=np.uint8)
    other = image.copy()
    other[27, 0] = 1
    digests = {picture_digest(image, 6), picture_digest(other, 6), picture_digest(image, 0)}
    assert len(digests) == 3
    assert all(replace(decision(1), digest=digest) for digest in digests)
