"""The timers of an open page: fragments that run again and again, as the server asked."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable


class LiveTimers:
    """One timer for each fragment.

    Args:
        rerun: Asks the server to run a fragment, given its id.
    """

    def __init__(self, rerun: Callable[[str], Awaitable[None]]) -> None:
        self._rerun = rerun
        self._running: dict[str, tuple[float, asyncio.Task[None]]] = {}

    def start(self, fragment: str, interval: float) -> None:
        """Let a fragment run every so many seconds; one that already does is left alone."""
        if fragment in self._running and self._running[fragment][0] == interval:
            return
        self.stop([fragment])
        self._running[fragment] = interval, asyncio.create_task(self._tick(fragment, interval))

    def stop(self, fragments: Iterable[str]) -> None:
        """End the timers of some fragments."""
        for fragment in fragments:
            if fragment in self._running:
                self._running.pop(fragment)[1].cancel()

    def stop_all(self) -> None:
        """End all timers."""
        self.stop(list(self._running))

    def fastest(self) -> str | None:
        """Give the fragment with the shortest interval, or None."""
        return min(self._running, key=lambda name: self._running[name][0], default=None)

    async def _tick(self, fragment: str, interval: float) -> None:
        """Ask at fixed times, like `setInterval`: being late once delays no later time."""
        clock = asyncio.get_running_loop().time
        due = clock()
        while True:
            due += interval
            await asyncio.sleep(max(due - clock(), 0.0))
            await self._rerun(fragment)
