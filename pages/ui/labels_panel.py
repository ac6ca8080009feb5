"""The label in question: the picture, what the run believed, and the buttons to decide."""

from typing import Final

import streamlit as st

from fashion_core.analysis.figure_words import describe_belief
from fashion_core.analysis.formatting import count, number, percent
from fashion_core.classes import CLASS_NAMES, class_index
from fashion_core.figures.label_belief import belief_figure
from fashion_core.runs.decision import Decision
from pages.ui import explanations, labels_decide, services
from pages.ui.choice import Choice
from pages.ui.figure import draw_figure
from pages.ui.gallery import big_picture
from pages.ui.labels_data import Decided, Weighed
from pages.ui.labels_decide import InQuestion
from pages.ui.labels_keys import key_bar
from pages.ui.labels_queue import Queue
from pages.ui.literal import literal
from pages.ui.people_votes import draw_votes
from pages.ui.services import SHEET_VERSION
from pages.ui.theme import figure_theme

_ALMOST_CERTAIN: Final = 1 - 1e-6  # a softmax output is never 0 or 1; where it reads so, it was
_ALMOST_IMPOSSIBLE: Final = 1e-6  # rounded


def draw_question(
    choice: Choice, weighed: Weighed, decided: Decided, queue: Queue, position: int
) -> None:
    """Draw the label at a position and everything to decide about it."""
    source = services.pictures(choice.split)
    image_id, label = int(source.image_ids[position]), int(source.labels[position])
    suggested = int(weighed.belief.suggested[position])
    made = decided.here.get(image_id)
    picture, facts = st.columns(2)
    with picture:
        _draw_picture(choice, position, image_id, label)
    with facts:
        _draw_facts(choice, weighed, position)
        if not services.is_read_only():
            new_label = _pick_new_label(choice, image_id, label, _first_choice(made, suggested))
    if not services.is_read_only():
        _draw_buttons(
            InQuestion(
                split=choice.split,
                image_id=image_id,
                label=label,
                new_label=new_label,
                following=queue.following(image_id),
            ),
            made,
        )
    _draw_history(weighed, position, (label, suggested))
    scores = services.scores(choice.run.run_id, choice.epoch, choice.split)
    draw_votes(choice.split, image_id, predicted=int(scores.predictions[position]))


def _draw_picture(choice: Choice, position: int, image_id: int, label: int) -> None:
    big_picture(
        position,
        split=choice.split,
        sheet_version=SHEET_VERSION,
        label=f"{choice.split.capitalize()} picture {image_id}, labelled {CLASS_NAMES[label]}",
        key="question",
        size=224,
    )
    st.caption(f"{choice.split.capitalize()} picture {image_id}")


def _draw_facts(choice: Choice, weighed: Weighed, position: int) -> None:
    """Say what the label is and what the network believed instead."""
    belief = weighed.belief
    label = CLASS_NAMES[int(services.pictures(choice.split).labels[position])]
    suggested = CLASS_NAMES[int(belief.suggested[position])]
    epochs = "1 epoch" if belief.epochs == 1 else f"{count(belief.epochs)} epochs"
    st.markdown(
        f"Label  \n**{label}**, believed {_sure(belief.mean_label_prob[position])}\n\n"
        f"Suggested  \n**{suggested}**, believed {_sure(belief.mean_suggested_prob[position])}\n\n"
        f"Mean loss **{number(float(belief.mean_loss[position]))}** nats",
        help=f"Believed: probability that the network gives the class, mean of {epochs}. "
        "Suggested: the class with the highest mean probability besides the label. Mean loss: "
        "how surprised the network is by the label; 0 is not at all.",
    )


def _sure(probability: float) -> str:
    return percent(min(max(float(probability), _ALMOST_IMPOSSIBLE), _ALMOST_CERTAIN))


def _first_choice(made: Decision | None, suggested: int) -> int:
    """Give the class that relabelling starts with: the one decided before, else the suggested."""
    return suggested if made is None or made.new_label is None else made.new_label


def _pick_new_label(choice: Choice, image_id: int, label: int, first: int) -> int:
    """Draw which class the picture would be relabelled as, and give it."""
    names = [name for name in CLASS_NAMES if name != CLASS_NAMES[label]]
    name = st.selectbox(
        "Relabel as",
        names,
        index=names.index(CLASS_NAMES[first]),
        key=f"new-label-{choice.split}-{image_id}",
    )
    return class_index(name)


def _draw_buttons(question: InQuestion, made: Decision | None) -> None:
    if problem := labels_decide.take_problem():
        st.error(literal(problem), icon=":material/error:")
    key_bar(
        labels_decide.buttons(question, made),
        token=question.token,
        label=f"Decide about {question.split} picture {question.image_id}",
        said=labels_decide.said(),
        key="decide",
        on_press=lambda action: labels_decide.press(question, action),
    )


def _draw_history(weighed: Weighed, position: int, names: tuple[int, int]) -> None:
    belief = weighed.belief
    draw_figure(
        belief_figure(
            epochs=weighed.epochs,
            label_probs=belief.label_probs[:, position],
            suggested_probs=belief.suggested_probs[:, position],
            names=names,
            theme=figure_theme(),
        ),
        key="belief",
        explanation=explanations.BELIEF,
        says=describe_belief(
            belief.label_probs[:, position],
            belief.suggested_probs[:, position],
            label=names[0],
            suggested=names[1],
        ),
        alt="Probability of the label and of the suggested class over the epochs",
    )
