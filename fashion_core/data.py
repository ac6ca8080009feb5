"""Find, verify, load and split Fashion-MNIST; the only code that touches the data set.

Two ways lead to the same pictures. Training loads through torchvision, which checks the MD5 of
the archives and unpacks them. Pages read the archives with numpy alone, because importing torch
takes seconds. Both verify the SHA-256 of what they return.
"""

import gzip
import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from fashion_core.classes import CLASS_NAMES
from fashion_core.errors import DataError
from fashion_core.files import exclusive_lock, sha256

Split = Literal["train", "val", "test"]

SPLIT_SEED: Final = 2017
"""Seed of the 50,000 / 10,000 split: the year the data set was published, and never changed."""

VAL_IMAGES: Final = 10_000

_HEADER_BYTES: Final = {"images": 16, "labels": 8}  # IDX format, yann.lecun.com/exdb/mnist

# SHA-256 of the official archives and of the bytes inside them, headers left out.
_ARCHIVES: Final = {
    "train-images": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    "train-labels": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    "t10k-images": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    "t10k-labels": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
}
_CONTENTS: Final = {
    "train-images": "2e487a6c89124f78f2d7521542223cafe96f7123c3ca13d447772ac6ecbb3012",
    "train-labels": "657fbd221bfc9f4198cc14b5619cc33ec57c58dd0e47af4d99d6650759e869a7",
    "t10k-images": "c867c93ff95360594e8ec3287995350b824dd110b11595c0e13d5423f621867a",
    "t10k-labels": "3d0e6c6ea990b53b6f8f500a41cac93881d981b315f84578b7d915342ade01e9",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledImages:
    """Pictures of one split with their true classes.

    Attributes:
        images: uint8 of shape (N, 28, 28); 0 is background, 255 is the brightest cloth.
        labels: int64 of shape (N,), values 0 to 9, see `CLASS_NAMES`.
        image_ids: int64 of shape (N,); position in the split's source file, so a validation
            picture keeps the number it has among the 60,000 training pictures.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    image_ids: npt.NDArray[np.int64]

    def take(self, positions: npt.NDArray[np.int64]) -> "LabelledImages":
        """Give the pictures at some positions, in that order."""
        return LabelledImages(
            images=self.images[positions],
            labels=self.labels[positions],
            image_ids=self.image_ids[positions],
        )


def split_ids() -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Give the positions of the training and validation pictures among the 60,000.

    Returns:
        (50,000,) training positions in shuffled order, so that any prefix is a fair sample, and
        (10,000,) validation positions in ascending order.
    """
    # RandomState, not Generator: numpy promises that its stream never changes.
    order = np.random.RandomState(SPLIT_SEED).permutation(60_000).astype(np.int64)
    return order[:-VAL_IMAGES], np.sort(order[-VAL_IMAGES:])


def read_split(root: Path, split: Split) -> LabelledImages:
    """Read one split from the archives, without torch.

    Args:
        root: Folder that holds `FashionMNIST/raw`.
        split: "train" (50,000), "val" (10,000) or "test" (10,000).

    Raises:
        DataError: if an archive is missing or damaged; the text names it and the remedy.
    """
    prefix = "t10k" if split == "test" else "train"
    images = np.frombuffer(_read_archive(root, f"{prefix}-images"), np.uint8)
    labels = np.frombuffer(_read_archive(root, f"{prefix}-labels"), np.uint8)
    return _select(split, images.reshape(-1, 28, 28), labels.astype(np.int64))


def load_split(root: Path, split: Split) -> LabelledImages:
    """Load one split through torchvision, unpacking or downloading what is missing or damaged.

    Raises:
        DataError: if an archive is missing or damaged and cannot be downloaded, or if the folder
            cannot be written; the text names the file and the remedy.
    """
    ensure_archives(root)
    raw = _raw_folder(root)
    with _unpacking_lock(raw):
        data, targets = _load_verified(root, split != "test")
    return _select(split, data, targets.astype(np.int64))


def ensure_archives(root: Path) -> None:
    """Check the SHA-256 of the four archives and download those that are missing or damaged.

    Raises:
        DataError: if one stays missing or damaged.
    """
    for part in _ARCHIVES:
        if _archive_problem(root, part) is not None:
            _download(root, part)
            if (problem := _archive_problem(root, part)) is not None:
                raise DataError(f"{problem} {_REMEDY}")


_REMEDY: Final = (
    "Restore it with `git checkout -- data`, or connect to the network and start again: "
    "it is then downloaded."
)


def _raw_folder(root: Path) -> Path:
    return root / "FashionMNIST" / "raw"


def _archive(root: Path, part: str) -> Path:
    """Give the path of the archive of a part such as "train-images"."""
    dimensions = "idx3" if part.endswith("images") else "idx1"
    return _raw_folder(root) / f"{part}-{dimensions}-ubyte.gz"


def _archive_problem(root: Path, part: str) -> str | None:
    """Say in one sentence what is wrong with an archive, or None."""
    path = _archive(root, part)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return f"The data file {path} is missing."
    except OSError as error:
        return f"The data file {path} cannot be read ({error.strerror})."
    if sha256(content) != _ARCHIVES[part]:
        return f"The data file {path} is damaged: its SHA-256 is not the official one."
    return None


def _read_archive(root: Path, part: str) -> bytes:
    """Give the content of an archive without its header.

    Raises:
        DataError: if the archive is missing or damaged.
    """
    if (problem := _archive_problem(root, part)) is not None:
        raise DataError(f"{problem} {_REMEDY}")
    path = _archive(root, part)
    try:
        unpacked = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as error:  # replaced between check and read
        raise DataError(f"The data file {path} changed while it was read. {_REMEDY}") from error
    content = unpacked[_HEADER_BYTES["images" if part.endswith("images") else "labels"] :]
    _verify_content(part, content)
    return content


def _verify_content(name: str, content: bytes) -> None:
    """Compare what was loaded with the official content.

    Raises:
        DataError: if it differs.
    """
    if sha256(content) != _CONTENTS[name]:
        raise DataError(f"The content of {name} is not the official one. {_REMEDY}")


def _download(root: Path, part: str) -> None:
    """Fetch one archive with torchvision; leaves things as they are where there is no network."""
    from torchvision.datasets import FashionMNIST  # noqa: PLC0415 - seconds to import
    from torchvision.datasets.utils import download_url  # noqa: PLC0415

    name = _archive(root, part).name
    md5 = dict(FashionMNIST.resources)[name]
    for mirror in FashionMNIST.mirrors:
        # URLError, time-outs and "file not found or corrupted" mean the same here: not got.
        with suppress(OSError, RuntimeError):
            download_url(f"{mirror}{name}", str(_raw_folder(root)), name, md5)
            return


def _unpacking_lock(raw: Path) -> AbstractContextManager[object]:
    """Keep two processes from unpacking at once; a read-only folder needs no lock."""
    try:
        (raw / ".lock").touch()
    except OSError:
        return nullcontext()
    return exclusive_lock(raw / ".lock", wait_seconds=60.0)


# From damaged files, from a folder that cannot be written, from a full disk.
_TORCHVISION_ERRORS: Final = (OSError, ValueError, AssertionError, RuntimeError)


def _load_verified(root: Path, train: bool) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Load through torchvision; unpack afresh once if the unpacked files are damaged.

    Raises:
        DataError: if the archives cannot be unpacked.
    """
    with suppress(DataError, *_TORCHVISION_ERRORS):
        return _load_through_torchvision(root, train)
    _remove_unpacked(root)
    try:
        return _load_through_torchvision(root, train)
    except _TORCHVISION_ERRORS as error:
        raise DataError(
            f"Cannot unpack the data set into {_raw_folder(root)} "
            f"({error.strerror if isinstance(error, OSError) else error}). "
            "Make the folder writable and see that the disk has 60 MB of room."
        ) from error


def _load_through_torchvision(
    root: Path, train: bool
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    from torchvision.datasets import FashionMNIST  # noqa: PLC0415 - seconds to import

    dataset = FashionMNIST(str(root), train=train, download=True)
    images = dataset.data.numpy()
    labels = dataset.targets.numpy().astype(np.uint8)
    prefix = "train" if train else "t10k"
    _verify_content(f"{prefix}-images", images.tobytes())
    _verify_content(f"{prefix}-labels", labels.tobytes())
    return images, labels


def _remove_unpacked(root: Path) -> None:
    for part in _ARCHIVES:
        with suppress(OSError):
            _archive(root, part).with_suffix("").unlink(missing_ok=True)


def _select(
    split: Split, images: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64]
) -> LabelledImages:
    """Cut one split out of a whole file.

    Raises:
        DataError: if a label is none of the ten.
    """
    if labels.min() < 0 or labels.max() >= len(CLASS_NAMES):
        raise DataError(
            f"Expected labels from 0 to {len(CLASS_NAMES) - 1}, "
            f"got {labels.min()} to {labels.max()}. {_REMEDY}"
        )
    whole = LabelledImages(
        images=images, labels=labels, image_ids=np.arange(len(labels), dtype=np.int64)
    )
    chooser: dict[Split, Callable[[], LabelledImages]] = {
        "test": lambda: whole,
        "train": lambda: whole.take(split_ids()[0]),
        "val": lambda: whole.take(split_ids()[1]),
    }
    return chooser[split]()
