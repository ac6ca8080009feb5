"""Areas of a map, drawn as a box or with a lasso: as short text, and which points they hold."""

from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from typing import Any, Final

import numpy as np
import numpy.typing as npt

MOST_CORNERS: Final = 64
"""Of a lasso; `MOST_CORNERS` in assets/map_geometry.js must not be more."""

_LONGEST_NUMBER: Final = 24  # characters of a float64 with a sign and an exponent


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A part of the plane.

    Attributes:
        corners: Two opposite corners of a box, or three or more corners of a polygon, in order.
    """

    corners: tuple[tuple[float, float], ...]


def read_area(text: str) -> Area:
    """Read an area from "x,y,x,y": two corners of a box, or more of a polygon.

    Raises:
        ValueError: if it is none.
    """
    if len(text) > 2 * MOST_CORNERS * (_LONGEST_NUMBER + 1):
        raise ValueError(f"Expected at most {MOST_CORNERS} corners, got {len(text)} characters.")
    numbers = [float(part) for part in text.split(",")]
    if len(numbers) % 2 or not 4 <= len(numbers) <= 2 * MOST_CORNERS:
        raise ValueError(f"Expected x and y of 2 to {MOST_CORNERS} corners, got {len(numbers)}.")
    if not all(map(isfinite, numbers)):
        raise ValueError("Expected finite numbers, got one that is infinite or undefined.")
    return Area(corners=tuple(zip(numbers[::2], numbers[1::2], strict=True)))


def points_inside(points: npt.NDArray[Any], area: Area) -> npt.NDArray[np.bool_]:
    """Tell which points lie in an area, by the rules of assets/map_geometry.js.

    The edges belong to a box. A polygon that crosses itself holds what an odd number of its loops
    surround.

    Args:
        points: Shape (N, 2).
        area: Where to look.

    Returns:
        bool of shape (N,).
    """
    corners = np.asarray(area.corners, dtype=np.float64)
    low, high = corners.min(axis=0), corners.max(axis=0)
    is_inside: npt.NDArray[np.bool_] = ((points >= low) & (points <= high)).all(axis=1)
    if len(corners) > 2:
        rows = np.flatnonzero(is_inside)
        is_inside[rows] = _in_polygon(points[rows].astype(np.float64), corners)
    return is_inside


def _in_polygon(
    points: npt.NDArray[np.float64], corners: npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    """Count for each point the edges to its right; an odd number is inside."""
    x, y = points.T
    is_inside = np.zeros(len(points), dtype=np.bool_)
    for (x0, y0), (x1, y1) in pairwise([*corners.tolist(), corners[0].tolist()]):
        if y0 == y1:  # no point is above one end and not above the other
            continue
        is_level = (y0 > y) != (y1 > y)
        is_inside ^= is_level & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return is_inside
