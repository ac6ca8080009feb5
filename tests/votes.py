"""A made-up table of votes, as large as the public one, and the public one where it lies."""

from functools import cache
from pathlib import Path

import numpy as np
from helpers import DATA_DIR, REPO_ROOT

from fashion_core.data import read_split

PUBLIC = REPO_ROOT.parent / "shared" / "human-votes" / "fmh_counts.csv"


@cache
def made_up_votes() -> np.ndarray:
    """Give ten to twelve votes on every test picture, int64 of shape (10000, 10).

    Six to eight are for the label and four for the class after it, but on every seventh picture
    nine of ten are for the class after it, and on every eleventh six of twelve for the one after
    that, against two for the label.
    """
    labels = read_split(DATA_DIR, "test").labels
    rows = np.arange(len(labels))
    votes = np.zeros((len(labels), 10), dtype=np.int64)
    votes[rows, labels] = 6 + rows % 3
    votes[rows, (labels + 1) % 10] = 4
    for every, for_label, after, others in ((11, 2, 2, 6), (7, 1, 1, 9)):
        at = rows[::every]
        votes[at] = 0
        votes[at, labels[at]] = for_label
        votes[at, (labels[at] + after) % 10] = others
        votes[at, (labels[at] + 5) % 10] += 4 if every == 11 else 0
    return votes


def as_csv(votes: np.ndarray) -> bytes:
    return "".join(f"{','.join(map(str, row))}\n" for row in votes.tolist()).encode()


def public_table() -> Path | None:
    """Give the public table where a copy lies beside the repository; it is never part of it."""
    return PUBLIC if PUBLIC.exists() else None
