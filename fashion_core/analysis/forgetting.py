"""When each picture of a split was first named right, and how often it was forgotten again."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

NEVER = 0
"""Stands for no epoch; the first epoch is 1."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Forgetting:
    """One value per picture over the epochs of a run.

    Attributes:
        learned_at: First epoch with a right answer, int64 of shape (N,); `NEVER` if there is none.
        times_forgotten: Epochs with a wrong answer right after one with a right answer, int64 of
            shape (N,).
        right_since: First epoch from which on every answer is right, int64 of shape (N,);
            `NEVER` if the last one is wrong.
    """

    learned_at: npt.NDArray[np.int64]
    times_forgotten: npt.NDArray[np.int64]
    right_since: npt.NDArray[np.int64]


def count_forgetting(
    is_right: Sequence[npt.NDArray[np.bool_]], epochs: Sequence[int]
) -> Forgetting:
    """Follow every picture from epoch to epoch.

    A picture that is right, wrong, right, wrong at epochs 3 to 6 was learned at 3 and forgotten
    twice, and is not right for good; one that is wrong, right, wrong, right is since 6. The
    pictures are of the test or validation split, so "learned" means named right.

    Args:
        is_right: For each epoch whether each picture is named right, bool of shape (N,).
        epochs: Numbers of the epochs, at least 1, ascending.

    References:
        Toneva et al., "An Empirical Study of Example Forgetting during Deep Neural Network
        Learning", 2019: forgetting events; there of training examples, between updates.

    Raises:
        ValueError: if there is no epoch, or not one array for each.
    """
    if not epochs or len(is_right) != len(epochs):
        raise ValueError(f"Expected an array for each epoch, got {len(is_right)}, {len(epochs)}.")
    right = np.stack([np.asarray(each, dtype=np.bool_) for each in is_right])  # (E, N)
    numbers = np.asarray(epochs, dtype=np.int64)
    first = numbers[right.argmax(axis=0)]
    lasting = np.logical_and.accumulate(right[::-1]).sum(axis=0)  # right answers at the end
    since = numbers[np.minimum(len(right) - lasting, len(right) - 1)]
    return Forgetting(
        learned_at=np.where(right.any(axis=0), first, NEVER),
        times_forgotten=(right[:-1] & ~right[1:]).sum(axis=0, dtype=np.int64),
        right_since=np.where(lasting > 0, since, NEVER),
    )
