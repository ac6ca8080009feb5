"""The pictures that a corruption breaks: as a gallery, and one of them beside itself as it is."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import streamlit as st

from fashion_core.analysis.corruptions import Corruption, corrupt
from fashion_core.analysis.formatting import count, percent
from fashion_core.analysis.robustness import ConfusionChange, Robustness, newly_wrong
from fashion_core.classes import CLASS_NAMES
from pages.ui import cell, services
from pages.ui.choice import Choice, linked_selectbox
from pages.ui.gallery import GalleryItems, gallery
from pages.ui.image_link import draw_explain_link
from pages.ui.pager import draw_pager
from pages.ui.picture_drawer import draw_opened, opener
from pages.ui.picture_grid import shown_confidence
from pages.ui.pixels import Tile, draw_tiles
from pages.ui.services import SHEET_VERSION

_PAGE_SIZE: Final = 40
_LARGE: Final = 140  # five times 28: two stand side by side in the drawer, also on a phone
_PICKER_WIDTH: Final = 260
_PAGE: Final = "broken-page"
_ALL: Final = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Worse:
    """A corruption at a strength, and what an epoch answers to the pictures made worse by it.

    Attributes:
        corruption: How they are made worse.
        strength: How much, one of `STRENGTHS`.
        answers: Predicted classes, int64 of shape (N,), in the order of the split.
    """

    corruption: Corruption
    strength: int
    answers: npt.NDArray[np.int64]

    def describe(self) -> str:
        """Say what is done: "turned by 20° to either side"."""
        return self.corruption.describe(self.strength)

    def make(self, position: int) -> npt.NDArray[np.uint8]:
        """Give the test picture of a row made worse, uint8 of shape (28, 28)."""
        pictures = services.pictures("test")
        image_id = int(pictures.image_ids[position])
        return corrupt(pictures.images[position], image_id, self.corruption, self.strength)


def draw_broken(
    choice: Choice, found: Robustness, worse: Worse, changes: list[ConfusionChange]
) -> None:
    """Draw the pictures that were right as they are and are wrong now, as the network sees them.

    Args:
        choice: The run and epoch that answered.
        found: All its answers.
        worse: What the pictures are made worse by.
        changes: The confusions to choose from.
    """
    st.subheader("Which pictures break?", anchor=False)
    broken = newly_wrong(labels=found.labels, clean=found.clean, worse=worse.answers)
    if len(broken) == 0:
        st.info("Every picture that was right still is.", icon=":material/thumb_up:")
    else:
        chosen = _pick_confusion(found, worse, broken, changes)
        what = "picture was" if len(chosen) == 1 else "pictures were"
        st.markdown(f"**{count(len(chosen))} {what} right** and became wrong; by number.")
        if len(chosen):
            _draw_page(found, worse, chosen)
    draw_opened(lambda image_id: _draw_card(choice, worse, image_id), split="test")


def _pick_confusion(
    found: Robustness,
    worse: Worse,
    broken: npt.NDArray[np.int64],
    changes: list[ConfusionChange],
) -> npt.NDArray[np.int64]:
    """Draw the choice of a confusion and give its pictures among the broken ones."""
    by_value = {f"{change.true}-{change.predicted}": change for change in changes}
    with st.container(width=_PICKER_WIDTH):
        value = linked_selectbox(
            "Confusion",
            [_ALL, *by_value],
            key="broken",
            default=_ALL,
            label_of=lambda v: "All" if v == _ALL else by_value[v].describe(),
        )
    if value == _ALL:
        return broken
    chosen = by_value[value]
    is_chosen = (found.labels == chosen.true) & (worse.answers == chosen.predicted)
    return broken[is_chosen[broken]]


def _draw_page(found: Robustness, worse: Worse, broken: npt.NDArray[np.int64]) -> None:
    """Draw one page of the pictures and the picker of pages."""
    page = draw_pager(_PAGE, pages=-(-len(broken) // _PAGE_SIZE))
    shown = broken[(page - 1) * _PAGE_SIZE : page * _PAGE_SIZE].tolist()
    image_ids = services.pictures("test").image_ids
    gallery(
        GalleryItems(
            positions=shown,
            image_ids=[int(image_ids[position]) for position in shown],
            true_names=[CLASS_NAMES[found.labels[position]] for position in shown],
            predicted_names=[CLASS_NAMES[worse.answers[position]] for position in shown],
            values=[f"no. {image_ids[position]}" for position in shown],
            images=[worse.make(position) for position in shown],
        ),
        split="test",
        sheet_version=SHEET_VERSION,
        key="broken-pictures",
        on_pick=opener(image_ids[broken], split="test"),
        selected=cell.linked_picture(),
    )


def _draw_card(choice: Choice, worse: Worse, image_id: int) -> None:
    """Draw a picture as it is and made worse, with the answer to each."""
    scores = services.scores(choice.run.run_id, choice.epoch, "test")
    rows = np.flatnonzero(scores.image_ids == image_id)
    if len(rows) == 0:
        st.info(f"There is no test picture {image_id}. Choose one from the gallery.")
        return
    row = int(rows[0])
    label, before, after = (
        int(classes[row]) for classes in (scores.labels, scores.predictions, worse.answers)
    )
    st.markdown(
        f"Labelled **{CLASS_NAMES[label]}**. As it is, the network says "
        f"**{CLASS_NAMES[before]}**, {percent(shown_confidence(scores, row))} sure; "
        f"made worse ({worse.describe()}) it says **{CLASS_NAMES[after]}**."
    )
    draw_tiles(
        [
            Tile(
                image=image,
                title=title,
                note=f"{'✓' if said == label else '✗'} {CLASS_NAMES[said]}",
                alt=f"Test picture {image_id}, {title.lower()}: {CLASS_NAMES[label]} predicted "
                f"as {CLASS_NAMES[said]}",
            )
            for image, title, said in (
                (services.pictures("test").images[row], "As it is", before),
                (worse.make(row), "Made worse", after),
            )
        ],
        size=_LARGE,
    )
    draw_explain_link(choice.link(), image_id)
    st.page_link(
        "pages/try_it.py",
        label="Change it by hand",
        icon=":material/draw:",
        query_params={**choice.link(), "picture": str(image_id)},
        help="Blur it, turn it, erase a part, and see what the network says",
    )
