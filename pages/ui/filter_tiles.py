"""The maps of filters as small tiles, each with its number and, if they fit, its weights."""

import html
from base64 import b64encode
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fashion_core.analysis.filters import by_contrast
from fashion_core.analysis.formatting import number
from fashion_core.figures.filters import grey_maps, kernel_drawing
from pages.ui.pixels import data_url


def map_tiles(
    maps: npt.NDArray[np.float32],
    *,
    most: int,
    layer: str,
    kernels: npt.NDArray[np.float32] | None = None,
) -> str:
    """Give the maps of a layer as HTML, those of the highest contrast first.

    Args:
        maps: Answers of its filters, float32 of shape (C, H, W).
        most: How many to show at most.
        layer: Its name for screen readers: "first layer".
        kernels: Weights of the filters, float32 of shape (C, 3, 3), drawn below the maps.
    """
    greys = grey_maps(maps)
    drawings = [""] * len(maps) if kernels is None else _kernels(kernels)
    tiles = [
        _tile(greys[k], _says(maps[k], k + 1, layer), drawings[k], str(k + 1))
        for k in by_contrast(maps)[:most].tolist()
    ]
    return f'<ul class="filter-tiles">{"".join(tiles)}</ul>'


def picture_tile(image: npt.NDArray[np.uint8], *, alt: str) -> str:
    """Give a picture as HTML, as large as the maps."""
    return f'<img class="filter-map" src="{data_url(image)}" alt="{html.escape(alt)}">'


def _says(values: npt.NDArray[np.float32], filter_number: int, layer: str) -> str:
    """Say a map in words."""
    if not values.any():
        return f"Filter {filter_number} of the {layer}: no answer anywhere"
    mean, strongest = float(values.mean()), float(values.max())
    return (
        f"Filter {filter_number} of the {layer}: its answers are {number(mean)} on average, "
        f"{number(strongest)} at the strongest place"
    )


def _tile(grey: npt.NDArray[np.uint8], says: str, drawing: str, filter_number: str) -> str:
    return (
        f'<li><img class="filter-map" src="{data_url(grey)}" alt="{says}" title="{says}">'
        f'<div class="filter-below">{drawing}<span>filter<b>{filter_number}</b></span></div></li>'
    )


def _kernels(kernels: npt.NDArray[np.float32]) -> Sequence[str]:
    """Draw the weights of each filter, all on one scale, with the numbers as words."""
    largest = float(np.abs(kernels).max()) or 1.0
    return [_kernel(kernel, k, largest) for k, kernel in enumerate(kernels, start=1)]


def _kernel(kernel: npt.NDArray[np.float32], filter_number: int, largest: float) -> str:
    rows = "; ".join(", ".join(_signed(weight) for weight in row) for row in kernel.tolist())
    says = f"Weights of filter {filter_number}, row by row: {rows}"
    source = b64encode(kernel_drawing(kernel, largest=largest).encode()).decode()
    return (
        f'<img class="filter-weights" src="data:image/svg+xml;base64,{source}" '
        f'alt="{says}" title="{says}">'
    )


def _signed(weight: float) -> str:
    """Write a weight with its sign, the minus as long as the plus."""
    return f"{weight:+.2f}".replace("-", "\N{MINUS SIGN}")
