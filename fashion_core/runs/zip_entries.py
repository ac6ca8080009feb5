"""The outside of a zip from strangers: entries that are plain files, stored, one after another.

This program stores files uncompressed (predictions are compressed already, weights cannot be), and
takes in nothing else. So no decompressor runs on the outside of a stranger's file, no entry is
larger than its bytes in the zip, and every byte belongs to one entry only.
"""

import hashlib
import os
import stat
import struct
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final

from fashion_core.errors import RefusedZipError
from fashion_core.runs.manifest import MANIFEST_FILE, MAX_FILES, MAX_ZIP_BYTES, size_limit

# APPNOTE.TXT 6.3.10 of PKWARE, sections 4.3.7, 4.3.15 and 4.3.16.
_END: Final = struct.Struct("<4s4H2LH")
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_END_SIGNATURE: Final = b"PK\x05\x06"
_LOCAL_SIGNATURE: Final = b"PK\x03\x04"
_ZIP64_LOCATOR: Final = (b"PK\x06\x07", 20)  # signature and size
_MAX_DIRECTORY_BYTES: Final = MAX_FILES * 200  # 46 bytes and a name of at most 60 each
_IS_ENCRYPTED: Final = 1  # bit of the flags
_CHUNK_BYTES: Final = 1 << 20

_CHANGED: Final = "It was changed or damaged after the export; export the run again."


class CheckedZip:
    """A zip whose entries are all plain files that a run may have.

    Attributes:
        sizes: Bytes of every entry, by name.
    """

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.sizes = {info.filename: info.file_size for info in archive.infolist()}

    def read(self, name: str) -> bytes:
        """Give the content of a small entry.

        Raises:
            RefusedZipError: if it is damaged.
        """
        with _refusing(name), self._archive.open(name) as file:
            return file.read()

    def copy(self, name: str, target: BinaryIO) -> str:
        """Write the content of an entry to a file, a megabyte at a time; give its SHA-256.

        Raises:
            RefusedZipError: if it is damaged.
            OSError: if the file cannot be written.
        """
        digest = hashlib.sha256()
        with _refusing(name), self._archive.open(name) as file:
            while part := file.read(_CHUNK_BYTES):
                digest.update(part)
                target.write(part)
        return digest.hexdigest()


@contextmanager
def checked_zip(file: BinaryIO) -> Iterator[CheckedZip]:
    """Open a zip and verify everything but the content of its entries.

    Raises:
        RefusedZipError: with the reason.
        OSError: if the file cannot be read.
    """
    directory_start = _check_end(file)
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, struct.error, NotImplementedError, ValueError) as error:
        raise RefusedZipError(f"The list of files in the zip is damaged. {_CHANGED}") from error
    with archive:
        infos = archive.infolist()
        if all(info.filename != MANIFEST_FILE for info in infos):
            raise RefusedZipError(
                f"The zip is no run exported by this program: it has no {MANIFEST_FILE}."
            )
        _check_names(infos)
        for info in infos:
            _check_entry(info)
        _check_places(file, infos, directory_start)
        yield CheckedZip(archive)


def _check_end(file: BinaryIO) -> int:
    """Verify size and last bytes before anything is read into memory; give the directory's place.

    Raises:
        RefusedZipError: if it is no zip, too large or not whole.
    """
    size = file.seek(0, os.SEEK_END)
    if size == 0:
        raise RefusedZipError("The file is empty.")
    if size > MAX_ZIP_BYTES:
        raise RefusedZipError(
            f"The file has {size:,} bytes; a run comes to at most {MAX_ZIP_BYTES:,}."
        )
    file.seek(0)
    if file.read(4) not in {_LOCAL_SIGNATURE, _END_SIGNATURE}:
        raise RefusedZipError("The file is not a zip.")
    file.seek(max(0, size - _END.size))
    end = file.read(_END.size)
    if len(end) < _END.size or end[:4] != _END_SIGNATURE:
        raise RefusedZipError("The zip is not whole, or something was added to its end.")
    _, disk, first_disk, here, entries, length, start, comment = _END.unpack(end)
    if entries > MAX_FILES or length > _MAX_DIRECTORY_BYTES:
        raise RefusedZipError(
            f"The zip holds more than the {MAX_FILES:,} files that a run can have."
        )
    if (disk, first_disk, comment) != (0, 0, 0) or here != entries:
        raise RefusedZipError(f"The end of the zip is not as this program writes it. {_CHANGED}")
    if start + length + _END.size != size or _has_zip64_locator(file, size):
        raise RefusedZipError(f"The zip holds bytes outside its files. {_CHANGED}")
    return int(start)


def _has_zip64_locator(file: BinaryIO, size: int) -> bool:
    """Tell whether the reader would believe other sizes than those at the end."""
    signature, length = _ZIP64_LOCATOR
    file.seek(max(0, size - _END.size - length))
    return file.read(len(signature)) == signature


def _check_names(infos: list[zipfile.ZipInfo]) -> None:
    """Refuse names that could leave the run's folder, meet each other or mean nothing.

    Raises:
        RefusedZipError: with the name.
    """
    for name, times in Counter(info.filename.casefold() for info in infos).items():
        if times > 1:
            raise RefusedZipError(
                f"The zip holds {_shown(name)} {times} times; names differ by more than case."
            )
    for info in infos:
        name = info.orig_filename
        if name.startswith("/") or ".." in name.split("/") or set(name) & {"\\", ":", "\0"}:
            raise RefusedZipError(
                f"The zip holds {_shown(name)}, a path that leads out of the run's folder."
            )
        if size_limit(name) is None:
            raise RefusedZipError(f"The zip holds {_shown(name)}, which is no part of a run.")


def _check_entry(info: zipfile.ZipInfo) -> None:
    """Refuse what is not a plain stored file of a sensible size.

    Raises:
        RefusedZipError: with the name and the reason.
    """
    name, limit = info.filename, size_limit(info.filename) or 0
    if info.flag_bits & _IS_ENCRYPTED:
        raise RefusedZipError(f"{name} in the zip is encrypted; this program encrypts nothing.")
    if stat.S_IFMT(info.external_attr >> 16) not in {0, stat.S_IFREG}:
        raise RefusedZipError(f"{name} in the zip is a link or a device, not a file.")
    if info.compress_type != zipfile.ZIP_STORED:
        raise RefusedZipError(
            f"{name} in the zip is compressed, which this program never does: another one packed "
            "it. Import the zip as it was exported."
        )
    if info.file_size > limit:
        raise RefusedZipError(f"{name} in the zip is larger than {limit:,} bytes.")
    if info.file_size != info.compress_size or info.flag_bits or info.extra or info.comment:
        raise RefusedZipError(f"The zip contradicts itself on {name}. {_CHANGED}")


def _check_places(file: BinaryIO, infos: list[zipfile.ZipInfo], directory_start: int) -> None:
    """Refuse entries that overlap, leave gaps, or are announced differently where they begin.

    Raises:
        RefusedZipError: with the name.
    """
    place = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        name = info.filename.encode()
        if info.header_offset != place:
            raise RefusedZipError(f"{info.filename} overlaps another file of the zip. {_CHANGED}")
        file.seek(place)
        content = file.read(_LOCAL.size + len(name))
        expected = (_LOCAL_SIGNATURE, 0, zipfile.ZIP_STORED, info.CRC, info.file_size)
        if len(content) < _LOCAL.size + len(name) or _promised(content) != (*expected, name):
            raise RefusedZipError(f"The zip contradicts itself on {info.filename}. {_CHANGED}")
        place += len(content) + info.file_size
    if place != directory_start:
        raise RefusedZipError(f"The zip holds bytes outside its files. {_CHANGED}")


def _promised(content: bytes) -> tuple[bytes, int, int, int, int, bytes]:
    """Give signature, flags, method, CRC, size and name of a local header that is sound."""
    signature, _, flags, method, _, _, crc, packed, size, name_length, extra = _LOCAL.unpack(
        content[: _LOCAL.size]
    )
    name = content[_LOCAL.size :]
    is_sound = packed == size and name_length == len(name) and extra == 0
    return signature, flags, method, crc, size, name if is_sound else b""


def _shown(name: str) -> str:
    return ascii(name[:80])


@contextmanager
def _refusing(name: str) -> Iterator[None]:
    """Turn the errors of the zip reader into ours.

    Raises:
        RefusedZipError: if the content is not what the zip promises.
    """
    try:
        yield
    except (zipfile.BadZipFile, struct.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise RefusedZipError(f"{name} in the zip is damaged. {_CHANGED}") from error
