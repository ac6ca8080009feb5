"""What machine a benchmark ran on, in one line."""

import os
import platform
import time
from importlib.metadata import version
from pathlib import Path


def describe_machine() -> str:
    """Give date, processor, cores, load and the versions that matter."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("torch", "streamlit"))
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    return (
        f"{time.strftime('%Y-%m-%d')}, {_processor()}, {os.cpu_count()} cores, load {load} at the "
        f"end, Python {platform.python_version()}, {versions}."
    )


def _processor() -> str:
    """Give the processor's name where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
