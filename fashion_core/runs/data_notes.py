"""What people say about pictures and confusions of the data set, whatever the run."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal, get_args

from fashion_core.errors import StoreError
from fashion_core.runs.line_file import LineFile
from fashion_core.runs.names import MAX_TAGS, clean_note, clean_tags

NOTE_FILE: Final = "data-notes.jsonl"
MAX_BYTES: Final = 16_000_000
"""20,000 pictures with a sentence and a tag each: 4 MB; a page each: room for 2,000 at least."""

NotedSplit = Literal["test", "validation"]
_CLASSES: Final = 10
_PICTURES: Final = 60_000  # of the file the validation pictures come from


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture of the data set.

    Attributes:
        split: Which pictures it is one of.
        image_id: Position in the split's source file.

    Raises:
        ValueError: if there can be no such picture.
    """

    split: NotedSplit
    image_id: int

    def __post_init__(self) -> None:
        if self.split not in get_args(NotedSplit):
            raise ValueError(f"Expected one of {get_args(NotedSplit)}, got {self.split!r}.")
        _check_whole("an image id", self.image_id, _PICTURES)

    def describe(self) -> str:
        """Name it in a sentence: "test picture 12"."""
        return f"{self.split} picture {self.image_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A confusion: one cell of the matrix off its diagonal.

    Attributes:
        true: True class, 0 to 9.
        predicted: Predicted class, another one.

    Raises:
        ValueError: if there can be no such confusion.
    """

    true: int
    predicted: int

    def __post_init__(self) -> None:
        _check_whole("a true class", self.true, _CLASSES)
        _check_whole("a predicted class", self.predicted, _CLASSES)
        if self.true == self.predicted:
            raise ValueError(f"Expected two different classes, got {self.true} twice.")

    def describe(self) -> str:
        """Name it in a sentence."""
        return "this confusion"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataNote:
    """What is said about a picture or a confusion; texts are cleaned when it is made.

    Attributes:
        about: The picture or the confusion.
        text: Text to show, may have several lines.
        tags: Words to find it by.

    Raises:
        ValueError: if there are more than 20 tags.
    """

    about: Picture | Pair
    text: str = ""
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", clean_note(self.text))
        object.__setattr__(self, "tags", clean_tags(self.tags))
        if len(self.tags) > MAX_TAGS:
            raise ValueError(f"Expected {MAX_TAGS} tags at most, got {len(self.tags)}.")

    @property
    def key(self) -> Picture | Pair:
        """Name what it is about."""
        return self.about

    @property
    def is_empty(self) -> bool:
        """Whether nothing is said."""
        return not self.text and not self.tags

    def to_dict(self) -> dict[str, Any]:
        """Give it as plain JSON types."""
        said = {"note": self.text, "tags": list(self.tags)}
        if isinstance(self.about, Picture):
            return {"split": self.about.split, "image_id": self.about.image_id, **said}
        return {"true": self.about.true, "predicted": self.about.predicted, **said}


Added = Mapping[Picture, tuple[str, ...]]
"""Tags that were put on pictures on which they were not before."""


class ChangedNoteError(StoreError):
    """Another window has changed the text since; `current` is what stands there now."""

    def __init__(self, current: DataNote) -> None:
        now = f"“{current.text}”" if current.text else "nothing"
        super().__init__(
            f"Another window has changed the note on {current.about.describe()}; it says {now} "
            "now. Yours is not saved yet: change it if you like, then save it again."
        )
        self.current = current


class DataNotes:
    """The notes in a store's folder; see `LineFile` for what happens to damage and at once.

    Args:
        root: Folder of the run store.

    Raises:
        StoreError: from every method, if the file cannot be read or written.
    """

    def __init__(self, root: Path) -> None:
        self._file = LineFile(
            root / NOTE_FILE, about="notes on pictures", parse=_parse, max_bytes=MAX_BYTES
        )

    def all(self) -> tuple[DataNote, ...]:
        """List all notes, the last written last; none of them is empty."""
        return self._file.facts()

    def of(self, about: Picture | Pair) -> DataNote:
        """Give what is said about a picture or a confusion; an empty note if nothing is."""
        notes = {note.about: note for note in self.all()}
        return notes.get(about, DataNote(about=about))

    def save(self, seen: DataNote, *, text: str, tags: Iterable[str]) -> DataNote:
        """Write down what was changed, and give what stands there then.

        Args:
            seen: What stood there when the change was begun.
            text: The whole text; empty to remove it.
            tags: All tags. Those that others have added or removed meanwhile stay so.

        Raises:
            ChangedNoteError: if the text was changed here and elsewhere; nothing is changed then.
            StoreError: if there would be more than 20 tags.
        """
        wanted = (clean_note(text), clean_tags(tags))
        saved = seen

        def edit(notes: Mapping[Hashable, DataNote]) -> dict[Hashable, DataNote]:
            nonlocal saved
            saved = _merged(notes.get(seen.about, DataNote(about=seen.about)), seen, *wanted)
            others = {about: note for about, note in notes.items() if about != seen.about}
            return others if saved.is_empty else others | {saved.about: saved}

        self._file.change(edit)
        return saved

    def add_tags(self, pictures: Iterable[Picture], tags: Iterable[str]) -> Added:
        """Put tags on many pictures at once, and give what was new on each.

        Raises:
            StoreError: if one of them would have more than 20 tags; nothing is changed then.
        """
        pictures, wanted = tuple(pictures), clean_tags(tags)
        added: dict[Picture, tuple[str, ...]] = {}

        def edit(notes: Mapping[Hashable, DataNote]) -> dict[Hashable, DataNote]:
            changed = dict(notes)
            for about in pictures:
                seen = changed.pop(about, DataNote(about=about))
                changed[about] = _merged(seen, seen, seen.text, (*seen.tags, *wanted))
                if new := changed[about].tags[len(seen.tags) :]:
                    added[about] = new
            return {about: note for about, note in changed.items() if not note.is_empty}

        self._file.change(edit)
        return added

    def remove_tags(self, added: Added) -> None:
        """Take off what `add_tags` has put on; texts and all other tags stay."""

        def edit(notes: Mapping[Hashable, DataNote]) -> dict[Hashable, DataNote]:
            changed = dict(notes)
            for about, tags in added.items():
                if about in changed:
                    changed[about] = _without(changed[about], tags)
            return {about: note for about, note in changed.items() if not note.is_empty}

        self._file.change(edit)

    def version(self) -> tuple[int, ...]:
        """Give what is another after every change; cheap."""
        return self._file.version()

    def damaged_copies(self) -> tuple[Path, ...]:
        """List the damaged files that were kept; whoever deletes one has seen it."""
        return self._file.damaged_copies()


def _merged(current: DataNote, seen: DataNote, text: str, tags: tuple[str, ...]) -> DataNote:
    """Apply the changes made since a note was seen to what it is now.

    Raises:
        ChangedNoteError: if the text was changed in both.
        StoreError: if there would be more than 20 tags.
    """
    if text not in {seen.text, current.text} and current.text != seen.text:
        raise ChangedNoteError(current)
    kept = {tag.casefold() for tag in tags}
    known = {tag.casefold() for tag in seen.tags}
    stay = [tag for tag in current.tags if tag.casefold() in kept or tag.casefold() not in known]
    merged = clean_tags([*stay, *(tag for tag in tags if tag.casefold() not in known)])
    if len(merged) > MAX_TAGS:
        raise StoreError(f"There are {MAX_TAGS} tags at most, these would be {len(merged)}.")
    new_text = current.text if text == seen.text else text
    return DataNote(about=current.about, text=new_text, tags=merged)


def _without(note: DataNote, tags: Iterable[str]) -> DataNote:
    gone = {tag.casefold() for tag in tags}
    return replace(note, tags=tuple(tag for tag in note.tags if tag.casefold() not in gone))


def _parse(values: dict[str, Any]) -> DataNote:
    """Make a note of the object of a line.

    Raises:
        ValueError: if a value has no sense, or nothing is said.
        TypeError: if a text is none.
        KeyError: if a field is missing.
    """
    text, tags = values["note"], values["tags"]
    if not isinstance(text, str) or not isinstance(tags, list):
        raise TypeError("Expected a text and a list of tags.")
    if not all(isinstance(tag, str) for tag in tags):
        raise TypeError("Expected tags to be texts.")
    names = set(values) - {"note", "tags"}
    about: Picture | Pair
    if names == {"split", "image_id"}:
        about = Picture(split=values["split"], image_id=values["image_id"])
    elif names == {"true", "predicted"}:
        about = Pair(true=values["true"], predicted=values["predicted"])
    else:
        raise ValueError(f"Expected a picture or two classes, got {sorted(names)}.")
    note = DataNote(about=about, text=text, tags=tuple(tags))
    if note.is_empty:
        raise ValueError("Expected a text or a tag, got neither.")
    return note


def _check_whole(what: str, value: object, limit: int) -> None:
    """Refuse what is no place in a list.

    Raises:
        ValueError: if it is not a whole number from 0 to the limit, which is left out.
    """
    if type(value) is not int or not 0 <= value < limit:
        raise ValueError(f"Expected {what} from 0 to {limit - 1}, got {value!r}.")
