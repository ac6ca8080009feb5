"""Which settings differ among any number of runs, and how a setting is written."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from fashion_core.analysis.formatting import count


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
    """Give the name of a setting as a person reads it: "learning_rate" is "learning rate"."""
    return name.replace("_", " ")


def setting_text(value: Any) -> str:
    """Write the value of a setting: 0.001, "10,000", "yes", "32 / 64"."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return count(value)
    if isinstance(value, float):
        return f"{value:g}" if math.isfinite(value) else str(value)
    if isinstance(value, list | tuple):
        return " / ".join(setting_text(part) for part in value)
    return str(value)
