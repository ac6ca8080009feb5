"""A picture file from anybody: checked before it is unpacked, refused with a reason or made small.

The checks come first because a decoder reserves what a header asks for: a file of 84 kB can
declare 88 million pixels. Nothing here writes to disk.
"""

import io
import re
import struct
import zlib
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from fashion_core.errors import RefusedPictureError

MOST_BYTES: Final = 5 * 2**20
"""More than a good photo of one garment has; the page refuses larger files, too."""

MOST_PIXELS: Final = 20_000_000
"""More than most phones take; unpacked these are 80 MB, for as long as the file is read."""

LONGEST: Final = 448
"""Pixels along the longer side that are kept: 16 for each of the 28 in the end."""

_MOST_SCANS: Final = 32  # a progressive JPEG has about ten; each costs a pass over all pixels
_MOST_SEGMENTS: Final = 2_000  # parts of a JPEG; photos have some dozens
_STRIP_PIXELS: Final = 1_000_000  # made small at a time: 4 MB instead of another 80 MB
_ORIENTATION: Final = 0x0112  # EXIF tag

_Kind = Literal["PNG", "JPEG"]

_MAGIC: Final = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"8BPS", "Photoshop"),
    (b"%!PS", "PostScript"),
    (b"%PDF", "PDF"),
    (b"RIFF", "WebP or other RIFF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
)

_MARKER: Final = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")
"""Starts a part of a JPEG that has a length, or ends the picture; the others are fillers."""

_FRAMES: Final = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # the parts that hold the size
_SCAN, _END = 0xDA, 0xD9

_DAMAGE: Final = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    EOFError,
    RuntimeError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
"""What Pillow's decoders raise on bytes that are no picture; see the test with flipped bytes."""

_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How to undo an EXIF orientation (Exif 2.3, tag 0x0112)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    """What a file says about itself."""

    width: int
    height: int
    scans: int = 1


def read_picture(content: bytes) -> npt.NDArray[np.uint8]:
    """Read a PNG or JPEG as its camera or author meant it to be seen, made small.

    It is turned as its EXIF orientation says, and laid over white where it is transparent. Of
    several pictures in a JPEG (MPO, from phones) it is the first.

    Args:
        content: All bytes of the file; its name says nothing.

    Returns:
        uint8 of shape (H, W, 3), red, green, blue; the longer side has at most `LONGEST` pixels.

    Raises:
        RefusedPictureError: if it is something else, too large, animated, or damaged.
    """
    if not content:
        raise RefusedPictureError("The file is empty. Choose a PNG or JPEG picture.")
    if len(content) > MOST_BYTES:
        raise RefusedPictureError(
            f"The file has {len(content) / 2**20:.1f} MB; at most {MOST_BYTES // 2**20} MB are "
            "taken. Make the picture smaller first."
        )
    kind = _kind_of(content)
    _check(_png_header(content) if kind == "PNG" else _jpeg_header(content))
    try:
        return _decode(content, kind)
    except _DAMAGE as error:
        raise RefusedPictureError(
            f"The {kind} file is damaged or cut off, so it cannot be read to its end. Save the "
            "picture again and choose the new file."
        ) from error


def _kind_of(content: bytes) -> _Kind:
    """Tell the kind from the first bytes.

    Raises:
        RefusedPictureError: if it is neither PNG nor JPEG.
    """
    name = next((name for magic, name in _MAGIC if content.startswith(magic)), None)
    if name == "PNG":
        return "PNG"
    if name == "JPEG":
        return "JPEG"
    if name is None and b"<svg" in content[:1_000]:
        name = "SVG"
    found = f"This is a {name} file" if name else "This is no picture that is known here"
    raise RefusedPictureError(
        f"{found}, whatever its name says. Only PNG and JPEG pictures are taken."
    )


def _check(header: _Header) -> None:
    """Refuse what would take too much memory or time.

    Raises:
        RefusedPictureError: if it would.
    """
    pixels = header.width * header.height
    if pixels == 0:
        raise RefusedPictureError("The picture has no pixels. Choose another one.")
    if pixels > MOST_PIXELS:
        raise RefusedPictureError(
            f"The picture has {header.width:,} × {header.height:,} pixels; at most "
            f"{MOST_PIXELS // 10**6} million in all are taken. Make it smaller first."
        )
    if header.scans > _MOST_SCANS:
        raise RefusedPictureError(
            f"The JPEG file is built of more than {_MOST_SCANS} passes over the picture, as no "
            "camera does. Save the picture again and choose the new file."
        )


def _png_header(content: bytes) -> _Header:
    """Read the size from the first chunk, where every PNG has it.

    Raises:
        RefusedPictureError: if it is not there.
    """
    if content[12:16] != b"IHDR" or len(content) < 24:
        raise RefusedPictureError("The PNG file does not begin as one does: it is damaged.")
    width, height = struct.unpack(">II", content[16:24])
    return _Header(width=width, height=height)


def _jpeg_header(content: bytes) -> _Header:
    """Walk over the parts of a JPEG for its size and its number of passes.

    Raises:
        RefusedPictureError: if it has no size or far too many parts.
    """
    size, scans, place = None, 0, 2
    for _ in range(_MOST_SEGMENTS):
        found = _MARKER.search(content, place)
        if found is None or content[found.end() - 1] == _END or scans > _MOST_SCANS:
            break
        code, start = content[found.end() - 1], found.end()
        if code in _FRAMES and size is None and start + 7 <= len(content):
            height, width = struct.unpack(">HH", content[start + 3 : start + 7])
            size = (width, height)
        scans += code == _SCAN
        place = start + int.from_bytes(content[start : start + 2], "big")
    else:
        raise RefusedPictureError(f"The JPEG file has more than {_MOST_SEGMENTS:,} parts.")
    if size is None:
        raise RefusedPictureError("The JPEG file does not say its size: it is damaged.")
    return _Header(width=size[0], height=size[1], scans=scans)


def _decode(content: bytes, kind: _Kind) -> npt.NDArray[np.uint8]:
    """Unpack, make small, turn.

    Raises:
        RefusedPictureError: if it is animated, or larger than its header said.
    """
    with Image.open(io.BytesIO(content), formats=[kind]) as image:
        _check(_Header(width=image.width, height=image.height))
        if kind == "PNG" and getattr(image, "is_animated", False):
            raise RefusedPictureError("The PNG file is animated. Choose a single picture.")
        turn = _TURNS.get(image.getexif().get(_ORIENTATION))
        image.draft("RGB", (LONGEST, LONGEST))  # a JPEG is unpacked at 1/2, 1/4 or 1/8
        image.load()
        small = Image.fromarray(_made_small(image))
    return np.asarray(small if turn is None else small.transpose(turn))


def _made_small(image: Image.Image) -> npt.NDArray[np.uint8]:
    """Average whole blocks of pixels, strip by strip, over white."""
    width, height = image.size
    factor = -(-max(width, height) // LONGEST)
    rows = max(1, _STRIP_PIXELS // (width * factor)) * factor
    strips = [
        _on_white(image.crop((0, top, width, min(top + rows, height)))).reduce(factor)
        for top in range(0, height, rows)
    ]
    return np.concatenate([np.asarray(strip) for strip in strips])


def _on_white(image: Image.Image) -> Image.Image:
    """Lay a picture of any mode over white."""
    if image.mode.startswith("I"):  # 16 bits; Pillow would cut off at 255
        image = Image.fromarray((np.asarray(image).astype(np.uint32) >> 8).astype(np.uint8))
    white = Image.new("RGBA", image.size, "white")
    white.alpha_composite(image.convert("RGBA"))
    return white.convert("RGB")
