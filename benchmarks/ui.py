"""How quick the pages are and what they cost the training: `python -m benchmarks.ui`.

Parts, each on a server and a store of its own:

    cold      the first figure of a server nobody has visited, beside the smallest page (Chromium)
    clicks    a click on a cell until its pictures are drawn, idle and while a run trains (Chromium)
    sliders   a move of the slider of epochs, of confidence until all pictures are drawn (Chromium)
    try       a move of a slider of Try it until the whole answer is drawn (Chromium)
    map       a box on the map to its gallery, frames while the hand moves on it (Chromium)
    live      what 1 and 10 open live pages cost the training (pages without a browser; Linux)
    crowd     a class of thirty that watches a run and opens galleries (as above)
    memory    the server's memory after short runs started through the page (Linux)
    runs      the list of runs and the page that shows it, with 10 and with 1,000 runs
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from benchmarks.clicks import measure_clicks
from benchmarks.cold import measure_cold
from benchmarks.crowd import measure_crowd
from benchmarks.live_cost import measure_live
from benchmarks.many_runs import measure_memory
from benchmarks.map_selection import measure_map
from benchmarks.run_list import measure_run_list
from benchmarks.sliders import measure_sliders
from benchmarks.try_it import measure_try
from benchmarks.ui_table import Row, markdown

RESULTS: Final = Path(__file__).parent / "results" / "ui.md"
_PARTS: Final[dict[str, Callable[[argparse.Namespace], list[Row]]]] = {
    "cold": lambda _: measure_cold(),
    "clicks": lambda options: measure_clicks(options.clicks),
    "sliders": lambda options: measure_sliders(options.clicks),
    "try": lambda options: measure_try(options.clicks),
    "map": lambda options: measure_map(options.clicks),
    "live": lambda options: measure_live(options.rounds),
    "crowd": lambda options: measure_crowd(options.rounds),
    "memory": lambda options: measure_memory(options.runs),
    "runs": lambda _: measure_run_list(),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table, and keep it if it is whole or a file is named."""
    options = _parser().parse_args(arguments)
    rows: list[Row] = []
    for name in options.only or _PARTS:
        rows += _PARTS[name](options)
    text = markdown(rows)
    print(text)
    kept = options.results or (None if options.only else RESULTS)
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=_PARTS, metavar="PART", help="parts to run")
    parser.add_argument(
        "--clicks", type=_positive, default=60, help="clicks or moves per measurement"
    )
    parser.add_argument(
        "--rounds", type=_positive, default=2, help="of live and crowd, 80 and 150 s"
    )
    parser.add_argument("--runs", type=_positive, default=20, help="short runs of part memory")
    parser.add_argument(
        "--results", type=Path, help=f"file to keep; whole tables go to {RESULTS.name} by default"
    )
    return parser


def _positive(text: str) -> int:
    """Read a number from 1.

    Raises:
        ArgumentTypeError: if it is none.
    """
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError(f"expected a whole number from 1, got {text!r}")


if __name__ == "__main__":
    main()
