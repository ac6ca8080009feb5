"""How people voted on the test pictures: read, check and keep the table that a user brings.

The table is public but not ours to give: `data/fmh_counts.csv` of the repository behind
Ishida et al., "Is the Performance of My Deep Network Too Good to Be True?", ICLR 2023
(github.com/takashiishida/irreducible), licensed under GPL-3.0. One row for each test picture in
the order of the data set, ten columns in the order of the classes, no heading: how many of about
67 people chose the class.
"""

import re
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from fashion_core.classes import CLASS_NAMES
from fashion_core.errors import DataError
from fashion_core.files import write_atomically

SOURCE: Final = "https://github.com/takashiishida/irreducible"

MAX_BYTES: Final = 5_000_000
"""The public table has 216 kB, an older edition that writes 2 as 2.0000...e+00 has 2.5 MB."""

MOST_VOTES: Final = 1_000_000
"""For one class of one picture; sums stay far inside int64."""

WINDOW: Final = 100
LEAST_AGREEMENT: Final = 0.5
"""Share of any 100 rows in a row in which the label must be among the most voted classes.

In the public table the worst 100 have 71 %; with all rows moved by one, the best have 18 %. Rows
in disorder were found in 40 of 40 places from 50 rows on, shorter pieces not always.
"""

_SOURCE_HINT: Final = f"Use the file data/fmh_counts.csv as it is published at {SOURCE}"
_NUMBER: Final = re.compile(r"\d{1,7}(\.\d{0,30})?([eE][+-]?\d{1,2})?", re.ASCII)


def parse_votes(content: bytes, labels: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Read a table of votes and see that it can be one about these pictures.

    Args:
        content: The bytes of a CSV file without heading.
        labels: True classes in the order the rows should have, int64 of shape (N,).

    Returns:
        Votes, int64 of shape (N, 10); every row has at least one.

    Raises:
        DataError: in a sentence, if shape, numbers or order are not as they should be.
    """
    votes = np.array(_rows(content, len(labels)), dtype=np.int64).reshape(-1, len(CLASS_NAMES))
    empty = np.flatnonzero(votes.sum(axis=1) == 0)
    if len(empty):
        raise DataError(f"Row {empty[0] + 1} of the votes has no vote at all. {_SOURCE_HINT}")
    _check_rows(votes, labels)
    _check_columns(votes, labels)
    return votes


def read_votes(path: Path, labels: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Read a file of votes; see `parse_votes`.

    Raises:
        DataError: if the file cannot be read, or its content cannot be used.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise DataError(
            f"The file {path} with the votes cannot be read ({error.strerror}). "
            "See that it is a file you may read, or remove it."
        ) from error
    return parse_votes(content, labels)


def save_votes(path: Path, content: bytes, labels: npt.NDArray[np.int64]) -> None:
    """Write a table of votes to a file if it can be used, else leave the file as it is.

    Raises:
        DataError: if the content cannot be used or the file cannot be written.
    """
    parse_votes(content, labels)
    try:
        write_atomically(path, content)
    except OSError as error:
        raise DataError(
            f"The votes cannot be written to {path} ({error.strerror}). "
            "See that the folder is writable and the disk has room, then try again."
        ) from error


def _rows(content: bytes, expected: int) -> list[list[int]]:
    """Read the numbers of every row.

    Raises:
        DataError: if there are not so many rows of ten counts.
    """
    if len(content) > MAX_BYTES:
        raise DataError(f"The table of votes has more than {MAX_BYTES // 10**6} MB. {_SOURCE_HINT}")
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise DataError(f"The votes are not a text table. {_SOURCE_HINT}") from error
    while lines and not lines[-1].strip():
        lines.pop()
    rows = [_row(line, number) for number, line in enumerate(lines, start=1)]
    if len(rows) != expected:
        raise DataError(
            f"Expected {expected:,} rows of votes, one for each test picture, got {len(rows):,}. "
            f"{_SOURCE_HINT}"
        )
    return rows


def _row(line: str, number: int) -> list[int]:
    """Read one row.

    Raises:
        DataError: if it is not ten counts.
    """
    fields = [field.strip() for field in line.split(",")]
    if len(fields) != len(CLASS_NAMES):
        raise DataError(
            f"Row {number} of the votes has {len(fields)} columns, expected 10 with commas "
            f"between them, one for each class. {_SOURCE_HINT}"
        )
    return [_count(field, f"Row {number}, column {i}") for i, field in enumerate(fields, start=1)]


def _count(field: str, place: str) -> int:
    """Read one count.

    Raises:
        DataError: if it is no whole number of at least 0, or far too large.
    """
    value = float(field) if _NUMBER.fullmatch(field) else -1.0
    if not (value.is_integer() and 0 <= value <= MOST_VOTES):
        raise DataError(
            f"{place} of the votes is not a number of people but {field[:20]!r}. Expected whole "
            f"numbers from 0 and no heading. {_SOURCE_HINT}"
        )
    return int(value)


def _check_rows(votes: npt.NDArray[np.int64], labels: npt.NDArray[np.int64]) -> None:
    """Refuse rows in another order than the pictures.

    Raises:
        DataError: if somewhere most people contradict most labels.
    """
    is_label_first = votes[np.arange(len(votes)), labels] == votes.max(axis=1)
    length = min(WINDOW, len(votes))
    agreement = np.convolve(is_label_first, np.ones(length), mode="valid") / length
    start = int(agreement.argmin())
    if agreement[start] < LEAST_AGREEMENT:
        raise DataError(
            f"In rows {start + 1:,} to {start + length:,} of the votes, most people chose the "
            f"label of the test picture in {100 * agreement[start]:.0f} % of the rows; at least "
            "50 % were expected. The rows are not in the order of the test pictures, or the "
            f"columns not in the order of the classes. {_SOURCE_HINT}"
        )


def _check_columns(votes: npt.NDArray[np.int64], labels: npt.NDArray[np.int64]) -> None:
    """Refuse columns in another order than the classes.

    Raises:
        DataError: if the labels fit the votes better after two columns are exchanged.
    """
    sums = np.zeros((len(CLASS_NAMES), len(CLASS_NAMES)))
    shares = votes / votes.sum(axis=1, keepdims=True)
    np.add.at(sums, labels, shares)  # row: label, column: people's choice
    own = np.diagonal(sums)
    gain = sums + sums.T - own[:, None] - own[None, :]
    np.fill_diagonal(gain, 0)
    if gain.max() > 0:
        first, second = divmod(int(gain.argmax()), len(CLASS_NAMES))
        raise DataError(
            f"The votes fit the labels better with columns {first + 1} and {second + 1} "
            f"({CLASS_NAMES[first]} and {CLASS_NAMES[second]}) exchanged: the columns are not in "
            f"the order of the classes. {_SOURCE_HINT}"
        )
