"""How much the network believed each label over the epochs of a run, and which class instead."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt


class LabelSort(str, Enum):
    """What suspicious labels are ranked by; the value is short enough for a link."""

    PROBABILITY = "probability"
    LOSS = "loss"

    @property
    def label(self) -> str:
        """Give the words a person reads."""
        return _LABELS[self]


_LABELS = {
    LabelSort.PROBABILITY: "Mean probability of the label, lowest first",
    LabelSort.LOSS: "Mean loss, highest first",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelBelief:
    """What the epochs of a run say about the labels of one split; make one with `weigh_labels`.

    Attributes:
        label_probs: Probability of the label, float64 of shape (E, N), exact: taken from the loss.
        suggested: The class with the highest mean probability besides the label, int64 of
            shape (N,); the lowest class on a tie.
        suggested_probs: Probability of that class, float64 of shape (E, N), as rounded on disk.
        mean_label_prob: Mean of `label_probs` over the epochs, float64 of shape (N,) in [0, 1];
            lower = more suspicious.
        mean_suggested_prob: Mean of `suggested_probs`, float64 of shape (N,).
        mean_loss: Mean loss in nats, float64 of shape (N,); higher = more suspicious.
    """

    label_probs: npt.NDArray[np.float64]
    suggested: npt.NDArray[np.int64]
    suggested_probs: npt.NDArray[np.float64]
    mean_label_prob: npt.NDArray[np.float64]
    mean_suggested_prob: npt.NDArray[np.float64]
    mean_loss: npt.NDArray[np.float64]

    @property
    def epochs(self) -> int:
        """Count the epochs E."""
        return len(self.label_probs)

    @property
    def is_doubted(self) -> npt.NDArray[np.bool_]:
        """Tell, (N,), for which pictures another class was believed more than the label."""
        return self.mean_suggested_prob > self.mean_label_prob


def weigh_labels(
    *,
    labels: npt.NDArray[np.int64],
    pred_probs: Sequence[npt.NDArray[np.floating[Any]]],
    loss: Sequence[npt.NDArray[np.floating[Any]]],
) -> LabelBelief:
    """Average what the epochs of a run say about each label.

    The probability of the label is exp(-loss): the loss is exact, while stored probabilities
    are float16 and those below 2**-14 are 0, which would make the most suspicious pictures of a
    short run all alike. All sums are float64.

    Args:
        labels: True classes, int64 of shape (N,), values in [0, K).
        pred_probs: Softmax outputs of each epoch, floating of shape (N, K).
        loss: -log p(label) of each epoch in nats, floating of shape (N,), at least 0, not nan.

    Raises:
        ValueError: if there is no epoch, or a shape or range is not as described.

    References:
        Swayamdipta et al., "Dataset Cartography", EMNLP 2020: the mean probability of the label
        over the epochs is their "confidence", there on training pictures.
    """
    _check(labels, pred_probs, loss)
    rows = np.arange(len(labels))
    others = np.mean([np.asarray(probs, dtype=np.float64) for probs in pred_probs], axis=0)
    others[rows, labels] = -np.inf
    suggested = others.argmax(axis=1).astype(np.int64)
    losses = np.stack([np.asarray(values, dtype=np.float64) for values in loss])
    label_probs = np.exp(-losses)
    suggested_probs = np.stack(
        [np.asarray(probs[rows, suggested], dtype=np.float64) for probs in pred_probs]
    )
    return LabelBelief(
        label_probs=label_probs,
        suggested=suggested,
        suggested_probs=suggested_probs,
        mean_label_prob=label_probs.mean(axis=0),
        mean_suggested_prob=suggested_probs.mean(axis=0),
        mean_loss=losses.mean(axis=0),
    )


def rank_labels(
    belief: LabelBelief, *, image_ids: npt.NDArray[np.int64], by: LabelSort
) -> npt.NDArray[np.int64]:
    """Give the positions of all pictures, the most suspicious label first.

    Equal mean probabilities are ordered by the mean loss, highest first, and equal mean losses
    by the mean probability, lowest first; what is still equal by image id, lowest first.

    Args:
        belief: What the epochs say.
        image_ids: Different indices, int64 of shape (N,), for the last rule.
        by: What to rank by.

    Returns:
        Positions into the rows of `belief`, int64 of shape (N,).

    Raises:
        ValueError: if the ids are not as many as the pictures.
    """
    if image_ids.shape != belief.mean_loss.shape:
        raise ValueError(
            f"Expected image_ids of shape {belief.mean_loss.shape}, got {image_ids.shape}."
        )
    keys = (belief.mean_label_prob, -belief.mean_loss)
    first, second = keys if by is LabelSort.PROBABILITY else keys[::-1]
    return np.lexsort((image_ids, second, first)).astype(np.int64, copy=False)


def _check(
    labels: npt.NDArray[np.int64],
    pred_probs: Sequence[npt.NDArray[np.floating[Any]]],
    loss: Sequence[npt.NDArray[np.floating[Any]]],
) -> None:
    """Refuse what cannot be the epochs of one split.

    Raises:
        ValueError: with what was expected and what came.
    """
    if not pred_probs or len(pred_probs) != len(loss):
        raise ValueError(
            f"Expected the same epochs of both, at least one; got {len(pred_probs)} of pred_probs "
            f"and {len(loss)} of loss."
        )
    shape = pred_probs[0].shape
    if len(shape) != 2 or shape[0] != len(labels) or shape[1] < 2:
        raise ValueError(f"Expected pred_probs of shape ({len(labels)}, K), got {shape}.")
    if any(probs.shape != shape for probs in pred_probs):
        raise ValueError("Expected pred_probs of the same shape in every epoch.")
    if any(values.shape != labels.shape or not (values >= 0).all() for values in loss):
        raise ValueError(f"Expected losses of at least 0 of shape {labels.shape} in every epoch.")
    if len(labels) and not 0 <= labels.min() <= labels.max() < shape[1]:
        raise ValueError(f"Expected labels in [0, {shape[1]}), got others.")
