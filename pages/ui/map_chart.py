"""A map on the page: its groups, and the pictures that a box or a lasso on it holds."""

import numpy as np
import numpy.typing as npt

from fashion_core.analysis.scores import PictureScores
from fashion_core.figures.map_groups import (
    Group,
    by_class,
    by_confidence,
    by_epoch_learned,
    by_outcome,
)
from fashion_core.figures.maps import PointMap
from pages.ui import cell, explanations, map_area, map_data
from pages.ui.choice import Choice
from pages.ui.figure import draw_explanation
from pages.ui.map_choice import Colour
from pages.ui.picture_map import MapActions, picked_rows, picture_map
from pages.ui.services import SHEET_VERSION
from pages.ui.theme import figure_theme


def groups_of(choice: Choice, scores: PictureScores, colour: Colour) -> list[Group]:
    """Tell the pictures apart by what the visitor chose."""
    if colour == "class":
        return by_class(scores.labels)
    if colour == "right or wrong":
        return by_outcome(scores.is_right)
    if colour == "confidence":
        return by_confidence(scores.confidence, figure_theme())
    return by_epoch_learned(map_data.training_of(choice).learned_at, figure_theme())


def draw_map(
    choice: Choice, figure: PointMap, scores: PictureScores, *, place: str, label: str
) -> npt.NDArray[np.int64] | None:
    """Draw a map and give the rows of the pictures that are selected on it.

    Args:
        choice: Whose pictures they are.
        figure: The map; its points are in the order of `scores`.
        scores: Whose rows are meant.
        place: Names the plane, e.g. "training".
        label: What the map shows, in words.

    Returns:
        Rows of `scores`, the highest loss first, int64 of shape (M,); None if nothing is selected.
    """
    picked = map_area.linked()
    picture_map(
        figure,
        scores,
        split=choice.split,
        sheet_version=SHEET_VERSION,
        place=place,
        label=f"{label}. Arrow keys move a box, with Shift its corner; Enter selects what is in "
        "it, Escape selects nothing.",
        about=choice.file_stem(),
        picked=picked,
        actions=MapActions(
            on_area=map_area.choose, on_hidden=map_area.hide, on_open=cell.open_picture
        ),
        key="map-chart",
    )
    draw_explanation(explanations.MAP, key="map-chart")
    area = map_area.area_of(picked)
    if area is None:
        return None
    rows = picked_rows(figure, area, picked.hidden)
    ordered: npt.NDArray[np.int64] = rows[np.argsort(-scores.loss[rows], kind="stable")]
    return ordered
