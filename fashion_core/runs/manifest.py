"""The zip of a run: which files it may hold, how large, and what it says about itself.

    manifest.json     which program and format, which run, size and SHA-256 of every other file
    README.txt        the same for people
    spec.json         what was trained, as in the run's folder
    outcome.json      how it ended, as in the run's folder
    curves.csv        a line an epoch
    steps.csv         a line for each block of training steps
    epochs/ weights/ checkpoints/    as in the run's folder, see `artifacts`

Fields of the manifest that this program does not know are passed over, so that a later one may
add some; a change that an older program would misread gets the next format number.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fashion_core.config import MAX_EPOCHS, RunSpec
from fashion_core.runs import artifacts
from fashion_core.runs.folders import OUTCOME_FILE, SPEC_FILE, ended_as
from fashion_core.runs.names import MAX_TAGS, clean_line, clean_name, clean_note, clean_tags
from fashion_core.runs.records import Ended, describe_spec
from fashion_core.runs.rows import is_run_id
from fashion_core.runs.strict_json import read_object

PROGRAM: Final = "fashion-dashboard"
FORMAT: Final = 1

MANIFEST_FILE: Final = "manifest.json"
README_FILE: Final = "README.txt"
CURVES_FILE: Final = "curves.csv"
STEPS_FILE: Final = "steps.csv"

_KB: Final = 1_000
_MB: Final = 1_000_000
_TEXTS: Final = {
    MANIFEST_FILE: _MB,  # 1,005 files of about 150 bytes, and sentences
    README_FILE: 64 * _KB,
    SPEC_FILE: 64 * _KB,
    OUTCOME_FILE: 64 * _KB,
    CURVES_FILE: _MB,  # 1,000 epochs of about 120 bytes
    STEPS_FILE: 8 * _MB,  # 1,000 epochs of at most 99 blocks of about 40 bytes
}
_LIMITS: Final[dict[artifacts.Kind, int]] = {
    "epoch": _MB,  # 20,000 pictures of 25 bytes
    "best": 128 * _MB,  # the widest network that a spec allows has 30.5 million parameters
    "checkpoint": 512 * _MB,  # four times as many: weights, two moments, a running mean
}
MAX_FILES: Final = MAX_EPOCHS + 1 + 2 + len(_TEXTS)  # epochs, best weights, checkpoints, texts
MAX_ZIP_BYTES: Final = 2_000 * _MB  # the largest run comes to 1.7 GB

_LATEST: Final = 2.0**33  # seconds since 1970: the year 2242, which every calendar here knows
_MAX_SENTENCE: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """What the manifest promises about a file: its size in bytes and its SHA-256 in hex."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a zip says about its run.

    Attributes:
        header: The run's `spec.json`: run_id, name, created, spec.
        state: How it ended.
        reason: One sentence on that, or nothing.
        notices: Sentences the user should read.
        note: What people have written about the run.
        tags: Words to find it by.
        files: Every other file of the zip.
    """

    header: Mapping[str, Any]
    state: Ended
    reason: str
    notices: tuple[str, ...]
    note: str = ""
    tags: tuple[str, ...] = ()
    files: Mapping[str, FileEntry]


def size_limit(name: str) -> int | None:
    """Give the largest size in bytes of a file of the zip; None if a run has no such file."""
    parsed = artifacts.parse_name(name)
    return _LIMITS[parsed[0]] if parsed else _TEXTS.get(name)


def pack_manifest(manifest: Manifest) -> bytes:
    """Give the manifest as JSON."""
    header = manifest.header
    content = {
        "program": PROGRAM,
        "format": FORMAT,
        **{key: header[key] for key in ("run_id", "name", "created", "spec")},
        "state": manifest.state,
        "reason": manifest.reason,
        "notices": list(manifest.notices),
        "note": manifest.note,
        "tags": list(manifest.tags),
        "files": {
            name: {"bytes": entry.size, "sha256": entry.sha256}
            for name, entry in sorted(manifest.files.items())
        },
    }
    return json.dumps(content, indent=2).encode()


def unpack_manifest(content: bytes) -> Manifest:
    """Read and verify a manifest; texts are cleaned.

    Raises:
        ValueError: if it is not one, another program or a newer version made it, or a value has no
            sense.
    """
    values = read_object(content)
    _check_origin(values)
    state, reason = outcome_of(values)
    return Manifest(
        header=header_of(values),
        state=state,
        reason=reason,
        notices=tuple(map(_sentence, _list(values, "notices"))),
        note=clean_note(_text(values.get("note", ""))),
        tags=clean_tags(map(_text, _list(values, "tags") if "tags" in values else []))[:MAX_TAGS],
        files={name: _entry(name, entry) for name, entry in _object(values, "files").items()},
    )


def _check_origin(values: dict[str, Any]) -> None:
    if values.get("program") != PROGRAM:
        raise ValueError(
            f"Expected the program {PROGRAM}, got {str(values.get('program'))[:40]!r}."
        )
    version = values.get("format")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise ValueError(f"Expected a format number, got {str(version)[:40]!r}.")
    if version > FORMAT:
        raise ValueError(
            f"A newer version of this program made it (format {version}, this one knows "
            f"{FORMAT}). Update the program."
        )


def header_of(values: dict[str, Any]) -> dict[str, Any]:
    """Take run_id, name, created and spec out of what a stranger wrote; the name is cleaned.

    Raises:
        ValueError: if one of them is missing or has no sense.
    """
    run_id, created, name = values.get("run_id"), values.get("created"), values.get("name")
    if not isinstance(run_id, str) or not is_run_id(run_id):
        raise ValueError(
            "Expected a run id of 8 to 40 letters a-z, digits and hyphens, "
            f"got {str(run_id)[:60]!r}."
        )
    if isinstance(created, bool) or not isinstance(created, int | float):
        raise ValueError(f"Expected seconds since 1970, got {str(created)[:40]!r}.")
    if not 0 <= created < _LATEST:
        raise ValueError(f"Expected seconds since 1970 up to the year 2242, got {created}.")
    if not isinstance(name, str):
        raise ValueError(f"Expected a name, got {str(name)[:40]!r}.")
    spec = RunSpec.from_dict(_object(values, "spec"))
    shown = clean_name(_without_links(name)) or describe_spec(spec)
    return {"run_id": run_id, "name": shown, "created": float(created), "spec": spec.to_dict()}


def outcome_of(values: dict[str, Any]) -> tuple[Ended, str]:
    """Take state and reason out of what a stranger wrote; the reason is cleaned.

    Raises:
        ValueError: if one of them is missing or has no sense.
    """
    state, reason = ended_as(values)
    return state, _sentence(reason)


def _entry(name: str, entry: Any) -> FileEntry:
    limit = size_limit(name)
    if limit is None or name == MANIFEST_FILE:
        raise ValueError(f"It names the file {name[:80]!r}, which is no part of a run.")
    if not isinstance(entry, dict):
        raise ValueError(f"It says nothing about the file {name}.")
    size, digest = entry.get("bytes"), entry.get("sha256")
    if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size <= limit:
        raise ValueError(f"Expected {name} to have at most {limit:,} bytes, got {str(size)[:40]}.")
    if not isinstance(digest, str) or not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise ValueError(f"Expected a SHA-256 of {name}, got {str(digest)[:80]!r}.")
    return FileEntry(size=size, sha256=digest)


def _object(values: dict[str, Any], key: str) -> dict[str, Any]:
    value = values.get(key)
    if not isinstance(value, dict):
        raise ValueError(f"Expected an object as {key}, got {str(value)[:40]!r}.")
    return value


def _list(values: dict[str, Any], key: str) -> list[Any]:
    value = values.get(key)
    if not isinstance(value, list):
        raise ValueError(f"Expected a list as {key}, got {str(value)[:40]!r}.")
    return value


def _sentence(text: Any) -> str:
    return clean_line(_text(text), max_length=_MAX_SENTENCE)


def _text(text: Any) -> str:
    if not isinstance(text, str):
        raise ValueError(f"Expected a text, got {str(text)[:40]!r}.")
    return _without_links(text)


def _without_links(text: str) -> str:
    """Break links and pictures of Markdown: pages show these texts, a stranger wrote them."""
    return text.replace("](", "] (").replace("![", "! [")
