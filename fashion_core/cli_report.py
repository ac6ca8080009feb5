"""The command `report`: a run as one HTML file, and its mistakes as CSV."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, get_args

from fashion_core.cli_transfer import existing_store
from fashion_core.data import Split, read_split
from fashion_core.epoch_scores import SplitName
from fashion_core.errors import StoreError
from fashion_core.files import write_atomically
from fashion_core.mistakes_csv import write_mistakes
from fashion_core.report.page import write_report
from fashion_core.runs.records import Run

Command = Callable[[Any], str]
"""Does what the options ask and gives what to say about it."""

_CORE_NAME: Final[dict[SplitName, Split]] = {"test": "test", "validation": "val"}


def add_report(add: Callable[[str, str, Command], Any]) -> Any:
    """Add the command with its options and give its parser, which still needs `--data`.

    Args:
        add: Takes name, description and command, gives its parser, which knows `--store`.
    """
    parser = add("report", "write a run as one HTML file that opens anywhere", _report)
    parser.add_argument("run_id", help="its id, as `runs` lists it")
    parser.add_argument("--output", type=Path, metavar="FILE", help="default: RUN_ID.html")
    parser.add_argument(
        "--mistakes", type=Path, metavar="FILE.csv", help="also list all mistakes, a line each"
    )
    parser.add_argument("--epoch", type=int, metavar="N", help="default: the best one")
    parser.add_argument(
        "--split",
        choices=get_args(SplitName),
        default="test",
        help="pictures that are counted and shown; default: test",
    )
    return parser


def _report(options: Any) -> str:
    store = existing_store(options.store)
    run = store.run(options.run_id)
    epoch = _best(run) if options.epoch is None else options.epoch
    output: Path = options.output or Path(f"{run.run_id}.html")
    for path in filter(None, (output, options.mistakes)):
        _check_new(path)
    images = read_split(options.data, _CORE_NAME[options.split])
    asked = {"epoch": epoch, "split": options.split, "images": images}
    said = [_write(output, write_report(store, run.run_id, **asked).encode())]
    said[0] += f", {run.name}, epoch {epoch}, {options.split} pictures"
    if options.mistakes:
        said.append(_write(options.mistakes, write_mistakes(store, run.run_id, **asked)))
    return "\n".join(said)


def _best(run: Run) -> int:
    """Give the best epoch.

    Raises:
        StoreError: if none has finished.
    """
    if run.best is None:
        raise StoreError(
            f"Run {run.number}, {run.run_id}, is {run.status} and has no finished epoch: there is "
            "nothing to report yet."
        )
    return run.best.epoch


def _check_new(path: Path) -> None:
    """See that nothing is overwritten.

    Raises:
        StoreError: if there is such a file.
    """
    if path.exists():
        raise StoreError(f"There is a file {path} already. Remove it or choose another name.")


def _write(path: Path, content: bytes) -> str:
    """Write a file whole or not at all, and say so.

    Raises:
        StoreError: if it cannot be written.
    """
    try:
        write_atomically(path, content)
    except OSError as error:
        raise StoreError(
            f"The file {path} cannot be written ({error.strerror}). "
            "See that its folder exists, is writable and the disk has room, then try again."
        ) from error
    return f"{path} written: {len(content) / 1_000:.0f} kB"
