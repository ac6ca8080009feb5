"""What the pictures of a gallery are sorted by: chosen above it, bound to the link."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import streamlit as st

from fashion_core.analysis.ranking import SortKey, sort_pictures
from fashion_core.analysis.scores import PictureScores
from fashion_core.analysis.sort_values import describe_values
from pages.ui import cell
from pages.ui.choice import Choice
from pages.ui.services import SplitName
from pages.ui.sorting import DIRECTIONS, available_sorts, sort_values

SORT_KEY: Final = "sort"
_SORT_WIDTH: Final = 170  # pixels: the longest name of a sort fits
_ORDER_WIDTH: Final = 144
_HELP_SORTS: Final = (
    "Confidence: probability of the predicted class. Loss: surprise at the true class. Margin: "
    "lead of the predicted class over the next. Learned for good: the epoch from which on the "
    "answer is right at every epoch of the run. Times forgotten: epochs with a wrong answer right "
    "after one with a right answer."
)
_HELP_VOTES: Final = " People disagree: share of people's votes that are not for the label."
_WITHOUT_VALUE: Final = {
    SortKey.LEARNED: "Never right for good: wrong at the last epoch, and taken to be learned "
    "after it.",
    SortKey.FORGOTTEN: "Never learned: not right at any epoch, so there was nothing to forget; "
    "these come last in both orders.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What was chosen.

    Attributes:
        sort: What decides the order, or None for the gallery's own.
        ascending: Whether the lowest value comes first.
    """

    sort: SortKey | None
    ascending: bool

    def describe(self) -> str:
        """Say which pictures come first; nothing for the gallery's own order."""
        return "" if self.sort is None else self.sort.describe_order(ascending=self.ascending)

    def arrange(
        self, choice: Choice, scores: PictureScores, positions: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.int64], list[str]]:
        """Put pictures into this order, and write the value of each; none in its own order.

        Args:
            choice: The run whose epochs count, and the split.
            scores: What an epoch says.
            positions: Rows of `scores` in the gallery's own order, int64 of shape (M,).
        """
        if self.sort is None:
            return positions, []
        values = sort_values(choice.run, choice.split, self.sort)
        arranged = sort_pictures(
            scores, positions, sort=self.sort, values=values, ascending=self.ascending
        )
        return arranged, describe_values(scores, arranged, self.sort, values)


def draw_order(
    split: SplitName, *, own: str | None = None, default: SortKey = SortKey.CONFIDENCE
) -> Order:
    """Draw what to sort by and the direction, and give them.

    Args:
        split: Which pictures.
        own: Words for the gallery's own order, if it has one; it is the first choice then.
        default: What else is chosen first.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", width="content"):
        sort = _sort(split, own, default)
        if sort is None:
            return Order(sort=None, ascending=False)
        direction = st.selectbox(
            "Order",
            list(DIRECTIONS),
            key="order",
            bind="query-params",
            on_change=cell.first_page_if_changed("order"),
            width=_ORDER_WIDTH,
        )
    if sort in _WITHOUT_VALUE:
        st.caption(_WITHOUT_VALUE[sort])
    return Order(sort=sort, ascending=DIRECTIONS[direction])


def _sort(split: SplitName, own: str | None, default: SortKey) -> SortKey | None:
    sorts = available_sorts(split)
    options = [*sorts] if own is None else [own, *sorts]
    first = default.value if own is None else own
    _leave_missing(options, first)
    name = st.selectbox(
        "Sort by",
        options,
        index=options.index(first),
        key=SORT_KEY,
        bind="query-params",
        on_change=cell.first_page_if_changed(SORT_KEY),
        width=_SORT_WIDTH,
        help=_HELP_SORTS + (_HELP_VOTES if SortKey.DISAGREEMENT.value in sorts else ""),
    )
    return sorts.get(name)


def _leave_missing(options: list[str], first: str) -> None:
    """Choose what is there if it is something else, and say so where the votes are missing."""
    wanted = st.session_state.get(SORT_KEY, st.query_params.get(SORT_KEY))
    if wanted in options:
        return
    if wanted == SortKey.DISAGREEMENT.value:
        st.warning(
            "Only test pictures that people voted on can be sorted by how many disagree. "
            f"Sorted by {first}."
        )
    if SORT_KEY in st.session_state:
        st.session_state[SORT_KEY] = first
