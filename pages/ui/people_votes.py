"""How people voted on one picture, below what the network says about it."""

import streamlit as st

from fashion_core.analysis.formatting import count, percent
from fashion_core.analysis.human_votes import Crowd
from fashion_core.classes import CLASS_NAMES
from fashion_core.figures.votes import votes_figure
from pages.ui import explanations
from pages.ui.figure import draw_figure
from pages.ui.people_data import crowd_if_usable
from pages.ui.services import SplitName
from pages.ui.theme import figure_theme


def draw_votes(split: SplitName, image_id: int, *, predicted: int) -> None:
    """Draw the votes on a test picture; nothing for others, or if nobody brought the table."""
    found = crowd_if_usable() if split == "test" else None
    if found is None or not 0 <= image_id < len(found.labels):
        return
    true = int(found.labels[image_id])
    st.markdown(f"**How {count(int(found.votes[image_id].sum()))} people voted**")
    draw_figure(
        votes_figure(found.votes[image_id], true=true, predicted=predicted, theme=figure_theme()),
        key=f"votes-{image_id}",
        explanation=explanations.VOTES,
        says=_in_words(found, image_id),
        alt=f"Votes of people on picture {image_id}",
    )


def _in_words(found: Crowd, image_id: int) -> str:
    """Say what people make of the label."""
    label, rival = CLASS_NAMES[found.labels[image_id]], CLASS_NAMES[found.rival[image_id]]
    for_label = percent(float(found.label_share[image_id]))
    if found.is_disputed[image_id]:
        for_rival = percent(float(found.rival_share[image_id]))
        return f"Label disputed: {for_rival} see {rival}, {for_label} {label}."
    if not found.is_right[image_id]:
        return f"People fail too: more see {rival} than {label} ({for_label})."
    return f"Most people see {label} ({for_label})."
