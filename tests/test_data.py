"""Fashion-MNIST on disk: two ways to the same pictures, a fixed split, damage named."""

import gzip
import hashlib
import http.server
import shutil
import threading
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from helpers import ARCHIVES, DATA_DIR, RAW, full_disk, link_or_copy, run_python
from torchvision.datasets import FashionMNIST

from fashion_core import data
from fashion_core.data import LabelledImages, ensure_archives, load_split, read_split, split_ids
from fashion_core.errors import DataError

TEST_LABELS = ARCHIVES[3]
VAL_IDS_SHA256 = "2a994dfa5f80392a5cbf3e9ad0d29d9e64fff4f486040abee07752c5fd18a60b"
TRAIN_IDS_SHA256 = "3f397ed60f558beb74c9503a31aa35bfe00ed8a8f129ad662331fce0b4182eab"
NOWHERE = "http://127.0.0.1:9/"  # the discard port of this machine: nobody answers

official = cache(lambda split: read_split(DATA_DIR, split))


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Keep torchvision from asking the real mirrors."""
    monkeypatch.setattr(FashionMNIST, "mirrors", [NOWHERE])


@pytest.fixture
def root(archives) -> Path:
    """Give a folder with the four archives; replace one, never write into it."""
    return archives


@pytest.fixture(scope="module")
def unpacked_root(tmp_path_factory) -> Path:
    """Give a folder that torchvision has unpacked; look only."""
    root = tmp_path_factory.mktemp("unpacked")
    shutil.copytree(DATA_DIR / RAW, root / RAW, ignore=lambda *_: {".lock"})
    load_split(root, "test")
    return root


@pytest.fixture
def unpacked(unpacked_root, root) -> Path:
    """Give a folder with archives and unpacked files; replace a file, never write into it."""
    for name in (archive.removesuffix(".gz") for archive in ARCHIVES):
        link_or_copy(unpacked_root / RAW / name, root / RAW / name)
    return root


@pytest.fixture
def mirror(monkeypatch) -> Iterator[list[str]]:
    """Serve the archives of this repository on this machine; gives what was asked for."""
    asked: list[str] = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args) -> None:
            super().__init__(*args, directory=str(DATA_DIR / RAW))

        def log_message(self, *_args) -> None:
            asked.append(f"{self.command} {self.path}")

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        monkeypatch.setattr(
            FashionMNIST, "mirrors", [NOWHERE, f"http://127.0.0.1:{server.server_port}/"]
        )
        yield asked
        server.shutdown()


def replace(path: Path, content: bytes) -> None:
    """Give a file new content without changing what it may be linked to."""
    path.unlink()
    path.write_bytes(content)


def assert_same(one: LabelledImages, other: LabelledImages) -> None:
    for field in ("images", "labels", "image_ids"):
        np.testing.assert_array_equal(getattr(one, field), getattr(other, field), strict=True)


# The split


def test_split_is_50000_and_10000_and_covers_all_60000():
    train, val = split_ids()
    assert (len(train), len(val)) == (50_000, 10_000)
    np.testing.assert_array_equal(np.sort(np.concatenate([train, val])), np.arange(60_000))


def test_split_never_drifts():
    """Old runs would otherwise be compared on other pictures."""
    train, val = (hashlib.sha256(ids.astype("<i8").tobytes()).hexdigest() for ids in split_ids())
    assert val == VAL_IDS_SHA256
    assert train == TRAIN_IDS_SHA256


def test_validation_ids_ascend_and_training_ids_are_shuffled():
    train, val = split_ids()
    assert np.all(np.diff(val) > 0)
    assert list(train[:3]) != sorted(train[:3]) or np.any(np.diff(train[:100]) < 0)


def test_any_prefix_of_the_training_images_is_a_fair_sample():
    """1,000 images: 100 of each class expected, standard deviation 9.5."""
    counts = np.bincount(official("train").labels[:1_000], minlength=10)
    assert counts.min() > 60
    assert counts.max() < 140


# What is read


@pytest.mark.parametrize(("split", "count"), [("train", 50_000), ("val", 10_000), ("test", 10_000)])
def test_a_split_has_the_documented_shapes_and_types(split, count):
    part = official(split)
    assert (part.images.shape, part.images.dtype) == ((count, 28, 28), np.uint8)
    assert (part.labels.shape, part.labels.dtype) == ((count,), np.int64)
    assert (part.image_ids.shape, part.image_ids.dtype) == ((count,), np.int64)


def test_first_test_picture_is_the_ankle_boot_of_the_data_sheet():
    test = official("test")
    assert list(test.labels[:5]) == [9, 2, 1, 1, 6]
    assert (test.images[0].min(), test.images[0].max()) == (0, 255)


def test_validation_pictures_keep_their_position_among_the_60000():
    with gzip.open(DATA_DIR / RAW / "train-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read()[8:], np.uint8)
    val = official("val")
    np.testing.assert_array_equal(val.labels, labels[val.image_ids])


def test_take_gives_pictures_labels_and_ids_in_the_order_asked():
    test = official("test")
    taken = test.take(np.array([7, 2]))
    assert list(taken.image_ids) == [7, 2]
    np.testing.assert_array_equal(taken.images, [test.images[7], test.images[2]])
    np.testing.assert_array_equal(taken.labels, [test.labels[7], test.labels[2]])


@pytest.mark.slow
@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_numpy_and_torchvision_give_the_same_pictures(unpacked, split):
    assert_same(load_split(unpacked, split), official(split))


def test_reading_does_not_import_torch():
    code = (
        "from pathlib import Path; from fashion_core.data import read_split\n"
        "read_split(Path(sys.argv[1]), 'test')\n"
        "print('torch' in sys.modules, 'torchvision' in sys.modules)"
    )
    assert run_python(code, DATA_DIR) == "False False\n"


# Damage


def truncated(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flipped(content: bytes) -> bytes:
    return content[:1_000] + bytes([content[1_000] ^ 4]) + content[1_001:]


def web_page(_content: bytes) -> bytes:
    return b"<!DOCTYPE html><html><body>404 Not Found</body></html>"


def empty(_content: bytes) -> bytes:
    return b""


@pytest.mark.parametrize("damage", [truncated, flipped, web_page, empty])
@pytest.mark.parametrize("load", [read_split, load_split])
def test_a_damaged_archive_is_named_with_the_remedy(root, damage, load):
    path = root / RAW / TEST_LABELS
    replace(path, damage(path.read_bytes()))
    with pytest.raises(DataError) as error:
        load(root, "test")
    assert str(error.value).startswith(f"The data file {path} is damaged")
    assert "`git checkout -- data`" in str(error.value)


@pytest.mark.parametrize("name", ARCHIVES)
def test_a_missing_archive_is_named_with_the_remedy(root, name):
    (root / RAW / name).unlink()
    with pytest.raises(DataError, match=f"{name} is missing.*git checkout -- data.*downloaded"):
        read_split(root, "test" if name.startswith("t10k") else "val")


@pytest.mark.parametrize("name", ARCHIVES)
def test_loading_checks_all_four_archives(root, name):
    (root / RAW / name).unlink()
    with pytest.raises(DataError, match=f"{name} is missing"):
        load_split(root, "test")


def test_an_archive_that_is_a_folder_cannot_be_read(root):
    (root / RAW / TEST_LABELS).unlink()
    (root / RAW / TEST_LABELS).mkdir()
    with pytest.raises(DataError, match=f"{TEST_LABELS} cannot be read"):
        read_split(root, "test")


@pytest.mark.parametrize("load", [read_split, load_split])
def test_a_folder_that_does_not_exist_is_a_data_error(tmp_path, load):
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte\.gz is missing"):
        load(tmp_path / "nothing" / "here", "train")


@pytest.mark.parametrize("load", [read_split, load_split])
def test_a_file_in_place_of_the_folder_is_a_data_error(tmp_path, load):
    (tmp_path / "FashionMNIST").write_text("not a folder")
    with pytest.raises(DataError, match="cannot be read"):
        load(tmp_path, "train")


def test_an_archive_replaced_between_check_and_read_is_noticed(root, monkeypatch):
    monkeypatch.setattr(data, "_archive_problem", lambda *_: None)
    replace(root / RAW / TEST_LABELS, web_page(b""))
    with pytest.raises(DataError, match="changed while it was read"):
        read_split(root, "test")


def test_wrong_content_in_a_valid_archive_is_refused(root, monkeypatch):
    """The content is verified on its own, whatever the archive's check said."""
    monkeypatch.setattr(data, "_archive_problem", lambda *_: None)
    replace(root / RAW / TEST_LABELS, gzip.compress(bytes(8) + bytes(10_000)))
    with pytest.raises(DataError, match="content of t10k-labels is not the official one"):
        read_split(root, "test")


@pytest.mark.parametrize(("label", "got"), [(10, "0 to 10"), (200, "0 to 200"), (-1, "-1 to 0")])
def test_a_label_that_is_no_class_is_refused(label, got):
    with pytest.raises(DataError, match=f"^Expected labels from 0 to 9, got {got}"):
        data._select("test", np.zeros((3, 28, 28), np.uint8), np.array([0, label, 0]))


# Download


def test_a_missing_archive_is_downloaded(root, mirror):
    (root / RAW / TEST_LABELS).unlink()
    ensure_archives(root)
    assert mirror[-1].startswith("GET /" + TEST_LABELS)
    assert_same(read_split(root, "test"), official("test"))


def test_sound_archives_are_not_downloaded(root, mirror):
    ensure_archives(root)
    assert mirror == []


@pytest.mark.slow
def test_training_data_loads_into_an_empty_folder_from_a_mirror(tmp_path, mirror):
    assert_same(load_split(tmp_path / "new", "val"), official("val"))
    assert {line.rsplit("/", 1)[-1] for line in mirror} == set(ARCHIVES)


def test_a_damaged_archive_is_replaced_by_a_download(root, mirror):
    replace(root / RAW / TEST_LABELS, b"damaged")
    ensure_archives(root)
    assert (root / RAW / TEST_LABELS).read_bytes() == (DATA_DIR / RAW / TEST_LABELS).read_bytes()


# Unpacked files


@pytest.mark.parametrize(
    ("part", "damage"),
    [("images", truncated), ("images", flipped), ("labels", web_page), ("labels", empty)],
)
def test_a_damaged_unpacked_file_is_unpacked_afresh(unpacked, part, damage):
    name = {"images": "t10k-images-idx3-ubyte", "labels": "t10k-labels-idx1-ubyte"}[part]
    path = unpacked / RAW / name
    sound = path.read_bytes()
    replace(path, damage(sound))
    assert_same(load_split(unpacked, "test"), official("test"))
    assert path.read_bytes() == sound


def test_a_folder_that_cannot_be_written_is_refused_with_the_remedy(unpacked):
    """A folder has the name of an unpacked file; root, too, cannot write there."""
    path = unpacked / RAW / "train-images-idx3-ubyte"
    path.unlink()
    path.mkdir()
    with pytest.raises(DataError, match=r"^Cannot unpack .*Make the folder writable.*60 MB"):
        load_split(unpacked, "test")


def test_a_damaged_unpacked_file_that_cannot_be_removed_is_refused(unpacked, monkeypatch):
    """As in a read-only folder, which does not bind when root runs the tests."""
    monkeypatch.setattr(data, "_remove_unpacked", lambda _: None)
    path = unpacked / RAW / "t10k-images-idx3-ubyte"
    replace(path, truncated(path.read_bytes()))
    with pytest.raises(DataError, match=r"^Cannot unpack the data set into"):
        load_split(unpacked, "test")


def test_a_full_disk_is_refused_with_the_remedy(root):
    expected = f"Cannot unpack the data set into {root / RAW} (File too large). Make the folder"
    with full_disk(), pytest.raises(DataError) as error:
        load_split(root, "test")
    assert str(error.value).startswith(expected)


def test_loading_works_again_when_the_disk_has_room(root):
    """What a full disk left half unpacked is unpacked afresh."""
    with full_disk(), suppress(DataError):
        load_split(root, "test")
    assert_same(load_split(root, "test"), official("test"))


def test_unpacked_data_loads_where_no_lock_file_can_be_made(unpacked):
    (unpacked / RAW / ".lock").symlink_to("/nowhere/to/be/found")
    assert len(load_split(unpacked, "test").labels) == 10_000
