"""Where the picture to try comes from: the data set, a file, or a drawing."""

from dataclasses import dataclass
from typing import Final, get_args

import numpy as np
import numpy.typing as npt
import streamlit as st
from starlette.formparsers import MultiPartParser

from fashion_core.classes import CLASS_NAMES
from fashion_core.errors import RefusedPictureError
from fashion_core.own_picture import Background, Step, bring_to_form
from fashion_core.picture_file import MOST_BYTES, read_picture
from pages.ui import cell, services
from pages.ui.choice import Choice
from pages.ui.drawing import drawing_pad
from pages.ui.literal import literal

DATA, UPLOAD, DRAWING = "the data set", "a file", "a drawing"
_NUMBER: Final = "try-number"
_DRAWN: Final = "try-drawn"
_READ: Final = "try-read"  # (file, background, steps) of this visitor's last upload


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A picture to try.

    Attributes:
        image: uint8 of shape (28, 28), before any change.
        name: What it is, to go on in a sentence.
        label: Its class, or None if nobody knows.
        steps: How it was brought to this form; none for what was in it already.
    """

    image: npt.NDArray[np.uint8]
    name: str
    label: int | None = None
    steps: tuple[Step, ...] = ()


def pick_kind() -> str:
    """Draw where the picture can come from and give what is chosen."""
    kind: str = st.segmented_control(
        "Take the picture from",
        [DATA, UPLOAD, DRAWING],
        default=DATA,
        required=True,
        key="from",
        bind="query-params",
    )
    return kind


def pick_source(choice: Choice, kind: str) -> Source | None:
    """Draw what belongs to a kind of source and give its picture; None while there is none."""
    return {DATA: _from_data, UPLOAD: _from_file, DRAWING: _from_drawing}[kind](choice)


def _from_data(choice: Choice) -> Source:
    """Draw the number of a picture of the split; the link's, or the first."""
    pictures = services.pictures(choice.split)
    position = _linked_position(pictures.image_ids, choice.split)
    image_id, label = int(pictures.image_ids[position]), int(pictures.labels[position])
    st.session_state[_NUMBER] = image_id
    st.number_input(
        f"Number of a {choice.split} picture",
        int(pictures.image_ids.min()),
        int(pictures.image_ids.max()),
        key=_NUMBER,
        on_change=_open_number,
        width=220,
    )
    name = f"{choice.split} picture {image_id}, labelled {CLASS_NAMES[label]}"
    return Source(image=pictures.images[position], name=name, label=label)


def _linked_position(image_ids: npt.NDArray[np.int64], split: str) -> int:
    """Give the row of the link's picture, or of the next one that this split has."""
    wanted = cell.linked_picture()
    if wanted is None and "picture" not in st.query_params:
        return 0
    found = np.flatnonzero(image_ids == wanted)
    if len(found):
        return int(found[0])
    later = np.flatnonzero(image_ids > wanted) if wanted is not None else []
    position = int(later[0]) if len(later) else 0
    st.warning(
        f"There is no {split} picture with the number in the link. "
        f"Picture {int(image_ids[position])} is shown."
    )
    return position


def _open_number() -> None:
    cell.open_picture(int(st.session_state[_NUMBER]))


def _from_file(_choice: Choice) -> Source | None:
    """Draw the uploader; the file is looked at here, and forgotten with this visit."""
    _keep_uploads_in_memory()
    file = st.file_uploader(
        f"A photo of one garment, plain background: PNG or JPEG, up to {MOST_BYTES // 2**20} MB",
        type=["png", "jpg", "jpeg"],
        key="try-file",
        max_upload_size=MOST_BYTES // 2**20,
    )
    background = st.segmented_control(
        "Tell whether its background is light",
        list(get_args(Background)),
        default="by its border",
        required=True,
        key="background",
        bind="query-params",
        help="The data set shows bright garments on black, so a picture with a light background is "
        "negated.",
    )
    if file is None:
        st.session_state.pop(_READ, None)
        st.caption("It stays in this server's memory while you look at it, and is stored nowhere.")
        return None
    try:
        steps = _read(file.file_id, file.getvalue(), background)
    except RefusedPictureError as error:
        st.error(literal(str(error)), icon=":material/broken_image:")
        return None
    return Source(image=steps[-1].image, name="your picture", steps=steps)


def _read(file_id: str, content: bytes, background: Background) -> tuple[Step, ...]:
    """Read a file once, not again for every change; kept for this visitor only.

    Raises:
        RefusedPictureError: if it is not taken in.
    """
    known = st.session_state.get(_READ)
    if known is None or known[:2] != (file_id, background):
        steps = tuple(bring_to_form(read_picture(content), background))
        st.session_state[_READ] = known = (file_id, background, steps)
    found: tuple[Step, ...] = known[2]
    return found


def _keep_uploads_in_memory() -> None:
    """Let the web server hold whole uploads in memory; from 1 MB on it would use the disk."""
    MultiPartParser.spool_max_size = MOST_BYTES + 2**20


def _from_drawing(_choice: Choice) -> Source | None:
    drawn = st.session_state.get(_DRAWN)
    drawing_pad(drawn, key="try-pad", on_draw=_keep_drawing)
    st.caption(
        "Bright on black, as in the data set: fill the garment, do not only outline it. Without "
        "mouse or finger, take a picture from the data set or a file."
    )
    if drawn is None or not drawn.any():
        return None
    return Source(image=drawn, name="your drawing")


def _keep_drawing(levels: npt.NDArray[np.uint8]) -> None:
    st.session_state[_DRAWN] = levels
