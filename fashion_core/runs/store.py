"""`RunStore`: all runs, in a folder each and one small database."""

import json
import re
import secrets
import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from fashion_core.config import RunSpec
from fashion_core.errors import StoreError
from fashion_core.files import is_locked, write_atomically
from fashion_core.history import EpochRecord
from fashion_core.runs import artifacts
from fashion_core.runs.names import clean_name
from fashion_core.runs.records import LiveProgress, Run, State, Status, describe_spec
from fashion_core.runs.schema import connect, create_tables

_RUN_ID: Final = re.compile(r"[a-z0-9-]{8,40}")


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
        create_tables(self.database)

    def runs(self) -> tuple[Run, ...]:
        """List all runs, newest first."""
        with connect(self.database) as db:
            return self._runs(db, "", ())

    def runs_of(self, spec: RunSpec) -> tuple[Run, ...]:
        """List the runs of an equal spec, newest first."""
        with connect(self.database) as db:
            return self._runs(db, "WHERE spec = ?", (spec.to_json(),))

    def run(self, run_id: str) -> Run:
        """Give one run.

        Raises:
            StoreError: if there is no such run.
        """
        with connect(self.database) as db:
            run_row(db, run_id)
            return self._runs(db, "WHERE run_id = ?", (run_id,))[0]

    def has(self, run_id: str) -> bool:
        """Tell whether a run exists; any text may be asked."""
        if not _RUN_ID.fullmatch(run_id):
            return False
        with connect(self.database) as db:
            query = "SELECT 1 FROM runs WHERE run_id = ?"
            return db.execute(query, (run_id,)).fetchone() is not None

    def step_losses(self, run_id: str) -> tuple[tuple[int, int, float], ...]:
        """List (epoch, step, mean training loss in nats of the block that ends there)."""
        query = "SELECT epoch, step, loss FROM steps WHERE run_id = ? ORDER BY epoch, step"
        with connect(self.database) as db:
            return tuple((row[0], row[1], row[2]) for row in db.execute(query, (run_id,)))

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
        if not (epochs := artifacts.epochs_on_disk(folder, "best")):
            raise StoreError(f"The run {run_id} has no finished epoch yet.")
        return artifacts.read(folder, "best", epochs[-1])

    def run_dir(self, run_id: str) -> Path:
        """Give the folder of a run.

        Raises:
            StoreError: if the id is not one the program makes; it may come from a link.
        """
        if not _RUN_ID.fullmatch(run_id):
            raise StoreError("Expected a run id of 8 to 40 letters a-z, digits and hyphens.")
        return self.root / run_id

    def create(self, spec: RunSpec, *, name: str = "") -> str:
        """Add a run at the end of the queue and give its id.

        Raises:
            StoreError: if the store cannot be written.
        """
        created = time.time()
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(created))
        run_id = f"r-{stamp}-{secrets.token_hex(3)}"
        shown = clean_name(name) or describe_spec(spec)
        header = {"run_id": run_id, "name": shown, "created": created, "spec": spec.to_dict()}
        try:
            artifacts.prepare_folders(self.root / run_id)
            content = json.dumps(header, indent=2).encode()
            write_atomically(self.root / run_id / "spec.json", content)
        except OSError as error:
            raise StoreError(
                f"The run cannot be written to {self.root} ({error.strerror}). "
                "See that the folder is writable and the disk has room, then start again."
            ) from error
        with connect(self.database) as db:
            insert_run(db, header, state="queued")
        return run_id

    def _runs(self, db: sqlite3.Connection, where: str, values: tuple[str, ...]) -> tuple[Run, ...]:
        """Read runs in three queries, however many there are; `where` is a constant of ours."""
        db.execute("BEGIN")  # one view of all three
        selected = f"SELECT run_id FROM runs {where}"  # noqa: S608
        histories = _grouped(
            db.execute(
                f"SELECT run_id, record FROM epochs WHERE run_id IN ({selected}) ORDER BY epoch",  # noqa: S608
                values,
            )
        )
        notices = _grouped(
            db.execute(f"SELECT run_id, text FROM notices WHERE run_id IN ({selected})", values)  # noqa: S608
        )
        rows = db.execute(f"SELECT * FROM runs {where} ORDER BY number DESC", values)  # noqa: S608
        return tuple(
            self._run(row, histories.get(row["run_id"], []), notices.get(row["run_id"], []))
            for row in rows
        )

    def _run(self, row: sqlite3.Row, history: list[str], notices: list[str]) -> Run:
        return Run(
            run_id=row["run_id"],
            name=row["name"],
            created=row["created"],
            number=row["number"],
            spec=RunSpec.from_json(row["spec"]),
            status=self._status(row["run_id"], row),
            reason=row["reason"],
            history=tuple(EpochRecord(**json.loads(record)) for record in history),
            progress=LiveProgress(**json.loads(row["progress"])) if row["progress"] else None,
            notices=tuple(notices),
        )

    def _status(self, run_id: str, row: sqlite3.Row) -> Status:
        state: State = row["state"]
        if state != "started":
            return state
        if not is_locked(self.root / run_id / "lock") and self._is_started(run_id):
            return "interrupted"
        return "stopping" if row["stop_requested"] else "running"

    def _is_started(self, run_id: str) -> bool:
        """Look again: a run that has just ended wrote that down before it freed its lock."""
        with connect(self.database) as db:
            return bool(run_row(db, run_id)["state"] == "started")


def run_row(db: sqlite3.Connection, run_id: str) -> sqlite3.Row:
    """Give the row of a run.

    Raises:
        StoreError: if there is no such run.
    """
    row: sqlite3.Row | None = None
    if _RUN_ID.fullmatch(run_id):  # SQLite does not even take every other text
        row = db.execute("SELECT * FROM runs WHERE run_id = ?", (run_id,)).fetchone()
    if row is None:
        raise StoreError("There is no such run in the store; it may have been deleted.")
    return row


def _grouped(rows: Iterable[sqlite3.Row]) -> dict[str, list[str]]:
    """Collect the second column under the first."""
    groups: dict[str, list[str]] = {}
    for run_id, value in rows:
        groups.setdefault(run_id, []).append(value)
    return groups


def insert_run(db: sqlite3.Connection, header: dict[str, Any], *, state: State) -> None:
    """Add the row of a run from the content of its `spec.json`."""
    spec = RunSpec.from_dict(header["spec"]).to_json()  # equal specs, equal text
    db.execute(
        "INSERT INTO runs (run_id, name, created, spec, state, queue_position)"
        " VALUES (?, ?, ?, ?, ?, (SELECT COALESCE(MAX(queue_position), 0) + 1 FROM runs))",
        (header["run_id"], header["name"], header["created"], spec, state),
    )
