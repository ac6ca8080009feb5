"""A page of pictures to look at and choose from, and one picture large."""

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import streamlit as st

from pages.ui.chosen_pictures import Choosing
from pages.ui.sheet import SIDE, component, sheet_id


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryItems:
    """The pictures of one page: parallel sequences, in the order of the tiles.

    Attributes:
        positions: Places in the sprite sheet, from 0.
        image_ids: What a click reports; unique, shown to screen readers.
        true_names: Class names above the pictures.
        predicted_names: Class names below; a tile is right where the two agree.
        confidences: Probability of the predicted class, in [0, 1]; none where nobody knows it.
        notes: What stands below the pictures in place of the predicted names; none for all of
            them.
        values: What stands below the confidences; none for all of them.
        images: uint8 of shape (28, 28), drawn in place of the pictures of the sheet; none for the
            sheet's own.
    """

    positions: Sequence[int]
    image_ids: Sequence[int]
    true_names: Sequence[str]
    predicted_names: Sequence[str]
    confidences: Sequence[float] = ()
    notes: Sequence[str] = ()
    values: Sequence[str] = ()
    images: Sequence[npt.NDArray[np.uint8]] = ()

    def __post_init__(self) -> None:
        """Check the lengths and ranges, once for everything that follows.

        Raises:
            ValueError: if lengths differ, an id repeats, or a number is out of range.
        """
        optional = (self.confidences, self.notes, self.values, self.images)
        needed = (self.positions, self.image_ids, self.true_names, self.predicted_names)
        lengths = [len(each) for each in (*needed, *filter(len, optional))]
        if len(set(lengths)) > 1:
            raise ValueError(f"Expected sequences of one length, got lengths {lengths}.")
        if len({int(i) for i in self.image_ids}) != len(self.image_ids):
            raise ValueError("Expected every image id once, got some of them twice.")
        if any(int(position) < 0 for position in self.positions):
            raise ValueError(f"Expected sheet positions >= 0, got {min(self.positions)}.")
        if not all(0.0 <= float(confidence) <= 1.0 for confidence in self.confidences):
            raise ValueError("Expected confidences in [0, 1], got one outside or undefined.")
        if any(image.shape != (SIDE, SIDE) or image.dtype != np.uint8 for image in self.images):
            raise ValueError(f"Expected uint8 images of shape ({SIDE}, {SIDE}), got another.")

    def __len__(self) -> int:
        """Count the pictures."""
        return len(self.image_ids)


def percent_text(fraction: float) -> str:
    """Write a probability in whole percent; only an exact 1 is "100 %"."""
    if 0.995 <= fraction < 1.0:
        return ">99\u00a0%"
    return f"{100 * float(fraction):.0f}\u00a0%"


def gallery(  # noqa: PLR0913 (keyword-only, each a separate choice of the page)
    items: GalleryItems,
    *,
    split: str,
    sheet_version: str,
    key: str,
    selected: int | None = None,
    on_pick: Callable[[int], None] | None = None,
    tile: int = 84,
    is_named: bool = True,
    choosing: Choosing | None = None,
) -> None:
    """Draw one page of pictures as buttons; nothing for an empty page.

    Args:
        items: The pictures, at most about 60.
        split: The sheet's split, as given to `load_sheet`.
        sheet_version: The sheet's version, as given to `load_sheet`.
        key: Streamlit key, one per gallery.
        selected: Image id that is marked; follows the page, a click shows at once.
        on_pick: Called with the image id of a clicked tile, before the page runs again.
        tile: Width of a picture in pixels; a multiple of 28 keeps all its pixels equal.
        is_named: Whether the classes stand at every picture; not where all have the same. Screen
            readers are told in any case.
        choosing: Which pictures are chosen, and whether a click chooses; None where none can be.
    """
    if len(items) == 0:
        return
    act = "Choose" if choosing is not None and choosing.is_on else "Open"
    content = _content(items, sheet_id(split, sheet_version), tile, is_named=is_named, act=act)

    def picked() -> None:
        image_id = picked_image(key)
        if on_pick is not None and image_id in content["ids"]:
            on_pick(image_id)

    def chosen() -> None:
        if choosing is not None:
            choosing.hear(st.session_state[key].get("chosen"))

    component("gallery", scripts=("choosing",))(
        key=key,
        data=content
        | {"selected": None if selected is None else int(selected)}
        | (choosing.to_browser() if choosing is not None else {}),
        on_picked_change=picked,
        on_chosen_change=chosen,
    )


def picked_image(key: str) -> int | None:
    """Read, in a callback, the image id clicked in the gallery of that key; else None."""
    state = st.session_state.get(key)
    value = state.get("picked") if isinstance(state, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def big_picture(  # noqa: PLR0913 (keyword-only, each a separate choice of the page)
    position: int,
    *,
    split: str,
    sheet_version: str,
    label: str,
    key: str,
    outcome: Literal["right", "wrong", ""] = "",
    size: int = 252,
) -> None:
    """Draw one picture of a sheet large and crisp.

    Args:
        position: Place in the sprite sheet, from 0.
        split: The sheet's split, as given to `load_sheet`.
        sheet_version: The sheet's version, as given to `load_sheet`.
        label: What the picture shows, for screen readers and as a tooltip.
        key: Streamlit key, one per picture.
        outcome: Colour of the border; say it in words beside the picture too.
        size: Width in pixels; a multiple of 28 keeps all its pixels equal.
    """
    data = {
        "position": int(position),
        "sheet": sheet_id(split, sheet_version),
        "label": label,
        "outcome": outcome,
        "size": size,
    }
    component("picture")(key=key, data=data, width="content")


def _content(
    items: GalleryItems, sheet: str, tile: int, *, is_named: bool = True, act: str = "Open"
) -> dict[str, Any]:
    """Give what the browser draws, with a version that changes when any of it does."""
    content: dict[str, Any] = {
        "sheet": sheet,
        "tile": tile,
        "isNamed": is_named,
        "label": f"{len(items)} {'picture' if len(items) == 1 else 'pictures'}",
        "positions": [int(position) for position in items.positions],
        "ids": [int(image_id) for image_id in items.image_ids],
        "trueNames": list(items.true_names),
        "predictedNames": list(items.predicted_names),
        "percents": [percent_text(confidence) for confidence in items.confidences],
        "widths": [round(100 * float(confidence), 1) for confidence in items.confidences],
        "labels": _labels(items, sheet.partition("/")[0], act),
        "notes": list(items.notes),
        "values": list(items.values),
        "pixels": base64.b64encode(b"".join(image.tobytes() for image in items.images)).decode(),
    }
    return content | {"version": fingerprint(content)}


def _labels(items: GalleryItems, split: str, act: str) -> list[str]:
    """Say each tile in words, and what a click on it does."""
    nothing = [""] * len(items)
    sure = [f"confidence {percent_text(confidence)}" for confidence in items.confidences]
    parts = zip(
        items.image_ids,
        items.true_names,
        items.predicted_names,
        sure or nothing,
        items.notes or nothing,
        items.values or nothing,
        strict=True,
    )
    return [
        ", ".join(
            filter(None, (f"{split.capitalize()} picture {i}: {true} predicted as {said}", *more))
        )
        + f". {act}"
        for i, true, said, *more in parts
    ]


def fingerprint(content: dict[str, Any]) -> str:
    """Give a short text that differs when the content does."""
    return hashlib.blake2b(json.dumps(content).encode(), digest_size=8).hexdigest()
