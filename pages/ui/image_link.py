"""Links to the Image page: which picture, and the gallery whose order its arrow keys follow."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import streamlit as st

from fashion_core.analysis.scores import PictureScores
from pages.ui import cell
from pages.ui.picture_row import CONFIDENCE_KEY, Row
from pages.ui.tag_filter import TAG_KEY

Link = Mapping[str, str | Sequence[str]]
"""Query parameters; one with several values is repeated."""

_ROW_KEYS: Final = ("true", "predicted", "outcome", "sort", "order", CONFIDENCE_KEY, TAG_KEY)
_ROW: Final = "image-row"  # (picture, query parameters of its row) that this visitor saw last


def draw_explain_link(link: Link, image_id: int) -> None:
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


def gallery_link(row: Row, scores: PictureScores, image_id: int, *, is_both: bool) -> Link:
    """Give the query parameters of the gallery of the Confusions page that holds a picture.

    Args:
        row: The pictures of the gallery.
        scores: What the chosen epoch says.
        image_id: The picture that is open.
        is_both: Whether the opposite direction stands beside it; the link then names the one in
            which the picture is.
    """
    if is_both and _is_opposite(row, scores, image_id):
        row = row.reversed()
    return row.link()


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
    link = {key: st.query_params.get_all(key) for key in _ROW_KEYS if key in st.query_params}
    _remember(image_id, link)


def _remember(image_id: int, link: Link) -> None:
    st.session_state[_ROW] = (image_id, {key: link[key] for key in _ROW_KEYS if key in link})


def _is_opposite(row: Row, scores: PictureScores, image_id: int) -> bool:
    """Tell whether a picture falls into the opposite cell."""
    found = scores.image_ids == image_id
    of_true, of_predicted = scores.labels == row.predicted, scores.predictions == row.true
    return bool(np.any(found & of_true & of_predicted))
