"""`RunStore`: all runs, in a folder each and one small database."""

import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from fashion_core.config import RunSpec
from fashion_core.errors import DamagedFileError, StoreError
from fashion_core.runs import artifacts
from fashion_core.runs.folders import write_header
from fashion_core.runs.names import clean_name
from fashion_core.runs.numbers import keep_numbers, write_number
from fashion_core.runs.reading import read_run, read_run_summary
from fashion_core.runs.rebuild import rebuild, survives_damage
from fashion_core.runs.records import Run, RunSummary, describe_spec
from fashion_core.runs.restoring import how_to_mend, restore_run
from fashion_core.runs.rows import insert_run, is_run_id, new_run_id, save_all_summaries
from fashion_core.runs.schema import (
    DamagedDatabaseError,
    OutdatedDatabaseError,
    connect,
    upgrade,
)
from fashion_core.runs.staging import remove_leftovers


class RunStore:
    """Runs on disk. Any number of threads and processes may use the same folder at once.

    Args:
        root: Folder of the store; made if missing.

    Attributes:
        root: Folder with a folder for each run.
        database: The SQLite file beside them.

    Raises:
        StoreError: if the folder or the database cannot be used.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.database = root / "runs.sqlite"
        try:
            root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"The folder {root} cannot be made ({error.strerror}). "
                "See that the disk has room and the folder above it is writable."
            ) from error
        self._look()
        self._keep_numbers()
        remove_leftovers(root, self.has)

    def _look(self) -> None:
        """See that the database can be used."""
        try:
            try:
                with connect(self.database):
                    return
            except OutdatedDatabaseError:
                upgrade(self.database, save_all_summaries)
        except DamagedDatabaseError:  # or there is none yet
            rebuild(self.database)

    @survives_damage
    def _keep_numbers(self) -> None:
        with connect(self.database) as db:
            keep_numbers(db, self.root)

    @survives_damage
    def runs(self) -> tuple[RunSummary, ...]:
        """List all runs, newest first; here and below without those in the trash.

        Rows that are damaged are made again from the runs' folders.
        """
        runs = self._summaries("", ())
        damaged = [run.run_id for run in runs if run.status == "damaged"]
        is_mended = [self._mend(run_id) for run_id in damaged]
        return self._summaries("", ()) if any(is_mended) else runs

    @survives_damage
    def active(self) -> tuple[RunSummary, ...]:
        """List the runs that wait or are being computed, newest first."""
        written = self._summaries("AND state IN ('queued', 'started')", ())
        return tuple(run for run in written if run.is_active)

    @survives_damage
    def runs_of(self, spec: RunSpec) -> tuple[RunSummary, ...]:
        """List the runs of an equal spec, newest first."""
        return self._summaries("AND spec = ?", (spec.to_json(),))

    @survives_damage
    def run(self, run_id: str) -> Run:
        """Give one run with all its epochs; rows that are damaged are made again from its folder.

        Also one in the trash: two tabs may differ in what they know.

        Raises:
            StoreError: if there is no such run.
        """
        run = read_run(self.database, run_id)
        if run.status == "damaged" and self._mend(run_id):
            return read_run(self.database, run_id)
        return run

    def _mend(self, run_id: str) -> bool:
        """Make the damaged rows of a run again; False if that is not possible."""
        with suppress(StoreError), connect(self.database) as db:  # no room, or read-only
            return restore_run(db, self.run_dir(run_id))
        return False

    def how_to_mend(self, run_id: str) -> str:
        """Say what helps a run whose status is "damaged"."""
        return how_to_mend(self.run_dir(run_id))

    @survives_damage
    def has(self, run_id: str) -> bool:
        """Tell whether a run exists, be it in the trash; any text may be asked."""
        if not is_run_id(run_id):
            return False
        with connect(self.database) as db:
            query = "SELECT 1 FROM runs WHERE run_id = ?"
            return db.execute(query, (run_id,)).fetchone() is not None

    @survives_damage
    def step_losses(
        self, run_id: str, *, last: int | None = None
    ) -> tuple[tuple[int, int, float], ...]:
        """List (epoch, step, mean training loss in nats of the block that ends there).

        Args:
            run_id: The run.
            last: Give only so many, the newest; None gives all.
        """
        query = (
            "SELECT epoch, step, loss FROM steps WHERE run_id = ?"
            " ORDER BY epoch DESC, step DESC LIMIT ?"
        )
        limit = -1 if last is None else last  # SQLite: a negative limit is none
        with connect(self.database) as db:
            rows = db.execute(query, (run_id, limit)).fetchall()
        return tuple((row[0], row[1], row[2]) for row in reversed(rows))

    def epoch_file(self, run_id: str, epoch: int) -> artifacts.EpochFile:
        """Give the figures and predictions of one epoch, verified.

        Raises:
            DamagedFileError: if the file is missing or damaged.
        """
        return artifacts.read_epoch(self.run_dir(run_id), epoch)

    def best_weights(self, run_id: str) -> bytes:
        """Give the parameters of the best epoch as safetensors bytes, verified.

        Raises:
            StoreError: if no epoch has finished yet.
            DamagedFileError: if the file is damaged.
        """
        folder = self.run_dir(run_id)
        while epochs := artifacts.epochs_on_disk(folder, "best"):
            best = self.run(run_id).best
            # Of a run that started again elsewhere, a later epoch may be left of the first time.
            epoch = best.epoch if best and best.epoch in epochs else epochs[-1]
            try:
                return artifacts.read(folder, "best", epoch)
            except DamagedFileError:
                if epochs == artifacts.epochs_on_disk(folder, "best"):
                    raise  # else a better epoch has replaced it just now
        raise StoreError(f"The run {run_id} has no finished epoch yet.")

    @survives_damage
    def news(self) -> tuple[str, ...]:
        """Give what happened to the list of runs itself, in sentences, the oldest first."""
        with connect(self.database) as db:
            return tuple(str(row[0]) for row in db.execute("SELECT text FROM news ORDER BY rowid"))

    @survives_damage
    def dismiss_news(self, text: str) -> None:
        """Forget a sentence of the news, for everybody: somebody has read it."""
        with connect(self.database) as db:
            db.execute("DELETE FROM news WHERE text = ?", (text,))

    def run_dir(self, run_id: str) -> Path:
        """Give the folder of a run.

        Raises:
            StoreError: if the id is not one the program makes; it may come from a link.
        """
        if not is_run_id(run_id):
            raise StoreError("Expected a run id of 8 to 40 letters a-z, digits and hyphens.")
        return self.root / run_id

    def create(self, spec: RunSpec, *, name: str = "") -> str:
        """Add a run at the end of the queue and give its id.

        Raises:
            StoreError: if the store cannot be written.
        """
        created = time.time()
        run_dir = self._new_folder(created)
        shown = clean_name(name) or describe_spec(spec)
        header = {"run_id": run_dir.name, "name": shown, "created": created, "spec": spec.to_dict()}
        try:
            artifacts.prepare_folders(run_dir)
            write_header(run_dir, header)
            self._add(header)
        except OSError as error:
            shutil.rmtree(run_dir, ignore_errors=True)
            raise self._not_writable(error) from error
        except StoreError:
            shutil.rmtree(run_dir, ignore_errors=True)
            raise
        return run_dir.name

    def _new_folder(self, created: float) -> Path:
        """Make a folder with an id that no thread or process has, not even by chance."""
        while True:
            run_dir = self.root / new_run_id(created)
            try:
                run_dir.mkdir()
            except FileExistsError:
                continue
            except OSError as error:
                raise self._not_writable(error) from error
            return run_dir

    def _not_writable(self, error: OSError) -> StoreError:
        return StoreError(
            f"The run cannot be written to {self.root} ({error.strerror}). "
            "See that the folder is writable and the disk has room, then start again."
        )

    @survives_damage
    def _add(self, header: dict[str, Any]) -> None:
        with connect(self.database) as db:
            number = insert_run(db, header, state="queued")
            write_number(self.run_dir(header["run_id"]), number)  # in the transaction: both or none

    def _summaries(self, condition: str, values: tuple[str, ...]) -> tuple[RunSummary, ...]:
        """Read runs in one query, however many there are; `condition` is a constant of ours."""
        query = f"SELECT * FROM runs WHERE deleted IS NULL {condition} ORDER BY number DESC"  # noqa: S608
        with connect(self.database) as db:
            rows = db.execute(query, values).fetchall()
        return tuple(read_run_summary(self.database, row) for row in rows)
