"""What a run was made with, where its folder says so: versions of programs, kind of machine."""

from pathlib import Path
from typing import Any, Final

from fashion_core.runs.folders import read_additions

_PARTS: Final = (("torch", "torch {}"), ("python", "Python {}"), ("machine", "{}"))
_MOST_CHARACTERS: Final = 40  # a version has fewer; a stranger's file may hold anything


def read_made_with(run_dir: Path) -> tuple[str, ...]:
    """List what `spec.json` says a run was made with, such as "torch 2.14.1" and "x86_64".

    Args:
        run_dir: The run's folder.

    Returns:
        Plain text in a fixed order; only what is written down, so none for most runs.
    """
    said = read_additions(run_dir).get("made_with")
    if not isinstance(said, dict):
        return ()
    return tuple(text.format(said[name]) for name, text in _PARTS if _is_version(said.get(name)))


def _is_version(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _MOST_CHARACTERS and value.isprintable()
