"""A process that trains one variant: told "steps" on standard input, it answers with seconds."""

import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import torch

from benchmarks.rates import bytes_per_second, flops_per_second
from benchmarks.steps import Step, make_step
from benchmarks.variants import Variant
from fashion_core.config import RunSpec

_WARM_UP_STEPS: Final = 5


def serve(variant: Variant, data_dir: Path) -> None:
    """Get ready, say how long that took, then answer every line until the input ends."""
    torch.set_num_threads(variant.threads)  # inherited by the threads started later
    started = time.perf_counter()
    measure = _limits if variant.path == "limit" else _Trainings(variant, data_dir).seconds
    _answer({"warm_up": time.perf_counter() - started})
    for line in sys.stdin:
        _answer(measure(int(line)))


def spin() -> None:
    """Keep one core busy until the input ends, as a browser that draws may."""
    threading.Thread(target=sys.stdin.read, daemon=True).start()
    while threading.active_count() > 1:
        pass


def _answer(content: dict[str, float]) -> None:
    print(json.dumps(content), flush=True)


def _limits(steps: int) -> dict[str, float]:
    """Measure the machine's rates for about as long as a training's turn."""
    del steps
    spec = RunSpec()
    return {"flops": flops_per_second(spec), "bytes": bytes_per_second(spec)}


class _Trainings:
    """The trainings that one process carries, ready to take steps."""

    def __init__(self, variant: Variant, data_dir: Path) -> None:
        in_threads = variant.placement == "thread"
        count = variant.copies if in_threads else 1
        self._pools = [ThreadPoolExecutor(1) for _ in range(count)] if in_threads else []
        self._steps = [make_step(variant, data_dir) for _ in range(count)]
        self._threads = variant.threads
        self.seconds(_WARM_UP_STEPS)

    def seconds(self, steps: int) -> dict[str, float]:
        """Let all trainings take some steps at the same time and measure until the last ends."""
        started = time.perf_counter()
        if self._pools:
            pairs = zip(self._pools, self._steps, strict=True)
            waiting = [pool.submit(self._take, step, steps) for pool, step in pairs]
            for future in waiting:
                future.result()
        else:
            self._take(self._steps[0], steps)
        return {"seconds": time.perf_counter() - started}

    def _take(self, step: Step, steps: int) -> None:
        torch.set_num_threads(self._threads)  # of this thread only
        for _ in range(steps):
            step()
