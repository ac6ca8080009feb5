"""A class of visitors without browsers, in a process: `python -m benchmarks.crowd_visitors`.

All open the address. Then each goes its own way, again and again: the matrix of confusions, two
cells of it, one picture, the overview, back to the run that trains. It looks at each for 5 to 10
seconds, by chance, before it goes on: somebody who reads what is shown, briefly.

Talks like `benchmarks.live_clients`, and says also what each visit took.
"""

import argparse
import asyncio
import json
import random
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Final
from urllib.parse import urlsplit

from benchmarks.live_page import LivePage
from fashion_core.classes import CLASS_NAMES

_LOOK_SECONDS: Final = (5.0, 10.0)
_CLASSES: Final = len(CLASS_NAMES)
_PICTURES: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One thing that a visitor opened.

    Attributes:
        what: What it was.
        seconds: From the request until all messages of the run of the script had come, and all
            pictures that this window lacked.
    """

    what: str
    seconds: float


class Visitor:
    """Somebody with one window.

    Args:
        url: What is opened first, e.g. "http://127.0.0.1:8501/train?run=r-1".
        looked_at: Id of the run whose galleries are opened.
        seed: Decides the cells, the pictures and how long they are looked at.
        look_seconds: The shortest and the longest look.
    """

    def __init__(
        self,
        url: str,
        looked_at: str,
        *,
        seed: int,
        look_seconds: tuple[float, float] = _LOOK_SECONDS,
    ) -> None:
        self.page = LivePage(url)
        self.visits: list[Visit] = []
        self.problem = ""
        self._train_query = urlsplit(url).query
        self._run_query = f"run={looked_at}"
        self._chance = random.Random(seed)  # noqa: S311 - not for secrets
        self._look_seconds = look_seconds

    async def stay(self, opened: asyncio.Event) -> None:
        """Open the first page, say so, and go round until cancelled."""
        try:
            start = time.perf_counter()
            async with self.page.open():
                self._note("Train, the first page", start)
                opened.set()
                while True:
                    await self.go_round()
        except (ConnectionError, KeyError) as error:
            self.problem = f"{type(error).__name__}: {error}"
            opened.set()

    async def go_round(self) -> None:
        """Open every kind of page once."""
        page, run = self.page, self._run_query
        picture = self._chance.randrange(_PICTURES)
        is_first = not any(visit.what.startswith("Confusions") for visit in self.visits)
        matrix = "Confusions, the first with its pictures" if is_first else "Confusions"
        await self._open(matrix, lambda: page.go_to("confusions", run))
        for _ in range(2):
            await self._open("a cell", lambda: page.tell("fashion_matrix", "cell", self._cell()))
        await self._open("Image", lambda: page.go_to("image", f"{run}&picture={picture}"))
        await self._open("Overview", lambda: page.go_to("", run))
        await self._open("Train", lambda: page.go_to("train", self._train_query))

    def _cell(self) -> tuple[int, int]:
        return self._chance.randrange(_CLASSES), self._chance.randrange(_CLASSES)

    async def _open(self, what: str, work: Callable[[], Awaitable[None]]) -> None:
        """Look at what is there for a while, then open something and time it."""
        await asyncio.sleep(self._chance.uniform(*self._look_seconds))
        start = time.perf_counter()
        await work()
        await self.page.wait_for_pictures()
        self._note(what, start)

    def _note(self, what: str, start: float) -> None:
        self.visits.append(Visit(what=what, seconds=time.perf_counter() - start))


async def _serve(url: str, looked_at: str, number: int) -> None:
    """Let the visitors come, then answer lines."""
    visitors = [Visitor(url, looked_at, seed=seed) for seed in range(number)]
    opened = [asyncio.Event() for _ in visitors]
    stays = [asyncio.create_task(v.stay(o)) for v, o in zip(visitors, opened, strict=True)]
    await asyncio.gather(*(event.wait() for event in opened))
    print("drawn", flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        _answer(visitors)
    for stay in stays:
        stay.cancel()
    await asyncio.gather(*stays, return_exceptions=True)


def _answer(visitors: list[Visitor]) -> None:
    said = {
        "pages": [asdict(visitor.page.received) for visitor in visitors],
        "cpu_seconds": time.process_time(),
        "visits": [asdict(visit) for visitor in visitors for visit in visitor.visits],
        "problems": [visitor.problem for visitor in visitors if visitor.problem],
    }
    print(json.dumps(said), flush=True)


def main() -> None:
    """Let the visitors come and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--pages", type=int, default=30)
    parser.add_argument("--looked-at", default="r-reference-as-specified")
    options = parser.parse_args()
    asyncio.run(_serve(options.url, options.looked_at, options.pages))


if __name__ == "__main__":
    main()
