"""Take in a zip that `export_run` made, perhaps changed by a stranger: verified, then all at once.

Everything is verified before anything appears in the store: the zip's outside in `zip_entries`, its
manifest, the SHA-256 of every file, and what the files say, against each other.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

from fashion_core.config import RunSpec
from fashion_core.errors import RefusedZipError, StoreError
from fashion_core.files import sha256, sync_all
from fashion_core.history import EpochRecord, best_epoch
from fashion_core.runs import artifacts
from fashion_core.runs.annotation_file import Annotations, write_annotations
from fashion_core.runs.artifacts import parse_name
from fashion_core.runs.content_checks import check_epoch
from fashion_core.runs.curves_csv import read_curves, read_steps
from fashion_core.runs.folders import (
    OUTCOME_FILE,
    SPEC_FILE,
    write_header,
    write_outcome,
)
from fashion_core.runs.importing import Arrival, admit
from fashion_core.runs.manifest import (
    CURVES_FILE,
    MANIFEST_FILE,
    README_FILE,
    STEPS_FILE,
    Manifest,
    header_of,
    outcome_of,
    unpack_manifest,
)
from fashion_core.runs.staging import arrival
from fashion_core.runs.store import RunStore
from fashion_core.runs.strict_json import read_object
from fashion_core.runs.tensor_checks import check_checkpoint, check_weights
from fashion_core.runs.zip_entries import CheckedZip, checked_zip

_REQUIRED: Final = (SPEC_FILE, OUTCOME_FILE, CURVES_FILE, STEPS_FILE, README_FILE)


def import_run(store: RunStore, file: BinaryIO) -> str:
    """Take a run out of a zip into the store; a run that is there already is never overwritten.

    Args:
        store: Where it goes.
        file: The zip, open for reading; any place of it can be reached.

    Returns:
        The id of the run, the same as where it came from.

    Raises:
        RefusedZipError: with the reason, if the zip is not one that this program wrote. Nothing of
            it is left behind.
        StoreError: if the run is in the store already, or the store cannot be written.
    """
    if not file.seekable():
        raise RefusedZipError("A zip is read from its end, and a pipe has none. Save it as a file.")
    try:
        with checked_zip(file) as archive:
            manifest = _read_manifest(archive)
            return _take_in(store, archive, manifest)
    except OSError as error:
        raise StoreError(
            f"The run cannot be imported into {store.root} ({error.strerror or error}). "
            "See that the folder is writable and the disk has room, then try again."
        ) from error


def _take_in(store: RunStore, archive: CheckedZip, manifest: Manifest) -> str:
    """Unpack beside the runs, verify, and make it one of them.

    Raises:
        StoreError: if the run is there already.
    """
    run_id: str = manifest.header["run_id"]
    with arrival(store.root, run_id, store.has) as folder:
        if store.has(run_id):
            run = store.run(run_id)
            place = "in the trash of this store" if run.deleted else "in this store already"
            raise StoreError(
                f"The run {run_id} is {place}, as run {run.number}, {run.name}. "
                "Nothing was changed."
            )
        run_arriving = _verify_texts(archive, manifest)
        _unpack(archive, manifest, folder)
        _verify_files(folder, manifest, run_arriving)
        write_header(folder, dict(run_arriving.header))
        write_outcome(folder, manifest.state, manifest.reason)
        if run_arriving.said is not None:
            write_annotations(folder, run_arriving.said)
        sync_all(folder)
        admit(store, folder, run_arriving)
    return run_id


# The manifest and the small files


def _read_manifest(archive: CheckedZip) -> Manifest:
    """Read the manifest and compare its list of files with the zip.

    Raises:
        RefusedZipError: if it has no sense, or a file is missing, new or of another size.
    """
    with _refusing(MANIFEST_FILE):
        manifest = unpack_manifest(archive.read(MANIFEST_FILE))
    named = {name: entry.size for name, entry in manifest.files.items()}
    found = {name: size for name, size in archive.sizes.items() if name != MANIFEST_FILE}
    if missing := sorted(({*_REQUIRED} | named.keys()) - found.keys()):
        raise RefusedZipError(f"The zip lacks {missing[0]}. Export the run again.")
    if extra := sorted(found.keys() - named.keys()):
        raise RefusedZipError(f"The zip holds {extra[0]}, which its {MANIFEST_FILE} does not name.")
    if other := sorted(name for name in named if named[name] != found[name]):
        raise RefusedZipError(
            f"{other[0]} in the zip has another size than its {MANIFEST_FILE} says."
        )
    return manifest


def _verify_texts(archive: CheckedZip, manifest: Manifest) -> Arrival:
    """Read the small files and compare them with the manifest.

    Raises:
        RefusedZipError: if one of them has no sense or contradicts it.
    """
    texts = {name: archive.read(name) for name in _REQUIRED}
    for name, content in texts.items():
        _check_hash(name, sha256(content), manifest)
    spec = RunSpec.from_dict(manifest.header["spec"])
    with _refusing(SPEC_FILE):
        header = _same_header(texts[SPEC_FILE], manifest)
    with _refusing(OUTCOME_FILE):
        _check_outcome(texts[OUTCOME_FILE], manifest)
    with _refusing(CURVES_FILE):
        history = read_curves(texts[CURVES_FILE], max_epoch=spec.epochs)
    with _refusing(STEPS_FILE):
        steps = read_steps(texts[STEPS_FILE], max_epoch=spec.epochs, max_step=spec.steps_per_epoch)
    return Arrival(
        header=header,
        state=manifest.state,
        reason=manifest.reason,
        history=history,
        steps=steps,
        notices=manifest.notices,
        said=_said(manifest),
    )


def _said(manifest: Manifest) -> Annotations | None:
    """Give what people have said about the run; None if nobody has written anything."""
    if not manifest.note and not manifest.tags:
        return None
    return Annotations(name=manifest.header["name"], note=manifest.note, tags=manifest.tags)


def _same_header(content: bytes, manifest: Manifest) -> dict[str, Any]:
    """Read `spec.json`; fields that the manifest does not have are kept.

    Raises:
        ValueError: if it contradicts the manifest.
    """
    values = read_object(content)
    if header_of(values) != manifest.header:
        raise ValueError(f"It is not what {MANIFEST_FILE} says.")
    return {**values, **manifest.header}


def _check_outcome(content: bytes, manifest: Manifest) -> None:
    if outcome_of(read_object(content)) != (manifest.state, manifest.reason):
        raise ValueError(f"It is not what {MANIFEST_FILE} says.")


# The large files


def _unpack(archive: CheckedZip, manifest: Manifest, folder: Path) -> None:
    """Write epochs, weights and checkpoints, each as it is hashed.

    Raises:
        RefusedZipError: if a hash is not that of the manifest or of the file's name.
        OSError: if the disk is full or read-only.
    """
    artifacts.prepare_folders(folder)
    for name in sorted(manifest.files):
        if parse_name(name):
            with (folder / name).open("xb") as target:
                digest = archive.copy(name, target)
            _check_hash(name, digest, manifest)
            if f"-{digest[:16]}." not in name:
                raise RefusedZipError(f"{name} in the zip does not have the content of its name.")


def _check_hash(name: str, digest: str, manifest: Manifest) -> None:
    if digest != manifest.files[name].sha256:
        raise RefusedZipError(
            f"{name} in the zip is not what its {MANIFEST_FILE} says: the SHA-256 is another. "
            "Export the run again."
        )


def _verify_files(folder: Path, manifest: Manifest, run: Arrival) -> None:
    """Compare what the large files hold with the curves.

    Raises:
        RefusedZipError: if one of them contradicts them or is none.
    """
    spec = RunSpec.from_dict(manifest.header["spec"])
    records = {record.epoch: record for record in run.history}
    best = best_epoch(run.history)
    found = [(name, parsed) for name in sorted(manifest.files) if (parsed := parse_name(name))]
    for place, times in Counter(parsed for _, parsed in found).items():
        if times > 1:
            raise RefusedZipError(f"The zip holds {times} {place[0]} files of epoch {place[1]}.")
    for name, (kind, epoch) in found:
        with _refusing(name):
            _check_place(kind, epoch, records, best)
            _check_content(folder / name, kind, records, epoch, spec)


def _check_place(
    kind: artifacts.Kind,
    epoch: int,
    records: Mapping[int, EpochRecord],
    best: EpochRecord | None,
) -> None:
    """Compare the epoch of a file with the curves.

    Raises:
        ValueError: if they do not have it, or another epoch is the best.
    """
    if epoch not in records:
        raise ValueError(f"{CURVES_FILE} has no epoch {epoch}.")
    if kind == "best" and best and epoch != best.epoch:
        raise ValueError(f"The best epoch of {CURVES_FILE} is {best.epoch}.")


def _check_content(
    path: Path, kind: artifacts.Kind, records: Mapping[int, EpochRecord], epoch: int, spec: RunSpec
) -> None:
    """Look into one file.

    Raises:
        ValueError: if it does not hold what it should.
    """
    if kind == "epoch":
        check_epoch(path.read_bytes(), records[epoch], max_epoch=spec.epochs)
    elif kind == "best":
        check_weights(path, spec)
    else:
        history = [record for record in records.values() if record.epoch <= epoch]
        check_checkpoint(path, history, max_epoch=spec.epochs)


@contextmanager
def _refusing(name: str) -> Iterator[None]:
    """Turn what is wrong with a file into a sentence about it.

    Raises:
        RefusedZipError: if anything is.
    """
    try:
        yield
    except ValueError as error:
        raise RefusedZipError(f"{name} in the zip is not sound. {error}") from error
