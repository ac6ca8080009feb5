"""A map of many pictures, one point each, with its picture on hover, box and lasso.

A component of our own on a canvas: a Plotly figure shows no picture on hover, and while a box was
dragged over 10,000 points the 95th percentile of its frames was 133 ms (of the canvas 17 ms, same
run). The browser tells the server an area, not the points in it.
"""

import hashlib
import json
import struct
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import streamlit as st

from fashion_core.analysis.areas import Area, points_inside
from fashion_core.analysis.scores import PictureScores
from fashion_core.classes import CLASS_NAMES
from fashion_core.figures.maps import PointMap
from pages.ui.gallery import percent_text
from pages.ui.sheet import component, sheet_id

_SCRIPTS: Final = (
    "map_geometry",
    "map_message",
    "map_points",
    "map_drawing",
    "map_tip",
    "map_hand",
)
_NEARLY_ALL: Final = 101  # what is sent for ">99 %"
_PERCENTS: Final = (*(percent_text(whole / 100) for whole in range(101)), percent_text(0.999))


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """What is selected on a map.

    Attributes:
        area: As text for `read_area`; empty if none is.
        hidden: Names of the groups that are not drawn and never selected.
    """

    area: str = ""
    hidden: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MapActions:
    """What the page does, before it runs again, when the visitor selects, hides or opens.

    Attributes:
        on_area: Called with the text of the new area; empty for none.
        on_hidden: Called with the names of all groups that are now hidden.
        on_open: Called with the number of a picture.
    """

    on_area: Callable[[str], None]
    on_hidden: Callable[[list[str]], None]
    on_open: Callable[[int], None]


def picture_map(  # noqa: PLR0913 - keyword-only, each a separate choice of the page
    figure: PointMap,
    scores: PictureScores,
    *,
    split: str,
    sheet_version: str,
    place: str,
    label: str,
    about: str,
    picked: Picked,
    actions: MapActions,
    key: str,
) -> None:
    """Draw a map.

    Args:
        figure: Row i of its points is row i of `scores` and picture i of the sheet.
        scores: What is said about each picture.
        split: The sheet's split, as given to `load_sheet`.
        sheet_version: The sheet's version, as given to `load_sheet`.
        place: Names the plane: where it changes, the map shows all of it again.
        label: What the map shows, for screen readers.
        about: What the name of the saved picture begins with.
        picked: What is selected and hidden; follows the page, a gesture shows at once.
        actions: What the page does.
        key: Streamlit key, one per map.
    """

    def told(name: str, call: Callable[[Any], None], is_fit: Callable[[Any], bool]) -> None:
        value = _said(key, name)
        if is_fit(value):
            call(value)

    names = [group.name for group in figure.groups]
    component("map", scripts=_SCRIPTS)(
        key=key,
        data=_message(
            figure,
            scores,
            {
                "label": label,
                "place": place,
                "file": f"{about}-{place.partition('/')[0]}-map.png",
                "split": split.capitalize(),
                "sheet": sheet_id(split, sheet_version),
                "area": picked.area,
                "hidden": [name for name in names if name in picked.hidden],
            },
        ),
        on_area_change=lambda: told("area", actions.on_area, lambda v: isinstance(v, str)),
        on_hidden_change=lambda: told("hidden", actions.on_hidden, partial(_are_some, names)),
        on_opened_change=lambda: told("opened", actions.on_open, lambda v: type(v) is int),
    )


def picked_rows(figure: PointMap, area: Area, hidden: Sequence[str]) -> npt.NDArray[np.int64]:
    """Give the rows of the points in an area that are not hidden, int64 of shape (M,)."""
    is_inside = points_inside(figure.points, area)
    for group in figure.groups:
        if group.name in hidden:
            is_inside[group.rows] = False
    return np.flatnonzero(is_inside)


def _are_some(names: list[str], value: Any) -> bool:
    return isinstance(value, list) and all(name in names for name in value)


def _said(key: str, name: str) -> object:
    """Read, in a callback, what the browser said; None if it said nothing."""
    state = st.session_state.get(key)
    return state.get(name) if isinstance(state, dict) else None


def _message(figure: PointMap, scores: PictureScores, options: dict[str, Any]) -> bytes:
    """Give what the browser draws: length of the head, head, columns; see map_message.js.

    16 bytes a point. The version in the head changes when a column does.
    """
    columns = _columns(figure, scores)
    head = options | {
        "count": len(figure.points),
        "version": hashlib.blake2b(columns, digest_size=8).hexdigest(),
        "groups": [
            {"name": group.name, "colour": group.colour, "symbol": group.symbol}
            for group in figure.groups
        ],
        "x": _camel(asdict(figure.x)),
        "y": _camel(asdict(figure.y)),
        "hasOneScale": figure.has_one_scale,
        "lines": figure.lines,
        "names": [_camel(asdict(name)) for name in figure.names],
        "classes": CLASS_NAMES,
        "percents": _PERCENTS,
    }
    content = json.dumps(head).encode()
    return b"".join((struct.pack("<I", len(content)), content, columns))


def _columns(figure: PointMap, scores: PictureScores) -> bytes:
    """Give the columns of the points, one after the other, little-endian."""
    group_of = np.zeros(len(figure.points), dtype=np.uint8)
    for index, group in enumerate(figure.groups):
        group_of[group.rows] = index
    confidence = scores.confidence.astype(np.float64)
    sureness = np.rint(100 * confidence)
    sureness[(confidence >= 0.995) & (confidence < 1)] = _NEARLY_ALL
    columns = (
        figure.points[:, 0].astype("<f4"),
        figure.points[:, 1].astype("<f4"),
        scores.image_ids.astype("<i4"),
        scores.labels.astype(np.uint8),
        scores.predictions.astype(np.uint8),
        group_of,
        sureness.astype(np.uint8),
    )
    return b"".join(column.tobytes() for column in columns)


def _camel(options: dict[str, Any]) -> dict[str, Any]:
    """Write the names of fields as JavaScript does."""
    first = {name: name.split("_") for name in options}
    return {
        parts[0] + "".join(map(str.capitalize, parts[1:])): options[name]
        for name, parts in first.items()
    }
