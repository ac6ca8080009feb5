"""`annotations.json` in a run's folder: its name, note and tags, and whether it is in the trash.

It repeats what the database says, so that none of it is lost with the database. There is none as
long as nobody has changed anything.
"""

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from fashion_core.errors import DamagedFileError
from fashion_core.files import write_atomically
from fashion_core.runs.names import MAX_TAGS, clean_name, clean_note, clean_tags

ANNOTATION_FILE: Final = "annotations.json"
_MAX_BYTES: Final = 65_536  # the longest note, name and tags, every character escaped: 34 kB


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotations:
    """What people say about a run; texts are cleaned by who makes it.

    Attributes:
        name: Text to show.
        note: Text to show, may have several lines.
        tags: Words to find it by.
        deleted: When it was put into the trash, seconds since 1970; None if it was not.
    """

    name: str
    note: str = ""
    tags: tuple[str, ...] = ()
    deleted: float | None = None


def write_annotations(run_dir: Path, annotations: Annotations) -> None:
    """Write down what people say about the run.

    Raises:
        OSError: if the folder is missing, full or read-only.
    """
    content = json.dumps(asdict(annotations), indent=2).encode()
    write_atomically(run_dir / ANNOTATION_FILE, content)


def read_annotations(run_dir: Path) -> Annotations | None:
    """Read what people say about the run, cleaned; None if nobody has said anything.

    Raises:
        DamagedFileError: if the file cannot be read or has no sense.
    """
    try:
        with (run_dir / ANNOTATION_FILE).open("rb") as file:
            return _parse(file.read(_MAX_BYTES + 1))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise DamagedFileError(
            f"The file {ANNOTATION_FILE} of the run cannot be read: its note and tags are lost."
        ) from error


def _parse(content: bytes) -> Annotations:
    """Make annotations of what may be anybody's bytes.

    Raises:
        ValueError: if a value has no sense.
        TypeError: if it is not an object of texts.
        KeyError: if a field is missing.
    """
    if len(content) > _MAX_BYTES:
        raise ValueError(f"Expected at most {_MAX_BYTES} bytes, got more.")
    values = json.loads(content)
    return Annotations(
        name=clean_name(_text(values["name"])),
        note=clean_note(_text(values["note"])),
        tags=clean_tags([_text(tag) for tag in values["tags"]])[:MAX_TAGS],
        deleted=_time(values["deleted"]),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"Expected text, got {type(value).__name__}.")
    return value


def _time(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("Expected seconds since 1970 or null.")
    return float(value)
