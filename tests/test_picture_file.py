"""Files that somebody uploads: sound ones are read as meant, hostile ones refused at once."""

import io
import struct
import zlib

import numpy as np
import pytest
from helpers import run_python
from PIL import Image

from fashion_core.errors import RefusedPictureError
from fashion_core.picture_file import LONGEST, MOST_BYTES, read_picture

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
CORNERS = np.array([[RED, GREEN], [BLUE, WHITE]], dtype=np.uint8)


def saved(image: Image.Image, kind: str = "PNG", **how: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **how)
    return buffer.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, data: bytes, colour: int = 0) -> bytes:
    """Build a PNG of 8 bits by hand, true or not."""
    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def zeros(count: int) -> bytes:
    """Deflate that many zeros without ever having them."""
    packer = zlib.compressobj(9)
    whole, rest = divmod(count, 1 << 20)
    parts = [packer.compress(bytes(1 << 20)) for _ in range(whole)]
    return b"".join([*parts, packer.compress(bytes(rest)), packer.flush()])


def noise(width: int, height: int) -> Image.Image:
    random = np.random.default_rng(0)
    return Image.fromarray(random.integers(0, 256, (height, width, 3), dtype=np.uint8))


def with_many_scans(count: int) -> bytes:
    """Repeat the last pass of a progressive JPEG."""
    jpeg = saved(noise(64, 64), "JPEG", progressive=True)
    last = jpeg.rindex(b"\xff\xda")
    return jpeg[:-2] + count * jpeg[last:-2] + jpeg[-2:]


def resized_jpeg(width: int, height: int) -> bytes:
    """Let a JPEG claim another size."""
    jpeg = bytearray(saved(noise(64, 64), "JPEG"))
    place = jpeg.index(b"\xff\xc0")
    jpeg[place + 5 : place + 9] = struct.pack(">HH", height, width)
    return bytes(jpeg)


def animated_png() -> bytes:
    frames = [Image.new("RGB", (40, 40), colour) for colour in (RED, GREEN)]
    return saved(frames[0], save_all=True, append_images=frames[1:])


# Sound files


def test_png_is_read_as_it_is():
    np.testing.assert_array_equal(read_picture(saved(Image.fromarray(CORNERS))), CORNERS)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_picture_is_turned_as_its_camera_was_held(orientation, kind):
    """Pillow's own undoing of the tag is the oracle."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.fromarray(np.kron(CORNERS, np.ones((16, 24, 1), np.uint8)))
    content = saved(image, kind, exif=exif)
    from PIL import ImageOps  # noqa: PLC0415 - only the oracle needs it

    expected = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert("RGB"))
    np.testing.assert_array_equal(read_picture(content), expected)


def test_transparent_places_are_white():
    pixels = np.array([[[255, 0, 0, 0], [255, 0, 0, 255], [0, 0, 0, 127]]], dtype=np.uint8)
    assert read_picture(saved(Image.fromarray(pixels))).tolist() == [
        [[255] * 3, [255, 0, 0], [128] * 3]
    ]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_of_a_png_is_read(mode):
    grey = np.array([[0, 255], [255, 0]], dtype=np.uint8)
    if mode == "I;16":
        image = Image.fromarray(grey.astype(np.uint16) * 257)
    else:
        image = Image.fromarray(grey).convert(mode)
    np.testing.assert_array_equal(read_picture(saved(image)), np.stack([grey] * 3, axis=2))


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_every_mode_of_a_jpeg_is_read(mode):
    image = Image.new("RGB", (40, 30), (200, 200, 200)).convert(mode)
    read = read_picture(saved(image, "JPEG"))
    assert read.shape == (30, 40, 3)
    assert np.abs(read.astype(int) - 200).max() <= 3


def test_large_picture_is_averaged_block_by_block():
    """1,000 pixels need blocks of 3; strips must not show."""
    image = noise(1_000, 1_600)
    read = read_picture(saved(image))
    assert read.shape == (400, 250, 3)
    np.testing.assert_array_equal(read, np.asarray(image.reduce(4)))


def test_photo_of_twelve_million_pixels_becomes_small():
    read = read_picture(saved(Image.new("RGB", (4_000, 3_000), (10, 200, 30)), "JPEG"))
    assert max(read.shape) <= LONGEST
    assert read.shape[1] / read.shape[0] == pytest.approx(4 / 3, rel=0.01)


def test_first_of_several_pictures_of_a_phone_is_taken():
    first, second = (Image.new("RGB", (40, 40), colour) for colour in (RED, BLUE))
    read = read_picture(saved(first, "MPO", save_all=True, append_images=[second]))
    assert read[20, 20].tolist() == pytest.approx(RED, abs=3)


def test_progressive_jpeg_is_read():
    assert read_picture(saved(noise(64, 48), "JPEG", progressive=True)).shape == (48, 64, 3)


# Hostile files

BOMB = png(9_400, 9_400, b"")  # 88 million pixels
HOSTILE = {
    "nothing": (b"", "The file is empty"),
    "text": (b"hello", "no picture that is known"),
    "one byte of PNG": (b"\x89", "no picture that is known"),
    "GIF": (saved(noise(8, 8), "GIF"), "This is a GIF file, whatever its name says"),
    "Photoshop": (b"8BPS\0\1" + bytes(100), "This is a Photoshop file"),
    "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n", "This is a PostScript file"),
    "PDF": (b"%PDF-1.7\n", "This is a PDF file"),
    "SVG": (b"<?xml version='1.0'?><svg xmlns='x'/>", "This is a SVG file"),
    "WebP": (saved(noise(8, 8), "WEBP"), "This is a WebP or other RIFF file"),
    "TIFF": (saved(noise(8, 8), "TIFF"), "This is a TIFF file"),
    "BMP": (saved(noise(8, 8), "BMP"), "This is a BMP file"),
    "bomb without data": (BOMB, "has 9,400 × 9,400 pixels; at most 20 million"),
    "bomb with data": (png(30_000, 30_000, zeros(30_000 * 30_001)), "has 30,000 × 30,000 pixels"),
    "largest numbers": (png(2**31 - 1, 2**31 - 1, b""), "at most 20 million"),
    "no width": (png(0, 5, b""), "has no pixels"),
    "animated": (animated_png(), "The PNG file is animated"),
    "magic only": (b"\x89PNG\r\n\x1a\n", "does not begin as one does"),
    "header only": (png(20, 20, b"")[:33], "damaged or cut off"),
    "too little data": (png(900, 900, zeros(100)), "damaged or cut off"),
    "cut PNG": (saved(noise(200, 200))[:9_000], "damaged or cut off"),
    "cut JPEG": (saved(noise(200, 200), "JPEG")[:5_000], "damaged or cut off"),
    "JPEG magic only": (b"\xff\xd8\xff\xe0", "does not say its size"),
    "JPEG of 65,000 squared": (resized_jpeg(65_000, 65_000), "has 65,000 × 65,000 pixels"),
    "JPEG of many passes": (with_many_scans(40), "more than 32 passes"),
    "JPEG of many parts": (b"\xff\xd8" + b"\xff\xe1\0\2" * 1_000_000, "more than 2,000 parts"),
    "too many bytes": (bytes(MOST_BYTES + 1), "has 5.0 MB; at most 5 MB"),
    "too much text": (
        png(4, 4, zeros(20))[:33]
        + chunk(b"zTXt", b"a\0\0" + zeros(4 << 20))
        + png(4, 4, zeros(20))[33:],
        "damaged or cut off",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_is_refused_with_its_reason(name):
    content, reason = HOSTILE[name]
    with pytest.raises(RefusedPictureError, match=reason):
        read_picture(content)


_MEASURE = """
import resource, time
from pathlib import Path
from PIL import Image
from fashion_core.errors import RefusedPictureError
from fashion_core.picture_file import read_picture
Image.init()
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
for path in sorted(Path(sys.argv[1]).iterdir()):
    content = path.read_bytes()
    before, start = peak(), time.perf_counter()
    try:
        read_picture(content)
        print(f"{path.name}: taken")
    except RefusedPictureError:
        seconds, grown = time.perf_counter() - start, peak() - before
        if seconds > 1 or grown > 50:
            print(f"{path.name}: {seconds:.2f} s, {grown:.0f} MB")
"""


def test_refusals_take_no_time_and_no_memory(tmp_path):
    """At most a second and 50 MB each, at the peak, in a process of their own."""
    for name, (content, _) in HOSTILE.items():
        (tmp_path / name).write_bytes(content)
    assert run_python(_MEASURE, tmp_path) == ""


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_flipped_bytes_never_end_in_another_error(kind):
    """What a decoder raises on nonsense must be one of the errors that are known."""
    sound, random = bytearray(saved(noise(40, 40), kind)), np.random.default_rng(5)
    taken = 0
    for _ in range(300):
        content = bytearray(sound)
        for place in random.integers(8, len(content), 4):
            content[place] = random.integers(256)
        try:
            taken += read_picture(bytes(content)).shape[2] == 3
        except RefusedPictureError:
            continue
    assert taken < 300


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_file_cut_anywhere_is_refused_or_whole(kind):
    sound = saved(noise(40, 40), kind)
    for length in range(0, len(sound) - 40, 37):
        with pytest.raises(RefusedPictureError):
            read_picture(sound[:length])
