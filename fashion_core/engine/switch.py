"""The engine of a server: thread, process or cluster, changed while it works."""

import os
from pathlib import Path
from typing import Final

from fashion_core.engine.base import Engine, EngineChoice, Place, Where
from fashion_core.engine.cluster_options import ClusterOptions
from fashion_core.engine.process import InChild
from fashion_core.engine.thread import InThread
from fashion_core.errors import FashionError
from fashion_core.runs.store import RunStore

MOST_SLOTS: Final = os.cpu_count() or 1
"""Runs at a time; more than there are cores would only slow each other down."""


def open_engine(store: RunStore, data_dir: Path, choice: EngineChoice) -> Engine:
    """Make an engine that computes each run where the choice says when the run starts.

    Raises:
        FashionError: if the choice has a cluster, and Dask is not installed.
    """
    places: dict[Where, Place] = {
        "thread": InThread(store, data_dir),
        "process": InChild(store, data_dir),
    }
    if choice.cluster is not None:
        places["cluster"] = _open_cluster(store, data_dir, choice.cluster)
    most = max(most_slots(where, choice) for where in places)
    return Engine(store, places, choice, most_slots=most)


def most_slots(where: Where, choice: EngineChoice) -> int:
    """Give the number of runs at a time that a place can compute at most."""
    if where == "cluster" and choice.cluster is not None:
        return choice.cluster.workers
    return MOST_SLOTS


def cores(choice: EngineChoice, *, threads: int) -> int:
    """Give the number of cores that runs of so many threads each share at the chosen place."""
    return most_slots("cluster", choice) * threads if choice.where == "cluster" else MOST_SLOTS


def _open_cluster(store: RunStore, data_dir: Path, options: ClusterOptions) -> Place:
    """Make the place for a cluster; imported here, for only those who ask for it have Dask.

    Raises:
        FashionError: if Dask is not installed.
    """
    try:
        from fashion_core.engine.cluster import OnCluster  # noqa: PLC0415
    except ImportError as error:
        raise FashionError(
            f"The cluster engine needs Dask, which is not installed ({error}). "
            "Run `pip install -r requirements-cluster.txt` and start the dashboard again."
        ) from error
    return OnCluster(store, data_dir, options)
