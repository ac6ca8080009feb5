"""Take a run along: one zip with everything that can be looked at, made from its folder and rows.

The same run gives the same bytes: fixed times and order, nothing compressed. Checkpoints, two
thirds of the bytes of a run that went on for long, are left out unless asked for.
"""

import stat
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

from fashion_core.errors import DamagedFileError, StoreError
from fashion_core.files import atomic_writer, sha256
from fashion_core.history import EpochRecord, best_epoch
from fashion_core.runs import artifacts
from fashion_core.runs.curves_csv import write_curves, write_steps
from fashion_core.runs.export_texts import describe, outcome_elsewhere
from fashion_core.runs.folders import (
    OUTCOME_FILE,
    SPEC_FILE,
    pack_header,
    pack_outcome,
    read_additions,
)
from fashion_core.runs.manifest import (
    CURVES_FILE,
    MANIFEST_FILE,
    README_FILE,
    STEPS_FILE,
    FileEntry,
    Manifest,
    pack_manifest,
)
from fashion_core.runs.records import Run
from fashion_core.runs.store import RunStore

_TIME: Final = (1980, 1, 1, 0, 0, 0)  # the first a zip can name; the real one is in spec.json
_RIGHTS: Final = (stat.S_IFREG | 0o644) << 16
_FILE_OVERHEAD: Final = 330  # bytes of an entry, its place in the directory and in the manifest
_TEXT_BYTES: Final = 4_000  # the small files, without a line an epoch and a line a step
_CURVE_BYTES, _STEP_BYTES = 110, 28  # of a line of `curves.csv` and `steps.csv`, measured


def export_run(
    store: RunStore, run_id: str, file: BinaryIO, *, with_checkpoints: bool = False
) -> tuple[str, ...]:
    """Write a run as a zip; of a run in work, what is finished now.

    Args:
        store: Where the run is.
        run_id: The run.
        file: Where to write, any place of it can be reached; incomplete if an error is raised.
        with_checkpoints: Whether the run can go on elsewhere. Without them a run that ended early
            can be looked at, and starts again from its first epoch if it is resumed.

    Returns:
        Sentences on what is damaged and therefore not in the zip; none if all is sound.

    Raises:
        StoreError: if there is no such run, or the list of runs cannot be read.
        OSError: if the file cannot be written.
        ValueError: if only the end of the file can be reached.
    """
    if not file.seekable():
        raise ValueError("Expected a file of which any place can be reached.")
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=False) as archive:
        export = _Export(store, run_id, archive)
        export.add_epochs_and_best()
        if with_checkpoints:
            export.add_checkpoints()
        export.add_texts()
        return tuple(export.lost)


def export_to(
    store: RunStore, run_id: str, path: Path, *, with_checkpoints: bool = False
) -> tuple[str, ...]:
    """Write a run to a new zip file, whole or not at all; see `export_run`.

    Raises:
        StoreError: if there is no such run, the file is there already or cannot be written.
    """
    if path.exists():
        raise StoreError(f"There is a file {path} already. Remove it or choose another name.")
    try:
        with atomic_writer(path) as file:
            return export_run(store, run_id, file, with_checkpoints=with_checkpoints)
    except OSError as error:
        raise StoreError(
            f"The zip {path} cannot be written ({error.strerror}). "
            "See that its folder exists, is writable and the disk has room, then try again."
        ) from error


def export_bytes(store: RunStore, run_id: str, *, with_checkpoints: bool = False) -> int:
    """Estimate the size of a run's zip from the sizes of its files, in bytes, within 1 %.

    Raises:
        StoreError: if there is no such run, or the list of runs cannot be read.
    """
    run, folder = store.run(run_id), store.run_dir(run_id)
    kinds: tuple[artifacts.Kind, ...] = ("epoch", "best")
    if with_checkpoints:
        kinds += ("checkpoint",)
    return (
        sum(artifacts.bytes_on_disk(folder, kind) for kind in kinds)
        + sum(len(artifacts.epochs_on_disk(folder, kind)) for kind in kinds) * _FILE_OVERHEAD
        + len(run.history) * _CURVE_BYTES
        + len(store.step_losses(run_id)) * _STEP_BYTES
        + _TEXT_BYTES
    )


class _Export:
    """One zip in work.

    Attributes:
        lost: Sentences on what is damaged.
    """

    def __init__(self, store: RunStore, run_id: str, archive: zipfile.ZipFile) -> None:
        self._store, self._archive = store, archive
        self._folder = store.run_dir(run_id)
        self._run = self._look()
        self._history: dict[int, EpochRecord] = {}
        self._files: dict[str, FileEntry] = {}
        self._checkpoint = 0
        self.lost: list[str] = []

    def add_epochs_and_best(self) -> None:
        """Add all finished epochs and the weights of the best of them.

        A run in work replaces its best weights; then its newer epochs are added, too.
        """
        while True:
            on_disk = artifacts.epochs_on_disk(self._folder, "best")
            self._add_epochs(on_disk)
            best = best_epoch(self._records)
            if best is None:
                return
            try:
                self._add_file("best", best.epoch)
            except DamagedFileError as error:
                seen, self._run = self._run, self._look()
                if on_disk == artifacts.epochs_on_disk(self._folder, "best") and (
                    seen.history == self._run.history
                ):
                    self.lost.append(f"{error} It is not in the zip.")
                    return
            else:
                return

    def add_checkpoints(self) -> None:
        """Add where training can go on, of the epochs that are in the zip."""
        for epoch in reversed(artifacts.epochs_on_disk(self._folder, "checkpoint")):
            if epoch in self._history:
                try:
                    self._add_file("checkpoint", epoch)
                except DamagedFileError as error:
                    if epoch in artifacts.epochs_on_disk(self._folder, "checkpoint"):
                        self.lost.append(f"{error} It is not in the zip.")
                else:
                    self._checkpoint = max(self._checkpoint, epoch)

    def add_texts(self) -> None:
        """Add the small files, the manifest last."""
        state, reason = outcome_elsewhere(self._run, len(self._history), self._checkpoint)
        header = self._header()
        self._add(SPEC_FILE, pack_header(header))
        self._add(OUTCOME_FILE, pack_outcome(state, reason))
        self._add(CURVES_FILE, write_curves(self._records))
        self._add(STEPS_FILE, write_steps(self._steps()))
        readme = describe(self._run, len(self._history), state, reason)
        self._add(README_FILE, readme)
        manifest = Manifest(
            header=header,
            state=state,
            reason=reason,
            notices=(*self._run.notices, *self.lost),
            note=self._run.note,
            tags=self._run.tags,
            files=self._files,
        )
        self._write(MANIFEST_FILE, pack_manifest(manifest))

    @property
    def _records(self) -> list[EpochRecord]:
        return [self._history[epoch] for epoch in sorted(self._history)]

    def _look(self) -> Run:
        """Read the run's rows.

        Raises:
            StoreError: if they are damaged.
        """
        run = self._store.run(self._folder.name)
        if run.status == "damaged":
            raise StoreError(f"The run {run.run_id} cannot be exported. {run.reason}")
        return run

    def _add_epochs(self, best_on_disk: list[int]) -> None:
        """Add the epochs that are not in the zip yet; the figures are those in their files."""
        for record in self._run.history:
            if record.epoch not in self._history:
                self._history[record.epoch] = record
                try:
                    self._history[record.epoch] = self._add_epoch(record.epoch)
                except DamagedFileError as error:
                    self.lost.append(f"{error} It is not in the zip.")
        following = max(self._history, default=0) + 1
        if following in best_on_disk:  # finished, but the list of runs has not been told yet
            with suppress(DamagedFileError):
                self._history[following] = self._add_epoch(following)

    def _add_epoch(self, epoch: int) -> EpochRecord:
        content = artifacts.read(self._folder, "epoch", epoch)
        record = artifacts.unpack_record(content, epoch)
        self._add(artifacts.name_of("epoch", epoch, content), content)
        return record

    def _add_file(self, kind: artifacts.Kind, epoch: int) -> None:
        content = artifacts.read(self._folder, kind, epoch)
        self._add(artifacts.name_of(kind, epoch, content), content)

    def _add(self, name: str, content: bytes) -> None:
        self._files[name] = FileEntry(size=len(content), sha256=sha256(content))
        self._write(name, content)

    def _write(self, name: str, content: bytes) -> None:
        info = zipfile.ZipInfo(name, _TIME)
        info.create_system = 3  # Unix, on every machine
        info.external_attr = _RIGHTS
        self._archive.writestr(info, content)

    def _header(self) -> dict[str, Any]:
        run = self._run
        rows = {"run_id": run.run_id, "name": run.name, "created": run.created}
        return {**read_additions(self._folder), **rows, "spec": run.spec.to_dict()}

    def _steps(self) -> list[tuple[int, int, float]]:
        """Give the losses of steps; of a run in work, those of the epochs in the zip."""
        return [
            row
            for row in self._store.step_losses(self._run.run_id)
            if not self._run.is_active or row[0] in self._history
        ]
