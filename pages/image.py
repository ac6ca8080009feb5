"""Image: why this answer to this picture? Its history, where the network looked, its like."""

import streamlit as st

from fashion_core.analysis.formatting import percent
from fashion_core.analysis.mistakes import describe_rank, rank_by_loss
from fashion_core.analysis.scores import PictureScores
from fashion_core.classes import CLASS_NAMES
from pages.ui import cell, services
from pages.ui.boundary import part
from pages.ui.choice import Choice
from pages.ui.data_notes import draw_picture_note
from pages.ui.frame import show_page
from pages.ui.gallery import big_picture
from pages.ui.image_choice import linked_row, pick_picture
from pages.ui.image_filters import draw_filters
from pages.ui.image_history import draw_history
from pages.ui.image_link import keep_row_in_link, remember_row
from pages.ui.image_neighbours import draw_neighbours
from pages.ui.image_saliency import draw_saliency
from pages.ui.image_walk import walk
from pages.ui.people_votes import draw_votes
from pages.ui.picture_grid import draw_facts, draw_probabilities, shown_confidence
from pages.ui.picture_row import Row
from pages.ui.services import SHEET_VERSION
from pages.ui.states import has_results

PICTURE_SIZE = 336  # pixels, 12 for each of the picture's own


def draw(choice: Choice) -> None:
    if has_results(
        choice, shows="one picture, what the network answered at every epoch, and where it looked"
    ):
        _explain(choice)


@part  # a step to the next picture draws this part only
def _explain(choice: Choice) -> None:
    """Draw the picture of the link and everything that is known about it."""
    scores = services.scores(choice.run.run_id, choice.epoch, choice.split)
    keep_row_in_link()
    row = linked_row(choice.split)
    order = row.positions(choice, scores)
    position = pick_picture(scores, order, split=choice.split)
    image_id = int(scores.image_ids[position])
    remember_row(image_id)
    st.markdown(f"##### {_answer(scores, position)}")
    st.caption(f"Picture {image_id} · {choice.describe()}")
    walk(scores.image_ids[order], image_id, noun=row.noun, key="walk", on_pick=cell.open_picture)
    _row_line(choice, row)
    _picture(choice, scores, position)
    services.send_sheet(choice.split)
    draw_history(choice, position)
    draw_saliency(choice, scores, position)
    image = services.pictures(choice.split).images[position]
    draw_filters(choice, image, scores.pred_probs[position])
    draw_neighbours(choice, scores, position)
    draw_picture_note(image_id, split=choice.split)


def _answer(scores: PictureScores, position: int) -> str:
    """Say in a sentence what the picture is, and what the network says."""
    true, said = (CLASS_NAMES[int(c[position])] for c in (scores.labels, scores.predictions))
    sure = percent(shown_confidence(scores, position))
    if true == said:
        return f"Labelled {true}, and the network says so: {sure} sure."
    return f"Labelled {true}; the network says {said}, {sure} sure."


def _row_line(choice: Choice, row: Row) -> None:
    """Say which pictures the buttons lead through, and lead to all of them."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"In order: {row.describe()}. Also with the keys ← and →.", width="content")
        st.page_link(
            "pages/confusions.py",
            label="See them as a gallery",
            icon=":material/photo_library:",
            query_params=choice.link() | row.link(),
        )


def _picture(choice: Choice, scores: PictureScores, position: int) -> None:
    """Draw the picture large, its facts and the ten probabilities."""
    true = int(scores.labels[position])
    label = (
        f"{choice.split.capitalize()} picture {int(scores.image_ids[position])}, "
        f"a {CLASS_NAMES[true]}"
    )
    picture, facts, probabilities = st.columns([PICTURE_SIZE + 24, 220, 420], gap="medium")
    with picture:
        big_picture(
            position,
            split=choice.split,
            sheet_version=SHEET_VERSION,
            label=label,
            key="picture",
            outcome="right" if scores.is_right[position] else "wrong",
            size=PICTURE_SIZE,
        )
    with facts:
        draw_facts(scores, position)
        st.markdown(
            f"Rank by loss  \n**{describe_rank(rank_by_loss(scores, position))}**",
            help="All mistakes of this epoch on these pictures, the highest loss first.",
        )
    with probabilities:
        draw_probabilities(scores, position, label=label)
        image_id = int(scores.image_ids[position])
        draw_votes(choice.split, image_id, predicted=int(scores.predictions[position]))


show_page("Image", "Why this answer?", draw)
