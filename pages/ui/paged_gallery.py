"""The pictures of a cell: filtered, sorted, a page at a time, all of them."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import streamlit as st

from fashion_core.analysis.formatting import count
from fashion_core.analysis.scores import PictureScores
from fashion_core.analysis.sort_values import describe_values
from pages.ui import cell, services
from pages.ui.cell import Cell
from pages.ui.choice import Choice
from pages.ui.chosen_pictures import Choosing, choosing, draw_switch
from pages.ui.confusion_tools import draw_tools
from pages.ui.gallery_controls import draw_controls
from pages.ui.pager import draw_pager
from pages.ui.picture_drawer import opener
from pages.ui.picture_grid import draw_pictures
from pages.ui.picture_row import EVERY_PERCENT, Row
from pages.ui.services import SplitName
from pages.ui.tag_many import draw_tag_chosen, draw_tag_many
from pages.ui.tile_size import draw_tile_size, tile_size

PAGE_SIZE: Final = 48


def draw_gallery(choice: Choice, chosen: Cell) -> Row:
    """Draw the pictures of a cell, or of a cell and its opposite side by side; give the first."""
    row = draw_controls(chosen, choice.split)
    if not chosen.is_both:
        _draw_one(choice, row, page_key="page", tools_for=chosen)
        return row
    with st.container(horizontal=True, vertical_alignment="center"):
        draw_tools(choice, chosen)
        draw_tile_size()
    there, back = st.columns(2, gap="large")
    with there:
        _draw_one(choice, row, page_key="page")
    with back:
        _draw_one(choice, row.reversed(), page_key="page-back")
    return row


def _draw_one(choice: Choice, row: Row, *, page_key: str, tools_for: Cell | None = None) -> None:
    """Draw the pictures of a row under its name.

    Args:
        choice: What the visitor looks at.
        row: Which pictures.
        page_key: Name of the page picker.
        tools_for: The cell whose tools stand beside the name; None where two rows share them.
    """
    scores = services.scores(choice.run.run_id, choice.epoch, choice.split)
    positions = row.positions(choice, scores)
    what = "picture" if len(positions) == 1 else "pictures"
    gallery = choosing(
        scores.image_ids[positions],
        split=choice.split,
        key=page_key,
        of=(choice.run.run_id, row.true, row.predicted),
    )
    kind = "" if row.outcome == "all" else f", {row.outcome}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{row.describe_cell()}**{kind} · {count(len(positions))} {what}")
        if tools_for is None:
            draw_switch(gallery)  # no room beside the pages
        draw_tag_many(gallery)
        if tools_for is not None:
            draw_tools(choice, tools_for)
    if len(positions) == 0:
        st.info(_why_none(row), icon=":material/thumb_up:")
        return
    draw_pages(
        scores,
        positions,
        split=choice.split,
        page_key=page_key,
        tile=tile_size(is_half=tools_for is None),
        is_named=None in {row.true, row.predicted},
        has_size=tools_for is not None,
        values=describe_values(scores, positions, row.sort, row.values(choice)),
        gallery=gallery,
    )


def _why_none(row: Row) -> str:
    """Say what leaves no picture."""
    if row.confidence != EVERY_PERCENT:
        tagged = "" if row.tag is None else " and this tag"
        return f"None is {row.confidence[0]} to {row.confidence[1]}\u00a0% sure{tagged}."
    return "No picture falls into this cell." if row.tag is None else "None has this tag."


def draw_pages(  # noqa: PLR0913 - keyword-only, each a separate choice of the page
    scores: PictureScores,
    positions: npt.NDArray[np.int64],
    *,
    split: SplitName,
    page_key: str,
    page_size: int = PAGE_SIZE,
    tile: int | None = None,
    notes: Sequence[str] = (),
    values: Sequence[str] = (),
    is_named: bool = True,
    has_size: bool = False,
    gallery: Choosing | None = None,
) -> None:
    """Draw one page of some pictures and the picker of pages; a click opens a picture.

    Args:
        scores: What the tiles say.
        positions: Rows of `scores` to draw, in order; at least one.
        split: Which pictures they are.
        page_key: Name of the page picker and of its query parameter.
        page_size: Pictures on a page.
        tile: Width of a picture in pixels; None for the one that was chosen.
        notes: What stands below each of `positions` in place of the predicted class; none for all.
        values: What stands below all else of each of `positions`; none for all.
        is_named: Whether the classes stand at every picture; not where all have the same.
        has_size: Whether the choice of the pictures' size stands beside the page picker; once on
            a page.
        gallery: The choice of some of `positions`; None where none can be chosen. Its switch
            stands beside the size.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        page = draw_pager(page_key, pages=-(-len(positions) // page_size))
        if has_size:
            draw_tile_size()
            draw_switch(gallery)
        draw_tag_chosen(gallery)
    shown = slice((page - 1) * page_size, page * page_size)
    draw_pictures(
        scores,
        positions[shown],
        split=split,
        key=f"gallery-{page_key}",
        on_pick=opener(scores.image_ids[positions], split=split),
        selected=cell.linked_picture(),
        tile=tile_size() if tile is None else tile,
        notes=notes[shown],
        values=values[shown],
        is_named=is_named,
        choosing=gallery,
    )
