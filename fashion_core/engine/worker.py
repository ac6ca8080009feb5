"""The child process of one run: `python -m fashion_core.engine.worker STORE RUN_ID DATA`."""

import os
import sys
import threading
from pathlib import Path
from typing import Final

from fashion_core.engine.compute import Signals, compute, taken
from fashion_core.runs.store import RunStore

_GRACE_SECONDS: Final = 5.0  # less than the engine's 7: a child that loads or hangs ends, too


def main(store_root: str, run_id: str, data_dir: str) -> None:
    """Take one run off the queue and compute it, until it ends or the input does."""
    signals = Signals()
    threading.Thread(target=_obey_input, args=(signals,), daemon=True).start()
    store = RunStore(Path(store_root))
    with taken(store, lambda: run_id) as taken_id:
        if taken_id is not None:
            compute(store, taken_id, Path(data_dir), signals)


def _obey_input(signals: Signals) -> None:
    """Wait for the end of the input, which comes when the parent closes it or dies."""
    # Not `sys.stdin`: a thread that waits in there lets Python abort at its end.
    while os.read(0, 1):
        pass
    signals.closing.set()
    threading.Event().wait(_GRACE_SECONDS)
    os._exit(0)  # stuck before or between two steps; whatever is written, is written whole


if __name__ == "__main__":
    main(*sys.argv[1:])
