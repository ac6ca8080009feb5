"""The drawer with one picture of a gallery; steps lead to the ones before and after it there."""

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt
import streamlit as st

from pages.ui import cell
from pages.ui.image_walk import walk
from pages.ui.services import SplitName

_TITLE: Final = "A closer look"  # the same for all: another title would be another drawer
_ROW: Final = "drawer-row"  # (split, image ids) of the gallery that the picture was clicked in


def opener(image_ids: npt.NDArray[np.int64], *, split: SplitName) -> Callable[[int], None]:
    """Give the callback of a gallery that opens a picture of it.

    Args:
        image_ids: All its pictures in their order, not those of one page; int64 of shape (M,).
        split: Which pictures they are; a number means another picture in the other split.
    """

    def open_it(image_id: int) -> None:
        st.session_state[_ROW] = split, image_ids
        cell.open_picture(image_id)

    return open_it


def draw_opened(draw: Callable[[int], None], *, split: SplitName) -> None:
    """Open the picture that was clicked or that the link names; nothing if there is none.

    Args:
        draw: Draws what is known of the picture of an image id, which may not be there.
        split: Which pictures they are.
    """
    if cell.linked_picture() is None:
        return
    drawer = st.dialog(_TITLE, position="right", on_dismiss=cell.close_picture)
    drawer(_draw)(draw, split)


def _draw(draw: Callable[[int], None], split: SplitName) -> None:
    """Draw the steps and the picture; a step draws this part only, so the link is read here."""
    image_id = cell.linked_picture()
    if image_id is None:
        return
    row_split, row = st.session_state.get(_ROW, (split, ()))
    if row_split == split and len(row) > 1 and image_id in row:
        walk(row, image_id, noun="picture", key="drawer-walk", on_pick=cell.open_picture)
    st.markdown(f"**{split.capitalize()} picture {image_id}**")
    draw(image_id)
