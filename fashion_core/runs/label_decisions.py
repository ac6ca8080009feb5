"""What people decided about labels, for all runs of a store: about the data, not about a run."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from fashion_core.errors import StoreError
from fashion_core.files import exclusive_lock, sha256, write_atomically
from fashion_core.runs.decision_file import (
    MAX_BYTES,
    Decision,
    DecisionKey,
    read_decisions,
    write_decisions,
)

DECISION_FILE: Final = "label-decisions.jsonl"
_LOCK_FILE: Final = "label-decisions.lock"
_WAIT_SECONDS: Final = 10.0  # a decision takes milliseconds; so long only a hanging disk does


class LabelDecisions:
    """The decisions in a store's folder. Any number of threads and processes may decide at once.

    Whoever writes holds a kernel lock, reads what is there, changes one decision and replaces
    the file in one step; readers need no lock. A damaged file is copied beside itself before
    anything is written, and the lines of it that can be read go on.

    Args:
        root: Folder of the run store.

    Raises:
        StoreError: from every method, if the file cannot be read or written.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._path = root / DECISION_FILE

    def all(self) -> tuple[Decision, ...]:
        """List all decisions, the last one last."""
        decisions, is_whole = read_decisions(self._content())
        if is_whole:
            return decisions
        with self._locked():
            return tuple(self._load().values())

    def decide(self, decision: Decision) -> Decision | None:
        """Write down a decision and give the one that stood there before, if any."""
        with self._locked():
            decisions = self._load()
            before = decisions.pop(decision.key, None)
            self._write(decisions | {decision.key: decision})
            return before

    def undo(self, made: Decision, before: Decision | None) -> None:
        """Put back what stood there before a decision.

        Args:
            made: The decision to take back.
            before: What `decide` gave for it; None leaves the picture undecided.

        Raises:
            StoreError: if somebody has decided otherwise since; nothing is changed then.
        """
        with self._locked():
            decisions = self._load()
            if decisions.get(made.key) != made:
                raise StoreError(
                    f"Another window has decided about {made.split} picture {made.image_id} "
                    "since. Nothing was changed; look at the picture again."
                )
            del decisions[made.key]
            self._write(decisions if before is None else decisions | {before.key: before})

    def damaged_copies(self) -> tuple[Path, ...]:
        """List the damaged files that were kept; whoever deletes one has seen it."""
        return tuple(sorted(self._root.glob(f"{DECISION_FILE}.damaged-*")))

    def _load(self) -> dict[DecisionKey, Decision]:
        """Read the decisions for the holder of the lock; keep a damaged file and mend it."""
        content = self._content()
        decisions, is_whole = read_decisions(content)
        found = {decision.key: decision for decision in decisions}
        if not is_whole:
            kept = self._path.with_name(f"{DECISION_FILE}.damaged-{sha256(content)[:8]}")
            with self._sentence():
                write_atomically(kept, self._path.read_bytes())
            self._write(found)
        return found

    def _content(self) -> bytes:
        """Read the file, or what stands in a file without decisions if there is none.

        Raises:
            StoreError: if it cannot be read.
        """
        try:
            with self._path.open("rb") as file:
                return file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            return write_decisions(())
        except OSError as error:
            raise StoreError(
                f"The file {self._path} with the decisions about labels cannot be read "
                f"({error.strerror}). See that it is a file you may read, then reload the page."
            ) from error

    def _write(self, decisions: dict[DecisionKey, Decision]) -> None:
        with self._sentence():
            write_atomically(self._path, write_decisions(decisions.values()))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep everybody else from writing.

        Raises:
            StoreError: if somebody else does for too long.
        """
        with ExitStack() as held:
            with self._sentence():
                lock = exclusive_lock(self._root / _LOCK_FILE, wait_seconds=_WAIT_SECONDS)
                is_got = held.enter_context(lock)
            if not is_got:
                raise StoreError(
                    "Another window is writing decisions and does not end. Nothing was changed; "
                    "wait a moment, then decide again."
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
                f"The decision cannot be written to {self._root} ({error.strerror}); nothing was "
                "changed. See that the folder is writable and the disk has room, then decide again."
            ) from error
