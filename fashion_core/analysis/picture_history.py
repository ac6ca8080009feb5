"""What a run said about one picture at every epoch: when it was learned, and how often forgotten.

The picture is one of the validation or test split, so nothing was ever learned from it itself:
"learned" means that the network came to answer it right.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PictureHistory:
    """The answers to one picture, one row per epoch; make one with `picture_history`.

    Attributes:
        label: True class.
        epochs: Numbers of the epochs, int64 of shape (E,), ascending; some may be missing.
        predictions: Answered classes, int64 of shape (E,).
        label_probs: Probability of the true class, float64 of shape (E,).
        confidences: Probability of the answered class, float64 of shape (E,).
    """

    label: int
    epochs: npt.NDArray[np.int64]
    predictions: npt.NDArray[np.int64]
    label_probs: npt.NDArray[np.float64]
    confidences: npt.NDArray[np.float64]

    @property
    def is_right(self) -> npt.NDArray[np.bool_]:
        """Whether each answer is the true class, bool of shape (E,)."""
        right: npt.NDArray[np.bool_] = self.predictions == self.label
        return right

    @property
    def learned_at(self) -> int | None:
        """The first epoch with a right answer, or None if there is none."""
        right = np.flatnonzero(self.is_right)
        return int(self.epochs[right[0]]) if len(right) else None

    @property
    def forgotten_at(self) -> tuple[int, ...]:
        """The epochs with a wrong answer right after one with a right answer.

        References:
            Toneva et al., "An Empirical Study of Example Forgetting during Deep Neural Network
            Learning", 2019: a forgetting event; there of training examples, between updates.
        """
        right = self.is_right
        return tuple(int(epoch) for epoch in self.epochs[1:][right[:-1] & ~right[1:]])


def picture_history(
    *,
    label: int,
    epochs: npt.ArrayLike,
    predictions: npt.ArrayLike,
    label_probs: npt.ArrayLike,
    confidences: npt.ArrayLike,
) -> PictureHistory:
    """Check the columns of one picture and put them together.

    Raises:
        ValueError: if there is no epoch, lengths differ, or the epochs do not ascend.
    """
    numbers = np.asarray(epochs, dtype=np.int64)
    columns = [np.asarray(column) for column in (predictions, label_probs, confidences)]
    lengths = {column.shape for column in (numbers, *columns)}
    if len(lengths) > 1 or numbers.ndim != 1 or not len(numbers):
        raise ValueError(f"Expected columns of one length of at least 1, got {sorted(lengths)}.")
    if (np.diff(numbers) <= 0).any():
        raise ValueError("Expected ascending epochs, got others.")
    return PictureHistory(
        label=label,
        epochs=numbers,
        predictions=columns[0].astype(np.int64),
        label_probs=columns[1].astype(np.float64),
        confidences=columns[2].astype(np.float64),
    )


def badges(history: PictureHistory) -> tuple[str, ...]:
    """Say in a few words each what became of the picture.

    Returns:
        ("never learned",), or ("learned at epoch 3", "never forgotten"), or
        ("learned at epoch 3", "forgotten 2 times").
    """
    if history.learned_at is None:
        return ("never learned",)
    times = len(history.forgotten_at)
    often = {0: "never forgotten", 1: "forgotten once"}.get(times, f"forgotten {times} times")
    return (f"learned at epoch {history.learned_at}", often)


def describe_history(history: PictureHistory) -> str:
    """Write in one sentence how many epochs had the picture right, and how it ended."""
    right, epochs = int(history.is_right.sum()), len(history.epochs)
    every = {1: "the only epoch", 2: "both epochs"}.get(epochs, f"all {epochs} epochs")
    if right == 0:
        return f"The answer was wrong at {every}."
    if right == epochs:
        return f"The answer was right at {every}."
    ended = "right" if history.is_right[-1] else "wrong"
    return (
        f"The answer was right at {right} of {epochs} epochs, and it is {ended} "
        f"at the last, epoch {history.epochs[-1]}."
    )
