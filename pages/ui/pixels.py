"""Small pictures as crisp pixels that belong to no sheet: somebody's own, and steps to them."""

import base64
import html
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import streamlit as st
from PIL import Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One picture and its words.

    Attributes:
        image: uint8 of shape (H, W) or (H, W, 3).
        title: What stands above it, in bold.
        note: What stands below it; empty for nothing.
        alt: What it shows, for screen readers.
    """

    image: npt.NDArray[np.uint8]
    title: str
    note: str
    alt: str


def draw_tiles(tiles: Sequence[Tile], *, size: int, narrow_size: int | None = None) -> None:
    """Draw pictures in a row that wraps.

    Args:
        tiles: The pictures, from left to right.
        size: Pixels along the longer side of each; a multiple of 28 keeps all of theirs equal.
        narrow_size: The same on a narrow screen, e.g. to keep two side by side; None is `size`.
    """
    sizes = f"--wide:{size}px;--narrow:{narrow_size or size}px"  # which one: see page.css
    row = "".join(_tile_html(tile, size, sizes) for tile in tiles)
    st.html(f'<div style="display:flex;flex-wrap:wrap;gap:16px">{row}</div>')


def data_url(image: npt.NDArray[np.uint8]) -> str:
    """Give a picture as an address that holds it as PNG, in its own pixels."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _tile_html(tile: Tile, size: int, sizes: str) -> str:
    """Write one picture, in the middle of a black square."""
    height, width = tile.image.shape[:2]
    longest = max(height, width)
    picture = (
        f'<img src="{data_url(tile.image)}" alt="{html.escape(tile.alt)}" '
        f'style="width:calc(var(--side) * {width} / {longest});min-width:1px;min-height:1px;'
        f"height:calc(var(--side) * {height} / {longest});"
        f'image-rendering:{"pixelated" if size >= longest else "auto"}">'
    )
    square = (
        '<div style="display:flex;align-items:center;justify-content:center;width:var(--side);'
        "height:var(--side);background:#000;border:1px solid #7f8a94;border-radius:2px;"
        f'box-sizing:content-box;overflow:hidden">{picture}</div>'
    )
    note = f"<span>{html.escape(tile.note)}</span>" if tile.note else ""
    return (
        f'<div class="pixel-tile" style="{sizes};display:flex;flex-direction:column;'
        'width:calc(var(--side) + 2px);font-size:13px;line-height:18px;gap:2px">'
        f"<strong>{html.escape(tile.title)}</strong>{square}{note}</div>"
    )
