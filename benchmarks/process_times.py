"""Where the time and memory of a process go, as the Linux kernel counts them.

CPU time hardly depends on what else the machine does; seconds on the wall do.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

_NANOSECONDS: Final = 1e9
_KIB: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadTimes:
    """Times of a thread since its start, in seconds.

    Attributes:
        cpu: It computed.
        waiting: It could have computed, but other threads had the cores.
    """

    cpu: float
    waiting: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Memory of a process in bytes.

    Attributes:
        rss: All pages that are in memory.
        pss: The same, pages shared with other processes counted in part.
    """

    rss: int
    pss: int


def process_cpu(pid: int) -> float:
    """Give the CPU seconds of a process, threads that have ended included."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def thread_times(pid: int, thread: int) -> ThreadTimes:
    """Give the times of one thread of a process.

    References: https://docs.kernel.org/scheduler/sched-stats.html (`/proc/<pid>/schedstat`).
    """
    text = Path(f"/proc/{pid}/task/{thread}/schedstat").read_text()
    cpu, waiting, _ = (int(field) for field in text.split())
    return ThreadTimes(cpu=cpu / _NANOSECONDS, waiting=waiting / _NANOSECONDS)


def busiest_thread(pid: int, *, seconds: float) -> int:
    """Find the thread that computes most over the next seconds."""
    before = _cpu_of_threads(pid)
    time.sleep(seconds)
    after = _cpu_of_threads(pid)
    return max(after, key=lambda thread: after[thread] - before.get(thread, 0.0))


def _cpu_of_threads(pid: int) -> dict[int, float]:
    threads = [int(task.name) for task in Path(f"/proc/{pid}/task").iterdir()]
    found = {}
    for thread in threads:
        try:
            found[thread] = thread_times(pid, thread).cpu
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended just now
    return found


def memory_of(pid: int) -> Memory:
    """Give the memory of a process.

    References: https://docs.kernel.org/filesystems/proc.html (`smaps_rollup`).
    """
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    kib = {line.partition(":")[0]: line.split()[1] for line in lines[1:]}
    return Memory(rss=int(kib["Rss"]) * _KIB, pss=int(kib["Pss"]) * _KIB)
