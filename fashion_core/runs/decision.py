"""What somebody decided about a label: a line of `label-decisions.jsonl` in the store's folder."""

import math
import re
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
import numpy.typing as npt

from fashion_core.files import sha256

DecidedSplit = Literal["test", "validation"]
Verdict = Literal["keep", "relabel", "ambiguous", "skip"]

DISPUTING: Final[frozenset[Verdict]] = frozenset({"relabel", "ambiguous"})
"""Verdicts after which a picture's label is no longer taken as the truth."""

MAX_BYTES: Final = 16_000_000
"""20,000 pictures can be decided about, 200 bytes each: 4 MB; a larger file is none of ours."""

_DIGEST: Final = re.compile(r"[0-9a-f]{16}")
_CLASSES: Final = 10

DecisionKey = tuple[DecidedSplit, int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What somebody decided about the label of one picture of the data set.

    Attributes:
        split: Which pictures it is one of.
        image_id: Position in the split's source file.
        digest: See `picture_digest`; a decision holds for the same picture and label only.
        label: The label that was decided about, 0 to 9.
        verdict: The label is right, is wrong, cannot be told; or somebody looked and went on.
        new_label: The right class where the verdict is "relabel", else None.
        decided: When, in seconds since 1970.
    """

    split: DecidedSplit
    image_id: int
    digest: str
    label: int
    verdict: Verdict
    new_label: int | None
    decided: float

    def __post_init__(self) -> None:
        """Check the values, once for everything that follows.

        Raises:
            ValueError: if a value has no sense.
        """
        _check_picture(self)
        if self.verdict not in get_args(Verdict):
            raise ValueError(f"Expected one of {get_args(Verdict)}, got {self.verdict!r}.")
        if (self.verdict == "relabel") != _is_class(self.new_label):
            raise ValueError("Expected a new label with the verdict relabel, and only then.")
        if self.new_label == self.label:
            raise ValueError(f"Expected another class than the label {self.label}.")
        if type(self.decided) is not float or not math.isfinite(self.decided):
            raise ValueError(f"Expected seconds since 1970, got {self.decided!r}.")

    @property
    def key(self) -> DecisionKey:
        """Name what it is about: split, image id and digest."""
        return self.split, self.image_id, self.digest

    def to_dict(self) -> dict[str, Any]:
        """Give it as plain JSON types."""
        return asdict(self)

    @property
    def is_disputing(self) -> bool:
        """Tell whether the label is no longer taken as the truth."""
        return self.verdict in DISPUTING


def picture_digest(image: npt.NDArray[np.uint8], label: int) -> str:
    """Give 16 hexadecimal digits of the SHA-256 of a picture's pixels and label.

    Args:
        image: uint8 of shape (28, 28).
        label: Its true class, 0 to 9.
    """
    return sha256(image.tobytes() + bytes([label]))[:16]


def _check_picture(decision: Decision) -> None:
    """Refuse what names no picture.

    Raises:
        ValueError: if a value has no sense.
    """
    if decision.split not in get_args(DecidedSplit):
        raise ValueError(f"Expected one of {get_args(DecidedSplit)}, got {decision.split!r}.")
    if type(decision.image_id) is not int or decision.image_id < 0:
        raise ValueError(f"Expected an image id of at least 0, got {decision.image_id!r}.")
    if not isinstance(decision.digest, str) or not _DIGEST.fullmatch(decision.digest):
        raise ValueError(f"Expected 16 hexadecimal digits, got {decision.digest!r}.")
    if not _is_class(decision.label):
        raise ValueError(f"Expected a label from 0 to 9, got {decision.label!r}.")


def _is_class(value: object) -> bool:
    return type(value) is int and 0 <= value < _CLASSES
