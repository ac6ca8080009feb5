"""The map of the training: how sure of each label over the epochs, and how unsteady."""

from typing import Final

import numpy as np
import numpy.typing as npt
import streamlit as st

from fashion_core.analysis.cartography import (
    AMBIGUOUS_FROM,
    EASY_FROM,
    MEANINGS,
    Region,
    describe_training_map,
)
from fashion_core.analysis.scores import PictureScores
from fashion_core.figures.maps import training_figure
from pages.ui import map_data
from pages.ui.choice import Choice
from pages.ui.map_chart import draw_map, groups_of
from pages.ui.map_choice import View, pick_region
from pages.ui.map_gallery import Shown

_METHOD: Final = f"""
Up: the probability of the label, averaged over {{epochs}}. To the right: how much it changed
between them. **Easy**: steady and at least {EASY_FROM:g}. **Hard**: steady and below it; wrong
labels are found here. **Ambiguous**: a standard deviation of {AMBIGUOUS_FROM:g} or more, of 0.5 at
most.
"""
_SOURCE: Final = (
    "After Swayamdipta et al., “Dataset Cartography”, 2020. There it shows the pictures that were "
    "learned from; these were not, so hard here means: what was learned from the others does not "
    "help. The limits of the regions are ours."
)


def say_training(choice: Choice, scores: PictureScores) -> None:
    """Write the answer of this map in a sentence, and which epochs it is without."""
    training = map_data.training_of(choice)
    st.markdown(f"##### {describe_training_map(training.found, scores.is_right)}")
    if training.found.epochs == 1:
        st.info(
            "One epoch has no spread: every picture lies at the left edge until a second one is "
            "there.",
            icon=":material/hourglass_top:",
        )
    if training.lost:
        numbers = ", ".join(map(str, training.lost))
        st.caption(f"Left out, because the file is damaged: epoch {numbers}.")


def draw_training(
    choice: Choice, scores: PictureScores, view: View
) -> npt.NDArray[np.int64] | None:
    """Draw the map and give the rows of the selected pictures, if an area is selected."""
    found = map_data.training_of(choice).found
    selected = draw_map(
        choice,
        training_figure(found, groups_of(choice, scores, view.colour)),
        scores,
        place="training",
        label="Map: mean probability of the label against its spread over the epochs",
    )
    epochs = "the only epoch" if found.epochs == 1 else f"{found.epochs} epochs"
    st.caption(_METHOD.format(epochs=epochs), help=_SOURCE)
    return selected


def training_pictures(choice: Choice, scores: PictureScores, *, is_disabled: bool) -> Shown:
    """Draw the picker of a region and give its pictures."""
    region = pick_region(is_disabled=is_disabled)
    inside = map_data.training_of(choice).found.region(region)
    rows = np.flatnonzero(inside)
    title, note = region.value.capitalize(), f"{MEANINGS[region].capitalize()}."
    if region is Region.AMBIGUOUS:  # what makes them so comes first
        varied = map_data.training_of(choice).found.variability[rows]
        by_change = rows[np.argsort(-varied, kind="stable")]
        return Shown(title=title, rows=by_change, note=note, order="most changing first")
    by_loss = rows[np.argsort(-scores.loss[rows], kind="stable")]
    return Shown(title=title, rows=by_loss, note=note)
