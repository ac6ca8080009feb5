"""What people say about runs, and the trash: nothing is lost until it is emptied."""

import secrets
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from fashion_core.errors import DamagedFileError, StoreError
from fashion_core.files import exclusive_lock
from fashion_core.runs.annotation_file import Annotations, read_annotations, write_annotations
from fashion_core.runs.names import MAX_TAGS, clean_name, clean_note, clean_tags
from fashion_core.runs.reading import read_run_summary
from fashion_core.runs.rebuild import survives_damage
from fashion_core.runs.records import RunSummary, describe_spec
from fashion_core.runs.rows import annotations_of, run_row, save_annotations
from fashion_core.runs.schema import connect
from fashion_core.runs.store import RunStore


class RunAnnotations:
    """Names, notes and tags of the runs of a store, and its trash.

    Everything is written into the run's folder and into the database, both or neither. A run in
    the trash is left out of every list and cannot go on; its folder stays as it is.

    Raises:
        StoreError: from every method, if there is no such run, or the store cannot be written.
    """

    def __init__(self, store: RunStore) -> None:
        self._store = store

    @property
    def database(self) -> Path:
        """The database of the store."""
        return self._store.database

    def rename(self, run_id: str, name: str) -> None:
        """Give a run another name, cleaned; an empty one names it after its settings."""
        run = self._store.run(run_id)
        is_known = run.status != "damaged"  # else its settings are not
        shown = clean_name(name) or (describe_spec(run.spec) if is_known else run_id)
        self._change(run_id, lambda old: replace(old, name=shown))

    def note(self, run_id: str, text: str) -> None:
        """Replace the note of a run, cleaned; an empty one removes it."""
        self._change(run_id, lambda old: replace(old, note=clean_note(text)))

    def tag(self, run_id: str, *, add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
        """Put tags on a run, cleaned, and take others off; what others add meanwhile stays.

        Raises:
            StoreError: if there would be more than 20.
        """
        added, gone = tuple(add), {tag.casefold() for tag in clean_tags(remove)}

        def change(old: Annotations) -> Annotations:
            kept = [tag for tag in old.tags if tag.casefold() not in gone]
            tags = clean_tags([*kept, *added])
            if len(tags) > MAX_TAGS:
                raise StoreError(f"A run has {MAX_TAGS} tags at most, these would be {len(tags)}.")
            return replace(old, tags=tags)

        self._change(run_id, change)

    def delete(self, run_id: str) -> None:
        """Put a run into the trash; one that is there already stays.

        Raises:
            StoreError: if it waits or is being computed.
        """
        run = self._store.run(run_id)
        if run.is_active:
            raise StoreError(_why_not(run))
        with self._at_rest(run):
            self._change(run_id, lambda old: replace(old, deleted=old.deleted or time.time()))

    def restore(self, run_id: str) -> None:
        """Take a run out of the trash; everything is as it was."""
        self._change(run_id, lambda old: replace(old, deleted=None))

    @survives_damage
    def deleted(self) -> tuple[RunSummary, ...]:
        """List the runs in the trash, the last deleted first."""
        query = "SELECT * FROM runs WHERE deleted IS NOT NULL ORDER BY deleted DESC, number DESC"
        with connect(self.database) as db:
            rows = db.execute(query).fetchall()
        return tuple(read_run_summary(self.database, row) for row in rows)

    def empty(self, run_ids: Iterable[str]) -> int:
        """Remove runs in the trash for good, with their folders.

        Args:
            run_ids: Those the visitor has seen there; one that was restored meanwhile is left.

        Returns:
            How many were removed.

        Raises:
            StoreError: if a folder cannot be removed; the runs before it are.
        """
        removed = sum(self._remove(run_id) for run_id in run_ids)
        for leftover in self._store.root.glob(".*.removed"):  # also of a program that was killed
            shutil.rmtree(leftover, ignore_errors=True)
            if leftover.exists():
                raise StoreError(
                    f"The folder {leftover} of a removed run cannot be deleted. "
                    "See that it is writable, then delete it by hand."
                )
        return removed

    @survives_damage
    def _remove(self, run_id: str) -> bool:
        """Take the row and the folder's name away, both or neither; False if it is not there.

        Raises:
            StoreError: if one of the two cannot be taken away.
        """
        folder = self._store.run_dir(run_id)
        aside = folder.with_name(f".{run_id}.{secrets.token_hex(4)}.removed")
        try:
            with _sentence(folder), connect(self.database) as db:
                query = "DELETE FROM runs WHERE run_id = ? AND deleted IS NOT NULL"
                if db.execute(query, (run_id,)).rowcount == 0:
                    return False
                with suppress(FileNotFoundError):  # it was removed by hand
                    folder.rename(aside)
        except StoreError:
            with suppress(FileNotFoundError):  # it had its name still
                aside.rename(folder)
            raise
        return True

    @survives_damage
    def _change(self, run_id: str, change: Callable[[Annotations], Annotations]) -> None:
        """Change what people say about a run, in its folder and in the database.

        Raises:
            StoreError: if one of the two cannot be written, or a run that waits would be deleted.
        """
        folder = self._store.run_dir(run_id)
        with _sentence(folder), connect(self.database) as db:
            db.execute("BEGIN IMMEDIATE")  # who changes the same run meanwhile waits
            row = run_row(db, run_id)
            changed = change(_known(row, folder))
            if changed.deleted is not None and row["state"] == "queued":  # since the last look
                raise StoreError(_why_not(read_run_summary(self.database, row)))
            save_annotations(db, run_id, changed)
            if folder.is_dir():  # else it was removed by hand, and nothing can come back
                write_annotations(folder, changed)

    @contextmanager
    def _at_rest(self, run: RunSummary) -> Iterator[None]:
        """Keep everybody from computing a run.

        Raises:
            StoreError: if somebody does.
        """
        folder = self._store.run_dir(run.run_id)
        with ExitStack() as held:
            with _sentence(folder):
                is_free = not folder.is_dir() or held.enter_context(exclusive_lock(folder / "lock"))
            if not is_free:
                raise StoreError(_why_not(run))
            yield


def _known(row: sqlite3.Row, folder: Path) -> Annotations:
    """Give what people have said about a run; where its row is damaged, from its folder."""
    try:
        return annotations_of(row)
    except DamagedFileError:
        return read_annotations(folder) or Annotations(name=row["name"])


def _why_not(run: RunSummary) -> str:
    """Say why a run cannot be deleted now."""
    if run.is_waiting:
        return f"Run {run.number} waits in the queue. Take it off, then delete it."
    return f"Run {run.number} is being computed. Stop it first, then delete it."


@contextmanager
def _sentence(folder: Path) -> Iterator[None]:
    """Turn what the disk says into a sentence.

    Raises:
        StoreError: instead of an `OSError`.
    """
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"The folder {folder} cannot be written ({error.strerror}); nothing was changed. "
            "See that it is writable and the disk has room, then try again."
        ) from error
