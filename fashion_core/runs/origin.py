"""From which run a longer one has its first epochs, where its folder says so."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fashion_core.config import MAX_EPOCHS
from fashion_core.runs.folders import read_additions
from fashion_core.runs.rows import is_run_id

_FIELD: Final = "continues"  # of `spec.json`; an addition that older versions pass over


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where the first epochs of a run were computed.

    Attributes:
        run_id: The run they were taken from; it need not be in the same store any more.
        epochs: How many they are, from 1.
    """

    run_id: str
    epochs: int


def pack_origin(origin: Origin) -> dict[str, Any]:
    """Give the part of `spec.json` that says so."""
    return {_FIELD: {"run_id": origin.run_id, "epochs": origin.epochs}}


def read_origin(run_dir: Path) -> Origin | None:
    """Give where the first epochs of a run were computed; None for one that trained them itself.

    Args:
        run_dir: The run's folder; a stranger may have written what it holds.
    """
    said = read_additions(run_dir).get(_FIELD)
    if not isinstance(said, dict):
        return None
    run_id, epochs = said.get("run_id"), said.get("epochs")
    if not isinstance(run_id, str) or not is_run_id(run_id):
        return None
    if type(epochs) is not int or not 0 < epochs <= MAX_EPOCHS:
        return None
    return Origin(run_id=run_id, epochs=epochs)
