"""Which training pictures are nearest to a picture, by features or by pixels, and what they say."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from fashion_core.classes import CLASS_NAMES

_CHUNK: Final = 2_500
"""Pictures compared at once: their differences take 8 MB and stay in the cache of the CPU."""

_NUMBER_WORDS: Final = ("None", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight")


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """Pictures near to one, the nearest first.

    Attributes:
        positions: Rows of what was searched, int64 of shape (M,).
        values: How near each is, float64 of shape (M,); see the function that found them.
    """

    positions: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]


def unit_rows(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Scale the rows of (N, D) to length 1; a row of zeros has no direction and stays."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    lengths[lengths == 0] = 1
    scaled: npt.NDArray[np.float32] = (vectors / lengths).astype(np.float32, copy=False)
    return scaled


def most_similar(
    units: npt.NDArray[np.float32], query: npt.NDArray[np.float32], *, count: int
) -> Neighbours:
    """Find the rows that point most nearly the same way; of equal ones the first.

    Args:
        units: Rows of length 1, see `unit_rows`, float32 of shape (N, D).
        query: float32 of shape (D,), of any length above 0.
        count: How many to find; all if there are fewer.

    Returns:
        Their cosine similarities, at most 1; higher is nearer.

    Raises:
        ValueError: if the query has another width or no direction.
    """
    if query.shape != units.shape[1:]:
        raise ValueError(f"Expected a query of shape {units.shape[1:]}, got {query.shape}.")
    length = float(np.linalg.norm(query))
    if not length > 0:
        raise ValueError("Expected a query with a direction, got zeros or nan.")
    similarity = (units @ (query / length)).astype(np.float64)
    nearest = np.argsort(-similarity, kind="stable")[:count].astype(np.int64, copy=False)
    return Neighbours(positions=nearest, values=similarity[nearest])


def nearest_by_pixels(
    images: npt.NDArray[np.uint8], image: npt.NDArray[np.uint8], *, count: int
) -> Neighbours:
    """Find the pictures whose pixels differ least; of equal ones the first.

    Args:
        images: Pictures to search, uint8 of shape (N, H, W).
        image: The picture, uint8 of shape (H, W).
        count: How many to find; all if there are fewer.

    Returns:
        Their differences, Euclidean distance / sqrt(pixels): the root mean square in grey
        levels, 0 to 255; lower is nearer.

    Raises:
        ValueError: if a shape or dtype is not as described.
    """
    if image.shape != images.shape[1:] or not images.dtype == image.dtype == np.uint8:
        raise ValueError(
            f"Expected a uint8 picture of shape {images.shape[1:]}, got {image.dtype} "
            f"{image.shape}."
        )
    target = image.reshape(-1).astype(np.float32)
    rows = images.reshape(len(images), -1)
    squares = np.empty(len(images))
    for start in range(0, len(images), _CHUNK):
        difference = rows[start : start + _CHUNK].astype(np.float32) - target
        squares[start : start + _CHUNK] = np.einsum("ij,ij->i", difference, difference)
    nearest = np.argsort(squares, kind="stable")[:count].astype(np.int64, copy=False)
    return Neighbours(positions=nearest, values=np.sqrt(squares[nearest] / target.size))


def describe_neighbours(labels: Sequence[int], *, true: int, predicted: int) -> str:
    """Write what the labels of the nearest training pictures say about an answer.

    Args:
        labels: Labels of the neighbours, at least two.
        true: Label of the picture.
        predicted: Answer of the network.

    Raises:
        ValueError: if there are fewer than two neighbours.
    """
    if len(labels) < 2:
        raise ValueError(f"Expected the labels of at least 2 neighbours, got {len(labels)}.")
    counts = Counter(labels).most_common()
    if len(counts) == 1:
        return _describe_agreement(len(labels), counts[0][0], true=true, predicted=predicted)
    first, *others = (
        f"{_NUMBER_WORDS[number]} of the {_NUMBER_WORDS[len(labels)].lower()} "
        f"{'is' if number == 1 else 'are'} labelled {CLASS_NAMES[label]}"
        if place == 0
        else f"{_NUMBER_WORDS[number].lower()} {CLASS_NAMES[label]}"
        for place, (label, number) in enumerate(counts)
    )
    return f"{first}, {' and '.join(others)}: {_describe_votes(labels, true, predicted)}."


def _describe_agreement(number: int, label: int, *, true: int, predicted: int) -> str:
    """Write what it means that all neighbours have one label."""
    sentence = f"All {_NUMBER_WORDS[number].lower()} are labelled {CLASS_NAMES[label]}"
    if label == predicted:
        return f"{sentence}: the training data says so."
    if label == true:
        return f"{sentence}, as this picture is: the training data does not explain the answer."
    return f"{sentence}, which is neither the answer nor the label."


def _describe_votes(labels: Sequence[int], true: int, predicted: int) -> str:
    """Write whether the neighbours lean to the answer or to the label of the picture."""
    for_answer, for_label = labels.count(predicted), labels.count(true)
    if for_answer == for_label == 0:
        return "neither the answer nor the label is among them"
    if true == predicted:
        return "most agree with the answer" if 2 * for_answer > len(labels) else _UNSURE
    if for_answer > for_label:
        return "the training data leans to the answer"
    if for_label > for_answer:
        return "the training data leans to the label"
    return _UNSURE


_UNSURE: Final = "the training data is of two minds here"
