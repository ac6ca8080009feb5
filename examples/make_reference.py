"""Make `examples/reference-run`: the default specification, trained for all its epochs.

Run with `python -m examples.make_reference` from the project's folder. It takes about half an
hour on two cores. Interrupted and run again, it continues after the last finished epoch.
"""

import json
import platform
import shutil
import sys
import time
from pathlib import Path
from typing import Final

import torch

from fashion_core.config import RunSpec
from fashion_core.runs.folders import OUTCOME_FILE
from fashion_core.training.events import EpochFinished, Event, Notice
from fashion_core.training.execute import execute_run

ROOT: Final = Path(__file__).parents[1]
TARGET: Final = ROOT / "examples" / "reference-run"
WORK: Final = ROOT / "examples" / ".reference-work"  # ignored by git; kept until it is done
MAX_BYTES: Final = 12_000_000
HEADER: Final = {"run_id": "r-reference-as-specified", "name": "Reference: as specified"}


def main() -> None:
    """Train what is missing, then put the result in its place."""
    WORK.mkdir(exist_ok=True)
    spec = RunSpec()
    result = execute_run(spec, WORK, _tell, lambda: False, data_dir=ROOT / "data")
    if result.outcome != "finished":
        sys.exit(f"The reference run ended as {result.outcome}: {result.reason}")
    made_with = {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "machine": platform.machine(),
    }
    header = HEADER | {"created": time.time(), "spec": spec.to_dict(), "made_with": made_with}
    (WORK / "spec.json").write_text(json.dumps(header, indent=2) + "\n")
    (WORK / OUTCOME_FILE).write_text(json.dumps({"state": "finished", "reason": ""}) + "\n")
    shutil.rmtree(WORK / "checkpoints")  # nothing is left to resume
    size = sum(path.stat().st_size for path in WORK.rglob("*") if path.is_file())
    if size > MAX_BYTES:
        sys.exit(f"Expected at most {MAX_BYTES:,} bytes, got {size:,}.")
    shutil.rmtree(TARGET, ignore_errors=True)
    WORK.rename(TARGET)


def _tell(event: Event) -> None:
    if isinstance(event, EpochFinished):
        record = event.record
        print(
            f"epoch {record.epoch:2d}: training loss {record.train_loss:.4f}, "
            f"validation loss {record.val_loss:.4f}, accuracy {record.val_accuracy:.4f}",
            flush=True,
        )
    elif isinstance(event, Notice):
        print(event.text, flush=True)


if __name__ == "__main__":
    main()
