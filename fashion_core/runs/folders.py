"""What the two small files in a run's folder say: `spec.json` and `outcome.json`.

They repeat what the database says, so that the folder alone tells what was trained and how it
ended. `outcome.json` is there only while the run is not being computed.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, get_args

from fashion_core.config import RunSpec
from fashion_core.errors import DamagedFileError
from fashion_core.files import write_atomically
from fashion_core.runs.names import clean_name
from fashion_core.runs.records import Ended, State, describe_spec

SPEC_FILE: Final = "spec.json"
OUTCOME_FILE: Final = "outcome.json"

_PAUSED: Final = "paused"  # in the place of how it ended
_ENDED: Final[tuple[Ended, ...]] = get_args(Ended)


def write_header(run_dir: Path, header: dict[str, Any]) -> None:
    """Write down what is trained: run_id, name, created, spec."""
    write_atomically(run_dir / SPEC_FILE, pack_header(header))


def pack_header(header: Mapping[str, Any]) -> bytes:
    """Give the content of `spec.json`."""
    return json.dumps(header, indent=2).encode()


def read_additions(run_dir: Path) -> dict[str, Any]:
    """Give every field of `spec.json`, also those this program does not need; none if damaged."""
    try:
        return _read_json(run_dir / SPEC_FILE)
    except DamagedFileError:
        return {}


def read_header(run_dir: Path) -> dict[str, Any]:
    """Read and verify what is trained, its name cleaned.

    Raises:
        DamagedFileError: if the file cannot be read, a field is missing or has no sense.
    """
    header = _read_json(run_dir / SPEC_FILE)
    try:
        spec = RunSpec.from_dict(header["spec"])
        return {
            "run_id": str(header["run_id"]),
            "name": clean_name(header["name"]) or describe_spec(spec),
            "created": float(header["created"]),
            "spec": spec.to_dict(),
        }
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedFileError(
            f"The file {SPEC_FILE} does not say what is trained: {error}"
        ) from error


def write_outcome(run_dir: Path, state: State, reason: str) -> None:
    """Write down how the run ended."""
    write_atomically(run_dir / OUTCOME_FILE, pack_outcome(state, reason))


def pack_outcome(state: State, reason: str) -> bytes:
    """Give the content of `outcome.json`."""
    return json.dumps({"state": state, "reason": reason}).encode()


def read_outcome(run_dir: Path) -> tuple[Ended, str]:
    """Read how the run ended.

    Raises:
        DamagedFileError: if the file is missing, cannot be read or has no sense.
    """
    outcome = _read_json(run_dir / OUTCOME_FILE)
    try:
        return ended_as(outcome)
    except ValueError as error:
        raise DamagedFileError(
            f"The file {OUTCOME_FILE} does not say how the run ended, but {str(outcome)[:80]}"
        ) from error


def ended_as(values: Mapping[str, Any]) -> tuple[Ended, str]:
    """Take state and reason out of what was read from JSON.

    Raises:
        ValueError: if they have no sense.
    """
    state, reason = values.get("state"), values.get("reason")
    for known in _ENDED:
        if state == known and isinstance(reason, str):
            return known, reason
    raise ValueError(
        f"Expected a state ({', '.join(_ENDED)}) and a reason, got {str(state)[:40]!r} and "
        f"{str(reason)[:40]!r}."
    )


def write_paused(run_dir: Path) -> None:
    """Write down that the run has not ended, but is paused."""
    write_atomically(run_dir / OUTCOME_FILE, json.dumps({"state": _PAUSED, "reason": ""}).encode())


def is_paused(run_dir: Path) -> bool:
    """Tell whether the folder says that the run is paused."""
    try:
        return bool(_read_json(run_dir / OUTCOME_FILE).get("state") == _PAUSED)
    except DamagedFileError:
        return False


def forget_outcome(run_dir: Path) -> None:
    """Remove how the run ended, for it goes on."""
    with suppress(FileNotFoundError):
        (run_dir / OUTCOME_FILE).unlink()


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise DamagedFileError(f"The file {path.name} of the run cannot be read.") from error
    if not isinstance(value, dict):
        raise DamagedFileError(f"The file {path.name} of the run has no fields.")
    return value
