"""Guess: name pictures that are hard for the network before it does, and compare."""

from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt
import streamlit as st

from fashion_core.analysis.formatting import percent
from fashion_core.analysis.guessing import choose_round, describe_pool, describe_score, score_round
from fashion_core.analysis.scores import PictureScores
from fashion_core.classes import CLASS_NAMES
from fashion_core.figures.probabilities import probability_figure
from pages.ui import explanations, people_data, services
from pages.ui.boundary import part
from pages.ui.choice import Choice
from pages.ui.figure import draw_figure
from pages.ui.frame import show_page
from pages.ui.gallery import GalleryItems, big_picture, gallery
from pages.ui.guess_state import Answers, answers, describe_round
from pages.ui.labels_keys import KeyButton, key_bar
from pages.ui.people_votes import draw_votes
from pages.ui.picture_grid import draw_card
from pages.ui.services import SHEET_VERSION
from pages.ui.states import has_results
from pages.ui.theme import figure_theme

_MOST_ROUNDS: Final = 9_999
_NEXT: Final = "next"
_SIZE: Final = 280  # pixels; a multiple of 28 keeps all of them equal
_PICTURE: Final = "guess-picture"

_NEW: Final = "guess-new-round"  # whether another round was just asked for
_TILE: Final = 112  # pixels; both answers stand below


def draw(choice: Choice) -> None:
    if not has_results(
        choice,
        shows="twenty pictures that are hard for the network, for you to name before it does",
    ):
        return
    _play(choice)


@part  # an answer draws this part only
def _play(choice: Choice) -> None:
    """Draw the picture to name, what came out of the last one, or the end of the round."""
    if st.session_state.pop(_NEW, False):
        st.rerun()  # the whole page: another round asks about what is the best epoch now
    head = st.container(horizontal=True, vertical_alignment="bottom")
    with head:
        number = st.number_input(
            "Round",
            1,
            _MOST_ROUNDS,
            key="round",
            bind="query-params",
            width=140,
            on_change=_begin,
        )
    given = answers(choice, int(number))
    choice = replace(choice, epoch=given.epoch)
    scores = services.scores(choice.run.run_id, choice.epoch, choice.split)
    asked = choose_round(scores, number=int(number))
    with head:
        st.button("Start again", icon=":material/replay:", on_click=given.start_again)
    now = services.store().run(choice.run.run_id)
    st.caption(describe_round(choice, now, follows_best=given.follows_best))
    if given.index < len(asked):
        _draw_question(choice, scores, asked, given)
    else:
        _draw_end(choice, scores, asked, given)
    services.send_sheet(choice.split)


def _draw_question(
    choice: Choice, scores: PictureScores, asked: npt.NDArray[np.int64], given: Answers
) -> None:
    """Draw one picture with its ten answers, or with what it is once it is answered."""
    position, score = int(asked[given.index]), score_round(scores, asked, given.guesses)
    st.progress(
        len(given.guesses) / len(asked),
        text=f"Picture {given.index + 1} of {len(asked)} · right so far: you {score.person}, "
        f"the network {score.network}",
    )
    picture, answer = st.columns([2, 3], gap="large")
    with picture:
        is_right = given.is_shown and given.guesses[-1] == scores.labels[position]
        big_picture(
            position,
            split=choice.split,
            sheet_version=SHEET_VERSION,
            label="A picture to name",
            key="guess-picture-large",
            outcome=("right" if is_right else "wrong") if given.is_shown else "",
            size=_SIZE,
        )
    with answer:
        if given.is_shown:
            _draw_answer(choice, scores, position, given)
        else:
            st.markdown("**What is it?** Click, or press the key.")
            _draw_classes(given)
    st.caption(describe_pool(scores))


def _draw_classes(given: Answers) -> None:
    buttons = [
        KeyButton(action=str(label), text=name, key=str(label), help=f"It is a {name}.")
        for label, name in enumerate(CLASS_NAMES)
    ]
    key_bar(
        buttons,
        token=given.token,
        label="What is it?",
        said="",
        key="guess",
        on_press=lambda action: given.guess(int(action)),
    )


def _draw_answer(choice: Choice, scores: PictureScores, position: int, given: Answers) -> None:
    """Draw what the picture is, what both said, and the way on."""
    true, predicted, guess = (
        int(scores.labels[position]),
        int(scores.predictions[position]),
        given.guesses[-1],
    )
    st.markdown(f"It is labelled **{CLASS_NAMES[true]}**.")
    sure = percent(min(float(scores.confidence[position]), 1 - 1e-6))
    st.markdown(
        f"{_mark(guess == true)} You said **{CLASS_NAMES[guess]}**.  \n"
        f"{_mark(predicted == true)} The network says **{CLASS_NAMES[predicted]}** ({sure} sure)."
    )
    key_bar(
        [KeyButton(action=_NEXT, text="Next", key="N", help="Go on to the next picture.")],
        token=given.token,
        label="Go on",
        said="",
        key="guess-next",
        on_press=lambda _: given.go_on(),
    )
    draw_figure(
        probability_figure(
            scores.pred_probs[position], true=true, predicted=predicted, theme=figure_theme()
        ),
        key="guess-probabilities",
        explanation=explanations.PROBABILITIES,
        alt="The network's ten class probabilities of this picture",
    )
    draw_votes(choice.split, int(scores.image_ids[position]), predicted=predicted)


def _mark(is_right: bool) -> str:
    return ":material/check:" if is_right else ":material/close:"


def _draw_end(
    choice: Choice, scores: PictureScores, asked: npt.NDArray[np.int64], given: Answers
) -> None:
    """Say how the round went and show all of its pictures."""
    score = score_round(scores, asked, given.guesses)
    st.markdown(f"##### {describe_score(score)}")
    others = [
        f"Only you were right on {score.only_person}, only the network on {score.only_network}."
    ]
    crowd = people_data.crowd_if_usable() if choice.split == "test" else None
    if crowd is not None:
        right = int(crowd.is_right[scores.image_ids[asked]].sum())
        others.append(f"Most people named {right} of them right.")
    st.markdown(" ".join(others))
    st.caption(describe_pool(scores))
    st.button(
        "Next round",
        type="primary",
        icon=":material/arrow_forward:",
        on_click=_start_next_round,
    )
    st.markdown(
        "Below each picture stand **your answer** and **the network's**. The border and the sign "
        "above say whether the network was right."
    )
    _draw_all(choice, scores, asked, given)


def _draw_all(
    choice: Choice, scores: PictureScores, asked: npt.NDArray[np.int64], given: Answers
) -> None:
    names = [CLASS_NAMES[label] for label in scores.predictions[asked]]
    items = GalleryItems(
        positions=asked.tolist(),
        image_ids=scores.image_ids[asked].tolist(),
        true_names=[CLASS_NAMES[label] for label in scores.labels[asked]],
        predicted_names=names,
        notes=_notes(scores.labels[asked], given),
        values=[f"network: {name}" for name in names],
    )
    gallery(
        items,
        split=choice.split,
        sheet_version=SHEET_VERSION,
        key="guess-all",
        on_pick=_remember_picture,
        tile=_TILE,
    )
    if (image_id := st.session_state.pop(_PICTURE, None)) is not None:
        title = f"{choice.split.capitalize()} picture {image_id}"
        st.dialog(title, position="right")(draw_card)(
            scores, image_id, split=choice.split, link=choice.link()
        )


def _notes(labels: npt.NDArray[np.int64], given: Answers) -> list[str]:
    """Write what the visitor said below each picture."""
    return [
        f"{'✓' if guess == label else '✗'} you: {CLASS_NAMES[guess]}"
        for guess, label in zip(given.guesses, labels, strict=True)
    ]


def _start_next_round() -> None:
    st.session_state["round"] = min(st.session_state["round"] + 1, _MOST_ROUNDS)
    _begin()


def _begin() -> None:
    """Note that another round was asked for; a callback."""
    st.session_state[_NEW] = True


def _remember_picture(image_id: int) -> None:
    st.session_state[_PICTURE] = image_id


show_page("Guess", "Can you do better than the network?", draw)
