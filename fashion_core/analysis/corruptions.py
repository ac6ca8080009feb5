"""Ten ways in which a picture gets worse, at three strengths each; the same damage every time.

The strengths are this program's own, chosen so that a small network goes from a little worse to
much worse. Accuracies under them compare runs of this program with each other, and with no
published figure.

References:
    D. Hendrycks and T. Dietterich, "Benchmarking Neural Network Robustness to Common Corruptions
    and Perturbations", ICLR 2019 (ImageNet-C); N. Mu and J. Gilmer, "MNIST-C: A Robustness
    Benchmark for Computer Vision", 2019.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from fashion_core.analysis.transforms import Changes, change

VERSION: Final = 1
"""Of the pictures that come out; raise it when any of them changes, and answers kept are asked
for again."""

STRENGTHS: Final = (1, 2, 3)
"""Slight, clear, heavy."""

_IMAGES: Final = 100_000  # more than a file of the data set has, so that no two seeds are equal
_SIDE: Final = 28

_Image = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Corruption:
    """One way in which pictures get worse.

    Attributes:
        key: Its name in links and files.
        label: Its name on pages; goes before "hurts".
        number: Part of the seed of its random choices; no other has the same.
        amounts: What `made_of` calls the amount, at each of `STRENGTHS`.
        made_of: What is done, with {} for the amount.
    """

    key: str
    label: str
    number: int
    amounts: tuple[float, float, float]
    made_of: str

    def amount(self, strength: int) -> float:
        """Give the amount at a strength.

        Raises:
            ValueError: if there is no such strength.
        """
        if strength not in STRENGTHS:
            raise ValueError(f"Expected a strength from {STRENGTHS}, got {strength}.")
        return self.amounts[strength - 1]

    def describe(self, strength: int) -> str:
        """Say what is done at a strength: "turned by 20° to either side"."""
        text = self.made_of.format(f"{self.amount(strength):g}")
        return text.replace(" %", "\u00a0%")

    @property
    def definition(self) -> str:
        """Everything that decides its pictures, as text: equal texts, equal pictures."""
        amounts = ", ".join(f"{amount:g}" for amount in self.amounts)
        return f"{VERSION}: {self.made_of} ({amounts})"


CORRUPTIONS: Final = (
    Corruption(
        key="noise",
        label="Noise",
        number=1,
        amounts=(16, 32, 64),
        made_of="normal noise with a standard deviation of {} grey levels",
    ),
    Corruption(
        key="specks",
        label="Salt and pepper",
        number=2,
        amounts=(2, 5, 15),
        made_of="{} % of the pixels black or white",
    ),
    Corruption(
        key="blur",
        label="Blur",
        number=3,
        amounts=(0.75, 1.25, 2),
        made_of="blurred by a Gaussian with a standard deviation of {} pixels",
    ),
    Corruption(
        key="pixels",
        label="Pixelation",
        number=4,
        amounts=(2, 4, 7),
        made_of="squares with a side of {} pixels replaced by their mean",
    ),
    Corruption(
        key="contrast",
        label="Low contrast",
        number=5,
        amounts=(0.8, 0.6, 0.4),
        made_of="distance of each pixel to the picture's mean times {}",
    ),
    Corruption(
        key="bright",
        label="Brightness",
        number=6,
        amounts=(32, 64, 96),
        made_of="{} grey levels added to each pixel",
    ),
    Corruption(
        key="dark",
        label="Darkness",
        number=7,
        amounts=(0.5, 0.3, 0.1),
        made_of="each pixel times {}",
    ),
    Corruption(
        key="turn",
        label="Rotation",
        number=8,
        amounts=(10, 20, 30),
        made_of="turned by {}° to either side",
    ),
    Corruption(
        key="shift",
        label="Shift",
        number=9,
        amounts=(2, 4, 6),
        made_of="moved by {} pixels to one of the four sides",
    ),
    Corruption(
        key="patch",
        label="Erased square",
        number=10,
        amounts=(8, 12, 16),
        made_of="a black square with a side of {} pixels somewhere in it",
    ),
)


def corruption_of(key: str) -> Corruption:
    """Give the corruption of a key.

    Raises:
        ValueError: if there is none.
    """
    for corruption in CORRUPTIONS:
        if corruption.key == key:
            return corruption
    raise ValueError(f"Expected one of {', '.join(c.key for c in CORRUPTIONS)}, got {key!r}.")


def corrupt(image: _Image, image_id: int, corruption: Corruption, strength: int) -> _Image:
    """Make a picture worse.

    What is left to chance depends on the corruption and the number of the picture only: it is the
    same in every run and order, and a stronger turn goes the same way as a slight one.

    Args:
        image: uint8 of shape (28, 28).
        image_id: Its number in the data set, in [0, 100,000).
        corruption: What to do.
        strength: One of `STRENGTHS`; higher is worse.

    Returns:
        uint8 of shape (28, 28).

    Raises:
        ValueError: if the picture, its number or the strength is not as described.
    """
    if image.shape != (_SIDE, _SIDE) or image.dtype != np.uint8:
        raise ValueError(f"Expected a uint8 picture (28, 28), got {image.dtype} {image.shape}.")
    if not 0 <= image_id < _IMAGES:
        raise ValueError(f"Expected a picture's number in [0, {_IMAGES:,}), got {image_id}.")
    seed = corruption.number * _IMAGES + image_id
    return _WAYS[corruption.key](image, corruption.amount(strength), seed)


def corrupt_all(
    images: _Image, image_ids: npt.NDArray[np.int64], corruption: Corruption, strength: int
) -> _Image:
    """Make pictures worse, each as `corrupt` does.

    Args:
        images: uint8 of shape (N, 28, 28).
        image_ids: Their numbers, int64 of shape (N,).
        corruption: What to do.
        strength: One of `STRENGTHS`; higher is worse.

    Returns:
        uint8 of shape (N, 28, 28).

    Raises:
        ValueError: if there are not as many numbers as pictures, or one is not as described.
    """
    if len(images) != len(image_ids):
        raise ValueError(f"Expected {len(images)} numbers of pictures, got {len(image_ids)}.")
    worse = np.empty_like(images)
    for row, image_id in enumerate(image_ids):
        worse[row] = corrupt(images[row], int(image_id), corruption, strength)
    return worse


def _noise(image: _Image, amount: float, seed: int) -> _Image:
    return change(image, Changes(noise=amount, noise_seed=seed))


def _specks(image: _Image, amount: float, seed: int) -> _Image:
    """Make some pixels black and as many white; those of a lower strength are among them."""
    chance, half = np.random.default_rng(seed).random(image.shape), amount / 200
    worse: _Image = image.copy()
    worse[chance < half] = 0
    worse[chance >= 1 - half] = 255
    return worse


def _blur(image: _Image, amount: float, _seed: int) -> _Image:
    return change(image, Changes(blur=amount))


def _pixels(image: _Image, amount: float, _seed: int) -> _Image:
    side = int(amount)  # divides 28
    squares = image.reshape(_SIDE // side, side, _SIDE // side, side)
    means = np.rint(squares.mean(axis=(1, 3))).astype(np.uint8)
    worse: _Image = means.repeat(side, axis=0).repeat(side, axis=1)
    return worse


def _contrast(image: _Image, amount: float, _seed: int) -> _Image:
    return change(image, Changes(contrast=amount))


def _bright(image: _Image, amount: float, _seed: int) -> _Image:
    worse: _Image = np.minimum(image.astype(np.int64) + int(amount), 255).astype(np.uint8)
    return worse


def _dark(image: _Image, amount: float, _seed: int) -> _Image:
    worse: _Image = np.rint(image * amount).astype(np.uint8)
    return worse


def _turn(image: _Image, amount: float, seed: int) -> _Image:
    sign = (-1, 1)[np.random.default_rng(seed).integers(2)]
    return change(image, Changes(degrees=sign * amount))


def _shift(image: _Image, amount: float, seed: int) -> _Image:
    right, down = ((1, 0), (-1, 0), (0, 1), (0, -1))[np.random.default_rng(seed).integers(4)]
    return change(image, Changes(right=right * int(amount), down=down * int(amount)))


def _patch(image: _Image, amount: float, seed: int) -> _Image:
    """Put the square anywhere that lies in the picture as a whole, every place as likely."""
    side = int(amount)
    left, top = np.floor(np.random.default_rng(seed).random(2) * (_SIDE - side + 1)).astype(int)
    return change(image, Changes(patch=side, patch_left=int(left), patch_top=int(top)))


_WAYS: Final[Mapping[str, Callable[[_Image, float, int], _Image]]] = {
    "noise": _noise,
    "specks": _specks,
    "blur": _blur,
    "pixels": _pixels,
    "contrast": _contrast,
    "bright": _bright,
    "dark": _dark,
    "turn": _turn,
    "shift": _shift,
    "patch": _patch,
}
