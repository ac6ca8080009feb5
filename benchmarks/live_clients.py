"""Open pages without a browser, in a process of their own: `python -m benchmarks.live_clients`.

Says when all pages are drawn, then answers every line of its input with what each page has
received, until the input ends.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Final

from benchmarks.live_page import LivePage, Received
from benchmarks.serving import ROOT

_NICENESS: Final = 10  # visitors have computers of their own: the pages must not slow the server


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientReading:
    """The open pages at a moment.

    Attributes:
        pages: What each page has received so far.
        cpu_seconds: CPU time of the process that keeps them open.
    """

    pages: tuple[Received, ...]
    cpu_seconds: float


class LiveClients:
    """A process that keeps pages open."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._line()  # all are drawn

    def read(self) -> ClientReading:
        """Look at the pages."""
        said = self.ask()
        pages = tuple(Received(**page) for page in said["pages"])
        return ClientReading(pages=pages, cpu_seconds=said["cpu_seconds"])

    def ask(self) -> dict[str, Any]:
        """Let the process say all it has to say."""
        print(file=self._process.stdin, flush=True)
        said: dict[str, Any] = json.loads(self._line())
        return said

    def _line(self) -> str:
        """Wait for the next line.

        Raises:
            ConnectionError: if the process has ended.
        """
        if line := self._process.stdout.readline():
            return line
        raise ConnectionError("The process that keeps the pages open has ended; it said why above.")


@contextmanager
def live_clients(
    url: str, pages: int, *, module: str = "benchmarks.live_clients"
) -> Iterator[LiveClients]:
    """Keep a number of pages of the same address open; yields when all are drawn.

    Args:
        url: The address.
        pages: How many.
        module: The program that opens them.
    """
    command = ["nice", "-n", str(_NICENESS), sys.executable, "-m", module]
    process = subprocess.Popen(
        [*command, url, "--pages", str(pages)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:  # closes its input, so that it ends, and waits
        yield LiveClients(process)


async def _serve(url: str, number: int) -> None:
    """Open the pages, then answer lines."""
    pages = [LivePage(url) for _ in range(number)]
    async with AsyncExitStack() as opened:
        await asyncio.gather(*(opened.enter_async_context(page.open()) for page in pages))
        print("drawn", flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            _answer(pages)


def _answer(pages: Sequence[LivePage]) -> None:
    received = [asdict(page.received) for page in pages]
    print(json.dumps({"pages": received, "cpu_seconds": time.process_time()}), flush=True)


def main() -> None:
    """Open the pages and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--pages", type=int, default=1)
    options = parser.parse_args()
    asyncio.run(_serve(options.url, options.pages))


if __name__ == "__main__":
    main()
