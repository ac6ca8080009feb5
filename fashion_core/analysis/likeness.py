"""Whether a picture is like what a network learned from, by its nearest training picture."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from fashion_core.analysis.formatting import number
from fashion_core.analysis.neighbours import nearest_by_pixels

FURTHEST: Final = 63.2
FURTHEST_SHARE: Final = 0.748
"""99th percentiles over the 10,000 test pictures, against the 50,000 training pictures.

Measured once; the data set never changes. Each flags 1 % of the test pictures, so both together 2 %
at most, and in a check with 20 to 40 pictures each all negated ones, all white noise, and 93 to
100 % of scribbles: the first finds what is bright in the wrong places, the second what is mostly
empty.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """How far a picture is from the nearest training picture.

    Attributes:
        distance: Root mean square difference of the pixels in grey levels, 0 to 255; lower is
            nearer.
        share: The same as a share of the picture's own root mean square, at least 0; 1 is what
            an empty picture would reach, nan for a picture that is itself empty.
    """

    distance: float
    share: float

    @property
    def is_unlike(self) -> bool:
        """Whether fewer than 1 % of the test pictures are as far in one of the two senses."""
        return not (self.distance <= FURTHEST and self.share <= FURTHEST_SHARE)

    def describe(self) -> str:
        """Say in words what was measured, and what it means."""
        if np.isnan(self.share):
            return "This picture is black all over: no training picture is, so any answer is empty."
        measured = (
            f"the nearest training picture is {number(self.distance)} grey levels away, "
            f"{number(100 * self.share)}\u00a0% of this picture's own strength"
        )
        if self.is_unlike:
            return (
                f"This picture is unlike the training pictures: {measured}. For 99 % of "
                f"the test pictures it is at most {FURTHEST:.1f} levels and, separately, at most "
                f"{100 * FURTHEST_SHARE:.1f}\u00a0%. However sure the answer sounds, nothing backs "
                "it."
            )
        return f"Like the training pictures: {measured}."


def likeness(training: npt.NDArray[np.uint8], image: npt.NDArray[np.uint8]) -> Likeness:
    """Measure how far a picture is from the nearest of some others.

    Args:
        training: Pictures to search, uint8 of shape (N, H, W).
        image: The picture, uint8 of shape (H, W).

    Raises:
        ValueError: if a shape or dtype differs.
    """
    distance = float(nearest_by_pixels(training, image, count=1).values[0])
    strength = float(np.sqrt(np.mean(image.astype(np.float64) ** 2)))
    return Likeness(distance=distance, share=distance / strength if strength else float("nan"))
