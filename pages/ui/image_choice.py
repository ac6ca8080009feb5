"""Which picture the Image page explains, and the row of pictures that it steps through."""

import re
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import streamlit as st

from fashion_core.analysis.ranking import SortKey
from fashion_core.analysis.scores import PictureScores
from fashion_core.classes import CLASS_NAMES
from pages.ui import cell
from pages.ui.cell import ANY
from pages.ui.literal import literal
from pages.ui.picture_row import CONFIDENCE_KEY, EVERY_PERCENT, OUTCOMES, Row
from pages.ui.services import SplitName
from pages.ui.sorting import DIRECTIONS, available_sorts
from pages.ui.tag_filter import TAG_KEY, known_tags

_CLASSES: Final = {ANY: None, **{name: label for label, name in enumerate(CLASS_NAMES)}}
_SPLIT_BEFORE: Final = "image-split"  # that of the script run before this one


def linked_row(split: SplitName) -> Row:
    """Read the row from the link; a part that is unknown gets a sentence and its default.

    Args:
        split: The pictures looked at; not all can be sorted by people's votes.
    """
    true = _linked("true", _CLASSES, None)
    predicted = _linked("predicted", _CLASSES, None)
    is_cell = true is not None and predicted is not None
    return Row(
        true=true,
        predicted=predicted,
        outcome="all" if is_cell else _linked("outcome", OUTCOMES, "wrong"),
        confidence=_linked_confidence(),
        tag=_linked(TAG_KEY, {tag: tag for tag in known_tags(split)}, None),
        sort=_linked("sort", available_sorts(split), SortKey.LOSS),
        ascending=_linked("order", DIRECTIONS, default=False),
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
    known = literal(", ".join(options)) or "nothing yet"
    st.warning(f"The link has an unknown value for “{key}”. It can be: {known}.")
    return default


def _linked_confidence() -> tuple[int, int]:
    """Read the range of confidences from the link, two whole numbers of per cent."""
    limits = st.query_params.get_all(CONFIDENCE_KEY)
    if not limits:
        return EVERY_PERCENT
    if len(limits) == 2 and all(re.fullmatch("[0-9]{1,3}", limit) for limit in limits):
        low, high = sorted(map(int, limits))  # as on the Confusions page
        if high <= EVERY_PERCENT[1]:
            return low, high
    del st.query_params[CONFIDENCE_KEY]
    st.warning(
        f"The link has an unknown value for “{CONFIDENCE_KEY}”. It can be: two numbers from 0 to "
        "100, in per cent."
    )
    return EVERY_PERCENT
