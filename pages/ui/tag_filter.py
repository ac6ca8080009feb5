"""The choice of a tag above a gallery: keeps the pictures that people have put it on."""

from typing import Final

import numpy as np
import numpy.typing as npt
import streamlit as st

from fashion_core.analysis.scores import PictureScores
from fashion_core.runs.data_notes import DataNote, Picture
from pages.ui import cell
from pages.ui.data_notes import known_notes
from pages.ui.services import SplitName

_KEY: Final = "picture-tag"
_ANY: Final = "any tag"


def draw_tag_filter(split: SplitName) -> str | None:
    """Draw the choice of a tag where some picture of the split has one, and give it."""
    tags: dict[str, str] = {}
    for note in _noted_pictures(split):
        for tag in note.tags:
            tags.setdefault(tag.casefold(), tag)
    if not tags:
        return None
    if st.session_state.get(_KEY) not in tags.values():
        st.session_state[_KEY] = _ANY  # the last picture that had it has lost it
    options = [_ANY, *(tags[name] for name in sorted(tags))]
    chosen = st.selectbox(
        "Pictures tagged", options, key=_KEY, on_change=cell.first_page, width=240
    )
    return None if chosen == _ANY else chosen


def keep_tagged(
    scores: PictureScores, positions: npt.NDArray[np.int64], split: SplitName, tag: str | None
) -> npt.NDArray[np.int64]:
    """Give the positions whose picture has a tag, in their order; all of them for None."""
    if tag is None:
        return positions
    tagged = [
        note.about.image_id
        for note in _noted_pictures(split)
        if tag.casefold() in {each.casefold() for each in note.tags}
    ]
    return positions[np.isin(scores.image_ids[positions], tagged)]


def _noted_pictures(split: SplitName) -> list[DataNote]:
    return [
        note
        for note in known_notes()
        if isinstance(note.about, Picture) and note.about.split == split
    ]
