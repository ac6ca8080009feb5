"""Which settings of two runs differ, and what that allows one to conclude."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fashion_core.analysis.formatting import count

SEED: Final = "seed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingChange:
    """One setting that differs.

    Attributes:
        name: The setting's own name, e.g. "learning_rate".
        first: Its value in A as text.
        second: Its value in B as text.
    """

    name: str
    first: str
    second: str

    @property
    def label(self) -> str:
        """Give the name as a person reads it."""
        return self.name.replace("_", " ")


def differing_settings(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[SettingChange]:
    """List the settings with different values, in the order of the first.

    Args:
        first: Value of each setting of A: numbers, text, truth values or sequences of these.
        second: The same of B.

    Raises:
        ValueError: if one has settings that the other has not.
    """
    if set(first) != set(second):
        odd = ", ".join(sorted(set(first) ^ set(second)))
        raise ValueError(f"Expected the same settings in both, got only in one: {odd}.")
    return [
        SettingChange(name=name, first=_text(value), second=_text(second[name]))
        for name, value in first.items()
        if value != second[name]
    ]


def describe_settings(changes: Sequence[SettingChange]) -> str:
    """Write what the difference in settings allows one to conclude."""
    if not changes:
        return "All settings are the same."
    names = [change.name for change in changes]
    if names == [SEED]:
        return "Only the seed differs: whatever changed between A and B, luck in training did it."
    if len(names) == 1:
        return f"Only the {changes[0].label} differs, everything else is the same."
    others = len(names) - 1
    if SEED in names and others == 1:
        label = next(change.label for change in changes if change.name != SEED)
        return f"The {label} and the seed differ: part of the change may be luck."
    return (
        f"{len(names)} settings differ: a change cannot be put down to any one of them. "
        "Change one at a time to find out."
    )


def _text(value: Any) -> str:
    """Write one value."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return count(value)
    if isinstance(value, float):
        return f"{value:g}" if math.isfinite(value) else str(value)
    if isinstance(value, list | tuple):
        return " / ".join(_text(part) for part in value)
    return str(value)
