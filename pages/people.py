"""People: how people saw the same pictures, and which mistakes are the network's own."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt
import streamlit as st

from fashion_core.analysis.figure_words import describe_kinds
from fashion_core.analysis.formatting import count, percent, percent_with_interval
from fashion_core.analysis.human_votes import (
    Crowd,
    MistakeKind,
    count_same_answer,
    split_mistakes,
)
from fashion_core.analysis.intervals import describe_interval, wilson_interval
from fashion_core.analysis.ranking import SortKey
from fashion_core.analysis.scores import PictureScores
from fashion_core.classes import CLASS_NAMES
from fashion_core.errors import DataError
from fashion_core.figures.votes import mistake_kinds_figure
from pages.ui import explanations, people_data, people_matrices, services
from pages.ui.boundary import part
from pages.ui.choice import Choice
from pages.ui.figure import draw_figure
from pages.ui.frame import show_page
from pages.ui.gallery_order import draw_order
from pages.ui.paged_gallery import draw_pages
from pages.ui.people_table import draw_invitation, draw_repair, draw_source
from pages.ui.picture_drawer import draw_opened
from pages.ui.picture_grid import draw_card
from pages.ui.states import has_results
from pages.ui.theme import figure_theme

_Kinds = Mapping[MistakeKind, npt.NDArray[np.int64]]

_DEFINITIONS: Final[dict[MistakeKind, str]] = {
    MistakeKind.OWN: "No class has more votes than the label: people see what the network misses.",
    MistakeKind.SHARED: "Another class has more votes than the label, but none has 70 %: "
    "the picture is hard at this size.",
    MistakeKind.DISPUTED: "At least 70 % of the votes are for one class that is not the label: "
    "people and label contradict each other.",
}
_CAUTION: Final = (
    "The people had no training in fashion and saw 28×28 pixels. That they choose another class "
    "does not make the label wrong: it was given to the real garment. It says that the picture "
    "does not show it to a layperson."
)


def draw(choice: Choice) -> None:
    if not has_results(choice, shows="which mistakes people make too"):
        return
    shown = replace(choice, split="test")
    try:
        crowd = people_data.crowd()
    except DataError as error:
        draw_repair(str(error))
        return
    if crowd is None:
        st.caption(shown.describe())
        draw_invitation()
        return
    _compare(shown, crowd)
    services.send_sheet("test")  # a fragment: inside another one it would be lost with it


@part  # a click draws this part only
def _compare(choice: Choice, crowd: Crowd) -> None:
    scores = services.scores(choice.run.run_id, choice.epoch, "test")
    kinds = split_mistakes(scores, crowd)
    st.markdown(f"##### {_describe(scores, kinds)}")
    st.caption(f"{choice.describe()}, the only ones that people voted on")
    _draw_accuracies(scores, crowd)
    st.subheader("Whose mistakes are they?", anchor=False)
    _draw_kinds(scores, crowd, kinds)
    st.markdown(_CAUTION)
    _draw_classes(scores, kinds)
    st.subheader("What do people mix up, and what the network?", anchor=False)
    people_matrices.draw_matrices(choice, scores, crowd)
    st.subheader("Which pictures?", anchor=False)
    _draw_pictures(choice, scores, crowd)
    draw_source()


def _describe(scores: PictureScores, kinds: _Kinds) -> str:
    """Answer the page's question in a sentence."""
    mistakes = int((~scores.is_right).sum())
    if mistakes == 0:
        return "The network makes no mistake on these pictures."
    own = len(kinds[MistakeKind.OWN])
    return (
        f"Of {count(mistakes)} mistakes, {count(own)} are the network's own; on the other "
        f"{count(mistakes - own)}, people give another class more votes than the label."
    )


def _draw_accuracies(scores: PictureScores, crowd: Crowd) -> None:
    """Draw the network's accuracy, that of most people and that of a single person."""
    columns = st.columns(3)
    with columns[0]:
        _draw_accuracy("The network", scores.is_right, "right answers")
    with columns[1]:
        _draw_accuracy("Most people", crowd.is_right, "label among the most voted")
    with columns[2], st.container(border=True, height="stretch"):
        st.metric("A single person", percent(crowd.vote_accuracy))
        votes = count(int(crowd.votes.sum()))
        st.caption(f"share of {votes} votes  \nthat are for the label")


def _draw_accuracy(label: str, is_right: npt.NDArray[np.bool_], what: str) -> None:
    right, total = int(is_right.sum()), len(is_right)
    interval = wilson_interval(right, total)
    with st.container(border=True, height="stretch"):
        st.metric(label, percent(right / total))
        st.caption(f"{describe_interval(interval)}  \n{what}")


def _draw_kinds(scores: PictureScores, crowd: Crowd, kinds: _Kinds) -> None:
    """Draw the three kinds with their definitions."""
    mistakes = max(int((~scores.is_right).sum()), 1)
    for column, (kind, positions) in zip(st.columns(3), kinds.items(), strict=True):
        with column, st.container(border=True, height="stretch"):
            st.metric(f"{kind.label[0].upper()}{kind.label[1:]}", count(len(positions)))
            share = f"**{percent(len(positions) / mistakes)}** of the mistakes."
            st.caption(
                f"{share} {_DEFINITIONS[kind]}{_same_answer(scores, crowd, kind, positions)}"
            )


def _same_answer(
    scores: PictureScores, crowd: Crowd, kind: MistakeKind, positions: npt.NDArray[np.int64]
) -> str:
    """Say how often most people make the network's mistake; they make none in its own ones."""
    if kind is MistakeKind.OWN:
        return ""
    same = count_same_answer(scores, crowd, positions)
    return f" In {count(same)} of them most people give the network's answer."


def _draw_classes(scores: PictureScores, kinds: _Kinds) -> None:
    counts = {
        kind: np.bincount(scores.labels[positions], minlength=len(CLASS_NAMES))
        for kind, positions in kinds.items()
    }
    draw_figure(
        mistake_kinds_figure(counts, theme=figure_theme()),
        key="mistake-kinds",
        explanation=explanations.MISTAKE_KINDS,
        says=describe_kinds(counts),
        alt="Mistakes of each class: the network's own, people fail too, label disputed",
    )


def _draw_pictures(choice: Choice, scores: PictureScores, crowd: Crowd) -> None:
    """Draw the chosen pictures and the one that is open."""
    chosen = people_matrices.draw_pickers()
    order = draw_order("test", default=SortKey.LOSS)
    positions, values = order.arrange(choice, scores, chosen.positions(scores, crowd))
    what = "picture" if len(positions) == 1 else "pictures"
    st.markdown(f"**{count(len(positions))} {what}**, {order.describe()}")
    if len(positions) == 0:
        st.info("No picture is like this.", icon=":material/filter_none:")
    else:
        _say_accuracy(scores, positions)
        draw_pages(scores, positions, split="test", page_key="page", values=values)
    draw_opened(
        lambda image_id: draw_card(scores, image_id, split="test", link=choice.link()),
        split="test",
    )


def _say_accuracy(scores: PictureScores, positions: npt.NDArray[np.int64]) -> None:
    """Say how often the network is right on some pictures, unless they are all mistakes."""
    right = int(scores.is_right[positions].sum())
    if right:
        interval = wilson_interval(right, len(positions))
        share = percent_with_interval(right / len(positions), interval.low, interval.high)
        st.caption(f"The network is right on {share} of them.")


show_page("People", "Where do people fail too?", draw)
