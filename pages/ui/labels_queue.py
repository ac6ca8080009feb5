"""The list of suspicious labels: its order, which of them are left, and the one in question."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import streamlit as st

from fashion_core.analysis.formatting import count
from fashion_core.analysis.label_belief import LabelSort, rank_labels
from fashion_core.classes import CLASS_NAMES
from pages.ui import cell, labels_decide, services
from pages.ui.choice import Choice
from pages.ui.labels_data import Decided, Weighed, position_of
from pages.ui.paged_gallery import draw_pages

_OPEN: Final = "to decide"
_DECIDED: Final = "decided"
_SORTS: Final = {key.label: key for key in LabelSort}
_PAGE_SIZE: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """The labels that are listed.

    Attributes:
        positions: Rows of the split's arrays, the most suspicious label first, int64.
        image_ids: Image ids of the same pictures, int64.
        is_open: Whether these are the undecided ones.
    """

    positions: npt.NDArray[np.int64]
    image_ids: npt.NDArray[np.int64]
    is_open: bool

    def rank(self, image_id: int) -> int | None:
        """Give the place of a picture in the list, from 0; None if it is not in it."""
        found = np.flatnonzero(self.image_ids == image_id)
        return int(found[0]) if len(found) else None

    def following(self, image_id: int) -> int | None:
        """Give the picture to show after a decision; None to stay where one is.

        Among undecided ones it is the next in the list, after the last one the one before.
        """
        rank = self.rank(image_id)
        if not self.is_open or len(self.image_ids) == 0 or rank is None:
            return None
        if rank + 1 < len(self.image_ids):
            return int(self.image_ids[rank + 1])
        return int(self.image_ids[rank - 1]) if rank else None


def draw_pickers(choice: Choice, weighed: Weighed, decided: Decided) -> Queue:
    """Draw which labels to list and in which order, and give them."""
    shown = st.segmented_control(
        "Labels",
        [_OPEN, _DECIDED],
        default=_OPEN,
        required=True,
        key="labels",
        bind="query-params",
        on_change=_start_anew,
    )
    sort = st.selectbox(
        "Most suspicious by",
        list(_SORTS),
        key="suspicion",
        bind="query-params",
        on_change=_start_anew,
        width=360,
        help="The mean probability finds labels that were never believed; the mean loss, "
        "labels that were denied with great certainty at least for some epochs.",
    )
    source = services.pictures(choice.split)
    ranked = rank_labels(weighed.belief, image_ids=source.image_ids, by=_SORTS[sort])
    is_decided = np.isin(source.image_ids[ranked], list(decided.here))
    positions = ranked[is_decided == (shown == _DECIDED)]
    return Queue(positions=positions, image_ids=source.image_ids[positions], is_open=shown == _OPEN)


def current(queue: Queue, choice: Choice) -> int | None:
    """Give the position of the picture in question: the linked one, else the first listed."""
    position = position_of(choice.split, cell.linked_picture())
    if position is None and len(queue.positions):
        position = int(queue.positions[0])
        cell.open_picture(int(queue.image_ids[0]))
    return position


def draw_list(choice: Choice, weighed: Weighed, decided: Decided, queue: Queue) -> None:
    """Draw the listed pictures, a page of them; a click puts one in question."""
    what = "label" if len(queue.positions) == 1 else "labels"
    kind = "to decide about" if queue.is_open else "decided about"
    st.markdown(f"**{count(len(queue.positions))} {what} {kind}**")
    if len(queue.positions) == 0:
        text = "You have decided about every label." if queue.is_open else "Nothing decided yet."
        st.info(text, icon=":material/rule:")
        return
    st.caption(
        "Above the picture its label, below the "
        + ("class the run suggests" if queue.is_open else "decision")
        + f". Frame and bar: whether epoch {choice.epoch} agrees with the label, and how sure "
        "it is of its answer."
    )
    draw_pages(
        services.scores(choice.run.run_id, choice.epoch, choice.split),
        queue.positions,
        split=choice.split,
        page_key="page",
        page_size=_PAGE_SIZE,
        notes=_notes(weighed, decided, queue),
    )


def _notes(weighed: Weighed, decided: Decided, queue: Queue) -> Sequence[str]:
    if queue.is_open:
        return [f"or {CLASS_NAMES[c]}?" for c in weighed.belief.suggested[queue.positions]]
    return [labels_decide.describe(decided.here[int(i)]) for i in queue.image_ids]


def _start_anew() -> None:
    """Go to the first page and put its first picture in question; a callback."""
    cell.first_page()
    cell.close_picture()
