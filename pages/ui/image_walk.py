"""Previous and next picture of a row, by button and by arrow key."""

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from fashion_core.analysis.formatting import count
from pages.ui.gallery import picked_image
from pages.ui.sheet import component

_REACH: Final = 100
"""Pictures to each side that the browser knows, so that quick steps need not wait for answers."""


def walk(
    image_ids: npt.NDArray[np.int64],
    current: int,
    *,
    noun: str,
    key: str,
    on_pick: Callable[[int], None],
) -> None:
    """Draw the two buttons and the place in the row, and listen to the arrow keys.

    Keys pressed in a text field, a list or a gallery are left to it. From a picture that is not
    in the row, "next" leads to the first one.

    Args:
        image_ids: The row, int64 of shape (M,).
        current: Image id of the picture shown.
        noun: What one of them is called: "mistake" or "picture".
        key: Streamlit key, one per row.
        on_pick: Called with an image id of the row before the page runs again.
    """
    found = np.flatnonzero(image_ids == current)
    start = max(0, int(found[0]) - _REACH) if len(found) else 0
    near = image_ids[start : start + 2 * _REACH + 1].tolist()

    def picked() -> None:
        image_id = picked_image(key)
        if image_id is not None and image_id in near:
            on_pick(image_id)

    component("walk")(
        key=key,
        data={
            "ids": near,
            "start": start,
            "total": len(image_ids),
            "current": int(current),
            "noun": noun,
            "outside": f"not among these {count(len(image_ids))}" if len(image_ids) else "none",
        },
        on_picked_change=picked,
    )
