"""A tag for all pictures of a gallery at once, or for the chosen ones, with a way back."""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import streamlit as st

from fashion_core.analysis.formatting import count
from fashion_core.errors import FashionError
from fashion_core.runs.data_notes import Added, Picture
from pages.ui import services
from pages.ui.chosen_pictures import Choosing
from pages.ui.data_notes import known_notes, notes_store
from pages.ui.literal import literal
from pages.ui.services import SplitName

_NEWS: Final = "tag-many-news"

Shown = tuple[SplitName, tuple[int, ...]]
"""The pictures of a gallery, or the chosen ones: their split and their image ids, sorted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _News:
    """What became of the last press of the button; `added` can be taken off again.

    It is said in the box of the same pictures; of chosen ones, in the box of their gallery, so that
    it outlasts the next click.
    """

    about: Hashable
    text: str
    is_error: bool = False
    added: Added | None = None


def draw_tag_many(gallery: Choosing | None) -> None:
    """Draw a button that opens the choice of a tag for all; nothing while pictures are chosen."""
    if gallery is not None and not gallery.is_on:
        image_ids = tuple(np.sort(gallery.image_ids).tolist())
        _draw_box("Tag all", image_ids, gallery, about=(gallery.split, image_ids))


def draw_tag_chosen(gallery: Choosing | None) -> None:
    """Draw the same for the chosen pictures, and a way to choose none; nothing while none can be.

    Args:
        gallery: All its pictures and the chosen ones; None for visitors who only watch.
    """
    if gallery is None or not gallery.is_on:
        return
    chosen = gallery.chosen
    row = st.container(
        horizontal=True,
        width="content",
        vertical_alignment="center",
        key=f"chosen-row-{gallery.key}",
    )
    with row:
        label = f"Tag {count(len(chosen))} chosen"
        _draw_box(label, chosen, gallery, about=("chosen", gallery.of))
        st.button(
            "Choose none",
            key=f"choose-none-{gallery.key}",
            type="tertiary",
            disabled=not chosen,
            on_click=gallery.clear,
        )


def _draw_box(
    label: str, image_ids: tuple[int, ...], gallery: Choosing, *, about: Hashable
) -> None:
    """Draw a button that opens the choice of a tag for some pictures of a gallery."""
    key, shown = gallery.key, (gallery.split, image_ids)
    with st.popover(
        label,
        icon=":material/new_label:",
        type="tertiary",
        key=f"tag-box-{key}",
        disabled=not image_ids,
    ):
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
            f"Put on {describe_pictures(len(image_ids))}",
            key=f"tag-many-{key}-add",
            on_click=_add,
            args=(key, shown, about),
        )
        _say_news(key, about)


def describe_pictures(number: int) -> str:
    """Name some pictures: "this picture", "these 98 pictures"."""
    return "this picture" if number == 1 else f"these {count(number)} pictures"


def _add(key: str, shown: Shown, about: Hashable) -> None:
    """Put the chosen tag on the pictures; a callback."""
    tag = st.session_state[f"tag-many-{key}"]
    if not tag:
        _tell(_News(about=about, text="Choose a tag, or type one, first.", is_error=True))
        return
    split, image_ids = shown
    pictures = [Picture(split=split, image_id=image_id) for image_id in image_ids]
    try:
        services.check_writable()
        added = notes_store().add_tags(pictures, [tag])
    except FashionError as error:
        _tell(_News(about=about, text=str(error), is_error=True))
        return
    st.session_state[f"tag-many-{key}"] = None
    had = len(pictures) - len(added)
    text = f"Tagged {count(len(added))}." + (f" {count(had)} had it already." if had else "")
    _tell(_News(about=about, text=text, added=added))


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


def _say_news(key: str, about: Hashable) -> None:
    """Say what became of the last press while its pictures are shown, and offer the way back."""
    news: _News | None = st.session_state.get(_NEWS)
    if news is None or news.about != about:
        return
    if news.is_error:
        st.error(literal(news.text), icon=":material/error:")
    else:
        st.success(news.text, icon=":material/check:")
    if news.added:
        st.button("Undo", key=f"tag-many-{key}-undo", on_click=_undo, args=(news,))
