"""A map on the page: its groups, and the pictures that a box or a lasso on it holds."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
from plotly import graph_objects as go

from fashion_core.analysis.scores import PictureScores
from fashion_core.figures.map_groups import Group, by_class, by_epoch_learned, by_outcome
from pages.ui import cell, explanations, map_data
from pages.ui.choice import Choice
from pages.ui.figure import draw_figure
from pages.ui.map_choice import Colour
from pages.ui.theme import figure_theme

_TOOLS: Final = ("select2d", "lasso2d", "zoom2d", "pan2d", "resetScale2d")


def groups_of(choice: Choice, scores: PictureScores, colour: Colour) -> list[Group]:
    """Tell the pictures apart by what the visitor chose."""
    if colour == "class":
        return by_class(scores.labels)
    if colour == "right or wrong":
        return by_outcome(scores.is_right)
    return by_epoch_learned(map_data.training_of(choice).learned_at, figure_theme())


def draw_map(figure: go.Figure, scores: PictureScores, *, alt: str) -> npt.NDArray[np.int64]:
    """Draw a map and give the rows of the pictures that are selected on it.

    Args:
        figure: Its points hold the number of their picture as `customdata`.
        scores: Whose rows are meant.
        alt: What the map shows, in words.

    Returns:
        Rows of `scores`, the highest loss first, int64 of shape (M,); M is 0 if none is selected.
    """
    event = draw_figure(
        figure,
        key="map-chart",
        alt=alt,
        explanation=explanations.MAP,
        tools=_TOOLS,
        on_select=cell.first_page,
    )
    return _rows(event["selection"]["points"], scores)


def _rows(points: list[dict[str, Any]], scores: PictureScores) -> npt.NDArray[np.int64]:
    """Give the rows of selected points, the highest loss first."""
    chosen = [point["customdata"] for point in points]
    rows = np.flatnonzero(np.isin(scores.image_ids, chosen))
    ordered: npt.NDArray[np.int64] = rows[np.argsort(-scores.loss[rows], kind="stable")]
    return ordered
