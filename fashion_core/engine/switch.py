"""The engine of a server: thread or process, changed while it works."""

import os
from pathlib import Path
from typing import Final

from fashion_core.engine.base import Engine, EngineChoice, Place, Where
from fashion_core.engine.process import InChild
from fashion_core.engine.thread import InThread
from fashion_core.runs.store import RunStore

MOST_SLOTS: Final = os.cpu_count() or 1
"""Runs at a time; more than there are cores would only slow each other down."""


def open_engine(store: RunStore, data_dir: Path, choice: EngineChoice) -> Engine:
    """Make an engine that computes each run where the choice says when the run starts."""
    places: dict[Where, Place] = {
        "thread": InThread(store, data_dir),
        "process": InChild(store, data_dir),
    }
    return Engine(store, places, choice, most_slots=MOST_SLOTS)
