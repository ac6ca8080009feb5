"""The pictures beside a map: those that are selected on it, or those of a part of it."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import streamlit as st

from fashion_core.analysis.formatting import count
from fashion_core.analysis.scores import PictureScores
from pages.ui.choice import Choice
from pages.ui.chosen_pictures import choosing
from pages.ui.gallery_order import draw_order
from pages.ui.paged_gallery import draw_pages
from pages.ui.picture_drawer import draw_opened
from pages.ui.picture_grid import draw_card
from pages.ui.tag_many import draw_tag_many

_OWN_ORDER: Final = "the map's order"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shown:
    """Which pictures are shown.

    Attributes:
        title: What they are, in a word or two.
        rows: Rows of the scores, in the map's own order, int64 of shape (M,).
        note: One more sentence about them.
        order: What the map's own order is.
        are_mistakes: Whether the title says already that all are answered wrong.
    """

    title: str
    rows: npt.NDArray[np.int64]
    note: str
    order: str = "highest loss first"
    are_mistakes: bool = False


def selection(rows: npt.NDArray[np.int64]) -> Shown:
    """Describe the pictures that are selected on the map."""
    return Shown(
        title="Selected on the map",
        rows=rows,
        note="Double-click the map to clear the selection.",
    )


def draw_shown(choice: Choice, scores: PictureScores, shown: Shown) -> None:
    """Draw the pictures in the chosen order, a page at a time."""
    wrong = int((~scores.is_right[shown.rows]).sum())
    what = "picture" if len(shown.rows) == 1 else "pictures"
    said = "" if shown.are_mistakes else f", {count(wrong)} answered wrong"
    image_ids = scores.image_ids[shown.rows]
    same = (choice.run.run_id, np.sort(image_ids).tobytes())
    gallery = choosing(image_ids, split=choice.split, key="map", of=same)
    st.markdown(f"**{shown.title}** · {count(len(shown.rows))} {what}{said}")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        order = draw_order(choice.split, own=_OWN_ORDER)
        draw_tag_many(gallery)
    st.caption(f"{(order.describe() or shown.order).capitalize()}. {shown.note}")
    if len(shown.rows) == 0:
        st.info("No picture lies here.", icon=":material/filter_none:")
        return
    rows, values = order.arrange(choice, scores, shown.rows)
    draw_pages(
        scores,
        rows,
        split=choice.split,
        page_key="page",
        values=values,
        has_size=True,
        gallery=gallery,
    )


def draw_picture(choice: Choice, scores: PictureScores) -> None:
    """Open the picture that was clicked or that the link names."""
    draw_opened(
        lambda image_id: draw_card(scores, image_id, split=choice.split, link=choice.link()),
        split=choice.split,
    )
