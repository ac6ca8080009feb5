"""What one epoch of one run says about every picture of one split."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

_ROW_SUM_TOLERANCE: Final = 5e-3
"""float16 keeps 11 bits: ten probabilities rounded to it add up to 1 within about 5e-4."""

_ARGMAX_TOLERANCE: Final = 1e-3
"""Two steps of float16 below 1: rounding may make the runner-up equal the predicted class."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PictureScores:
    """Read-only columns with one row per picture; make one with `score_pictures`.

    Probabilities are rounded to float16 on disk, the loss is not: where many pictures have a
    confidence of exactly 1.0, the loss still tells them apart.

    Attributes:
        image_ids: Indices into the split's source file, int64 of shape (N,): 0-9,999 for test,
            0-59,999 (the training file) for train and validation.
        labels: True classes, int64 of shape (N,), values in [0, K).
        predictions: Predicted classes, int64 of shape (N,), values in [0, K).
        pred_probs: Softmax outputs, float32 of shape (N, K); rows sum to 1.
        loss: -log p(true class) in nats, float32 of shape (N,), at least 0; lower is better.
        confidence: Probability of the predicted class, float32 of shape (N,).
        margin: Probability of the predicted class minus that of the next most probable one,
            float32 of shape (N,) in [0, 1]; low is a close call.
        self_confidence: Probability of the true class, float32 of shape (N,).
        is_right: Whether prediction and label agree, bool of shape (N,).
    """

    image_ids: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64]
    predictions: npt.NDArray[np.int64]
    pred_probs: npt.NDArray[np.float32]
    loss: npt.NDArray[np.float32]
    confidence: npt.NDArray[np.float32]
    margin: npt.NDArray[np.float32]
    self_confidence: npt.NDArray[np.float32]
    is_right: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        """Give the number of pictures N."""
        return len(self.image_ids)


def score_pictures(
    *,
    image_ids: npt.ArrayLike,
    labels: npt.ArrayLike,
    predictions: npt.ArrayLike,
    pred_probs: npt.ArrayLike,
    loss: npt.ArrayLike,
) -> PictureScores:
    """Check the arrays of one epoch and derive confidence, margin and self-confidence once.

    Args:
        image_ids: Different indices of at least 0, integer of shape (N,).
        labels: True classes, integer of shape (N,), values in [0, K).
        predictions: Predicted classes, integer of shape (N,), values in [0, K).
        pred_probs: Softmax outputs, floating of shape (N, K) with K >= 2; rows sum to 1.
        loss: -log p(true class) in nats, floating of shape (N,), at least 0, not nan.

    Raises:
        ValueError: if a shape, type or range is not as described, or if a prediction is not a
            most probable class of its row.
    """
    probs = _checked_probs(pred_probs)
    pictures, classes = probs.shape
    ids = _checked_integers("image_ids", image_ids, pictures, upper=None)
    true = _checked_integers("labels", labels, pictures, upper=classes)
    predicted = _checked_integers("predictions", predictions, pictures, upper=classes)
    if len(np.unique(ids)) != pictures:
        raise ValueError("Expected image_ids to be different from each other, got duplicates.")
    rows = np.arange(pictures)
    confidence = probs[rows, predicted]
    return PictureScores(
        image_ids=_read_only(ids),
        labels=_read_only(true),
        predictions=_read_only(predicted),
        pred_probs=_read_only(probs),
        loss=_read_only(_checked_loss(loss, pictures)),
        confidence=_read_only(confidence),
        margin=_read_only(_margin(probs, predicted, confidence)),
        self_confidence=_read_only(probs[rows, true]),
        is_right=_read_only(predicted == true),
    )


def _margin(
    probs: npt.NDArray[np.float32],
    predicted: npt.NDArray[np.int64],
    confidence: npt.NDArray[np.float32],
) -> npt.NDArray[np.float32]:
    """Subtract the most probable other class; refuse predictions that are not the maximum.

    Raises:
        ValueError: if a prediction is not a most probable class.
    """
    others = probs.copy()
    others[np.arange(len(probs)), predicted] = -np.inf
    margin: npt.NDArray[np.float32] = confidence - others.max(axis=1)
    if (margin < -_ARGMAX_TOLERANCE).any():
        row = int(margin.argmin())
        raise ValueError(
            f"Expected predictions to be a most probable class, got class {predicted[row]} with "
            f"probability {confidence[row]:.4f} in row {row} beside {others[row].max():.4f}."
        )
    return margin.clip(min=0)


def _checked_probs(values: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Give pred_probs as float32 of shape (N, K), or say what is wrong with it.

    Raises:
        ValueError: if shape or range are wrong.
    """
    array = np.asarray(values)
    if array.ndim != 2 or array.shape[1] < 2:
        raise ValueError(f"Expected pred_probs of shape (N, K) with K >= 2, got {array.shape}.")
    probs: npt.NDArray[np.float32] = array.astype(np.float32, copy=False)
    if not ((probs >= 0) & (probs <= 1 + _ROW_SUM_TOLERANCE)).all():
        raise ValueError("Expected pred_probs in [0, 1], got values outside or nan.")
    off = np.abs(probs.sum(axis=1) - 1)
    if (off > _ROW_SUM_TOLERANCE).any():
        row = int(off.argmax())
        raise ValueError(f"Expected rows of pred_probs to sum to 1, got {probs[row].sum():.4f}.")
    return probs.clip(max=1)


def _checked_integers(
    name: str, values: npt.ArrayLike, length: int, *, upper: int | None
) -> npt.NDArray[np.int64]:
    """Give a column as int64 of shape (N,), values in [0, upper), or say what is wrong.

    Raises:
        ValueError: if shape, type or range are wrong.
    """
    array = np.asarray(values)
    if array.shape != (length,):
        raise ValueError(f"Expected {name} of shape ({length},), got {array.shape}.")
    if length and not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"Expected {name} of an integer type, got {array.dtype}.")
    if (array < 0).any() or (upper is not None and (array >= upper).any()):
        limit = "at least 0" if upper is None else f"in [0, {upper})"
        raise ValueError(f"Expected {name} {limit}, got {array.min()} to {array.max()}.")
    return array.astype(np.int64, copy=False)


def _checked_loss(values: npt.ArrayLike, length: int) -> npt.NDArray[np.float32]:
    """Give the loss as float32 of shape (N,), or say what is wrong with it.

    Raises:
        ValueError: if shape or range are wrong.
    """
    array = np.asarray(values)
    if array.shape != (length,):
        raise ValueError(f"Expected loss of shape ({length},), got {array.shape}.")
    if not (array >= 0).all():
        raise ValueError("Expected loss of at least 0, got negative values or nan.")
    return array.astype(np.float32, copy=False)


def _read_only(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Give a view that cannot be written to; the caller's own array stays writable."""
    view: npt.NDArray[Any] = array.view()
    view.flags.writeable = False
    return view
