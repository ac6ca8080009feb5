"""The commands that take runs along: `export`, `import` and `tensorboard`."""

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fashion_core.errors import StoreError
from fashion_core.runs.exporting import export_to
from fashion_core.runs.store import RunStore
from fashion_core.runs.zip_import import import_run
from fashion_core.tensorboard import write_events

Command = Callable[[Any], str]
"""Does what the options ask and gives what to say about it."""


def add_commands(add: Callable[[str, str, Command], Any]) -> None:
    """Add the commands with their options.

    Args:
        add: Takes name, description and command, gives its parser, which knows `--store`.
    """
    export = add("export", "write a run as one zip, to take it along", _export)
    export.add_argument("run_id", help="its id, as `runs` lists it")
    export.add_argument("--output", type=Path, metavar="FILE", help="default: RUN_ID.zip")
    export.add_argument(
        "--with-checkpoints",
        action="store_true",
        help="also what is needed to go on training elsewhere; several times as large",
    )
    import_ = add("import", "take a run in from such a zip", _import)
    import_.add_argument("file", type=Path, metavar="FILE", help="the zip")
    tensorboard = add("tensorboard", "write the curves of runs for TensorBoard", _tensorboard)
    tensorboard.add_argument("run_id", nargs="+", metavar="RUN_ID", help="one or more runs")
    tensorboard.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="folder for its --logdir"
    )


def existing_store(folder: Path) -> RunStore:
    """Open a store to look into it, which makes none.

    Raises:
        StoreError: if there is none.
    """
    if not folder.is_dir():
        raise StoreError(f"There is no run store in {folder}.")
    return RunStore(folder)


def _export(options: Any) -> str:
    store: RunStore = existing_store(options.store)
    run = store.run(options.run_id)
    path: Path = options.output or Path(f"{run.run_id}.zip")
    lost = export_to(store, run.run_id, path, with_checkpoints=options.with_checkpoints)
    size = path.stat().st_size / 1_000_000
    kept = "with" if options.with_checkpoints else "without"
    return "\n".join([f"{path} written: {size:.1f} MB, {run.name}, {kept} checkpoints", *lost])


def _import(options: Any) -> str:
    """Take a run in.

    Raises:
        StoreError: if the file cannot be read; else see `import_run`.
    """
    try:
        file = options.file.open("rb")
    except OSError as error:
        raise StoreError(f"The file {options.file} cannot be read ({error.strerror}).") from error
    with file:
        store = RunStore(options.store)
        run = store.run(import_run(store, file))
    epochs = f"{len(run.history)} of {run.spec.epochs} epochs"
    return f"{run.run_id} imported: run {run.number}, {run.name}, {run.status}, {epochs}"


def _tensorboard(options: Any) -> str:
    store = existing_store(options.store)
    for run_id in options.run_id:
        write_events(store, run_id, options.output)
    count = "1 run" if len(options.run_id) == 1 else f"{len(options.run_id)} runs"
    folder = shlex.quote(str(options.output))
    return f"{count} written. Look at them with: tensorboard --logdir {folder}"
