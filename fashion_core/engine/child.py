"""Children that end when their input does: when their parent closes it or dies, however it dies."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
"""Where `fashion_core` is found; the working folder of every child."""


def python_command(module: str, *values: str) -> list[str]:
    """Give the command that runs a module of ours; a crash of its C code leaves a traceback."""
    return [sys.executable, "-X", "faulthandler", "-m", module, *values]


def start_child(command: list[str]) -> subprocess.Popen[bytes]:
    """Start a child that talks to us: its input and its output are pipes.

    Raises:
        OSError: if the system refuses another process.
    """
    return subprocess.Popen(  # noqa: S603 - our own program, our own values
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C in the terminal ends the server, which ends us
    )


def end_with_input() -> None:
    """Let this process, a child, end at once when its input does; for what writes no file."""
    threading.Thread(target=_wait_for_end, daemon=True).start()


def _wait_for_end() -> None:
    # Not `sys.stdin`: a thread that waits in there lets Python abort at its end.
    while os.read(0, 1):
        pass
    os._exit(0)  # nothing is written, so nothing is left half-written


def tell(message: dict[str, object]) -> None:
    """Say one JSON object to the parent, a line; ends this process, a child, if nobody listens."""
    try:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:  # the parent died; the thread that watches for this is about to see it
        os._exit(0)


def describe_end(code: int) -> str:
    """Name how a child ended: "SIGKILL" or "exit code 3"."""
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
