"""How often each class is answered: what a network that has collapsed shows at once."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fashion_core.analysis.formatting import count
from fashion_core.classes import CLASS_NAMES


def first_of_each_class(labels: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    """Give the position of the first picture of each class, int64, in the order of the classes.

    A class without a picture is left out.

    Args:
        labels: True classes, integer of shape (N,), values in [0, 10).
    """
    first: npt.NDArray[np.int64] = np.unique(labels, return_index=True)[1].astype(np.int64)
    return first


def describe_answer_counts(predictions: npt.NDArray[np.integer]) -> str:
    """Name the classes that are answered most and least often, with how often.

    Args:
        predictions: Predicted classes, integer of shape (N,), values in [0, 10).

    Raises:
        ValueError: if there is no prediction.

    Examples:
        "Shirt is answered most, 1,312 times of 10,000; Coat least, 640."
    """
    if len(predictions) == 0:
        raise ValueError("Expected at least one prediction, got none.")
    counts = np.bincount(predictions, minlength=len(CLASS_NAMES))
    most, least = int(counts.max()), int(counts.min())
    if most == len(predictions):
        return f"It calls every picture {CLASS_NAMES[int(counts.argmax())]}."
    if most == least:
        return f"Every class is answered {count(most)} times of {count(len(predictions))}."
    often, rare = (np.flatnonzero(counts == limit).tolist() for limit in (most, least))
    verb = "is" if len(often) == 1 else "are each"
    seldom = f"{_listed(rare)} never" if least == 0 else f"{_listed(rare)} least, {count(least)}"
    return (
        f"{_listed(often)} {verb} answered most, {count(most)} times of "
        f"{count(len(predictions))}; {seldom}."
    )


def _listed(labels: Sequence[int]) -> str:
    """Write class names as a list in words."""
    *others, last = (CLASS_NAMES[label] for label in labels)
    return f"{', '.join(others)} and {last}" if others else last
