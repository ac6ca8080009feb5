"""What the network answers now: the same ten pictures after every epoch, and all in a sentence."""

from collections.abc import Callable
from typing import Final

import numpy as np
import streamlit as st

from fashion_core.analysis.answer_counts import describe_answer_counts, first_of_each_class
from fashion_core.analysis.formatting import count
from fashion_core.analysis.scores import PictureScores
from fashion_core.classes import CLASS_NAMES
from fashion_core.errors import DamagedFileError
from fashion_core.runs.records import Run
from pages.ui import cell, services
from pages.ui.choice import Choice, select_split
from pages.ui.gallery import GalleryItems, gallery
from pages.ui.literal import literal
from pages.ui.picture_drawer import draw_opened, opener
from pages.ui.picture_grid import draw_card, shown_confidence
from pages.ui.services import SHEET_VERSION

_TWO_ROWS: Final = 540  # pixels: five tiles, not six and four


def draw_answers(run: Run) -> None:
    """Draw the answers of a run's latest epoch to one validation picture of each class.

    Below stands how often each class is answered over all validation pictures. A click opens
    the picture, and from there the Image page. Nothing is drawn before the first epoch has ended.
    """
    if not run.history:
        return
    epoch = run.history[-1].epoch
    try:
        scores = services.scores(run.run_id, epoch, "validation")
    except DamagedFileError as error:
        st.warning(
            f"{literal(str(error))} What it answers cannot be shown; the curves are not affected.",
            icon=":material/broken_image:",
        )
    else:
        _draw(run, epoch, scores)


def _draw(run: Run, epoch: int, scores: PictureScores) -> None:
    st.markdown(
        f"**Ten validation pictures, one of each class**, as answered after epoch {epoch}",
        help="The network does not learn from validation pictures. These are the first of each "
        "class, always the same. A click opens one.",
    )
    items = _items(run.run_id, epoch)
    with st.container(width=_TWO_ROWS):
        gallery(
            items,
            split="validation",
            sheet_version=SHEET_VERSION,
            key=f"answers-{run.run_id}",
            selected=cell.linked_picture(),
            on_pick=_opener(items),
        )
    st.markdown(
        describe_answer_counts(scores.predictions),
        help=f"Over all {count(len(scores))} validation pictures; about a tenth are of each class.",
    )
    _draw_opened(run, epoch, scores)


@st.cache_resource(show_spinner=False, max_entries=64)
def _items(run_id: str, epoch: int) -> GalleryItems:
    """Give the ten tiles with their pixels: no need to send the sheet of all pictures for them."""
    pictures = services.pictures("validation")
    scores = services.scores(run_id, epoch, "validation")
    positions = first_of_each_class(pictures.labels)
    return GalleryItems(
        positions=positions.tolist(),
        image_ids=scores.image_ids[positions].tolist(),
        true_names=[CLASS_NAMES[label] for label in scores.labels[positions]],
        predicted_names=[CLASS_NAMES[label] for label in scores.predictions[positions]],
        confidences=[shown_confidence(scores, position) for position in positions],
        images=[pictures.images[position] for position in positions],
    )


def _opener(items: GalleryItems) -> Callable[[int], None]:
    """Give the callback that opens one of the pictures, here and on the pages it leads to."""
    open_here = opener(np.array(items.image_ids), split="validation")

    def open_it(image_id: int) -> None:
        select_split("validation")
        open_here(image_id)

    return open_it


def _draw_opened(run: Run, epoch: int, scores: PictureScores) -> None:
    """Open the picture that was clicked; it stays open when the next epoch has answered it."""
    link = Choice(run=run, epoch=epoch, split="validation").link()
    draw_opened(
        lambda image_id: draw_card(scores, image_id, split="validation", link=link),
        split="validation",
    )
    if cell.linked_picture() is not None:
        services.send_sheet("validation")
