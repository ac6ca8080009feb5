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

TAG_KEY: Final = "picture-tag"
_ANY: Final = "any tag"


def draw_tag_filter(split: SplitName) -> str | None:
    """Draw the choice of a tag where some picture of the split has one, and give it."""
    tags = known_tags(split)
    wanted = st.session_state.get(TAG_KEY, st.query_params.get(TAG_KEY, _ANY))
    if wanted not in {_ANY, *tags} and TAG_KEY in st.query_params:
        st.warning("The link names a tag that no picture here has. All are shown.")
    if not tags:
        st.query_params.pop(TAG_KEY, None)
        return None
    if TAG_KEY in st.session_state and wanted not in tags:
        st.session_state[TAG_KEY] = _ANY  # the last picture that had it has lost it
    chosen = st.selectbox(
        "Pictures tagged",
        [_ANY, *tags],
        key=TAG_KEY,
        bind="query-params",
        on_change=cell.first_page_if_changed(TAG_KEY),
    )
    return None if chosen == _ANY else chosen


def known_tags(split: SplitName) -> list[str]:
    """List the tags that pictures of a split have, each once however it is written."""
    tags: dict[str, str] = {}
    for note in _noted_pictures(split):
        for tag in note.tags:
            tags.setdefault(tag.casefold(), tag)
    return [tags[name] for name in sorted(tags)]


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
