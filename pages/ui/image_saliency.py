"""Where the network looked: maps of two classes side by side, and what such a map can say."""

from typing import Final

import numpy as np
import streamlit as st

from fashion_core.analysis.figure_words import describe_attention
from fashion_core.analysis.scores import PictureScores
from fashion_core.classes import CLASS_NAMES
from fashion_core.errors import StoreError
from fashion_core.figures.palette import RIGHT, TEST, WRONG
from fashion_core.figures.saliency import SIZE, saliency_figure
from pages.ui import explanations, image_data, services
from pages.ui.choice import Choice
from pages.ui.figure import draw_figure
from pages.ui.literal import literal
from pages.ui.no_weights import say_no_weights
from pages.ui.theme import figure_theme

_MIRRORED: Final = (
    "This run answers with the mean of the picture and its mirror image; the map is the mean of "
    "both maps, the second one mirrored back."
)


def draw_saliency(choice: Choice, scores: PictureScores, position: int) -> None:
    """Draw the maps of the answer and of the label, or say what to do where weights are missing.

    For a right answer, where both are one class, the second map is that of the runner-up, if
    the stored probabilities tell which it is.
    """
    st.subheader("Where did the network look?", anchor=False)
    if choice.epoch not in image_data.epochs_with_weights(choice.run.run_id):
        image_id = int(scores.image_ids[position])
        say_no_weights(choice, page="pages/image.py", query={"picture": str(image_id)})
        return
    shown = _shown_classes(scores, position)
    image = services.pictures(choice.split).images[position]
    try:
        with st.spinner("Asking the network …"):
            maps = image_data.saliency(
                choice.run, choice.epoch, image, [label for label, _, _ in shown]
            )
    except StoreError as error:
        st.error(
            f"{literal(str(error))} Where the network looked cannot be shown for this epoch; "
            "everything else on this page does not need the weights.",
            icon=":material/broken_image:",
        )
        return
    with st.container(horizontal=True, gap="large"):
        for values, (label, role, colour) in zip(maps, shown, strict=True):
            _draw_map(image, values, label=label, role=role, colour=colour)
    if choice.run.spec.mirror_average:
        st.caption(_MIRRORED)


def _shown_classes(scores: PictureScores, position: int) -> list[tuple[int, str, str]]:
    """List (class, what it is to the picture, colour) of the two maps."""
    true, predicted = int(scores.labels[position]), int(scores.predictions[position])
    if true != predicted:
        return [(predicted, "the answer", WRONG), (true, "the label", RIGHT)]
    others = scores.pred_probs[position].copy()
    others[true] = 0
    shown = [(true, "answer and label", RIGHT)]
    if not others.any():  # all were rounded to 0: nobody knows which was next
        return shown
    return [*shown, (int(others.argmax()), "the runner-up", TEST)]


def _draw_map(image: np.ndarray, values: np.ndarray, *, label: int, role: str, colour: str) -> None:
    name = CLASS_NAMES[label]
    with st.container(width=SIZE):
        st.markdown(f"For **{name}**, {role}")
        draw_figure(
            saliency_figure(image, values, colour=colour, theme=figure_theme()),
            key=f"saliency-{role}",
            explanation=explanations.SALIENCY,
            says=describe_attention(values, name),
            alt=f"The picture with the places that speak for {name} in colour",
        )
