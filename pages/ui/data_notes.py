"""Notes and tags on a picture or a confusion, to read and to write."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import streamlit as st

from fashion_core.errors import FashionError, StoreError
from fashion_core.runs.data_notes import (
    ChangedNoteError,
    DataNote,
    DataNotes,
    Pair,
    Picture,
)
from fashion_core.runs.names import MAX_NOTE_LENGTH, MAX_TAGS
from pages.ui import services
from pages.ui.literal import literal
from pages.ui.services import SplitName

_NEWS: Final = "data-note-news"


def draw_picture_note(image_id: int, *, split: SplitName) -> None:
    """Draw what is said about a picture, to read and to change.

    For visitors who only watch: nothing where nothing is said.
    """
    about = Picture(split=split, image_id=image_id)
    if services.is_read_only() and not _has_note(about):
        return
    st.divider()
    _draw(about, "Note on this picture, whatever the run")


def draw_pair_note(*, true: int, predicted: int, label: str) -> None:
    """Draw a button that opens what is said about a confusion.

    For visitors who only watch: nothing where nothing is said.

    Args:
        true: True class.
        predicted: Predicted class, another one.
        label: What the button says.
    """
    about = Pair(true=true, predicted=predicted)
    has_note = _has_note(about)
    if services.is_read_only() and not has_note:
        return
    icon = ":material/sticky_note_2:" if has_note else ":material/note_add:"
    with st.popover(label, icon=icon, type="tertiary", key=f"note-box-{true}-{predicted}"):
        _draw(about, "Note on this confusion, whatever the run")


def _has_note(about: Picture | Pair) -> bool:
    return any(note.about == about for note in known_notes())


def read_notes() -> tuple[DataNote, ...]:
    """Give all notes, read again only when the file has changed: every click asks.

    Raises:
        StoreError: if they cannot be read.
    """
    return _read(str(services.store().root), notes_store().version())


def known_notes() -> tuple[DataNote, ...]:
    """Give all notes; none if they cannot be read, which the form says where one is written."""
    try:
        return read_notes()
    except StoreError:
        return ()


def notes_store() -> DataNotes:
    """Give the notes of this server's store."""
    return DataNotes(services.store().root)


@st.cache_resource(show_spinner=False, max_entries=1)
def _read(root: str, version: tuple[int, ...]) -> tuple[DataNote, ...]:
    return DataNotes(Path(root)).all()


def _draw(about: Picture | Pair, title: str) -> None:
    """Draw the form, filled with what stands there, or why it cannot be read."""
    name = _name(about)
    _say_news(name)
    try:
        notes = {note.about: note for note in read_notes()}
    except FashionError as error:
        st.error(literal(str(error)), icon=":material/error:")
        return
    _say_damage()
    now = notes.get(about, DataNote(about=about))
    if services.is_read_only():
        _say(now)
        return
    keys = _follow(name, now)
    with st.form(f"{name}-form", border=False):
        st.text_area(title, key=keys["text"], max_chars=MAX_NOTE_LENGTH, height=90)
        st.multiselect(
            "Tags",
            list(dict.fromkeys(tag for note in notes.values() for tag in note.tags)),
            key=keys["tags"],
            accept_new_options=True,
            max_selections=MAX_TAGS,
            placeholder="Choose or type a new one",
        )
        st.form_submit_button("Save note", icon=":material/save:", on_click=_save, args=(name,))


def _say(note: DataNote) -> None:
    """Draw what somebody has said, for those who only watch."""
    if note.text:
        st.markdown(literal(note.text))
    if note.tags:
        st.markdown(" ".join(f":gray-badge[{literal(tag)}]" for tag in note.tags))


def _follow(name: str, now: DataNote) -> dict[str, str]:
    """Fill the form with what stands there, unless something in it is not saved yet."""
    keys, seen_key = _keys(name), f"{name}-seen"
    seen: DataNote | None = st.session_state.get(seen_key)
    is_drawn = all(key in st.session_state for key in keys.values())
    is_touched = is_drawn and seen is not None and _typed(name) != (seen.text, list(seen.tags))
    if seen is None or not is_touched:
        st.session_state[seen_key] = now
        st.session_state[keys["text"]] = now.text
        st.session_state[keys["tags"]] = list(now.tags)
    return keys


def _save(name: str) -> None:
    """Write down what was changed in the form; a callback."""
    text, tags = _typed(name)
    seen_key = f"{name}-seen"
    try:
        services.check_writable()
        saved = notes_store().save(st.session_state[seen_key], text=text, tags=tags)
    except ChangedNoteError as error:
        # Pressed again, it replaces the text that is told now; tags were not told.
        st.session_state[seen_key] = replace(st.session_state[seen_key], text=error.current.text)
        _tell(name, str(error), is_done=False)
    except FashionError as error:
        _tell(name, str(error), is_done=False)
    else:
        st.session_state[seen_key] = saved
        st.session_state[_keys(name)["text"]] = saved.text
        st.session_state[_keys(name)["tags"]] = list(saved.tags)
        _tell(name, "Saved.", is_done=True)


def _say_news(name: str) -> None:
    """Say once what became of the last press of the button."""
    news = st.session_state.get(_NEWS)
    if news is None or news["name"] != name:
        return
    del st.session_state[_NEWS]
    if news["is_done"]:
        st.success(news["text"], icon=":material/check:")
    else:
        st.error(literal(news["text"]), icon=":material/error:")


def _say_damage() -> None:
    """Say that notes were lost to damage, as long as the damaged file is kept."""
    if copies := notes_store().damaged_copies():
        st.warning(
            "The file of notes was damaged. What could be read is here; the damaged file is kept "
            f"as {literal(str(copies[-1]))}. Delete it when you have seen it.",
            icon=":material/broken_image:",
        )


def _tell(name: str, text: str, *, is_done: bool) -> None:
    st.session_state[_NEWS] = {"name": name, "text": text, "is_done": is_done}


def _typed(name: str) -> tuple[str, list[str]]:
    keys = _keys(name)
    return st.session_state[keys["text"]], list(st.session_state[keys["tags"]])


def _keys(name: str) -> dict[str, str]:
    return {part: f"{name}-{part}" for part in ("text", "tags")}


def _name(about: Picture | Pair) -> str:
    """Give the name of the form in the session."""
    if isinstance(about, Picture):
        return f"note-{about.split}-{about.image_id}"
    return f"note-pair-{about.true}-{about.predicted}"
