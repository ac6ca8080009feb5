"""A class of thirty on one server, watching a run and opening galleries: part "crowd" of `ui`.

Three kinds of windows take turns in one run of the server: no page open; thirty that watch the
run; thirty that go from page to page as `crowd_visitors` does.
"""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.crowd_visitors import Visit
from benchmarks.live_clients import live_clients
from benchmarks.live_cost import WatchedRun, start_training
from benchmarks.live_windows import Window, slowdowns
from benchmarks.serving import ROOT, serve_process
from benchmarks.ui_table import Row, spread
from fashion_core.runs.queue import RunQueue
from fashion_core.runs.store import RunStore

_VISITORS: Final = 30
_WINDOWS: Final = 4  # of training while the visitors go round; about a minute
_SLOWER_GOAL: Final = "50 % slower"
_PAGE_GOAL: Final = "p95 3,000 ms"


def measure_crowd(rounds: int) -> list[Row]:
    """Train the specification's run, let a class look at it, and give the rows."""
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder))
        with serve_process(ROOT / "dashboard.py", env={"FASHION_RUNS": folder}) as (process, url):
            start_training(url)
            watched = WatchedRun(store, process.pid, url)
            found = [_round(watched) for _ in range(rounds)]
            RunQueue(store).request_stop(watched.run_id)
    return rows_of(found)


class Round:
    """What was measured in one round.

    Args:
        watching: Windows without pages, with pages that watch, and without.
        visiting: Windows with pages that are gone through.
        after: The window without pages after them.
        said: What the visitors said at the end.
    """

    def __init__(
        self,
        watching: tuple[Window, Window, Window],
        visiting: Sequence[Window],
        after: Window,
        said: Mapping[str, Any],
    ) -> None:
        self.watching = watching
        self.visiting = [(watching[2], window, after) for window in visiting]
        self.visits = [Visit(**visit) for visit in said["visits"]]
        self.problems = [*said["problems"], *(e for page in said["pages"] for e in page["errors"])]


def _round(watched: WatchedRun) -> Round:
    alone, watching, between = (watched.window(pages) for pages in (0, _VISITORS, 0))
    with live_clients(watched.url, _VISITORS, module="benchmarks.crowd_visitors") as clients:
        visiting = [watched.window_of(clients, _VISITORS) for _ in range(_WINDOWS)]
        said = clients.ask()
    return Round((alone, watching, between), visiting, watched.window(0), said)


def rows_of(rounds: Sequence[Round]) -> list[Row]:
    """Give the rows of the table."""
    watching = [round_.watching for round_ in rounds]
    visiting = [windows for round_ in rounds for windows in round_.visiting]
    problems = [problem for round_ in rounds for problem in round_.problems]
    visits = [visit for round_ in rounds for visit in round_.visits]
    first = problems[0] if problems else "none"
    return [
        *_training_rows(watching, visiting),
        Row(what=f"errors of {_VISITORS} visitors", result=f"{len(problems)} ({first})", goal="0"),
        Row(what="any page or cell", result=_times(visits), goal=_PAGE_GOAL),
        *(
            Row(what=what, result=_times([v for v in visits if v.what == what]), goal=_PAGE_GOAL)
            for what in dict.fromkeys(visit.what for visit in visits)
        ),
    ]


def _training_rows(
    watching: Sequence[Sequence[Window]], visiting: Sequence[Sequence[Window]]
) -> list[Row]:
    alone = [window.steps_per_second for windows in watching for window in windows[::2]]
    return [
        Row(
            what="training with no page, for the class",
            result=f"{sum(alone) / len(alone):.1f} steps/s",
        ),
        Row(
            what=f"training with {_VISITORS} that watch",
            result=_slower(watching),
            goal=_SLOWER_GOAL,
        ),
        Row(
            what=f"training with {_VISITORS} that go from page to page",
            result=_slower(visiting),
            goal=_SLOWER_GOAL,
        ),
    ]


def _slower(groups: Sequence[Sequence[Window]]) -> str:
    """Say how much slower windows with pages are than their two neighbours without."""
    found = sorted(100 * each for windows in groups for each in slowdowns(windows, _VISITORS))
    server = [w.per_page(w.server_cpu) for _, w, _ in groups]
    return (
        f"{found[len(found) // 2]:.0f} % slower ({found[0]:.0f} to {found[-1]:.0f} in "
        f"{len(found)} windows); CPU a page-second: server {sum(server) / len(server):.0f} ms"
    )


def _times(visits: Sequence[Visit]) -> str:
    return f"{spread([1_000 * visit.seconds for visit in visits])}, {len(visits)} times"
