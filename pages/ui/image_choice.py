"""Which picture the Image page explains, and the row of pictures that it steps through."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import streamlit as st

from fashion_core.analysis.ranking import Outcome, SortKey, rank_pictures
from fashion_core.analysis.scores import PictureScores
from fashion_core.classes import CLASS_NAMES
from pages.ui import cell
from pages.ui.cell import ANY
from pages.ui.services import SplitName

_SORTS: Final = {key.value: key for key in SortKey}
_OUTCOMES: Final[dict[str, Outcome]] = {"wrong": "wrong", "right": "right", "all": "all"}
_DIRECTIONS: Final = {"highest first": False, "lowest first": True}
_CLASSES: Final = {ANY: None, **{name: label for label, name in enumerate(CLASS_NAMES)}}
_SPLIT_BEFORE: Final = "image-split"  # that of the script run before this one


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The pictures that "next" leads through, in the words of the Confusions page's link.

    Attributes:
        true: True class, or None for any.
        predicted: Predicted class, or None for any.
        outcome: Which answers are kept.
        sort: What decides the order.
        ascending: Whether the lowest value comes first.
    """

    true: int | None = None
    predicted: int | None = None
    outcome: Outcome = "wrong"
    sort: SortKey = SortKey.LOSS
    ascending: bool = False

    @property
    def noun(self) -> str:
        """What one of its pictures is called."""
        is_pair = None not in {self.true, self.predicted} and self.true != self.predicted
        return "mistake" if is_pair or self.outcome == "wrong" else "picture"

    def positions(self, scores: PictureScores) -> npt.NDArray[np.int64]:
        """Give the positions of its pictures in their order, int64 of shape (M,)."""
        return rank_pictures(
            scores,
            true=self.true,
            predicted=self.predicted,
            outcome=self.outcome,
            sort=self.sort,
            ascending=self.ascending,
        )

    def describe(self) -> str:
        """Say in words which pictures they are, and in which order."""
        kinds = {"wrong": "all mistakes", "right": "all right answers", "all": "all pictures"}
        true, predicted = (
            "any class" if label is None else CLASS_NAMES[label]
            for label in (self.true, self.predicted)
        )
        is_cell = (self.true, self.predicted) != (None, None)
        kind = f"{true} → {predicted}" if is_cell else kinds[self.outcome]
        if is_cell and self.outcome != "all":
            kind = f"{kind}, {self.outcome}"
        return f"{kind}, {'lowest' if self.ascending else 'highest'} {self.sort.value} first"

    def link(self) -> dict[str, str]:
        """Give the query parameters of the row, also as the Confusions page understands them."""
        classes = {"true": self.true, "predicted": self.predicted}
        return {
            **{key: CLASS_NAMES[label] for key, label in classes.items() if label is not None},
            "outcome": self.outcome,
            "sort": self.sort.value,
            "order": "lowest first" if self.ascending else "highest first",
        }


def linked_row() -> Row:
    """Read the row from the link; a part that is unknown gets a sentence and its default."""
    true = _linked("true", _CLASSES, None)
    predicted = _linked("predicted", _CLASSES, None)
    is_cell = true is not None and predicted is not None
    return Row(
        true=true,
        predicted=predicted,
        outcome="all" if is_cell else _linked("outcome", _OUTCOMES, "wrong"),
        sort=_linked("sort", _SORTS, SortKey.LOSS),
        ascending=_linked("order", _DIRECTIONS, default=False),
    )


def pick_picture(scores: PictureScores, order: npt.NDArray[np.int64], *, split: SplitName) -> int:
    """Give the position of the picture of the link, or of the first one of the row.

    A number means another picture in the other split, so a change of split starts anew.

    Args:
        scores: What the chosen epoch says.
        order: Positions of the row, may be empty.
        split: The pictures looked at.
    """
    if st.session_state.get(_SPLIT_BEFORE, split) != split:
        cell.close_picture()
    st.session_state[_SPLIT_BEFORE] = split
    image_id = cell.linked_picture()
    found = np.flatnonzero(scores.image_ids == image_id)
    if len(found):
        return int(found[0])
    if "picture" in st.query_params:
        st.warning(f"{_what_is_wrong(scores, split)} Another one is shown.")
    position = int(order[0]) if len(order) else 0
    cell.open_picture(int(scores.image_ids[position]))
    return position


def _what_is_wrong(scores: PictureScores, split: SplitName) -> str:
    """Say which pictures a link may name."""
    ids = scores.image_ids
    limits = f"from {ids.min()} to {ids.max()}"
    if split == "test":
        return f"The link names a picture that is not here: test pictures have numbers {limits}."
    return (
        "The link names a picture that is not here: validation pictures have some of the numbers "
        f"{limits}; the other numbers are training pictures."
    )


def _linked(key: str, options: dict[str, Any], default: Any) -> Any:
    """Give what a query parameter stands for; remove one that is unknown, and say so."""
    text = st.query_params.get(key)
    if text is None or text in options:
        return default if text is None else options[text]
    del st.query_params[key]
    known = ", ".join(options)
    st.warning(f"The link has an unknown value for “{key}”. It can be: {known}.")
    return default
