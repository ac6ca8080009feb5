"""The pictures that became right and those that became wrong at the chosen epoch."""

from typing import Final

import numpy as np
import numpy.typing as npt
import streamlit as st

from fashion_core.analysis.changes import SIDES, Side, changed_pictures
from fashion_core.analysis.formatting import count
from fashion_core.analysis.scores import PictureScores
from fashion_core.classes import CLASS_NAMES
from pages.ui import services
from pages.ui.cell import Cell
from pages.ui.choice import Choice
from pages.ui.paged_gallery import draw_pages
from pages.ui.services import SplitName

_OPEN: Final = "changed"  # session state and query parameter: are the galleries open?
_WAS_OPENED: Final = "changed-was-opened"
_TITLE: Final = "What changed at this epoch?"  # one that changes would make all of it anew
_PAGE_SIZE: Final = 24  # two galleries share the width
_TITLES: Final[dict[Side, str]] = {
    "fixed": ":material/check: Became right",
    "broken": ":material/close: Became wrong",
}


def draw_changed(choice: Choice, chosen: Cell, *, before: int | None) -> None:
    """Draw what opens both galleries against the epoch before, and them when it is open.

    Closed at first, for a click on a cell is answered a quarter sooner without them; the first
    move of the slider of epochs opens them.

    Args:
        choice: What the visitor looks at.
        chosen: The cell of the matrix; of one on the diagonal only the true class counts.
        before: The stored epoch before the chosen one, or None if there is none.
    """
    if before is None:
        return
    drawer = st.expander(
        _TITLE, key=_OPEN, on_change="rerun", bind="query-params", icon=":material/difference:"
    )
    if drawer.open:
        with drawer:
            _draw_both(choice, chosen, before)


def _draw_both(choice: Choice, chosen: Cell, before: int) -> None:
    st.caption(
        f"{chosen.describe()}, epoch {choice.epoch} against epoch {before}. Those in which the "
        "probability of the true class moved most come first."
    )
    first, second = (
        services.scores(choice.run.run_id, epoch, choice.split) for epoch in (before, choice.epoch)
    )
    predicted = None if chosen.predicted == chosen.true else chosen.predicted
    for column, side in zip(st.columns(2, gap="large"), SIDES, strict=True):
        positions = changed_pictures(first, second, side, true=chosen.true, predicted=predicted)
        with column:
            _draw_side(side, positions, (first, second), choice.split)


def open_once() -> None:
    """Open the galleries, the first time in a session; a callback. Who closes them is heard."""
    if not st.session_state.get(_WAS_OPENED):
        st.session_state[_WAS_OPENED] = st.session_state[_OPEN] = True


def _draw_side(
    side: Side,
    positions: npt.NDArray[np.int64],
    scores: tuple[PictureScores, PictureScores],
    split: SplitName,
) -> None:
    what = "picture" if len(positions) == 1 else "pictures"
    st.markdown(f"**{_TITLES[side]}** · {count(len(positions))} {what}")
    if len(positions) == 0:
        st.info("No picture here.", icon=":material/filter_none:")
        return
    first, second = scores
    earlier = [f"was {CLASS_NAMES[label]}" for label in first.predictions[positions]]
    draw_pages(
        second,
        positions,
        split=split,
        page_key=f"page-{side}",
        page_size=_PAGE_SIZE,
        notes=earlier if side == "fixed" else (),
    )
