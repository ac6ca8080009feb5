"""The child of one range test: `python -m fashion_core.engine.range_worker SPEC STEPS DATA`.

Says one JSON object a line: `{"rate": 0.001, "loss": 2.3}` after each step, the loss null if it is
not finite; at the end `{"outcome": "finished"}`, or `{"error": "..."}` with a sentence.
"""

import json
import math
import os
import sys
import threading
from pathlib import Path

from fashion_core.config import RunSpec
from fashion_core.errors import FashionError


def main(spec: str, steps: str, data_dir: str) -> None:
    """Compute one range test, until it ends or the input does."""
    threading.Thread(target=_obey_input, daemon=True).start()
    # Imported after the input is watched: torch takes seconds, and the parent may die meanwhile.
    from fashion_core.training.range_test import run_range_test  # noqa: PLC0415

    try:
        outcome = run_range_test(
            RunSpec.from_json(spec), int(steps), _tell_step, lambda: False, data_dir=Path(data_dir)
        )
    except (FashionError, OSError) as error:
        _tell({"error": str(error)})
    else:
        _tell({"outcome": outcome})


def _tell_step(rate: float, loss: float) -> None:
    _tell({"rate": rate, "loss": loss if math.isfinite(loss) else None})


def _tell(message: dict[str, object]) -> None:
    try:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:  # the parent died; the thread that watches for this is about to see it
        os._exit(0)


def _obey_input() -> None:
    """End at once when the input ends: the parent closed it or died, however it died."""
    # Not `sys.stdin`: a thread that waits in there lets Python abort at its end.
    while os.read(0, 1):
        pass
    os._exit(0)  # nothing is written, so nothing is left half-written


if __name__ == "__main__":
    main(*sys.argv[1:])
