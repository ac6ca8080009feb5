"""Names, notes and tags of runs: text to show, never a path."""

import unicodedata
from collections.abc import Iterable
from typing import Final

MAX_NAME_LENGTH: Final = 80
MAX_NOTE_LENGTH: Final = 2_000  # about a page
MAX_TAG_LENGTH: Final = 30
MAX_TAGS: Final = 20
_LOOK: Final = 20  # times the length that is kept: a megabyte of anything costs no second

_BIDI_CONTROLS: Final = {
    *"\u061c\u200e\u200f",
    *(chr(c) for c in range(0x202A, 0x202F)),
    *(chr(c) for c in range(0x2066, 0x206A)),
}
"""Characters that reorder the text around them (Unicode, UAX 9)."""


def clean_name(text: str) -> str:
    """Give a name that can be shown anywhere: one line, no control characters, 80 at most."""
    return clean_line(text, max_length=MAX_NAME_LENGTH)


def clean_note(text: str) -> str:
    """Give a note that can be shown anywhere: lines without control characters, 2,000 at most."""
    lines = (
        clean_line(line, max_length=MAX_NOTE_LENGTH)
        for line in text[: _LOOK * MAX_NOTE_LENGTH].splitlines()
    )
    return "\n".join(lines).strip()[:MAX_NOTE_LENGTH].strip()


def clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Give tags in their order: one line of 30 at most each, none empty, none twice.

    Large and small letters make no difference; the first spelling is kept.
    """
    first: dict[str, str] = {}
    for tag in tags:
        cleaned = clean_line(tag, max_length=MAX_TAG_LENGTH)
        first.setdefault(cleaned.casefold(), cleaned)
    first.pop("", None)
    return tuple(first.values())


def clean_line(text: str, *, max_length: int) -> str:
    """Give a text in one line without control characters, cut to a number of characters."""
    normal = unicodedata.normalize("NFC", text[: _LOOK * max_length])
    kept = "".join(
        " " if c.isspace() else c
        for c in normal
        if c.isspace()
        or (unicodedata.category(c) not in {"Cc", "Cs", "Co", "Cn"} and c not in _BIDI_CONTROLS)
    )
    return " ".join(kept.split())[:max_length].strip()
