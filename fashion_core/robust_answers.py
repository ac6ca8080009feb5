"""What is kept of a run's answers to worse pictures, and what is still missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fashion_core.analysis.corruptions import CORRUPTIONS, STRENGTHS
from fashion_core.errors import DamagedFileError
from fashion_core.runs.robustness import Asked, read_answers


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kept:
    """Answers of one epoch to the test pictures under every corruption, as far as they are there.

    Attributes:
        answers: Classes by key of the corruption, in the order of `CORRUPTIONS`, uint8 of shape
            (S, N): row = strength, column = picture.
        damaged: Keys of those whose file is not what was written.
    """

    answers: Mapping[str, npt.NDArray[np.uint8]]
    damaged: tuple[str, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Keys of the corruptions that are still to be computed, in the order of `CORRUPTIONS`."""
        return tuple(c.key for c in CORRUPTIONS if c.key not in self.answers)


def questions(*, epoch: int, clean: str, pictures: int) -> tuple[Asked, ...]:
    """Give what is asked of an epoch, a question for each corruption.

    Args:
        epoch: Whose weights.
        clean: Fingerprint of its answers to the pictures as they are.
        pictures: How many test pictures there are.
    """
    return tuple(
        Asked(
            epoch=epoch,
            clean=clean,
            key=corruption.key,
            definition=corruption.definition,
            strengths=len(STRENGTHS),
            pictures=pictures,
        )
        for corruption in CORRUPTIONS
    )


def read_kept(run_dir: Path, asked: Sequence[Asked]) -> Kept:
    """Read what is kept; a damaged file is named, and as good as missing."""
    answers, damaged = {}, []
    for question in asked:
        try:
            found = read_answers(run_dir, question)
        except DamagedFileError:
            damaged.append(question.key)
        else:
            if found is not None:
                answers[question.key] = found
    return Kept(answers=answers, damaged=tuple(damaged))
