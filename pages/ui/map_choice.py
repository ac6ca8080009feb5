"""Which map, and what its colours mean: chosen by the visitor or by the link."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, cast

import streamlit as st

from fashion_core.analysis.cartography import MEANINGS, Region
from pages.ui import cell, map_area

MapName = Literal["training", "features"]
Projection = Literal["PCA", "t-SNE"]
Colour = Literal["right or wrong", "class", "confidence", "epoch learned"]

_MAPS: Final[tuple[MapName, ...]] = ("training", "features")
_PROJECTIONS: Final[tuple[Projection, ...]] = ("PCA", "t-SNE")
_COLOURS: Final[tuple[Colour, ...]] = (
    "right or wrong",
    "class",
    "confidence",
    "epoch learned",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What is drawn.

    Attributes:
        name: Which map.
        projection: How the features come into two dimensions.
        colour: What colours and signs tell apart.
    """

    name: MapName
    projection: Projection
    colour: Colour

    def link(self) -> dict[str, str]:
        """Give the query parameters of the view."""
        return {"map": self.name, "projection": self.projection, "colour": self.colour}


def pick_view() -> View:
    """Draw the pickers and give what they say; the projection is asked for features only."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        name = _pick(
            "Map",
            _MAPS,
            key="map",
            on_change=map_area.forget_area,
            help="Training: how sure the network was of each label over the epochs, and how much "
            "that changed. Features: what the network makes of each picture, in two dimensions.",
        )
        projection: str = "PCA"
        if name == "features":
            projection = _pick(
                "Projection",
                _PROJECTIONS,
                key="projection",
                on_change=map_area.forget_area,
                help="PCA: the plane that shows most of the differences, at once. t-SNE: near "
                "neighbours stay near, a minute of computing.",
            )
        colour = _pick(
            "Colour and sign",
            _COLOURS,
            key="colour",
            on_change=map_area.forget_hidden,
            help="Right or wrong: the answer of the chosen epoch. Class: the label. "
            "Confidence: how sure that answer is. Epoch learned: the first epoch with a right "
            "answer.",
        )
    return View(
        name=cast(MapName, name),
        projection=cast(Projection, projection),
        colour=cast(Colour, colour),
    )


def pick_region(*, is_disabled: bool) -> Region:
    """Draw the picker of a region of the training map, a way to its pictures without a mouse."""
    value: str = st.segmented_control(
        "Pictures of a region",
        [region.value for region in Region],
        default=Region.HARD.value,
        required=True,
        key="region",
        bind="query-params",
        on_change=cell.first_page_if_changed("region"),
        disabled=is_disabled,
        help=" ".join(f"{r.value.capitalize()}: {meaning}." for r, meaning in MEANINGS.items()),
    )
    return Region(value)


def _pick(
    label: str, options: tuple[str, ...], *, key: str, on_change: Callable[[], None], help: str
) -> str:
    value: str = st.segmented_control(
        label,
        options,
        default=options[0],
        required=True,
        key=key,
        bind="query-params",
        on_change=on_change,
        help=help,
    )
    return value
