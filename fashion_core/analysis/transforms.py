"""Changes to one picture that combine: moved, turned, blurred, dimmed, damaged."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

_SEED: Final = 0
"""Of the noise: the same strength gives the same picture, so that an answer can be seen again."""

_REACH: Final = 4
"""Standard deviations to which the blur reaches; what is left out weighs less than 0.01 %."""

_Grey = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is done to a picture; the defaults leave it as it is.

    Attributes:
        is_mirrored: Swap left and right.
        degrees: Turn about the middle, clockwise.
        right: Pixels to move to the right; negative is to the left.
        down: Pixels to move down; negative is up.
        blur: Standard deviation of a Gaussian in pixels, at least 0.
        contrast: Factor on every pixel's distance to the picture's mean, at least 0; 1 is none.
        is_inverted: Make 0 of 255 and 255 of 0.
        patch: Side of a black square in pixels; 0 is none.
        patch_left: First column of the square, from 0.
        patch_top: First row of the square, from 0.
        noise: Standard deviation of normal noise in grey levels, at least 0.
        noise_seed: Of the noise; the same seed and strength give the same noise.
    """

    is_mirrored: bool = False
    degrees: float = 0.0
    right: int = 0
    down: int = 0
    blur: float = 0.0
    contrast: float = 1.0
    is_inverted: bool = False
    patch: int = 0
    patch_left: int = 0
    patch_top: int = 0
    noise: float = 0.0
    noise_seed: int = _SEED

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            ValueError: if a strength, a size or a place is negative or not finite.
        """
        for name in ("blur", "contrast", "patch", "patch_left", "patch_top", "noise"):
            if not 0 <= getattr(self, name) < np.inf:
                raise ValueError(f"Expected {name} of at least 0, got {getattr(self, name)}.")
        if not np.isfinite(self.degrees):
            raise ValueError(f"Expected a finite number of degrees, got {self.degrees}.")


def change(image: npt.NDArray[np.uint8], changes: Changes) -> npt.NDArray[np.uint8]:
    """Make all changes, in the order in which `Changes` lists them, and round once at the end.

    What comes in from outside the picture is black, as the background of the data set.

    Args:
        image: uint8 of shape (H, W).
        changes: What to do; nothing gives the same pixels.

    Returns:
        uint8 of the same shape; values beyond 0 and 255 are cut off after contrast and noise.

    Raises:
        ValueError: if the picture has another dtype or number of axes.
    """
    if image.ndim != 2 or image.dtype != np.uint8:
        raise ValueError(f"Expected a uint8 picture (H, W), got {image.dtype} {image.shape}.")
    grey = image.astype(np.float64)
    grey = grey[:, ::-1] if changes.is_mirrored else grey
    grey = _turned(grey, changes.degrees)
    grey = _moved(grey, right=changes.right, down=changes.down)
    grey = _blurred(grey, changes.blur)
    grey = _within(grey.mean() + changes.contrast * (grey - grey.mean()))
    grey = 255 - grey if changes.is_inverted else grey
    grey = _without_patch(grey, changes)
    noise = np.random.default_rng(changes.noise_seed).normal(0, changes.noise, grey.shape)
    grey = grey + noise
    return np.rint(_within(grey)).astype(np.uint8)


def _within(grey: _Grey) -> _Grey:
    within: _Grey = np.clip(grey, 0, 255)
    return within


def _turned(grey: _Grey, degrees: float) -> _Grey:
    """Turn clockwise about the middle, bilinearly between the four pixels around each place."""
    if degrees % 360 == 0:
        return grey
    height, width = grey.shape
    rows, columns = np.mgrid[:height, :width]
    down, right = rows - (height - 1) / 2, columns - (width - 1) / 2
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    from_row = cosine * down - sine * right + (height - 1) / 2
    from_column = sine * down + cosine * right + (width - 1) / 2
    return _sampled(grey, from_row, from_column)


def _sampled(grey: _Grey, rows: _Grey, columns: _Grey) -> _Grey:
    """Read a picture between its pixels; outside it is black."""
    height, width = grey.shape
    padded = np.pad(grey, 1)
    # Moved by the frame of one pixel, and kept where all four pixels exist.
    rows, columns = np.clip(rows + 1, 0, height + 1), np.clip(columns + 1, 0, width + 1)
    top = np.minimum(rows.astype(np.int64), height)
    left = np.minimum(columns.astype(np.int64), width)
    down, right = rows - top, columns - left
    above = (1 - right) * padded[top, left] + right * padded[top, left + 1]
    below = (1 - right) * padded[top + 1, left] + right * padded[top + 1, left + 1]
    sampled: _Grey = (1 - down) * above + down * below
    return sampled


def _moved(grey: _Grey, *, right: int, down: int) -> _Grey:
    """Move by whole pixels; what leaves the picture is lost."""
    height, width = grey.shape
    moved = np.zeros_like(grey)
    if abs(right) >= width or abs(down) >= height:
        return moved
    rows = slice(max(down, 0), height + min(down, 0))
    columns = slice(max(right, 0), width + min(right, 0))
    from_rows = slice(max(-down, 0), height + min(-down, 0))
    from_columns = slice(max(-right, 0), width + min(-right, 0))
    moved[rows, columns] = grey[from_rows, from_columns]
    return moved


def _blurred(grey: _Grey, sigma: float) -> _Grey:
    """Blur with a Gaussian, first along the rows, then along the columns."""
    if sigma == 0:
        return grey
    reach = max(1, round(_REACH * sigma))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    weights /= weights.sum()
    across = _weighted(grey, weights)
    blurred: _Grey = _weighted(across.T, weights).T
    return blurred


def _weighted(grey: _Grey, weights: _Grey) -> _Grey:
    """Replace every pixel by the weighted sum of those beside it in its row; outside is black."""
    reach = len(weights) // 2
    padded = np.pad(grey, ((0, 0), (reach, reach)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, len(weights), axis=1)
    sums: _Grey = windows @ weights
    return sums


def _without_patch(grey: _Grey, changes: Changes) -> _Grey:
    """Make the square black, as far as it lies in the picture."""
    erased: _Grey = grey.copy()
    rows = slice(changes.patch_top, changes.patch_top + changes.patch)
    columns = slice(changes.patch_left, changes.patch_left + changes.patch)
    erased[rows, columns] = 0
    return erased
