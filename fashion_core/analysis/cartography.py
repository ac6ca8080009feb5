"""How the answer to each picture came about over the epochs: easy, ambiguous or hard."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
import numpy.typing as npt

from fashion_core.analysis.formatting import count, percent

AMBIGUOUS_FROM: Final = 0.2
"""Variability from which a picture is called ambiguous: 0.5 is the most there can be. The paper
takes thirds of the pictures, which overlap; a limit gives every picture one region."""

EASY_FROM: Final = 0.5
"""Mean probability of the label from which the others are called easy: as much as all the rest."""


class Region(str, Enum):
    """A part of the map; the value is short enough for a link."""

    HARD = "hard"
    AMBIGUOUS = "ambiguous"
    EASY = "easy"


MEANINGS: Final[Mapping[Region, str]] = {
    Region.HARD: "hardly ever thought to be what its label says",
    Region.AMBIGUOUS: "now thought to be what its label says, now not",
    Region.EASY: "thought to be what its label says at nearly every epoch",
}
"""What each region says about a picture."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainingMap:
    """Where each picture lies.

    Attributes:
        confidence: Mean over the epochs of the label's probability, float64 of shape (N,).
        variability: Standard deviation of it over the epochs (divided by E, not E - 1),
            float64 of shape (N,), in [0, 0.5].
        epochs: Epochs that were averaged, E.
    """

    confidence: npt.NDArray[np.float64]
    variability: npt.NDArray[np.float64]
    epochs: int

    def region(self, region: Region) -> npt.NDArray[np.bool_]:
        """Tell which pictures lie in a region, bool of shape (N,); each lies in exactly one."""
        is_ambiguous = self.variability >= AMBIGUOUS_FROM
        if region is Region.AMBIGUOUS:
            return is_ambiguous
        is_easy = self.confidence >= EASY_FROM
        chosen: npt.NDArray[np.bool_] = ~is_ambiguous & (
            is_easy if region is Region.EASY else ~is_easy
        )
        return chosen


def training_map(losses: npt.ArrayLike) -> TrainingMap:
    """Follow the probability of the label, exp(-loss), over the epochs.

    A picture with losses 0, ln 2 and ln 4 has probabilities 1, 1/2 and 1/4: confidence 0.583,
    variability 0.312.

    Args:
        losses: Cross-entropy in nats, floating of shape (E, N), E at least 1, at least 0; may
            be infinite.

    Raises:
        ValueError: if the shape differs, or a value is negative or nan.

    References:
        Swayamdipta et al., "Dataset Cartography: Mapping and Diagnosing Datasets with Training
        Dynamics", 2020, section 2; there of the pictures that were learned from.
    """
    values = np.asarray(losses, dtype=np.float64)
    if values.ndim != 2 or len(values) == 0:
        raise ValueError(f"Expected losses of shape (E, N), E at least 1, got {values.shape}.")
    if not (values >= 0).all():
        raise ValueError("Expected losses of at least 0, got negative ones or nan.")
    probabilities = np.exp(-values)
    return TrainingMap(
        confidence=probabilities.mean(axis=0),
        variability=probabilities.std(axis=0),
        epochs=len(values),
    )


def describe_training_map(found: TrainingMap, is_right: npt.NDArray[np.bool_]) -> str:
    """Write in one sentence how many pictures are of each kind, and where the mistakes lie.

    Args:
        found: Of `training_map`.
        is_right: Whether the answer of the chosen epoch is right, bool of shape (N,).
    """
    regions = {region: found.region(region) for region in Region}
    sizes = {region: count(int(inside.sum())) for region, inside in regions.items()}
    wrong = int((~is_right).sum())
    text = (
        f"Of {count(len(is_right))} pictures {sizes[Region.EASY]} are easy, "
        f"{sizes[Region.AMBIGUOUS]} ambiguous, {sizes[Region.HARD]} hard"
    )
    if not wrong:
        return f"{text}; none is answered wrong."
    outside = int((~is_right & ~regions[Region.EASY]).sum())
    return (
        f"{text}; {percent(outside / wrong)} of the {count(wrong)} mistakes are ambiguous or hard."
    )
