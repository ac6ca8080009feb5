"""People against the network: what most people saw, and whose fault each mistake is."""

import math
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
import numpy.typing as npt

from fashion_core.analysis.scores import PictureScores

DISPUTED_SHARE: Final = 0.7
"""Share of the votes for one other class from which a label counts as disputed.

Of 67 people who could not tell two classes apart, 47 or more choose the same one with a
probability of 0.0007 (binomial): so many are no accident.
"""


class MistakeKind(str, Enum):
    """Whose fault a mistake of the network is; the value is short enough for a link."""

    OWN = "own"
    SHARED = "shared"
    DISPUTED = "disputed"

    @property
    def label(self) -> str:
        """Give the words a person reads."""
        return _LABELS[self]


_LABELS = {
    MistakeKind.OWN: "the network's own",
    MistakeKind.SHARED: "people fail too",
    MistakeKind.DISPUTED: "label disputed",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Crowd:
    """How people voted on every picture; make one with `count_crowd`.

    Attributes:
        votes: Votes for each class, int64 of shape (N, K).
        labels: True classes, int64 of shape (N,).
        choices: The class with the most votes, int64 of shape (N,). Where several have the most,
            the label if it is one of them, else the lowest: a tie is not held against people.
        label_share: Share of the votes for the label, float64 of shape (N,) in [0, 1].
        rival: The class with the most votes besides the label, the lowest on a tie, int64 (N,).
        rival_share: Share of the votes for that class, float64 of shape (N,) in [0, 1].
    """

    votes: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64]
    choices: npt.NDArray[np.int64]
    label_share: npt.NDArray[np.float64]
    rival: npt.NDArray[np.int64]
    rival_share: npt.NDArray[np.float64]

    @property
    def is_right(self) -> npt.NDArray[np.bool_]:
        """Tell, (N,), where the label is among the classes with the most votes."""
        is_right: npt.NDArray[np.bool_] = self.choices == self.labels
        return is_right

    @property
    def is_disputed(self) -> npt.NDArray[np.bool_]:
        """Tell, (N,), where at least 70 % of the votes are for one class that is not the label."""
        is_disputed: npt.NDArray[np.bool_] = self.rival_share >= DISPUTED_SHARE
        return is_disputed

    @property
    def vote_accuracy(self) -> float:
        """Give the share of all votes that are for the label; nan without votes."""
        total = int(self.votes.sum())
        for_label = int(self.votes[np.arange(len(self.labels)), self.labels].sum())
        return for_label / total if total else math.nan


def count_crowd(*, votes: npt.NDArray[np.int64], labels: npt.NDArray[np.int64]) -> Crowd:
    """Count what most people saw in each picture.

    Four people on a shirt (6), one for Shirt and three for Coat (4): choice and rival 4,
    label share 0.25, rival share 0.75, disputed.

    Args:
        votes: Votes for each class, integer of shape (N, K), at least one in every row.
        labels: True classes, int64 of shape (N,), values in [0, K).

    Raises:
        ValueError: if shapes do not fit, a label is outside, or a row has no vote.
    """
    if votes.ndim != 2 or labels.shape != votes.shape[:1]:
        raise ValueError(f"Expected votes of shape ({len(labels)}, K), got {votes.shape}.")
    if len(labels) and not 0 <= labels.min() <= labels.max() < votes.shape[1]:
        raise ValueError(f"Expected labels in [0, {votes.shape[1]}), got others.")
    totals = votes.sum(axis=1)
    if (votes < 0).any() or (totals == 0).any():
        raise ValueError("Expected votes of at least 0 and at least one for every picture.")
    rows = np.arange(len(labels))
    for_label = votes[rows, labels]
    others = votes.copy()
    others[rows, labels] = -1
    rival = others.argmax(axis=1).astype(np.int64)
    for_rival = votes[rows, rival]
    return Crowd(
        votes=votes,
        labels=labels,
        choices=np.where(for_label >= for_rival, labels, rival),
        label_share=for_label / totals,
        rival=rival,
        rival_share=for_rival / totals,
    )


def split_mistakes(scores: PictureScores, crowd: Crowd) -> dict[MistakeKind, npt.NDArray[np.int64]]:
    """Split the network's mistakes into three kinds that have no picture in common.

    * Label disputed: at least 70 % of the votes are for one class that is not the label.
    * People fail too: not disputed, but another class has more votes than the label.
    * The network's own: no class has more votes than the label.

    Args:
        scores: What an epoch says.
        crowd: How people voted on the same pictures, in the same order.

    Returns:
        Positions into the rows of both, int64, ascending; empty where there is none.

    Raises:
        ValueError: if the labels of the two differ.
    """
    if not np.array_equal(scores.labels, crowd.labels):
        raise ValueError("Expected votes about the same pictures in the same order.")
    kinds = {
        MistakeKind.OWN: crowd.is_right,
        MistakeKind.SHARED: ~crowd.is_right & ~crowd.is_disputed,
        MistakeKind.DISPUTED: crowd.is_disputed,
    }
    return {
        kind: np.flatnonzero(~scores.is_right & is_kind).astype(np.int64, copy=False)
        for kind, is_kind in kinds.items()
    }


def count_same_answer(scores: PictureScores, crowd: Crowd, positions: npt.NDArray[np.int64]) -> int:
    """Count the pictures at some positions to which most people give the network's answer."""
    return int((crowd.choices[positions] == scores.predictions[positions]).sum())
