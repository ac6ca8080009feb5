"""Zips whose outside is hostile: each refused with its reason, nothing left, cheaply."""

import io
import json
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from helpers import run_python
from portable import (
    contents,
    entries,
    files_in,
    name_in,
    packed,
    patch,
    patch_directory,
    put_run,
    zip_of,
)

from fashion_core.errors import RefusedZipError, StoreError
from fashion_core.runs.manifest import MAX_FILES
from fashion_core.runs.store import RunStore
from fashion_core.runs.zip_import import import_run


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> bytes:
    """Give the zip of a sound run."""
    store = RunStore(tmp_path_factory.mktemp("origin"))
    return zip_of(store, put_run(store))


def check_refused(store: RunStore, zipped: bytes, reason: str) -> None:
    """See that a zip is refused for a reason and leaves nothing behind."""
    before = files_in(store.root)
    with pytest.raises(RefusedZipError, match=reason):
        import_run(store, io.BytesIO(zipped))
    assert files_in(store.root) == before
    assert store.runs() == ()


def with_extra(zipped: bytes, name: str, content: bytes = b"x") -> bytes:
    """Add a file, also to the manifest."""
    files = contents(zipped) | {name: content}
    manifest = json.loads(files.pop("manifest.json")) | {"files": entries(files)}
    return packed({**files, "manifest.json": json.dumps(manifest).encode()})


def test_the_sound_zip_is_taken(store, good):
    """Else every refusal below would prove nothing."""
    assert import_run(store, io.BytesIO(good)) == store.runs()[0].run_id
    assert import_run(RunStore(store.root / "2"), io.BytesIO(packed(contents(good))))


# No zip of ours


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", r"^The file is empty\.$"),
        (b"x", r"^The file is not a zip\.$"),
        (b"\x89PNG\r\n\x1a\n" + bytes(1_000), r"^The file is not a zip\.$"),
        (b"PK\x03\x04", "not whole"),
        (packed({}), "no run exported by this program"),
        (packed({"word/document.xml": b"<xml/>"}), "no run exported by this program"),
        (
            packed({"word/document.xml": b"<xml/>" * 99}, method=8),
            "no run exported by this program",
        ),
    ],
)
def test_what_is_no_zip_of_this_program_is_refused(store, content, reason):
    check_refused(store, content, reason)


@pytest.mark.parametrize("share", [0.001, 0.5, 0.9, 0.999])
def test_a_truncated_zip_is_refused(store, good, share):
    check_refused(store, good[: int(len(good) * share)], "not whole")


def test_a_zip_with_something_behind_it_is_refused(store, good):
    check_refused(store, good + b"x", "not whole, or something was added")


def test_a_zip_with_something_before_it_is_refused(store, good):
    """Programs and pictures can hide before a zip; most tools look from its end."""
    check_refused(store, b"#!/bin/sh\n" + good, "not a zip")
    check_refused(store, b"PK\x03\x04" + good, "bytes outside its files")


# Names

ABSOLUTE = ["/etc/passwd", "//host/share", "/epochs/epoch-0001-0123456789abcdef.npz"]
CLIMBING = ["../evil.txt", "epochs/../../evil.txt", "..", "epochs/.."]
WINDOWS = ["C:\\evil.txt", "c:evil.txt", "..\\evil.txt", "epochs\\epoch.npz", "spec.json:stream"]


@pytest.mark.parametrize("name", [*ABSOLUTE, *CLIMBING, *WINDOWS])
def test_a_path_that_leads_out_is_refused(store, good, name):
    check_refused(store, with_extra(good, name), "leads out of the run's folder")
    assert not (store.root.parent / "evil.txt").exists()


@pytest.mark.parametrize(
    "name",
    [
        "evil.txt",
        "lock",
        "runs.sqlite",
        "epochs/",
        "./spec.json",
        "epochs//epoch-0001-0123456789abcdef.npz",
        "epochs/epoch-0001-0123456789abcdef.npz/evil",
        "epochs/epoch-0001-0123456789abcdef.pkl",
        "epochs/epoch-00011-0123456789abcdef.npz",
        "epochs/epoch-0001-0123456789ABCDEF.npz",
        "weights/checkpoint-0001-0123456789abcdef.safetensors",
        "epochs/epoch-\u0661\u0661\u0661\u0661-0123456789abcdef.npz",
        "__MACOSX/._spec.json",
        "a" * 5_000,
    ],
)
def test_a_file_that_is_no_part_of_a_run_is_refused(store, good, name):
    check_refused(store, with_extra(good, name), "no part of a run")


def test_a_name_with_a_zero_byte_is_refused(store, good):
    """Python's reader cuts the name there; what is left looks like one of ours."""
    name = "epochs/epoch-0004-0123456789abcdef.npz"
    zipped = with_extra(good, f"{name}X/../../evil").replace(b".npzX/", b".npz\0/")
    check_refused(store, zipped, "leads out of the run's folder")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_comes_twice_is_refused(store, good):
    twice = [*contents(good).items(), ("spec.json", b"{}")]
    check_refused(store, packed(twice), "'spec.json' 2 times")


@pytest.mark.parametrize("name", ["SPEC.JSON", "Spec.json", "epochs/EPOCH-0001"])
def test_names_that_differ_in_case_only_are_refused(store, good, name):
    """On a file system that ignores case one would overwrite the other."""
    if "/" in name:
        name = name_in(good, name.lower()).upper()
    check_refused(store, with_extra(good, name), r"2 times; names differ by more than case")


# Kinds of entries


@pytest.mark.parametrize("kind", [0o120777, 0o040755, 0o020666, 0o060666, 0o010666, 0o140777])
def test_links_folders_and_devices_are_refused(store, good, kind):
    def make(entry: bytearray) -> None:
        entry[38:42] = struct.pack("<L", kind << 16)

    check_refused(store, patch_directory(good, "curves.csv", make), "a link or a device")


def test_a_real_link_to_a_secret_is_refused(store, good):
    """As `zip --symlinks` packs it: the target is the content."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in contents(good).items():
            info = zipfile.ZipInfo(name)
            is_link = name == "curves.csv"
            info.external_attr = (0o120777 if is_link else 0o100644) << 16
            archive.writestr(info, b"/etc/passwd" if is_link else content)
    check_refused(store, buffer.getvalue(), "curves.csv in the zip is a link")


def test_an_encrypted_entry_is_refused(store, good):
    def encrypt(entry: bytearray) -> None:
        entry[8] |= 1

    check_refused(store, patch_directory(good, "curves.csv", encrypt), "encrypted")


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_packed_by_another_program_is_refused(store, good, method):
    check_refused(store, packed(contents(good), method), "is compressed, which this program never")


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("spec.json", 64_000),
        ("README.txt", 64_000),
        ("curves.csv", 1_000_000),
        ("epochs/epoch-0002", 1_000_000),
    ],
)
def test_a_file_larger_than_any_of_its_kind_is_refused(store, good, name, limit):
    whole = name_in(good, name)
    zipped = packed({**contents(good), whole: bytes(limit + 1)})
    check_refused(store, zipped, f"{whole} in the zip is larger than {limit:,} bytes")


# Lies about sizes and places


@pytest.mark.parametrize("field", [20, 24])
@pytest.mark.parametrize("size", [0, 5, 2**31, 2**32 - 2])
def test_a_size_that_lies_in_the_directory_is_refused(store, good, field, size):
    """Stored size and real size of `curves.csv`, each alone."""

    def lie(entry: bytearray) -> None:
        entry[field : field + 4] = struct.pack("<L", size)

    check_refused(store, patch_directory(good, "curves.csv", lie), "contradicts itself|larger than")


@pytest.mark.parametrize("size", [0, 5, 100_000])
def test_both_sizes_lying_together_are_refused(store, good, size):
    def lie(entry: bytearray) -> None:
        entry[20:28] = struct.pack("<LL", size, size)

    check_refused(store, patch_directory(good, "curves.csv", lie), "contradicts itself")


def test_a_size_that_lies_where_the_file_begins_is_refused(store, good):
    place = good.index(b"curves.csv") - 30
    lying = patch(good, place + 18, struct.pack("<LL", 5, 5))
    check_refused(store, lying, "contradicts itself on curves.csv")


def test_another_name_where_the_file_begins_is_refused(store, good):
    lying = patch(good, good.index(b"curves.csv"), b"../../evil")
    check_refused(store, lying, "contradicts itself on curves.csv")


def test_entries_that_overlap_are_refused(store, good):
    """The trick of the densest zip bombs: many names for the same bytes.

    References:
        Fifield, "A better zip bomb", WOOT 2019.
    """
    place = good.index(b"outcome.json") - 30

    def share(entry: bytearray) -> None:
        entry[42:46] = struct.pack("<L", place)

    check_refused(store, patch_directory(good, "curves.csv", share), "overlaps another file")


def test_bytes_between_the_files_are_refused(store, good):
    (start,) = struct.unpack("<L", good[-6:-2])
    moved = good[:start] + b"hidden" + patch(good[start:], len(good) - start - 6, b"")
    moved = moved[:-6] + struct.pack("<L", start + 6) + moved[-2:]
    check_refused(store, moved, "bytes outside its files")


def test_an_end_that_promises_more_files_is_refused(store, good):
    lying = patch(good, len(good) - 14, struct.pack("<HH", 50, 50))
    with pytest.raises(RefusedZipError):
        import_run(store, io.BytesIO(patch(good, len(good) - 14, struct.pack("<H", 50))))
    import_run(store, io.BytesIO(lying))  # nobody believes this number: files are counted


@pytest.mark.parametrize("place", [-18, -16])
def test_a_zip_in_several_parts_is_refused(store, good, place):
    check_refused(store, patch(good, len(good) + place, b"\1"), "not as this program writes it")


def test_a_changed_byte_is_found_by_its_checksum(store, good):
    place = good.index(b"train_loss_nats")
    check_refused(store, patch(good, place, b"X"), "curves.csv in the zip is damaged")


def test_300_random_changes_are_refused_or_change_nothing(tmp_path, good):
    """What may pass is what nobody reads: times and rights of the entries."""
    chance, taken = random.Random(11), 0  # noqa: S311 - damage, not secrets
    ends = [0, *(good.index(name.encode()) for name in contents(good)), len(good)]
    store = RunStore(tmp_path / "0")
    for number in range(1, 301):
        place = min(max(chance.choice(ends) + chance.randrange(-80, 80), 0), len(good) - 1)
        bad = patch(good, place, bytes([good[place] ^ (1 << chance.randrange(8))]))
        with suppress(RefusedZipError):
            assert zip_of(store, import_run(store, io.BytesIO(bad))) == good
            taken, store = taken + 1, RunStore(tmp_path / str(number))
    assert 0 < taken < 100


# Bombs: cheap to refuse

MEASURE = """
import json, re, time
from pathlib import Path
from fashion_core.errors import RefusedZipError
from fashion_core.runs.store import RunStore
from fashion_core.runs.zip_import import import_run
store = RunStore(Path(sys.argv[1]))
def attempt(path):
    with open(path, "rb") as file:
        try:
            return import_run(store, file)
        except RefusedZipError as error:
            return str(error)
def peak():  # of this process only; ru_maxrss is inherited from the one that started it
    return int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1])
attempt(sys.argv[2])  # what is loaded the first time is not counted
before, started = peak(), time.process_time()
said = attempt(sys.argv[3])
print(json.dumps([said, peak() - before, time.process_time() - started]))
"""


def check_cheap(tmp_path: Path, warm: bytes, bomb: bytes, reason: str) -> None:
    """See that a bomb is refused within a second and 10 MB of memory, and nothing is left."""
    (tmp_path / "warm.zip").write_bytes(warm)
    (tmp_path / "bomb.zip").write_bytes(bomb)
    store = RunStore(tmp_path / "cheap")
    before = files_in(store.root)
    output = run_python(MEASURE, store.root, tmp_path / "warm.zip", tmp_path / "bomb.zip")
    said, kilobytes, seconds = json.loads(output)
    assert reason in said
    assert (kilobytes < 10_000, seconds < 1.0) == (True, True), (kilobytes, seconds)
    assert files_in(store.root) == before


def test_the_measure_of_memory_sees_thirty_megabytes(tmp_path):
    (tmp_path / "none").touch()
    code = MEASURE.replace("said = attempt(sys.argv[3])", "said = str(len(b'x' * 30_000_000))")
    output = run_python(code, tmp_path / "cheap", tmp_path / "none", tmp_path / "none")
    assert json.loads(output)[1] > 25_000


def deflated_zeros(megabytes: int, head: bytes = b"") -> bytes:
    """Give many zeros in few bytes, behind a beginning of any kind."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    parts = [squeeze.compress(part) for part in (head, *[bytes(1_000_000)] * megabytes)]
    return b"".join([*parts, squeeze.flush()])


def entry(name: str, data: bytes, size: int, method: int, offset: int) -> tuple[bytes, bytes]:
    """Give a local part and a directory part of a zip that claim anything."""
    crc = 0 if method else zlib.crc32(data)
    shared = struct.pack("<4H3L2H", 0, method, 0, 33, crc, len(data), size, len(name), 0)
    local = b"PK\x03\x04" + struct.pack("<H", 20) + shared + name.encode() + data
    tail = struct.pack("<3H2L", 0, 0, 0, 0o100644 << 16, offset)
    directory = b"PK\x01\x02" + struct.pack("<2H", 20, 20) + shared + tail + name.encode()
    return local, directory


def hand_made(*parts: tuple[str, bytes, int, int]) -> bytes:
    """Zip (name, data, claimed size, method) without any check."""
    locals_, directory, offset = [], [], 0
    for name, data, size, method in parts:
        local, announced = entry(name, data, size, method, offset)
        locals_.append(local)
        directory.append(announced)
        offset += len(local)
    listed = b"".join(directory)
    count = min(len(parts), 65_535)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(listed), offset, 0)
    return b"".join([*locals_, listed, end])


BOMBS: list[tuple[str, Callable[[], bytes], str]] = [
    (
        "declared",
        lambda: hand_made(
            ("manifest.json", b"{}", 2, 0), ("steps.csv", deflated_zeros(300), 300_000_000, 8)
        ),
        "is compressed",
    ),
    (
        "undeclared",
        lambda: hand_made(("manifest.json", deflated_zeros(300), 100, 8)),
        "is compressed",
    ),
    (
        "a million names",
        lambda: hand_made(*[("manifest.json", b"", 0, 0)] * 1_000_000),
        f"more than the {MAX_FILES:,} files",
    ),
    (
        "a long directory",
        lambda: patch_end(hand_made(*[("n" * 60_000, b"", 0, 0)] * 500)),
        f"more than the {MAX_FILES:,} files",
    ),
    (
        "sizes beyond the end",
        lambda: hand_made(("manifest.json", b"{}", 900_000, 0)),
        "contradicts itself",
    ),
    (
        "nested",
        lambda: packed({"manifest.json": b"[" * 900_000}),
        "manifest.json in the zip is not sound",
    ),
    (
        "long numbers",
        lambda: packed({"manifest.json": b'{"format": ' + b"9" * 900_000 + b"}"}),
        "manifest.json in the zip is not sound",
    ),
]


def patch_end(zipped: bytes) -> bytes:
    """Claim one file only, whatever the directory holds."""
    return patch(zipped, len(zipped) - 14, struct.pack("<HH", 1, 1))


@pytest.mark.slow
@pytest.mark.parametrize(("make", "reason"), [pytest.param(*b[1:], id=b[0]) for b in BOMBS])
def test_a_bomb_is_refused_within_a_second_and_ten_megabytes(tmp_path, make, reason):
    check_cheap(tmp_path, packed({"manifest.json": b"{}"}), make(), reason)


def test_a_bomb_of_64_bit_sizes_is_refused(store, good):
    """A record in the last entry's comment would make the reader read other, larger sizes."""
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, 0, 1)
    with zipfile.ZipFile(buffer := io.BytesIO(good), "a") as archive:
        archive.infolist()[-1].comment = locator
        archive.comment = b""
        archive._didModify = True  # as a stranger would
    check_refused(store, buffer.getvalue(), "bytes outside its files")


def test_a_file_larger_than_any_run_is_refused_unread(store):
    class Huge(io.RawIOBase):
        """Three gigabytes that nobody may read."""

        def seekable(self) -> bool:
            return True

        def seek(self, _place: int, whence: int = 0) -> int:
            return 3_000_000_000 if whence == 2 else 0

    with pytest.raises(RefusedZipError, match="3,000,000,000 bytes; a run comes to at most"):
        import_run(store, Huge())


def test_a_file_that_cannot_be_read_is_said(store, good):
    class Broken(io.BytesIO):
        def read(self, *_size: int | None) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(StoreError, match="Input/output error"):
        import_run(store, Broken(good))
