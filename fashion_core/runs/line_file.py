"""A small file of facts that several windows write: one line of JSON each, nothing ever lost.

The first line says how many follow, so that a file cut at the end of a line is known for what it
is; damage takes one line and not all.
"""

import json
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, Generic, Protocol, TypeVar

from fashion_core.errors import StoreError
from fashion_core.files import exclusive_lock, sha256, write_atomically

_WAIT_SECONDS: Final = 10.0  # a change takes milliseconds; so long only a hanging disk does


class Fact(Protocol):
    """One line of the file."""

    @property
    def key(self) -> Hashable:
        """Name what it is about; a later fact replaces an earlier one of the same key."""

    def to_dict(self) -> dict[str, Any]:
        """Give it as plain JSON types."""


FactT = TypeVar("FactT", bound=Fact)


class LineFile(Generic[FactT]):
    """Facts in one file. Any number of threads and processes may change it at once.

    Whoever writes holds a kernel lock, reads what is there, changes it and replaces the file in
    one step; readers need no lock. A damaged file is copied beside itself before anything is
    written, and the lines of it that can be read go on.

    Args:
        path: The file; its folder must be there.
        about: What is in it, as sentences name it, such as "notes on pictures".
        parse: Makes a fact of the object of a line; a ValueError, TypeError or KeyError means
            that it has no sense.
        max_bytes: A larger file is none of ours, and is never made.

    Raises:
        StoreError: from every method, if the file cannot be read or written.
    """

    def __init__(
        self,
        path: Path,
        *,
        about: str,
        parse: Callable[[dict[str, Any]], FactT],
        max_bytes: int,
    ) -> None:
        self._path = path
        self._about = about
        self._parse = parse
        self._max_bytes = max_bytes

    def facts(self) -> tuple[FactT, ...]:
        """List all facts, the last written last."""
        found, is_whole = self._read(self._content())
        if is_whole:
            return tuple(found.values())
        with self._locked():
            return tuple(self._load().values())

    def change(self, edit: Callable[[Mapping[Hashable, FactT]], Mapping[Hashable, FactT]]) -> None:
        """Change the facts; nobody else does between reading and writing.

        Args:
            edit: Gets the facts by key and gives the new ones; whatever it raises goes on, and
                nothing is changed.
        """
        with self._locked():
            self._write(edit(self._load()))

    def version(self) -> tuple[int, ...]:
        """Give what is another after every change; empty as long as there is no file."""
        try:
            status = self._path.stat()
        except OSError:  # whoever reads says why
            return ()
        return status.st_ino, status.st_mtime_ns, status.st_size

    def damaged_copies(self) -> tuple[Path, ...]:
        """List the damaged files that were kept; whoever deletes one has seen it."""
        return tuple(sorted(self._path.parent.glob(f"{self._path.name}.damaged-*")))

    def _load(self) -> dict[Hashable, FactT]:
        """Read the facts for the holder of the lock; keep a damaged file and mend it."""
        content = self._content()
        found, is_whole = self._read(content)
        if not is_whole:
            kept = self._path.with_name(f"{self._path.name}.damaged-{sha256(content)[:8]}")
            with self._sentence():
                write_atomically(kept, self._path.read_bytes())
            self._write(found)
        return found

    def _read(self, content: bytes) -> tuple[dict[Hashable, FactT], bool]:
        """Read what can be read, and tell whether that is everything that was written."""
        if len(content) > self._max_bytes:
            return {}, False
        first, *lines = content.split(b"\n")
        facts = [fact for line in lines if (fact := self._fact(line)) is not None]
        found = {fact.key: fact for fact in facts}
        promised = _object(first).get("facts")
        is_whole = type(promised) is int and promised == len(found) == len(lines) - 1
        return found, is_whole and lines[-1] == b""

    def _fact(self, line: bytes) -> FactT | None:
        """Make a fact of a line that may be anybody's bytes; None if it has no sense."""
        try:
            return self._parse(_object(line))
        except (ValueError, TypeError, KeyError):
            return None

    def _content(self) -> bytes:
        """Read the file, or what stands in a file without facts if there is none.

        Raises:
            StoreError: if it cannot be read.
        """
        try:
            with self._path.open("rb") as file:
                return file.read(self._max_bytes + 1)
        except FileNotFoundError:
            return _pack(())
        except OSError as error:
            raise StoreError(
                f"The file {self._path} with the {self._about} cannot be read "
                f"({error.strerror}). See that it is a file you may read, then reload the page."
            ) from error

    def _write(self, facts: Mapping[Hashable, FactT]) -> None:
        """Replace the file.

        Raises:
            StoreError: if it would be too large, or cannot be written.
        """
        content = _pack(facts.values())
        if len(content) > self._max_bytes:
            raise StoreError(
                f"There is no room for more {self._about}: the file {self._path} would be larger "
                f"than {self._max_bytes / 1e6:g} MB. Nothing was changed; remove some first."
            )
        with self._sentence():
            write_atomically(self._path, content)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep everybody else from writing.

        Raises:
            StoreError: if somebody else does for too long.
        """
        with ExitStack() as held:
            with self._sentence():
                lock = exclusive_lock(self._path.with_suffix(".lock"), wait_seconds=_WAIT_SECONDS)
                is_got = held.enter_context(lock)
            if not is_got:
                raise StoreError(
                    f"Another window is writing {self._about} and does not end. Nothing was "
                    "changed; wait a moment, then try again."
                )
            yield

    @contextmanager
    def _sentence(self) -> Iterator[None]:
        """Turn what the disk says into a sentence.

        Raises:
            StoreError: instead of an `OSError`.
        """
        try:
            yield
        except OSError as error:
            raise StoreError(
                f"The {self._about} cannot be written to {self._path.parent} ({error.strerror}); "
                "nothing was changed. See that the folder is writable and the disk has room, then "
                "try again."
            ) from error


def _pack(facts: Iterable[Fact]) -> bytes:
    """Give the content of the file."""
    lines = [json.dumps(fact.to_dict(), ensure_ascii=False) for fact in facts]
    return "".join(f"{line}\n" for line in [json.dumps({"facts": len(lines)}), *lines]).encode()


def _object(line: bytes) -> dict[str, Any]:
    """Read a JSON object; an empty one for whatever is none."""
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}
