"""The pictures of a cell: filtered, sorted, a page at a time, all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import streamlit as st

from fashion_core.analysis.formatting import count
from fashion_core.analysis.ranking import Outcome, SortKey, rank_pictures
from fashion_core.analysis.scores import PictureScores
from pages.ui import cell, services
from pages.ui.cell import Cell
from pages.ui.choice import Choice
from pages.ui.picture_grid import draw_pictures
from pages.ui.services import SplitName
from pages.ui.tag_filter import draw_tag_filter, keep_tagged

PAGE_SIZE: Final = 48
_TILE, _NARROW_TILE = 84, 56  # multiples of 28 keep all pixels equal
_HELP_CONFIDENTLY: Final = "All mistakes of all classes, the most confident first."

_OUTCOMES: Final[dict[str, Outcome]] = {"wrong": "wrong", "right": "right", "all": "all"}
_SORTS: Final = {key.value: key for key in SortKey}
_DIRECTIONS: Final = {"highest first": False, "lowest first": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """Which outcome and which tag to keep, None for any, and how to sort."""

    outcome: Outcome
    tag: str | None
    sort: SortKey
    ascending: bool


def draw_gallery(choice: Choice, chosen: Cell) -> None:
    """Draw the pictures of a cell, or of a cell and its opposite side by side."""
    order = _controls(chosen, choice.split)
    if not chosen.is_both:
        _draw_one(choice, chosen, order, "page")
        return
    there, back = st.columns(2, gap="large")
    with there:
        _draw_one(choice, chosen, order, "page")
    with back:
        _draw_one(choice, chosen.reversed(), order, "page-back")


def _controls(chosen: Cell, split: SplitName) -> _Order:
    """Draw the preset, the filters and the order; one cell is all right or all wrong anyway."""
    columns = st.columns([1.8, 1.2, 1.2], vertical_alignment="bottom")
    with columns[1]:
        sort = st.selectbox(
            "Sort by",
            list(_SORTS),
            key="sort",
            bind="query-params",
            on_change=cell.first_page,
            help="Confidence: probability of the predicted class. Loss: surprise at the true "
            "class. Margin: lead of the predicted class over the next.",
        )
    with columns[2]:
        direction = st.selectbox(
            "Order", list(_DIRECTIONS), key="order", bind="query-params", on_change=cell.first_page
        )
    outcome: Outcome = "all"
    with columns[0]:
        if chosen.as_pair() is None:
            kept = st.segmented_control(
                "Predictions",
                list(_OUTCOMES),
                default="wrong",
                required=True,
                key="outcome",
                bind="query-params",
                on_change=cell.first_page,
            )
            outcome = _OUTCOMES[kept]
        else:
            st.button("Confidently wrong", on_click=_confidently_wrong, help=_HELP_CONFIDENTLY)
    return _Order(
        outcome=outcome,
        tag=draw_tag_filter(split),
        sort=_SORTS[sort],
        ascending=_DIRECTIONS[direction],
    )


def _confidently_wrong() -> None:
    """Show all mistakes, the most confident first; a callback."""
    st.session_state.update(
        {
            "true": cell.ANY,
            "predicted": cell.ANY,
            "outcome": "wrong",
            "sort": SortKey.CONFIDENCE.value,
            "order": "highest first",
        }
    )
    cell.first_page()


def _draw_one(choice: Choice, chosen: Cell, order: _Order, page_key: str) -> None:
    scores = services.scores(choice.run.run_id, choice.epoch, choice.split)
    positions = rank_pictures(
        scores,
        true=chosen.true,
        predicted=chosen.predicted,
        outcome=order.outcome,
        sort=order.sort,
        ascending=order.ascending,
    )
    positions = keep_tagged(scores, positions, choice.split, order.tag)
    what = "picture" if len(positions) == 1 else "pictures"
    kind = "" if order.outcome == "all" else f", {order.outcome}"
    st.markdown(f"**{chosen.describe()}**{kind} · {count(len(positions))} {what}")
    if len(positions) == 0:
        nothing = "No picture falls into this cell." if order.tag is None else "None has this tag."
        st.info(nothing, icon=":material/thumb_up:")
        return
    tile = _NARROW_TILE if chosen.is_both else _TILE
    draw_pages(scores, positions, split=choice.split, page_key=page_key, tile=tile)


def draw_pages(  # noqa: PLR0913 - keyword-only, each a separate choice of the page
    scores: PictureScores,
    positions: npt.NDArray[np.int64],
    *,
    split: SplitName,
    page_key: str,
    page_size: int = PAGE_SIZE,
    tile: int = _TILE,
    notes: Sequence[str] = (),
) -> None:
    """Draw one page of some pictures and the picker of pages; a click opens a picture.

    Args:
        scores: What the tiles say.
        positions: Rows of `scores` to draw, in order; at least one.
        split: Which pictures they are.
        page_key: Name of the page picker and of its query parameter.
        page_size: Pictures on a page.
        tile: Width of a picture in pixels.
        notes: What stands below each of `positions` in place of the predicted class; none for all.
    """
    page = _page(page_key, pages=-(-len(positions) // page_size))
    shown = slice((page - 1) * page_size, page * page_size)
    draw_pictures(
        scores,
        positions[shown],
        split=split,
        key=f"gallery-{page_key}",
        on_pick=cell.open_picture,
        selected=cell.linked_picture(),
        tile=tile,
        notes=notes[shown],
    )


def _page(key: str, *, pages: int) -> int:
    """Draw the page picker and give the page; a link may name one that is not there."""
    if st.session_state.get(key, 1) > pages:
        st.session_state[key] = pages
    if pages == 1:
        return 1
    return st.pagination(pages, key=key, bind="query-params")
