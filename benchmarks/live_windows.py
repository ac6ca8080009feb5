"""From windows of training with and without live pages to rows of the table."""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.ui_table import Row

_GOALS: Final = {1: "5 % slower"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What happened in some seconds of training with a number of open pages.

    Attributes:
        pages: Number of open live pages.
        seconds: Length on the wall.
        steps: Training steps done.
        trainer_cpu: CPU seconds of the training thread.
        trainer_waiting: Seconds it waited for a core, because other threads had them.
        server_cpu: CPU seconds of all other threads of the server.
        clients_cpu: CPU seconds of the process that keeps the pages open.
        ticks: Live updates that reached the page with the fewest.
    """

    pages: int
    seconds: float
    steps: int
    trainer_cpu: float
    trainer_waiting: float
    server_cpu: float
    clients_cpu: float
    ticks: int

    @property
    def steps_per_second(self) -> float:
        """Speed on the wall."""
        return self.steps / self.seconds

    @property
    def blocked_fraction(self) -> float:
        """Share of its time in which the training thread slept for lack of the interpreter lock.

        Time in which it waited for a core is left out on both sides: on a shared machine that is
        mostly the doing of others. Reads and writes of the disk are in it, with or without pages.
        """
        awake = self.seconds - self.trainer_waiting
        return max(awake - self.trainer_cpu, 0.0) / awake

    def per_page(self, seconds: float) -> float:
        """Share some seconds of the window among its pages: milliseconds a page-second."""
        return 1_000 * seconds / (self.pages * self.seconds)


def slowdowns(windows: Sequence[Window], pages: int) -> list[float]:
    """Give, for each window with so many pages, the share by which it trained more slowly.

    Each is compared with the mean of the windows without pages beside it, 0 means as fast.
    """
    found = []
    for before, window, after in zip(windows, windows[1:], windows[2:], strict=False):
        if window.pages == pages:
            alone = statistics.mean([before.steps_per_second, after.steps_per_second])
            found.append(1 - window.steps_per_second / alone)
    return found


def rows_of(windows: Sequence[Window]) -> list[Row]:
    """Give the rows of the table.

    Args:
        windows: In the order of measuring; every one with pages between two without.
    """
    alone = [window for window in windows if window.pages == 0]
    speed = statistics.median(window.steps_per_second for window in alone)
    blocked = statistics.median(window.blocked_fraction for window in alone)
    return [
        Row(
            what="training with no page",
            result=f"{speed:.1f} steps/s, blocked {100 * blocked:.1f} % of its time",
        ),
        *(_row(windows, pages) for pages in _page_counts(windows)),
    ]


def _page_counts(windows: Sequence[Window]) -> Iterator[int]:
    yield from sorted({window.pages for window in windows} - {0})


def _row(windows: Sequence[Window], pages: int) -> Row:
    """Say what so many pages cost, the medians of their windows."""
    found = [window for window in windows if window.pages == pages]
    slower = 100 * statistics.median(slowdowns(windows, pages))
    blocked = 100 * statistics.median(window.blocked_fraction for window in found)
    server = statistics.median(window.per_page(window.server_cpu) for window in found)
    clients = statistics.median(window.per_page(window.clients_cpu) for window in found)
    ticks = min(window.ticks / window.seconds for window in found)
    return Row(
        what=f"training with {pages} live page{'s' * (pages > 1)}",
        result=(
            f"{slower:.0f} % slower, blocked {blocked:.1f} % of its time; CPU a page-second: "
            f"server {server:.0f} ms, client {clients:.0f} ms; "
            f"each page updated at least {ticks:.2f} times a second"
        ),
        goal=_GOALS.get(pages, ""),
    )
