"""A map laid over its picture as plain pixels: what is drawn again at every change."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

_STRONGEST: Final = 0.8
"""Opacity of the strongest place, as in `fashion_core.figures.saliency`."""


def overlay(
    image: npt.NDArray[np.uint8], values: npt.NDArray[np.floating[Any]], *, colour: str
) -> npt.NDArray[np.uint8]:
    """Mix a colour into a grey picture: nothing at 0, most at the map's maximum.

    Args:
        image: uint8 of shape (H, W).
        values: The map, floating of shape (H, W), at least 0; 0 everywhere changes nothing.
        colour: Of the map, as #RRGGBB.

    Returns:
        uint8 of shape (H, W, 3), red, green, blue.

    Raises:
        ValueError: if the shapes differ or the map has negative values or nan.
    """
    if values.shape != image.shape:
        raise ValueError(f"Expected a map of shape {image.shape}, got {values.shape}.")
    if not (values >= 0).all():
        raise ValueError("Expected a map of at least 0, got negative values or nan.")
    paint = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.float64)
    strongest = float(values.max()) or 1.0
    opacity = _STRONGEST * (values / strongest)[..., np.newaxis]
    mixed = (1 - opacity) * image[..., np.newaxis] + opacity * paint
    return np.rint(mixed).astype(np.uint8)
