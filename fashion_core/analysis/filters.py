"""Which filters of a layer tell the places of a picture apart, and that in a sentence."""

from typing import Any

import numpy as np
import numpy.typing as npt

from fashion_core.analysis.formatting import count

Maps = npt.NDArray[np.floating[Any]]
"""What the filters of a layer answer, floating of shape (C, H, W), at least 0."""


def contrasts(maps: Maps) -> npt.NDArray[np.float64]:
    """Give how much each filter's answer differs from place to place, float64 of shape (C,).

    It is the standard deviation over the places: 0 for a filter that says the same everywhere,
    however loud, since that tells nothing about the picture.
    """
    spread: npt.NDArray[np.float64] = maps.std(axis=(1, 2), dtype=np.float64)
    return spread


def by_contrast(maps: Maps) -> npt.NDArray[np.int64]:
    """Order the filters by contrast, highest first, equal ones by number; int64 of shape (C,)."""
    return np.argsort(-contrasts(maps), kind="stable")


def describe_first_layer(maps: Maps, image: npt.NDArray[np.uint8]) -> str:
    """Say how many filters answer more to what is shown than to black, and which differs most.

    Filters have numbers from 1. A picture without black, or all black, has no two parts to
    compare: then the sentence counts the filters that answer at all.

    Args:
        maps: Answers of the first convolution, of shape (C, H, W).
        image: The picture, uint8 of shape (H, W).

    Raises:
        ValueError: if the maps are not as large as the picture.
    """
    if maps.shape[1:] != image.shape:
        raise ValueError(f"Expected maps of shape (C, *{image.shape}), got {maps.shape}.")
    is_shown = image > 0
    answering = int(maps.any(axis=(1, 2)).sum())
    if answering == 0 or is_shown.all() or not is_shown.any():
        return describe_layer(maps, "first")
    shown = maps[:, is_shown].mean(axis=1, dtype=np.float64)
    black = maps[:, ~is_shown].mean(axis=1, dtype=np.float64)
    more, less = int((shown > black).sum()), int((shown < black).sum())
    parts = [f"{count(more)} answer more where the picture shows something than where it is black"]
    parts += [f"{count(less)} less"] if less else []
    parts += [f"{count(answering - more - less)} the same"] if answering > more + less else []
    parts += [f"{count(len(maps) - answering)} not at all"] if len(maps) > answering else []
    top = int(by_contrast(maps)[0])
    return (
        f"Of the {count(len(maps))} filters of the first layer, {_join(parts)}. Filter {top + 1} "
        f"differs most from place to place: on average it answers {_write(shown[top])} "
        f"where something is shown and {_write(black[top])} where it is black."
    )


def describe_layer(maps: Maps, name: str) -> str:
    """Say how many filters of a layer answer anywhere in the picture.

    Args:
        maps: Its answers, of shape (C, H, W).
        name: Which layer: "first" or "second".
    """
    answering = int(maps.any(axis=(1, 2)).sum())
    how_many = count(answering) if answering else "none"
    verb = "answers" if answering == 1 else "answer"
    return (
        f"Of the {count(len(maps))} filters of the {name} layer, {how_many} {verb} somewhere in "
        "this picture."
    )


def _write(answer: float) -> str:
    """Write an answer so that two of them can be compared; only exactly 0 is "0"."""
    if answer == 0:
        return "0"
    return f"{answer:.2f}" if answer >= 0.005 else "less than 0.01"


def _join(parts: list[str]) -> str:
    """Write "a", "a and b" or "a, b and c"."""
    *before, last = parts
    return f"{', '.join(before)} and {last}" if before else last
