"""The pictures that changed sides, fixed and broken, and one of them large with both answers."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import streamlit as st

from fashion_core.analysis.changes import SIDES, Side, changed_pictures
from fashion_core.analysis.formatting import count, percent
from fashion_core.analysis.scores import PictureScores
from fashion_core.classes import CLASS_NAMES
from fashion_core.figures.probabilities import probability_figure
from pages.ui import explanations
from pages.ui.cell import Cell
from pages.ui.compare_choice import Pairing
from pages.ui.compare_data import scores_of
from pages.ui.compare_sections import draw_heading
from pages.ui.figure import draw_figure
from pages.ui.gallery import big_picture
from pages.ui.gallery_order import Order, draw_order
from pages.ui.image_link import draw_explain_link
from pages.ui.paged_gallery import draw_pages
from pages.ui.people_votes import draw_votes
from pages.ui.picture_drawer import draw_opened
from pages.ui.services import SHEET_VERSION
from pages.ui.theme import figure_theme

_OWN_ORDER: Final = "most decided change"
_PAGE_SIZE: Final = 24  # two galleries share the width
_PAGE_KEYS: Final[dict[Side, str]] = {"fixed": "page", "broken": "page-back"}
_TITLES: Final[dict[Side, str]] = {
    "fixed": ":material/check: Fixed: A wrong, B right",
    "broken": ":material/close: Broken: A right, B wrong",
}


def draw_galleries(pairing: Pairing, chosen: Cell) -> None:
    """Draw the pictures fixed and broken side by side, of all classes or of one pair."""
    draw_heading("pictures")
    st.caption(
        f"{chosen.describe()}. Tiles show B's answer. Most decided change: the probability of the "
        "true class moved most. All other orders go by B."
    )
    order = draw_order(pairing.first.split, own=_OWN_ORDER)
    first, second = scores_of(pairing.first), scores_of(pairing.second)
    for column, side in zip(st.columns(2, gap="large"), SIDES, strict=True):
        positions = changed_pictures(
            first, second, side, true=chosen.true, predicted=chosen.predicted
        )
        with column:
            _draw_side(side, positions, pairing, order)


def draw_picture(pairing: Pairing) -> None:
    """Open the picture that was clicked or that the link names, with both answers."""
    draw_opened(lambda image_id: _draw_card(pairing, image_id), split=pairing.first.split)


def _draw_side(
    side: Side, positions: npt.NDArray[np.int64], pairing: Pairing, order: Order
) -> None:
    what = "picture" if len(positions) == 1 else "pictures"
    st.markdown(f"**{_TITLES[side]}** · {count(len(positions))} {what}")
    if len(positions) == 0:
        st.info(f"No picture was {side} here.", icon=":material/filter_none:")
        return
    first, second = scores_of(pairing.first), scores_of(pairing.second)
    positions, values = order.arrange(pairing.second, second, positions)
    draw_pages(
        second,
        positions,
        split=pairing.second.split,
        page_key=_PAGE_KEYS[side],
        page_size=_PAGE_SIZE,
        notes=_earlier_answers(first, positions) if side == "fixed" else (),
        values=values,
    )


def _earlier_answers(first: PictureScores, positions: npt.NDArray[np.int64]) -> Sequence[str]:
    """Write below a fixed picture what A took it for; B's answer is the true class."""
    return [f"was {CLASS_NAMES[label]}" for label in first.predictions[positions]]


def _draw_card(pairing: Pairing, image_id: int) -> None:
    """Draw one picture large, what it is, and the ten probabilities of both."""
    first, second = scores_of(pairing.first), scores_of(pairing.second)
    split = pairing.first.split
    found = np.flatnonzero(second.image_ids == image_id)
    if len(found) == 0:
        st.info(f"There is no {split} picture {image_id}. Choose one from a gallery.")
        return
    position = int(found[0])
    true = int(second.labels[position])
    picture, facts = st.columns(2)
    with picture:
        big_picture(
            position,
            split=split,
            sheet_version=SHEET_VERSION,
            label=f"{split.capitalize()} picture {image_id}, a {CLASS_NAMES[true]}",
            key="card",
            size=168,
        )
    with facts:
        st.markdown(f"True class  \n**{CLASS_NAMES[true]}**")
        _draw_facts("A", first, position)
        _draw_facts("B", second, position)
    for name, scores in (("A", first), ("B", second)):
        st.markdown(f"**{name}**")
        draw_figure(
            probability_figure(
                scores.pred_probs[position],
                true=true,
                predicted=int(scores.predictions[position]),
                theme=figure_theme(),
            ),
            key=f"probabilities-{name}",
            explanation=explanations.PROBABILITIES,
            alt=f"The ten class probabilities of {name} for picture {image_id}",
        )
    draw_votes(split, image_id, predicted=int(second.predictions[position]))
    side = pairing.second  # names its epoch: the sidebar is on that of A
    draw_explain_link(side.link() | {"epoch": str(side.epoch)}, image_id)


def _draw_facts(name: str, scores: PictureScores, position: int) -> None:
    predicted = int(scores.predictions[position])
    sign = ":material/check:" if scores.is_right[position] else ":material/close:"
    sure = percent(min(float(scores.confidence[position]), 1 - 1e-6))
    st.markdown(f"{name} says  \n{sign} **{CLASS_NAMES[predicted]}**, {sure} sure")
