"""Which settings of runs differ, how they are written, and what two runs allow to conclude."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fashion_core.analysis.formatting import count, decimal

SEED: Final = "seed"
_LABELS: Final = {
    "average_decay": "averaged weights",
    "conv_widths": "conv 1 / conv 2 width",
    "erase_probability": "random erasing",
    "fc_widths": "FC 1 / FC 2 width",
    "schedule": "learning-rate schedule",
    "shift_pixels": "shift, pixels",
    "train_images": "training pictures",
}
"""Names that differ from those in `RunSpec`; all others only lose their underscores."""


def differing_settings(settings: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """List the settings that are not the same everywhere, each with its values, ascending.

    Args:
        settings: Name -> value of each run; all have the same names.

    Returns:
        Name -> different values, in the order of the names; nothing for fewer than two runs.

    Raises:
        ValueError: if a run has settings that another has not.
    """
    if not settings:
        return {}
    names = list(settings[0])
    if any(list(each) != names for each in settings):
        raise ValueError(f"Expected the settings {', '.join(names)} of every run.")
    values = {name: {each[name] for each in settings} for name in names}
    return {name: sorted(found) for name, found in values.items() if len(found) > 1}


def setting_label(name: str) -> str:
    """Give the name of a setting as the Train page has it: "erase_probability" is "random erasing".

    Args:
        name: A field of `RunSpec`.
    """
    return _LABELS.get(name, name.replace("_", " "))


def setting_text(value: Any) -> str:
    """Write the value of a setting: 0.001, "10,000", "yes", "32 / 64"."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return count(value)
    if isinstance(value, float):
        return decimal(value) if math.isfinite(value) else str(value)
    if isinstance(value, list | tuple):
        return " / ".join(setting_text(part) for part in value)
    return str(value)


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
        return setting_label(self.name)


def setting_changes(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[SettingChange]:
    """List the settings of two runs with different values, in the order of the first.

    Args:
        first: Value of each setting of A: numbers, text, truth values or sequences of these.
        second: The same of B.

    Raises:
        ValueError: if one has settings that the other has not.
    """
    return [
        SettingChange(name=name, first=setting_text(first[name]), second=setting_text(second[name]))
        for name in differing_settings((first, second))
    ]


def describe_settings(changes: Sequence[SettingChange]) -> str:
    """Write what the difference in settings allows one to conclude."""
    if not changes:
        return "All settings are the same."
    names = [change.name for change in changes]
    if names == [SEED]:
        return "Only the seed differs: whatever changed between A and B, luck in training did it."
    if len(names) == 1:
        label = changes[0].label
        verb = "differ" if label.endswith("s") else "differs"  # epochs, threads, pictures
        return f"Only the {label} {verb}, everything else is the same."
    others = len(names) - 1
    if SEED in names and others == 1:
        label = next(change.label for change in changes if change.name != SEED)
        return f"The {label} and the seed differ: part of the change may be luck."
    return (
        f"{len(names)} settings differ: a change cannot be put down to any one of them. "
        "Change one at a time to find out."
    )
