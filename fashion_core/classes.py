"""The ten classes of Fashion-MNIST and the family of four that look alike."""

from typing import Final

CLASS_NAMES: Final[tuple[str, ...]] = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
"""Names in the order of the labels 0-9 (data sheet: github.com/zalandoresearch/fashion-mnist)."""

FAMILY: Final[tuple[int, ...]] = (0, 2, 4, 6)
"""T-shirt/top, Pullover, Coat, Shirt: two thirds of all mistakes stay among these four."""

FAMILY_PAIRS: Final[tuple[tuple[int, int], ...]] = ((0, 6), (2, 4), (4, 6), (2, 6), (0, 2), (0, 4))
"""The six unordered pairs of the family, most confused first."""


def class_index(name: str) -> int:
    """Give the label of a class name.

    Raises:
        ValueError: if the name is none of the ten.
    """
    if name not in CLASS_NAMES:
        raise ValueError(f"Expected one of {', '.join(CLASS_NAMES)}, got {name!r}.")
    return CLASS_NAMES.index(name)
