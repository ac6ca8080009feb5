"""The child of one range test: `python -m fashion_core.engine.range_worker SPEC STEPS DATA`.

Says one JSON object a line: `{"rate": 0.001, "loss": 2.3}` after each step, the loss null if it is
not finite; at the end `{"outcome": "finished"}`, or `{"error": "..."}` with a sentence.
"""

import math
import sys
from pathlib import Path

from fashion_core.config import RunSpec
from fashion_core.engine.child import end_with_input, tell
from fashion_core.errors import FashionError


def main(spec: str, steps: str, data_dir: str) -> None:
    """Compute one range test, until it ends or the input does."""
    end_with_input()
    # Imported after the input is watched: torch takes seconds, and the parent may die meanwhile.
    from fashion_core.training.range_test import run_range_test  # noqa: PLC0415

    try:
        outcome = run_range_test(
            RunSpec.from_json(spec), int(steps), _tell_step, lambda: False, data_dir=Path(data_dir)
        )
    except (FashionError, OSError) as error:
        tell({"error": str(error)})
    else:
        tell({"outcome": outcome})


def _tell_step(rate: float, loss: float) -> None:
    tell({"rate": rate, "loss": loss if math.isfinite(loss) else None})


if __name__ == "__main__":
    main(*sys.argv[1:])
