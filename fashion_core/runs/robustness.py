"""What a run answers on worse pictures: files beside its others that can always be made again.

    robustness/epoch-0008-blur.bin    one for each corruption: a line of JSON, then the answers
    robustness/lock                   held by whoever computes

The line says what the answers are to; whoever reads them must expect exactly that, so that those of
other weights, of other pictures or of another version are not taken for these. Nothing here is
exported: it follows from the weights. It goes away with the folder of the run.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from fashion_core.errors import DamagedFileError, StoreError
from fashion_core.files import exclusive_lock, sha256, write_atomically
from fashion_core.runs.artifacts import Predictions
from fashion_core.runs.strict_json import read_object

FOLDER: Final = "robustness"

_LOCK: Final = "lock"
_CLASSES: Final = 10
_MAX_LINE: Final = 4_096

_Answers = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked.

    Attributes:
        epoch: Whose weights.
        clean: Fingerprint of what they say about the pictures as they are, see `fingerprint`.
        key: Name of the corruption, letters a-z.
        definition: Everything that decides its pictures.
        strengths: S, how many.
        pictures: N, how many.
    """

    epoch: int
    clean: str
    key: str
    definition: str
    strengths: int
    pictures: int


def fingerprint(said: Predictions) -> str:
    """Give 64 digits that tell the weights of an epoch apart by what they say."""
    return sha256(said.pred_probs.tobytes())


@contextmanager
def computing(run_dir: Path) -> Iterator[None]:
    """Be the only one who computes answers of a run; removes what killed writers left.

    Raises:
        StoreError: if another program computes them, or the folder is gone or not writable.
    """
    folder = run_dir / FOLDER
    with ExitStack() as held:
        with _sentence(folder):
            folder.mkdir(exist_ok=True)  # not its parents: a run that was removed stays removed
            is_alone = held.enter_context(exclusive_lock(folder / _LOCK))
        if not is_alone:
            raise StoreError(
                "Another program asks this run about worse pictures. Wait until it has ended."
            )
        with _sentence(folder):
            for leftover in folder.glob(".*.tmp"):
                leftover.unlink(missing_ok=True)
        yield


def write_answers(run_dir: Path, asked: Asked, answers: _Answers) -> None:
    """Keep the answers to one corruption, whole or not at all; an older file is replaced.

    Args:
        run_dir: Folder of the run.
        asked: What they are answers to.
        answers: Classes, uint8 of shape (S, N).

    Raises:
        StoreError: if the folder is gone or not writable, or the disk is full.
        ValueError: if shape, type or range are not as described.
    """
    _check(answers, asked)
    body = answers.tobytes()
    line = json.dumps({**asdict(asked), "sha256": sha256(body)}) + "\n"
    path = _path(run_dir, asked)
    with _sentence(path):
        write_atomically(path, line.encode() + body)


def read_answers(run_dir: Path, asked: Asked) -> _Answers | None:
    """Read the answers to one corruption.

    Returns:
        uint8 of shape (S, N); None if nobody has asked for them, or they are to something else.

    Raises:
        DamagedFileError: if the file is not what was written.
    """
    path = _path(run_dir, asked)
    try:
        with path.open("rb") as file:
            line = file.readline(_MAX_LINE)
            return _parse(line, file.read(asked.strengths * asked.pictures + 1), asked)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DamagedFileError(f"{path.name} cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise DamagedFileError(f"{path.name} is damaged: {error}") from error


def _parse(line: bytes, body: bytes, asked: Asked) -> _Answers | None:
    """Make answers of what may be anybody's bytes; None if they are to something else.

    Raises:
        ValueError: if they are not what was written.
    """
    said = read_object(line)
    digest = said.pop("sha256", None)
    if said.keys() != asdict(asked).keys():
        raise ValueError("Its first line does not say what it holds.")
    if said != asdict(asked):
        return None
    if digest != sha256(body):
        raise ValueError("Its answers are not what was written.")
    answers = np.frombuffer(body, np.uint8).reshape(asked.strengths, -1)
    _check(answers, asked)
    return answers


def _check(answers: _Answers, asked: Asked) -> None:
    """Verify answers against what was asked.

    Raises:
        ValueError: if they cannot belong together.
    """
    shape = (asked.strengths, asked.pictures)
    if answers.shape != shape or answers.dtype != np.uint8:
        raise ValueError(f"Expected uint8 {shape}, got {answers.dtype} {answers.shape}.")
    if answers.size and answers.max() >= _CLASSES:
        raise ValueError(f"Expected classes from 0 to {_CLASSES - 1}, got {answers.max()}.")


def _path(run_dir: Path, asked: Asked) -> Path:
    return run_dir / FOLDER / f"epoch-{asked.epoch:04d}-{asked.key}.bin"


@contextmanager
def _sentence(path: Path) -> Iterator[None]:
    """Turn what the disk says into a sentence.

    Raises:
        StoreError: instead of an `OSError`.
    """
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written ({error.strerror}). See that the folder of the run is "
            "there and writable and the disk has room, then start again."
        ) from error
