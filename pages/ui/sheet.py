"""All pictures of a split as one sprite sheet that the browser receives once and keeps."""

import io
import re
import struct
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image
from streamlit.components.v2.types import ComponentRenderer

SHEET_COLUMNS: Final = 100
"""Pictures in a row of the sheet; `SHEET_COLUMNS` in assets/shared.js must say the same."""

SIDE: Final = 28
"""Pixels along one side of a Fashion-MNIST picture."""

_ASSETS: Final = Path(__file__).with_name("assets")
_ASKED: Final = "sheets that this browser window has asked for and was not sent yet"
_SENT: Final = "how often each sheet was sent to this browser window"
_SAFE_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def asset(name: str) -> str:
    """Read one JavaScript, CSS or HTML file of the components."""
    return (_ASSETS / name).read_text(encoding="utf-8")


@st.cache_resource(show_spinner=False)
def component(
    name: str, *, isolate_styles: bool = True, scripts: tuple[str, ...] = ()
) -> ComponentRenderer:
    """Register the component whose files in `assets` have a name, once per server.

    Not at import: before 1.66 a component registered then is unknown to the next server that
    runs in the same process, such as each of Streamlit's test clients.

    Args:
        name: Name of the component and its files.
        isolate_styles: Whether the page's styles stop at the component.
        scripts: More files that its JavaScript needs, put in front of it.
    """
    html, css = _ASSETS / f"{name}.html", _ASSETS / f"{name}.css"
    return st.components.v2.component(
        f"fashion_{name}",
        html=html.read_text(encoding="utf-8") if html.exists() else "<span hidden></span>",
        css=css.read_text(encoding="utf-8") if css.exists() else None,
        js="".join(asset(f"{part}.js") for part in ("shared", *scripts, name)),
        isolate_styles=isolate_styles,
    )


def sheet_id(split: str, version: str) -> str:
    """Name one sheet in the browser: same split and version, same pixels.

    Raises:
        ValueError: if a part has other characters than letters, digits, `_`, `.` and `-`.
    """
    for part in (split, version):
        if not _SAFE_NAME.fullmatch(part):
            raise ValueError(f"Expected 1 to 64 letters, digits, '_', '.' or '-', got {part!r}.")
    return f"{split}/{version}"


def make_sheet(images: NDArray[np.uint8]) -> bytes:
    """Lay pictures out in rows of 100 as an 8-bit greyscale PNG.

    Picture i is at column i % 100, row i // 100; what is left of the last row is black.

    Args:
        images: uint8 of shape (N, 28, 28), N >= 1.

    Returns:
        The PNG; about 4.1 MB for the 10,000 test pictures.

    Raises:
        ValueError: if shape or dtype differ.
    """
    if images.ndim != 3 or images.shape[1:] != (SIDE, SIDE) or images.dtype != np.uint8:
        raise ValueError(
            f"Expected uint8 images of shape (N, 28, 28), got {images.dtype} {images.shape}."
        )
    if len(images) == 0:
        raise ValueError("Expected at least one image, got none.")
    rows = -(-len(images) // SHEET_COLUMNS)
    tiles = np.zeros((rows * SHEET_COLUMNS, SIDE, SIDE), dtype=np.uint8)
    tiles[: len(images)] = images
    grid = tiles.reshape(rows, SHEET_COLUMNS, SIDE, SIDE).swapaxes(1, 2)
    buffer = io.BytesIO()
    Image.fromarray(grid.reshape(rows * SIDE, SHEET_COLUMNS * SIDE)).save(buffer, "PNG")
    return buffer.getvalue()


def pack_sheet(identity: str, sheet_bytes: bytes) -> bytes:
    """Put the sheet's id in front of its bytes: 4-byte little-endian length, id, PNG."""
    name = identity.encode()
    return b"".join((struct.pack("<I", len(name)), name, sheet_bytes))


@st.fragment
def load_sheet(split: str, read: Callable[[], bytes], version: str) -> None:
    """Hand a sheet to the browser if it lacks it; takes no room on the page.

    The page is drawn first: all it sends is the sheet's name. A window that does not hold the
    sheet asks for it, which reruns this fragment only, and gets the bytes once. Mounting them on
    every rerun would be cached by the browser too, but cost the server 38 ms instead of 1.4 ms
    (10,000 pictures; base64 in JSON: 153 ms and a third more bytes). The name comes with how often
    the bytes went out: where the next rerun overtook them, the browser sees that and asks again.

    Args:
        split: Which pictures, e.g. "test"; also given to `gallery`. The window keeps one
            version of a split.
        read: Gives the bytes of `make_sheet`; keep them in `st.cache_resource` (cache_data copies).
        version: Changes when the pixels change; also given to `gallery`.
    """
    identity = sheet_id(split, version)
    key = f"sheet-loader-{split}"
    asked: set[str] = st.session_state.setdefault(_ASKED, set())
    is_asked = identity in asked
    asked.discard(identity)
    sent: Counter[str] = st.session_state.setdefault(_SENT, Counter())
    sent[identity] += is_asked
    name = {"id": identity, "sent": sent[identity]}
    component("sheet", isolate_styles=False)(
        key=key,
        data=pack_sheet(identity, read()) if is_asked else name,
        on_missing_change=lambda: _note(key, identity),
    )


def _note(key: str, identity: str) -> None:
    """Remember that the browser asks for the sheet it was offered; a callback."""
    if st.session_state[key].get("missing") == identity:
        st.session_state.setdefault(_ASKED, set()).add(identity)
