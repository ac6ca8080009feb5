"""The pictures beside a map: those that are selected on it, or those of a part of it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import streamlit as st

from fashion_core.analysis.formatting import count
from fashion_core.analysis.scores import PictureScores
from pages.ui.choice import Choice
from pages.ui.paged_gallery import draw_pages
from pages.ui.picture_drawer import draw_opened
from pages.ui.picture_grid import draw_card
from pages.ui.tag_many import draw_tag_many
from pages.ui.tile_size import draw_tile_size


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shown:
    """Which pictures are shown.

    Attributes:
        title: What they are, in a word or two.
        rows: Rows of the scores, in order, int64 of shape (M,).
        note: One more sentence about them.
    """

    title: str
    rows: npt.NDArray[np.int64]
    note: str


def selection(rows: npt.NDArray[np.int64]) -> Shown:
    """Describe the pictures that are selected on the map."""
    return Shown(
        title="Selected on the map",
        rows=rows,
        note="The highest loss first. A double click on the map selects nothing again.",
    )


def draw_shown(choice: Choice, scores: PictureScores, shown: Shown) -> None:
    """Draw the pictures, a page at a time."""
    wrong = int((~scores.is_right[shown.rows]).sum())
    what = "picture" if len(shown.rows) == 1 else "pictures"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**{shown.title}** · {count(len(shown.rows))} {what}, {count(wrong)} answered wrong"
        )
        draw_tag_many(scores.image_ids[shown.rows], split=choice.split, key="map")
        draw_tile_size()
    st.caption(shown.note)
    if len(shown.rows) == 0:
        st.info("No picture lies here.", icon=":material/filter_none:")
        return
    draw_pages(scores, shown.rows, split=choice.split, page_key="page")


def draw_picture(choice: Choice, scores: PictureScores) -> None:
    """Open the picture that was clicked or that the link names."""
    draw_opened(
        lambda image_id: draw_card(scores, image_id, split=choice.split, link=choice.link()),
        split=choice.split,
    )
