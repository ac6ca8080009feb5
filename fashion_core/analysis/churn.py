"""How many pictures change their answer from one epoch to the next, and which way."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, kw_only=True)
class Churn:
    """Pictures whose answer is another one than before.

    Attributes:
        became_right: Wrong before, right now.
        became_wrong: Right before, wrong now.
        still_wrong: Wrong before and now, but another class.
    """

    became_right: int
    became_wrong: int
    still_wrong: int

    @property
    def changed(self) -> int:
        """All pictures that changed their answer."""
        return self.became_right + self.became_wrong + self.still_wrong


def count_churn(
    before: npt.NDArray[np.integer[Any]],
    after: npt.NDArray[np.integer[Any]],
    *,
    labels: npt.NDArray[np.integer[Any]],
) -> Churn:
    """Count the pictures that changed their answer.

    Args:
        before: Earlier predictions, integer of shape (N,).
        after: Later predictions of the same pictures in the same order.
        labels: True classes, integer of shape (N,).

    Raises:
        ValueError: if the shapes differ.
    """
    if before.shape != after.shape or labels.shape != after.shape or after.ndim != 1:
        raise ValueError(
            f"Expected three arrays of one shape (N,), got {before.shape}, {after.shape} and "
            f"{labels.shape}."
        )
    is_changed, was_right, is_right = before != after, before == labels, after == labels
    return Churn(
        became_right=int((is_changed & is_right).sum()),
        became_wrong=int((is_changed & was_right).sum()),
        still_wrong=int((is_changed & ~was_right & ~is_right).sum()),
    )
