"""Names of runs: text to show, never a path."""

import unicodedata
from typing import Final

MAX_NAME_LENGTH: Final = 80

_BIDI_CONTROLS: Final = {
    *"\u061c\u200e\u200f",
    *(chr(c) for c in range(0x202A, 0x202F)),
    *(chr(c) for c in range(0x2066, 0x206A)),
}
"""Characters that reorder the text around them (Unicode, UAX 9)."""


def clean_name(text: str) -> str:
    """Give a name that can be shown anywhere: one line, no control characters, 80 at most."""
    normal = unicodedata.normalize("NFC", text)
    kept = "".join(
        " " if c.isspace() else c
        for c in normal
        if c.isspace()
        or (unicodedata.category(c) not in {"Cc", "Cs", "Co", "Cn"} and c not in _BIDI_CONTROLS)
    )
    return " ".join(kept.split())[:MAX_NAME_LENGTH].strip()
