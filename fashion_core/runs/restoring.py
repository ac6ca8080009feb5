"""Rows of the database made again from what the folder of their run says."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final

from fashion_core.config import RunSpec
from fashion_core.errors import DamagedFileError
from fashion_core.files import is_locked
from fashion_core.runs import artifacts
from fashion_core.runs.annotation_file import read_annotations
from fashion_core.runs.folders import SPEC_FILE, is_paused, read_header, read_outcome
from fashion_core.runs.records import State
from fashion_core.runs.rows import (
    annotations_of,
    read_progress,
    read_spec,
    run_row,
    save_annotations,
    save_epoch_row,
    save_notice,
    save_summary,
)

_HAD_NOT_BEGUN: Final = (
    "The list of runs was rebuilt while this run waited in the queue or was in its first epoch."
)


def restore_run(db: sqlite3.Connection, run_dir: Path) -> bool:
    """Make every row of a run anew where it is damaged; False if its folder does not tell enough.

    Raises:
        StoreError: if there is no such run.
    """
    row = run_row(db, run_dir.name)
    try:
        header = read_header(run_dir)
    except DamagedFileError:
        return False
    if not _is_sound(read_spec, row):
        spec = RunSpec.from_dict(header["spec"]).to_json()
        db.execute("UPDATE runs SET spec = ? WHERE run_id = ?", (spec, run_dir.name))
    if not row["spec"]:  # nothing could be read when the list was made
        names = (header["name"], header["created"], run_dir.name)
        db.execute("UPDATE runs SET name = ?, created = ? WHERE run_id = ?", names)
    if not row["spec"] or not _is_sound(read_progress, row):
        _restore_state(db, run_dir)
    if not _is_sound(annotations_of, row):
        db.execute(
            "UPDATE runs SET tags = '[]', deleted = CASE typeof(deleted) WHEN 'real' THEN deleted"
            " END WHERE run_id = ?",
            (run_dir.name,),
        )
    restore_annotations(db, run_dir)
    restore_epochs(db, run_dir)
    return True


def how_to_mend(run_dir: Path) -> str:
    """Say what helps a run that is shown as damaged."""
    try:
        read_header(run_dir)
    except DamagedFileError:
        return (
            f"What helps: put a sound {SPEC_FILE} from a backup into the run's folder, "
            f"{run_dir.name}; the run is then shown again. Or, if you have an export of the run, "
            "delete this one, remove it for good on the Runs page and import the export."
        )
    return (
        f"Its folder, {run_dir.name}, is in order, but the list cannot be written. See that the "
        "folder of the runs is writable and the disk has room, then reload the page."
    )


def restore_annotations(db: sqlite3.Connection, run_dir: Path) -> None:
    """Take from a run's folder what people said about it; a damaged file is named."""
    try:
        said = read_annotations(run_dir)
    except DamagedFileError as error:
        save_notice(db, run_dir.name, str(error))
        return
    if said is not None:
        save_annotations(db, run_dir.name, said)


def restore_epochs(db: sqlite3.Connection, run_dir: Path) -> None:
    """Make the rows of a run's epochs anew from their files; a damaged one leaves a gap."""
    db.execute("DELETE FROM epochs WHERE run_id = ?", (run_dir.name,))
    for epoch in artifacts.epochs_on_disk(run_dir, "epoch"):
        try:
            save_epoch_row(db, run_dir.name, artifacts.read_record(run_dir, epoch))
        except DamagedFileError as error:
            save_notice(db, run_dir.name, f"{error} The curve has a gap there.")
    save_summary(db, run_dir.name)


def last_known_state(run_dir: Path) -> tuple[State, str]:
    """Give state and reason as the folder tells them.

    "started" is given to runs in work and to those that never wrote down their end, "queued" to
    paused ones.
    """
    if is_locked(run_dir / "lock"):
        return "started", ""
    if is_paused(run_dir):
        return "queued", ""
    try:
        return read_outcome(run_dir)
    except DamagedFileError:
        has_begun = bool(artifacts.epochs_on_disk(run_dir, "epoch"))
        return "started", "" if has_begun else _HAD_NOT_BEGUN


def _restore_state(db: sqlite3.Connection, run_dir: Path) -> None:
    state, reason = last_known_state(run_dir)
    db.execute(
        "UPDATE runs SET state = ?, reason = ?, paused = (? = 'queued'), progress = NULL"
        " WHERE run_id = ?",
        (state, reason, state, run_dir.name),
    )


def _is_sound(read: Callable[[sqlite3.Row], object], row: sqlite3.Row) -> bool:
    try:
        read(row)
    except DamagedFileError:
        return False
    return True
