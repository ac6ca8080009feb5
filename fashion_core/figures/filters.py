"""The answers of filters as grey pictures, and their weights as white and black squares."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from fashion_core.figures.palette import TEST

_CELL: Final = 10  # units of the drawing for one weight
_LARGEST: Final = 9  # leaves a line of ground between two squares


def grey_maps(maps: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.uint8]:
    """Draw the maps of a layer on one scale: 0 is black, the strongest answer of all is white.

    The grey is the square root, so that weak answers show: a quarter of the strongest is half as
    bright as white.

    Args:
        maps: Floating of shape (C, H, W), at least 0.

    Returns:
        uint8 of the same shape; all black where no filter answers.

    Raises:
        ValueError: if there are negative values or nan.
    """
    if not (maps >= 0).all():
        raise ValueError("Expected answers of at least 0, got negative values or nan.")
    strongest = float(maps.max(initial=0)) or 1.0
    greys: npt.NDArray[np.uint8] = np.rint(255 * np.sqrt(maps / strongest)).astype(np.uint8)
    return greys


def kernel_drawing(kernel: npt.NDArray[np.floating[Any]], *, largest: float) -> str:
    """Draw weights as a Hinton diagram in SVG: the area of a square is the size of its weight.

    White squares are weights above 0, black ones below, on a grey ground: no colour is needed,
    and it looks the same in both themes.

    Args:
        kernel: Weights of shape (H, W), row 0 on top.
        largest: The size of weight that fills its cell, above 0; larger ones are cut to it.

    Raises:
        ValueError: if `largest` is not above 0.
    """
    if not largest > 0:
        raise ValueError(f"Expected a largest weight above 0, got {largest}.")
    height, width = kernel.shape
    squares = [
        _square(row, column, float(kernel[row, column]) / largest)
        for row in range(height)
        for column in range(width)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width * _CELL} {height * _CELL}">'
        f'<rect width="100%" height="100%" fill="{TEST}"/>{"".join(squares)}</svg>'
    )


def _square(row: int, column: int, weight: float) -> str:
    """Draw one weight, in shares of the largest, in the middle of its cell."""
    side = _LARGEST * min(abs(weight), 1.0) ** 0.5
    left, top = ((place + 0.5) * _CELL - side / 2 for place in (column, row))
    fill = "#FFFFFF" if weight > 0 else "#000000"
    return (
        f'<rect x="{left:.2f}" y="{top:.2f}" width="{side:.2f}" height="{side:.2f}" fill="{fill}"/>'
    )
