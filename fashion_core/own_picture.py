"""From somebody's picture to the form of the data set, one visible step after another.

The data set's authors took product photos on light grey, trimmed them, made the longest edge 28
pixels, sharpened, put them in the middle of 28 x 28, negated them and made them grey (Xiao, Rasul
and Vollgraf, "Fashion-MNIST", 2017, section 2). Grey and negation come first here, since what to
trim depends on them, and pixels are averaged instead of skipped, since photos are noisy.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from fashion_core.errors import RefusedPictureError

SIDE: Final = 28
"""Pixels along one side of a picture of the data set."""

Background = Literal["by its border", "light", "dark"]
"""Whether the background of a picture is light; such a picture is negated."""

_CLOSE: Final = 13
"""5 % of 255: what differs less from the corners is trimmed by the data set's authors, too."""

_SPREAD: Final = 4.45
"""Median absolute deviations that make three standard deviations of normal noise."""

_FEW: Final = 0.01
"""Share of a row that must stand out for the row to belong to the garment; else it is dust."""

_LUMA: Final = np.array([0.299, 0.587, 0.114])
"""Weights of red, green, blue in a grey level (ITU-R BT.601)."""

_Grey = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step.

    Attributes:
        name: What was done, in a few words.
        note: What was found or decided in it.
        image: What came out, uint8 of shape (H, W), the first one (H, W, 3).
    """

    name: str
    note: str
    image: _Grey


def bring_to_form(picture: _Grey, background: Background = "by its border") -> list[Step]:
    """Bring a picture to the form of the data set: a bright garment on black, 28 x 28.

    A picture of 28 x 28 pixels is taken to be in that form already, except that it is negated.

    Args:
        picture: uint8 of shape (H, W, 3).
        background: Whether it is light, or to find out: by the median of the outermost pixels.

    Returns:
        The steps; the image of the last one has shape (28, 28).

    Raises:
        RefusedPictureError: if nothing stands out from the border.
        ValueError: if shape or dtype differ.
    """
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
        raise ValueError(f"Expected uint8 of shape (H, W, 3), got {picture.dtype} {picture.shape}.")
    height, width = picture.shape[:2]
    steps = [Step(name="Your picture", note=f"at {width} × {height} pixels", image=picture)]
    steps.append(Step(name="Grey", note="as bright as it looks", image=_grey(picture)))
    steps.append(_bright_on_dark(steps[-1].image, background))
    if (height, width) == (SIDE, SIDE):
        return steps
    for step in (_on_black, _trimmed, _scaled, _sharpened, _centred):
        steps.append(step(steps[-1].image))
    return steps


def _grey(picture: _Grey) -> _Grey:
    grey: _Grey = np.rint(picture @ _LUMA).astype(np.uint8)
    return grey


def _border(grey: _Grey) -> npt.NDArray[Any]:
    """Give the outermost pixels, each once."""
    inside = np.zeros(grey.shape, dtype=bool)
    inside[1:-1, 1:-1] = True
    return grey[~inside]


def _bright_on_dark(grey: _Grey, background: Background) -> Step:
    """Negate a picture with a light background."""
    level = float(np.median(_border(grey)))
    is_light = level > 127 if background == "by its border" else background == "light"
    why = f"its border is at {level:.0f} of 255" if background == "by its border" else "as you say"
    if is_light:
        return Step(name="Negated", note=f"light background: {why}", image=255 - grey)
    return Step(name="Not negated", note=f"dark background: {why}", image=grey)


def _on_black(grey: _Grey) -> Step:
    """Subtract the background's level, and make black what differs from it as little as itself.

    The background is the border; where that is bright, the garment touches it, and the background
    is the darkest twentieth of the picture.

    Raises:
        RefusedPictureError: if the background is as bright as can be, so nothing can stand out.
    """
    border = _border(grey)
    level = float(np.median(border))
    unrest = _SPREAD * float(np.median(np.abs(border - level)))
    if level > 127:
        level, unrest = float(np.percentile(grey, 5)), 0.0
    if level >= 255:
        raise RefusedPictureError(_NOTHING)
    unrest = max(_CLOSE, unrest)
    raised = np.clip((grey - level) * 255 / (255 - level), 0, 255)
    black = np.where(grey - level > unrest, raised, 0)
    note = f"what is within {unrest:.0f} of the background's {level:.0f}"
    return Step(name="Made black", note=note, image=np.rint(black).astype(np.uint8))


def _trimmed(grey: _Grey) -> Step:
    """Cut off the rows and columns around the garment.

    Raises:
        RefusedPictureError: if nothing is left.
    """
    stands_out = grey > 0
    edges = []
    for axis in (1, 0):
        found = np.flatnonzero(stands_out.mean(axis=axis) >= _FEW)
        if len(found) == 0:
            raise RefusedPictureError(_NOTHING)
        edges.append(slice(int(found[0]), int(found[-1]) + 1))
    trimmed = grey[edges[0], edges[1]]
    note = f"{trimmed.shape[1]} × {trimmed.shape[0]} pixels are left"
    return Step(name="Trimmed", note=note, image=trimmed)


def _scaled(grey: _Grey) -> Step:
    """Make the longest edge 28 pixels, each the mean of what it covers."""
    height, width = (max(1, round(side * SIDE / max(grey.shape))) for side in grey.shape)
    scaled = Image.fromarray(grey).resize((width, height), Image.Resampling.BOX)
    note = f"{width} × {height} pixels"
    return Step(name="Scaled to 28", note=note, image=np.asarray(scaled))


def _sharpened(grey: _Grey) -> Step:
    """Sharpen with a kernel of 3 x 3: twice the sum of a Gaussian of sigma 1, minus its sides.

    References:
        Fashion-MNIST, section 2, step 4: "a Gaussian operator of the radius and standard
        deviation of 1.0"; the kernel is the one of ImageMagick's -sharpen 1x1.
    """
    gauss = np.exp(-0.5 * np.arange(-1, 2) ** 2)
    kernel = -np.outer(gauss, gauss)
    kernel[1, 1] = -2 * kernel.sum()
    kernel /= kernel.sum()
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(grey, 1, mode="edge"), (3, 3))
    sharp = np.clip(np.einsum("ijkl,kl->ij", windows, kernel), 0, 255)
    return Step(name="Sharpened", note="outlines stand out", image=np.rint(sharp).astype(np.uint8))


def _centred(grey: _Grey) -> Step:
    """Put the picture in the middle of 28 x 28; of an odd rest the larger half is below, right."""
    height, width = grey.shape
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    centred = np.zeros((SIDE, SIDE), dtype=np.uint8)
    centred[top : top + height, left : left + width] = grey
    return Step(name="In the middle", note="28 × 28, what the network sees", image=centred)


_NOTHING: Final = (
    "Nothing in this picture stands out from its border. Choose one of a single garment on a "
    "plain background, or say whether the background is light or dark."
)
