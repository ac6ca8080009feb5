"""Galleries of chosen pictures, and one picture large with its ten probabilities."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import streamlit as st

from fashion_core.analysis.figure_words import describe_probabilities
from fashion_core.analysis.formatting import number, percent
from fashion_core.analysis.scores import PictureScores
from fashion_core.classes import CLASS_NAMES
from fashion_core.figures.probabilities import probability_figure
from pages.ui import explanations
from pages.ui.chosen_pictures import Choosing
from pages.ui.data_notes import draw_picture_note
from pages.ui.figure import draw_figure
from pages.ui.gallery import GalleryItems, big_picture, gallery
from pages.ui.image_link import Link, draw_explain_link
from pages.ui.people_votes import draw_votes
from pages.ui.services import SHEET_VERSION, SplitName
from pages.ui.theme import figure_theme


def draw_pictures(  # noqa: PLR0913 - keyword-only, each a separate choice of the page
    scores: PictureScores,
    positions: npt.NDArray[np.int64],
    *,
    split: SplitName,
    key: str,
    on_pick: Callable[[int], None],
    selected: int | None = None,
    tile: int = 84,
    notes: Sequence[str] = (),
    values: Sequence[str] = (),
    is_named: bool = True,
    choosing: Choosing | None = None,
) -> None:
    """Draw the pictures at some positions as one clickable gallery.

    Args:
        scores: What the chosen epoch says.
        positions: Rows of `scores` to draw, in order; one page of them.
        split: Which pictures they are.
        key: Streamlit key, one per gallery.
        on_pick: Called with the image id of a clicked picture.
        selected: Image id of the picture that is open, to mark it.
        tile: Width of a picture in pixels.
        notes: What stands below the pictures in place of the predicted class; none for all.
        values: What stands below all else of the pictures, e.g. what they are sorted by; none for
            all.
        is_named: Whether the classes stand at every picture; not where all have the same.
        choosing: Which of all pages are chosen, and whether a click chooses; None where none can.
    """
    items = GalleryItems(
        positions=positions.tolist(),
        image_ids=scores.image_ids[positions].tolist(),
        true_names=[CLASS_NAMES[label] for label in scores.labels[positions]],
        predicted_names=[CLASS_NAMES[label] for label in scores.predictions[positions]],
        confidences=[shown_confidence(scores, position) for position in positions],
        notes=notes,
        values=values,
    )
    gallery(
        items,
        split=split,
        sheet_version=SHEET_VERSION,
        key=key,
        selected=selected,
        on_pick=on_pick,
        tile=tile,
        is_named=is_named,
        choosing=choosing,
    )


def draw_card(scores: PictureScores, image_id: int, *, split: SplitName, link: Link) -> None:
    """Draw one picture large, what it is, what the network says, and how sure it is.

    Args:
        scores: What the chosen epoch says.
        image_id: The picture; one that is not there gets a sentence.
        split: Which pictures they are.
        link: Query parameters that bring the Image page to this run, epoch, split and gallery.
    """
    found = np.flatnonzero(scores.image_ids == image_id)
    if len(found) == 0:
        st.info(f"There is no {split} picture {image_id}. Choose one from the gallery.")
        return
    position = int(found[0])
    true, predicted = int(scores.labels[position]), int(scores.predictions[position])
    outcome = "right" if true == predicted else "wrong"
    label = f"{split.capitalize()} picture {image_id}, a {CLASS_NAMES[true]}"
    picture, facts = st.columns([1, 1])
    with picture:
        big_picture(
            position,
            split=split,
            sheet_version=SHEET_VERSION,
            label=label,
            key="card",
            outcome=outcome,
        )
    with facts:
        draw_facts(scores, position)
        draw_explain_link(link, image_id)
    draw_probabilities(scores, position, label=label)
    draw_votes(split, image_id, predicted=predicted)
    draw_picture_note(image_id, split=split)


def draw_probabilities(scores: PictureScores, position: int, *, label: str) -> None:
    """Draw the ten probabilities of a picture; `label` says which it is."""
    figure = probability_figure(
        scores.pred_probs[position],
        true=int(scores.labels[position]),
        predicted=int(scores.predictions[position]),
        theme=figure_theme(),
    )
    draw_figure(
        figure,
        key="probabilities",
        explanation=explanations.PROBABILITIES,
        says=describe_probabilities(scores.pred_probs[position]),
        alt=f"The ten class probabilities of {label}",
    )


def shown_confidence(scores: PictureScores, position: int) -> float:
    """Give the confidence in the predicted class, never exactly 1.

    A softmax output never is; where it reads 1 it was rounded on disk.
    """
    return min(float(scores.confidence[position]), 1 - 1e-6)


def draw_facts(scores: PictureScores, position: int) -> None:
    """Write true and predicted class, confidence, loss and margin of a picture."""
    true, predicted = int(scores.labels[position]), int(scores.predictions[position])
    st.markdown(f"True class  \n**{CLASS_NAMES[true]}**")
    sign = ":material/check: right" if true == predicted else ":material/close: wrong"
    st.markdown(f"Predicted  \n**{CLASS_NAMES[predicted]}** · {sign}")
    st.markdown(
        f"Confidence **{percent(shown_confidence(scores, position))}**  \n"
        f"Loss **{number(float(scores.loss[position]))}** nats  \n"
        f"Margin **{number(float(scores.margin[position]))}**",
        help="Confidence: probability of the predicted class. Loss: how surprised the network is "
        "by the true class; 0 is not at all. Margin: lead of the predicted class over the next.",
    )
