"""Links to the Image page: which picture, and the gallery whose order its arrow keys follow."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import streamlit as st

from fashion_core.analysis.scores import PictureScores
from fashion_core.classes import CLASS_NAMES
from pages.ui import cell
from pages.ui.cell import Cell

_ROW_KEYS: Final = ("true", "predicted", "outcome", "sort", "order")
_ROW: Final = "image-row"  # (picture, query parameters of its row) that this visitor saw last


def draw_explain_link(link: Mapping[str, str], image_id: int) -> None:
    """Draw the link from a picture that is open to the page that explains it.

    Args:
        link: Query parameters of run, epoch and split, and of the gallery if there is one.
        image_id: The picture.
    """
    _remember(image_id, link)
    st.page_link(
        "pages/image.py",
        label="Explain this picture",
        icon=":material/image_search:",
        query_params={**link, "picture": str(image_id)},
        help="Why this answer? Its history, where the network looked, the nearest training "
        "pictures",
    )


def gallery_link(chosen: Cell, scores: PictureScores, image_id: int) -> dict[str, str]:
    """Give the query parameters of the gallery of the Confusions page that holds a picture.

    Where both directions stand side by side, it is the one in which the picture is.

    Args:
        chosen: The cell whose pictures are shown.
        scores: What the chosen epoch says.
        image_id: The picture that is open.
    """
    if chosen.is_both and _is_opposite(chosen, scores, image_id):
        chosen = chosen.reversed()
    classes = {"true": chosen.true, "predicted": chosen.predicted}
    link = {key: CLASS_NAMES[label] for key, label in classes.items() if label is not None}
    keys = ("sort", "order") if chosen.as_pair() else ("sort", "order", "outcome")
    return link | {key: str(st.session_state[key]) for key in keys}


def keep_row_in_link() -> None:
    """Put the row of a picture back into the link, if it was lost on the way to the Image page.

    Streamlit takes out of a link what is bound to widgets of the page that the visitor comes
    from, and those of the Confusions page have the same names.
    """
    image_id, row = st.session_state.get(_ROW, (None, {}))
    is_lost = not any(key in st.query_params for key in _ROW_KEYS)
    if is_lost and image_id is not None and image_id == cell.linked_picture():
        st.query_params.update(row)


def remember_row(image_id: int) -> None:
    """Remember the row in the link for the visitor who comes back to the picture."""
    _remember(image_id, st.query_params)


def _remember(image_id: int, link: Mapping[str, str]) -> None:
    st.session_state[_ROW] = (image_id, {key: link[key] for key in _ROW_KEYS if key in link})


def _is_opposite(chosen: Cell, scores: PictureScores, image_id: int) -> bool:
    """Tell whether a picture falls into the opposite cell."""
    found = scores.image_ids == image_id
    of_true, of_predicted = scores.labels == chosen.predicted, scores.predictions == chosen.true
    return bool(np.any(found & of_true & of_predicted))
