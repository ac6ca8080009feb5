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

_OPEN: Final = "to decide"  # of those the run doubts
_ALL: Final = "all undecided"
_DECIDED: Final = "decided"
_NONE: Final = {
    _OPEN: "You have decided about every label that the network doubts: you can stop here.",
    _ALL: "You have decided about every label.",
    _DECIDED: "Nothing decided yet.",
}
"""What is said where no label is listed."""
_BELOW: Final = {
    _OPEN: "class the run suggests",
    _ALL: "class the run suggests, if it doubts the label",
    _DECIDED: "decision",
}
"""What stands below each picture."""
_SORTS: Final = {key.label: key for key in LabelSort}
_PAGE_SIZE: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """The labels that are listed.

    Attributes:
        positions: Rows of the split's arrays, the most suspicious label first, int64.
        image_ids: Image ids of the same pictures, int64.
        kind: Which labels they are: one of the choices on the page.
    """

    positions: npt.NDArray[np.int64]
    image_ids: npt.NDArray[np.int64]
    kind: str

    @property
    def is_open(self) -> bool:
        """Whether these are undecided ones."""
        return self.kind != _DECIDED

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
    """Draw which labels to list and in which order, and give them.

    By default the undecided ones that the run doubts: a list that has an end.
    """
    kind = st.segmented_control(
        "Labels",
        [_OPEN, _ALL, _DECIDED],
        default=_OPEN,
        required=True,
        key="labels",
        bind="query-params",
        on_change=_start_anew,
        help="To decide: labels that the network believed less than another class. All undecided: "
        "those it agrees with, too.",
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
    is_listed = is_decided == (kind == _DECIDED)
    if kind == _OPEN:
        is_listed &= weighed.belief.is_doubted[ranked]
    positions = ranked[is_listed]
    return Queue(positions=positions, image_ids=source.image_ids[positions], kind=kind)


def current(queue: Queue, choice: Choice) -> int | None:
    """Give the position of the picture in question: the linked one, else the first listed."""
    position = position_of(choice.split, cell.linked_picture())
    if position is None and len(queue.positions):
        position = int(queue.positions[0])
        cell.open_picture(int(queue.image_ids[0]))
    return position


def draw_list(choice: Choice, weighed: Weighed, decided: Decided, queue: Queue) -> None:
    """Draw the listed pictures, a page of them; a click puts one in question."""
    st.markdown(_describe(weighed, queue))
    if len(queue.positions) == 0:
        st.info(_NONE[queue.kind], icon=":material/rule:")
        return
    st.caption(
        "Above the picture its label, below the "
        + _BELOW[queue.kind]
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
    if not queue.is_open:
        return [labels_decide.describe(decided.here[int(i)]) for i in queue.image_ids]
    belief = weighed.belief
    return [
        f"or {CLASS_NAMES[suggested]}?" if is_doubted else "believed"
        for suggested, is_doubted in zip(
            belief.suggested[queue.positions], belief.is_doubted[queue.positions], strict=True
        )
    ]


def _describe(weighed: Weighed, queue: Queue) -> str:
    """Count the labels that are listed, beside those that the answer of the page counts."""
    number = count(len(queue.positions))
    labels = "label" if len(queue.positions) == 1 else "labels"
    if queue.kind == _DECIDED:
        return f"**{number} {labels} decided about**"
    if queue.kind == _ALL:
        return f"**{number} undecided {labels}**, also those that the network agrees with"
    doubted = int(weighed.belief.is_doubted.sum())
    done = doubted - len(queue.positions)
    said = f" · {count(done)} of the {count(doubted)} decided" if done else ""
    return f"**{number} {labels} to decide about**{said}"


def _start_anew() -> None:
    """Go to the first page and put its first picture in question; a callback."""
    cell.first_page()
    cell.close_picture()
