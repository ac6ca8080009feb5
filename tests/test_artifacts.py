"""The files in a run's folder: found by epoch, verified by hash, pruned."""

import io
import random
import shutil
from pathlib import Path

import numpy as np
import pytest
from helpers import epoch_file, full_disk

from fashion_core.errors import DamagedFileError
from fashion_core.files import sha256
from fashion_core.runs import artifacts

CONTENT = bytes(number * number % 251 for number in range(1_000)) + b"end"


@pytest.fixture
def run_dir(tmp_path) -> Path:
    """Give an empty folder of a run."""
    artifacts.prepare_folders(tmp_path)
    return tmp_path


def names(run_dir: Path, folder: str) -> list[str]:
    return sorted(path.name for path in (run_dir / folder).iterdir())


def mutated(content: bytes, random: random.Random) -> bytes:
    """Damage content in one of the ways a disk does; never gives it back unchanged."""
    place = random.randrange(len(content))
    flipped = content[place] ^ (1 << random.randrange(8))
    zeros = bytes(len(content) - place)
    return random.choice(
        [
            content[:place] + bytes([flipped]) + content[place + 1 :],
            content[:place],
            content[:place] + zeros if content[place:] != zeros else b"",
            content + bytes([random.randrange(256)]),
            content[place:] + content[:place] if place else b"",
            b"",
        ]
    )


def test_folders_may_be_prepared_twice(run_dir):
    artifacts.prepare_folders(run_dir)
    assert sorted(p.name for p in run_dir.iterdir()) == ["checkpoints", "epochs", "weights"]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("epoch", "epochs/epoch-0007-{}.npz"),
        ("best", "weights/best-0007-{}.safetensors"),
        ("checkpoint", "checkpoints/checkpoint-0007-{}.safetensors"),
    ],
)
def test_a_file_is_named_by_kind_epoch_and_content(run_dir, kind, name):
    path = artifacts.write(run_dir, kind, 7, CONTENT, keep=1)
    assert path == run_dir / name.format(sha256(CONTENT)[:16])
    assert artifacts.read(run_dir, kind, 7) == CONTENT


def test_epochs_on_disk_are_listed_once_in_ascending_order(run_dir):
    for epoch in (10, 2, 9, 1_000):
        artifacts.write(run_dir, "epoch", epoch, CONTENT, keep=0)
    assert artifacts.epochs_on_disk(run_dir, "epoch") == [2, 9, 10, 1_000]
    assert artifacts.epochs_on_disk(run_dir, "best") == []


def test_files_that_are_not_ours_are_not_listed(run_dir):
    for name in (
        ".checkpoint-0001-0123456789abcdef.safetensors.77.tmp",
        "checkpoint-1.safetensors",
    ):
        (run_dir / "checkpoints" / name).write_bytes(b"")
    assert artifacts.epochs_on_disk(run_dir, "checkpoint") == []


def test_a_folder_that_does_not_exist_has_no_epochs(tmp_path):
    assert artifacts.epochs_on_disk(tmp_path / "none", "epoch") == []


# Pruning


@pytest.mark.parametrize(
    ("keep", "left"), [(1, [5]), (2, [4, 5]), (3, [3, 4, 5]), (0, [2, 3, 4, 5])]
)
def test_the_newest_epochs_are_kept(run_dir, keep, left):
    for epoch in (2, 3, 4, 5):
        artifacts.write(run_dir, "checkpoint", epoch, bytes([epoch]), keep=keep)
    assert artifacts.epochs_on_disk(run_dir, "checkpoint") == left


def test_another_version_of_the_same_epoch_is_removed(run_dir):
    artifacts.write(run_dir, "checkpoint", 3, b"first", keep=2)
    path = artifacts.write(run_dir, "checkpoint", 3, b"second", keep=2)
    assert names(run_dir, "checkpoints") == [path.name]


def test_the_same_content_twice_is_one_file(run_dir):
    paths = [artifacts.write(run_dir, "checkpoint", 3, b"same", keep=2) for _ in range(2)]
    assert names(run_dir, "checkpoints") == [paths[0].name]


def test_what_was_written_last_stays_even_if_newer_epochs_exist(run_dir):
    """A run that starts again because its checkpoints are damaged writes epoch 1 beside them."""
    for epoch in (8, 9, 1):
        artifacts.write(run_dir, "checkpoint", epoch, bytes([epoch]), keep=2)
    assert artifacts.read(run_dir, "checkpoint", 1) == bytes([1])


def test_pruning_one_kind_leaves_the_others(run_dir):
    artifacts.write(run_dir, "epoch", 1, CONTENT, keep=0)
    artifacts.write(run_dir, "best", 1, CONTENT, keep=1)
    artifacts.write(run_dir, "checkpoint", 2, CONTENT, keep=1)
    assert artifacts.read(run_dir, "epoch", 1) == artifacts.read(run_dir, "best", 1) == CONTENT


def test_a_full_disk_leaves_the_older_files(run_dir):
    artifacts.write(run_dir, "checkpoint", 1, CONTENT, keep=1)
    with full_disk(1_000), pytest.raises(OSError, match="File too large"):
        artifacts.write(run_dir, "checkpoint", 2, bytes(1_001), keep=1)
    assert artifacts.epochs_on_disk(run_dir, "checkpoint") == [1]
    assert artifacts.read(run_dir, "checkpoint", 1) == CONTENT


# Damage


def test_500_random_mutations_are_all_detected(run_dir):
    path = artifacts.write(run_dir, "checkpoint", 4, CONTENT, keep=1)
    chance = random.Random(5)  # noqa: S311 - damage, not secrets
    for _ in range(500):
        path.write_bytes(mutated(CONTENT, chance))
        with pytest.raises(DamagedFileError, match="checkpoint file of epoch 4"):
            artifacts.read(run_dir, "checkpoint", 4)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-1],
        lambda content: content[:500] + bytes([content[500] ^ 1]) + content[501:],
        lambda content: content[:-512] + bytes(512),
        lambda _: b"",
    ],
    ids=["truncated", "one bit", "zero tail", "empty"],
)
def test_a_damaged_epoch_is_named(run_dir, damage):
    artifacts.write_epoch(run_dir, epoch_file(6))
    (path,) = (run_dir / "epochs").iterdir()
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DamagedFileError, match=r"^The epoch file of epoch 6 of .* is damaged"):
        artifacts.read_epoch(run_dir, 6)


def test_swapped_names_are_detected(run_dir):
    one = artifacts.write(run_dir, "epoch", 1, b"one", keep=0)
    other = artifacts.write(run_dir, "epoch", 2, b"two", keep=0)
    one.write_bytes(b"two")
    other.write_bytes(b"one")
    for epoch in (1, 2):
        with pytest.raises(DamagedFileError, match="is damaged"):
            artifacts.read(run_dir, "epoch", epoch)


def test_an_epoch_under_the_number_of_another_is_detected(run_dir):
    artifacts.write_epoch(run_dir, epoch_file(1))
    (path,) = (run_dir / "epochs").iterdir()
    path.rename(path.with_name(path.name.replace("0001", "0002")))
    with pytest.raises(DamagedFileError, match=r"^The file of epoch 2 holds epoch 1\.$"):
        artifacts.read_epoch(run_dir, 2)


def test_a_missing_file_is_named(run_dir):
    with pytest.raises(DamagedFileError, match=r"^The best file of epoch 3 is missing from"):
        artifacts.read(run_dir, "best", 3)


def test_a_folder_in_place_of_a_file_cannot_be_read(run_dir):
    path = artifacts.write(run_dir, "best", 3, CONTENT, keep=1)
    path.unlink()
    path.mkdir()
    with pytest.raises(DamagedFileError, match="cannot be read"):
        artifacts.read(run_dir, "best", 3)


def test_a_sound_copy_is_used_where_another_of_the_same_epoch_is_damaged(run_dir):
    """Left by a crash between writing the new one and removing the old one."""
    path = artifacts.write(run_dir, "best", 3, CONTENT, keep=1)
    for other in ("0" * 16, "f" * 16):
        path.with_name(f"best-0003-{other}.safetensors").write_bytes(b"half")
    assert artifacts.read(run_dir, "best", 3) == CONTENT


# Epochs


def test_an_epoch_survives_writing_and_reading_to_the_bit(run_dir):
    written = epoch_file(6, val_loss=0.1 + 0.2)
    artifacts.write_epoch(run_dir, written)
    read = artifacts.read_epoch(run_dir, 6)
    assert read.record == written.record
    for split in ("val", "test"):
        for field in ("predictions", "pred_probs", "loss"):
            one, other = (getattr(getattr(epoch, split), field) for epoch in (read, written))
            np.testing.assert_array_equal(one, other, strict=True)


def test_every_epoch_is_kept(run_dir):
    for epoch in range(1, 6):
        artifacts.write_epoch(run_dir, epoch_file(epoch))
    assert [artifacts.read_epoch(run_dir, epoch).record.epoch for epoch in range(1, 6)] == [
        1, 2, 3, 4, 5,
    ]  # fmt: skip


def test_an_object_that_needs_unpickling_is_refused(run_dir):
    buffer = io.BytesIO()
    np.savez(buffer, record=np.array([{"epoch": 1}], dtype=object))
    artifacts.write(run_dir, "epoch", 1, buffer.getvalue(), keep=0)
    with pytest.raises(DamagedFileError, match=r"^The file of epoch 1 is not an epoch"):
        artifacts.read_epoch(run_dir, 1)


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04" + bytes(100), b"\x93NUMPY"])
def test_content_that_is_no_epoch_is_refused(run_dir, content):
    artifacts.write(run_dir, "epoch", 1, content, keep=0)
    with pytest.raises(DamagedFileError, match=r"^The file of epoch 1 is not an epoch"):
        artifacts.read_epoch(run_dir, 1)


def test_an_epoch_without_test_predictions_is_refused(run_dir):
    artifacts.write_epoch(run_dir, epoch_file(1))
    with np.load(io.BytesIO(artifacts.read(run_dir, "epoch", 1))) as arrays:
        kept = {name: arrays[name] for name in arrays if not name.startswith("test_")}
    buffer = io.BytesIO()
    np.savez(buffer, **kept)
    artifacts.write(run_dir, "epoch", 1, buffer.getvalue(), keep=0)
    with pytest.raises(DamagedFileError, match="test_predictions"):
        artifacts.read_epoch(run_dir, 1)


def test_a_copied_folder_is_read_like_the_original(run_dir, tmp_path_factory):
    artifacts.write_epoch(run_dir, epoch_file(2))
    copy = shutil.copytree(run_dir, tmp_path_factory.mktemp("copy") / "run")
    assert artifacts.read(copy, "epoch", 2) == artifacts.read(run_dir, "epoch", 2)
