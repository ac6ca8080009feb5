"""A tag for all pictures of a gallery at once, with a way back."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import streamlit as st

from fashion_core.analysis.formatting import count
from fashion_core.errors import FashionError
from fashion_core.runs.data_notes import Added, Picture
from pages.ui import services
from pages.ui.data_notes import known_notes, notes_store
from pages.ui.literal import literal
from pages.ui.services import SplitName

_NEWS: Final = "tag-many-news"

Shown = tuple[SplitName, tuple[int, ...]]
"""All pictures of a gallery: their split and their image ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _News:
    """What became of the last press of the button; `added` can be taken off again."""

    shown: Shown
    text: str
    is_error: bool = False
    added: Added | None = None


def draw_tag_many(image_ids: npt.NDArray[np.int64], *, split: SplitName, key: str) -> None:
    """Draw a button that opens the choice of a tag; nothing for visitors who only watch.

    Args:
        image_ids: The pictures, all pages of them, integer of shape (M,).
        split: Which pictures they are.
        key: Name of the gallery, one per gallery of a page.
    """
    if services.is_read_only() or len(image_ids) == 0:
        return
    shown: Shown = (split, tuple(image_ids.tolist()))
    all_of_them = describe_pictures(len(image_ids))
    with st.popover("Tag all", icon=":material/new_label:", type="tertiary", key=f"tag-box-{key}"):
        known = [tag for note in known_notes() for tag in note.tags]
        st.selectbox(
            "Tag",
            list(dict.fromkeys(known)),
            index=None,
            key=f"tag-many-{key}",
            accept_new_options=True,
            placeholder="Choose or type a new one",
            help="It stays on the pictures whatever the run. The pictures of Confusions can be "
            "filtered by it.",
        )
        st.button(
            f"Put on {all_of_them}",
            key=f"tag-many-{key}-add",
            on_click=_add,
            args=(key, shown),
        )
        _say_news(key, shown)


def describe_pictures(number: int) -> str:
    """Name all pictures of a gallery: "this picture", "these 98 pictures"."""
    return "this picture" if number == 1 else f"these {count(number)} pictures"


def _add(key: str, shown: Shown) -> None:
    """Put the chosen tag on the pictures; a callback."""
    tag = st.session_state[f"tag-many-{key}"]
    if not tag:
        _tell(_News(shown=shown, text="Choose a tag, or type one, first.", is_error=True))
        return
    split, image_ids = shown
    pictures = [Picture(split=split, image_id=image_id) for image_id in image_ids]
    try:
        services.check_writable()
        added = notes_store().add_tags(pictures, [tag])
    except FashionError as error:
        _tell(_News(shown=shown, text=str(error), is_error=True))
        return
    st.session_state[f"tag-many-{key}"] = None
    had = len(pictures) - len(added)
    text = f"Tagged {count(len(added))}." + (f" {count(had)} had it already." if had else "")
    _tell(_News(shown=shown, text=text, added=added))


def _undo(news: _News) -> None:
    """Take off what was put on; a callback."""
    try:
        services.check_writable()
        notes_store().remove_tags(news.added or {})
    except FashionError as error:
        _tell(replace(news, text=str(error), is_error=True))
        return
    _tell(replace(news, text="Taken off again.", added=None))


def _tell(news: _News) -> None:
    st.session_state[_NEWS] = news


def _say_news(key: str, shown: Shown) -> None:
    """Say what became of the last press while its pictures are shown, and offer the way back."""
    news: _News | None = st.session_state.get(_NEWS)
    if news is None or news.shown != shown:
        return
    if news.is_error:
        st.error(literal(news.text), icon=":material/error:")
    else:
        st.success(news.text, icon=":material/check:")
    if news.added:
        st.button("Undo", key=f"tag-many-{key}-undo", on_click=_undo, args=(news,))
