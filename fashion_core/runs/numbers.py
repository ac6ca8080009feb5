"""`number.json` in a run's folder: the number that people know the run by.

It repeats what the database says, so that a list made anew gives every run its own number back.
"""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from fashion_core.files import write_atomically

NUMBER_FILE: Final = "number.json"
_MOST: Final = 1_000_000_000  # what a damaged file may not exceed: SQLite counts on from there


def write_number(run_dir: Path, number: int) -> None:
    """Write down the number of a run.

    Raises:
        OSError: if the folder is missing, full or read-only.
    """
    write_atomically(run_dir / NUMBER_FILE, json.dumps({"number": number}).encode())


def read_number(run_dir: Path) -> int | None:
    """Give the number of a run; None if its folder does not tell."""
    try:
        number = json.loads((run_dir / NUMBER_FILE).read_text())["number"]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
    return number if type(number) is int and 0 < number <= _MOST else None


def keep_numbers(db: sqlite3.Connection, root: Path) -> None:
    """Write down the numbers of runs that an older version made; none on a disk without room."""
    with suppress(OSError):
        for row in db.execute("SELECT run_id, number FROM runs").fetchall():
            folder = root / row["run_id"]
            if folder.is_dir() and not (folder / NUMBER_FILE).exists():
                write_number(folder, row["number"])


def number_again(run_dirs: Sequence[Path]) -> tuple[dict[Path, int], list[Path]]:
    """Give every run its number for a list that is made anew.

    Args:
        run_dirs: The folders of the runs, the oldest run first.

    Returns:
        The number of each run, no two the same, and the runs whose folders did not tell theirs,
        or told that of an older run; these have the numbers after all others.
    """
    numbers: dict[Path, int] = {}
    strangers: list[Path] = []
    taken: set[int] = set()
    for run_dir in run_dirs:
        number = read_number(run_dir)
        if number is None or number in taken:
            strangers.append(run_dir)
        else:
            numbers[run_dir] = number
            taken.add(number)
    following = enumerate(strangers, start=max(taken, default=0) + 1)
    return numbers | {run_dir: number for number, run_dir in following}, strangers
