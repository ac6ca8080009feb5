"""Maps of many pictures, one point each, as the map component draws them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from fashion_core.analysis.cartography import AMBIGUOUS_FROM, EASY_FROM, Region, TrainingMap
from fashion_core.analysis.embedding import MainPlane
from fashion_core.analysis.formatting import percent
from fashion_core.figures.map_groups import Group

_NAME_ROOM: Final = np.array([0.16, 0.05])  # of the map's width and height, for a long name
_SPREAD_LIMITS: Final = (-0.012, 0.512)
_MEAN_LIMITS: Final = (-0.03, 1.03)


@dataclass(frozen=True, slots=True, kw_only=True)
class MapAxis:
    """One of the two axes.

    Attributes:
        title: What it shows.
        limits: From where to where; None: as far as the points go.
        has_numbers: Whether it has ticks and a grid.
    """

    title: str
    limits: tuple[float, float] | None = None
    has_numbers: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class MapName:
    """A name on the map.

    Attributes:
        text: The name.
        x: Where it stands, to the right.
        y: Where it stands, up.
        is_centred: Whether it is centred there; else it begins there.
    """

    text: str
    x: float
    y: float
    is_centred: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PointMap:
    """A map.

    Attributes:
        points: Where each picture lies, float32 of shape (N, 2).
        groups: How they are told apart; each picture is in one. Later groups are drawn above.
        x: The axis to the right.
        y: The axis up.
        has_one_scale: Whether a step to the right is as long as a step up.
        lines: Dotted lines, each from (x, y) to (x, y).
        names: What is written on it.
    """

    points: npt.NDArray[np.float32]
    groups: Sequence[Group]
    x: MapAxis
    y: MapAxis
    has_one_scale: bool = False
    lines: tuple[tuple[float, float, float, float], ...] = ()
    names: tuple[MapName, ...] = ()


def training_figure(found: TrainingMap, groups: Sequence[Group]) -> PointMap:
    """Draw confidence against variability with the borders and names of the three regions."""
    right, top = AMBIGUOUS_FROM, EASY_FROM
    return PointMap(
        points=np.column_stack([found.variability, found.confidence]).astype(np.float32),
        groups=groups,
        x=MapAxis(title="variability: standard deviation over the epochs", limits=_SPREAD_LIMITS),
        y=MapAxis(title="mean probability of the label", limits=_MEAN_LIMITS),
        lines=(
            (right, _MEAN_LIMITS[0], right, _MEAN_LIMITS[1]),
            (_SPREAD_LIMITS[0], top, right, top),
        ),
        names=(  # where points are few: the spread over the epochs is at most sqrt(p (1 - p))
            MapName(text=Region.EASY.value, x=0.0, y=top + 0.05, is_centred=False),
            MapName(text=Region.HARD.value, x=0.0, y=top - 0.05, is_centred=False),
            MapName(text=Region.AMBIGUOUS.value, x=right + 0.01, y=0.0, is_centred=False),
        ),
    )


def plane_figure(
    plane: MainPlane, groups: Sequence[Group], *, named: Sequence[Group] = ()
) -> PointMap:
    """Draw the main plane of the features; both axes have one scale.

    Args:
        plane: Where the pictures lie.
        groups: How they are told apart; each picture is in one.
        named: Groups whose name stands at the median of their points, or just above.
    """
    x, y = (
        MapAxis(title=f"{rank} direction: {percent(share)} of the variance")
        for rank, share in zip(("first", "second"), plane.shares, strict=True)
    )
    points = plane.points.astype(np.float32)
    names = _median_names(points, named)
    return PointMap(points=points, groups=groups, x=x, y=y, has_one_scale=True, names=names)


def neighbour_figure(
    points: npt.NDArray[np.float32], groups: Sequence[Group], *, named: Sequence[Group] = ()
) -> PointMap:
    """Draw a t-SNE map; its axes mean nothing and have no numbers.

    Args:
        points: float32 of shape (N, 2).
        groups: How they are told apart; each picture is in one.
        named: Groups whose name stands at the median of their points, or just above.
    """
    return PointMap(
        points=points,
        groups=groups,
        x=MapAxis(title="no unit, no direction", has_numbers=False),
        y=MapAxis(title="", has_numbers=False),
        has_one_scale=True,
        names=_median_names(points, named),
    )


def _median_names(points: npt.NDArray[Any], named: Sequence[Group]) -> tuple[MapName, ...]:
    """Name groups at their medians, higher where another name is in the way."""
    width, height = np.ptp(points, axis=0) * _NAME_ROOM
    names: list[MapName] = []
    for group in named:
        x, y = np.median(points[group.rows], axis=0).tolist()
        while any(abs(x - name.x) < width and abs(y - name.y) < height for name in names):
            y += height / 4
        names.append(MapName(text=group.name, x=x, y=y, is_centred=True))
    return tuple(names)
