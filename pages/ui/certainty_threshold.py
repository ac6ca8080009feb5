"""Answer only when sure enough, hand the rest to a person: slider, curve, pictures of both."""

from typing import Final

import numpy as np
import numpy.typing as npt
import streamlit as st

from fashion_core.analysis.figure_words import describe_hand_over
from fashion_core.analysis.formatting import count, percent
from fashion_core.analysis.ranking import SortKey, rank_pictures
from fashion_core.analysis.scores import PictureScores
from fashion_core.analysis.selective import HandOver, hand_over
from fashion_core.figures.selective import selective_figure
from pages.ui import cell, explanations
from pages.ui.boundary import part
from pages.ui.certainty_data import curve, shown_scores
from pages.ui.choice import Choice, linked_value
from pages.ui.figure import draw_figure
from pages.ui.gallery_order import Order, draw_order
from pages.ui.paged_gallery import draw_pages
from pages.ui.picture_drawer import draw_opened
from pages.ui.picture_grid import draw_card
from pages.ui.slider import Stops, slider
from pages.ui.theme import figure_theme

_KEY: Final = "sure"
_DEFAULT: Final = "90"
_THRESHOLDS: Final = ("0", *(str(p) for p in range(30, 100)), "99.5", "99.9")
"""Per cent. Below 30 hardly any answer is given; above 99.9 float16 has two steps left."""

_OWN_ORDER: Final = "closest to the threshold"
_PAGE_SIZE: Final = 24  # two galleries share the width
_HANDED: Final = ("wrong", "right")


@part  # a move of the slider draws this part only
def draw_threshold(choice: Choice, *, is_softened: bool) -> None:
    """Draw the slider, what its place wins and costs, and the pictures of both sides."""
    st.subheader("When should a person decide?", anchor=False)
    place = st.container()
    chosen = linked_value("threshold", _THRESHOLDS, key=_KEY, default=_DEFAULT)
    scores = shown_scores(choice, is_softened=is_softened)
    found = hand_over(scores.confidence, scores.is_right, float(chosen) / 100)
    left, right = st.columns([3, 2], gap="large")
    with left:
        draw_figure(
            selective_figure(curve(choice, is_softened=is_softened), found, theme=figure_theme()),
            key="selective",
            explanation=explanations.SELECTIVE,
            says=describe_hand_over(found),
            alt="Share right among the answers against the share handed to a person",
        )
    with right:
        _draw_figures(found, is_softened=is_softened)
    _draw_galleries(choice, scores, float(chosen) / 100)
    _draw_picture(choice, scores)
    with place:
        _draw_slider(chosen)


def _draw_slider(chosen: str) -> None:
    slider(
        Stops(
            values=_THRESHOLDS,
            names=[_describe(threshold) for threshold in _THRESHOLDS],
            ends=("answers everything", "answers when it is 99.9 % sure"),
        ),
        label="Lowest confidence that is answered",
        key="sure-slider",
        selected=chosen,
        on_move=_move,
    )


def _move(threshold: str) -> None:
    """Choose a threshold; a callback."""
    st.session_state[_KEY] = threshold
    cell.first_page()


def _describe(threshold: str) -> str:
    if threshold == "0":
        return "The network answers everything"
    return f"The network answers when it is at least {threshold}\u00a0% sure"


def _draw_figures(found: HandOver, *, is_softened: bool) -> None:
    """Draw both sides in numbers."""
    left, right = st.columns(2)
    with left, st.container(border=True, height="stretch"):
        st.metric("Right among its answers", percent(found.accuracy))
        st.caption(f"{count(found.answered)} answered, {count(found.answered_wrong)} of them wrong")
    with right, st.container(border=True, height="stretch"):
        st.metric("Handed to a person", percent(found.handed_share))
        st.caption(
            f"{count(found.handed)} pictures, {count(found.handed_right)} of them for nothing: "
            "the network was right"
        )
    wrong = found.answered_wrong + found.handed_wrong
    caught = percent(found.handed_wrong / wrong) if wrong else "none to catch"
    st.caption(
        f"Mistakes caught: {caught} ({count(found.handed_wrong)} of {count(wrong)}). The person is "
        "taken to be always right."
        + (" The confidence is the softened one." if is_softened else "")
        + " A threshold is chosen on validation pictures and reported on test pictures: switch "
        "in the sidebar."
    )


def _draw_galleries(choice: Choice, scores: PictureScores, threshold: float) -> None:
    side = _pick_side()
    order = draw_order(choice.split, own=_OWN_ORDER)
    if order.sort is None:
        st.caption("Closest to the threshold first: what the slider moves to the other side next.")
    answered, handed = st.columns(2, gap="large")
    with answered:
        _draw_side(
            choice,
            scores,
            _ranked(scores, threshold, is_answered=True, is_right=False),
            title=":material/close: Answered and wrong",
            page_key="page",
            order=order,
        )
    with handed:
        _draw_side(
            choice,
            scores,
            _ranked(scores, threshold, is_answered=False, is_right=side == "right"),
            title=f":material/person: Handed over, the network was {side}",
            page_key="page-back",
            order=order,
        )


def _pick_side() -> str:
    """Draw which of the pictures that were handed over are shown."""
    side: str = st.segmented_control(
        "Of those handed over, show where the network was",
        _HANDED,
        default="wrong",
        required=True,
        key="handed",
        bind="query-params",
        on_change=cell.first_page_if_changed("handed"),
    )
    return side


def _ranked(
    scores: PictureScores, threshold: float, *, is_answered: bool, is_right: bool
) -> npt.NDArray[np.int64]:
    """Give the pictures of one side and outcome, the closest to the threshold first."""
    positions = rank_pictures(
        scores,
        outcome="right" if is_right else "wrong",
        sort=SortKey.CONFIDENCE,
        ascending=is_answered,
    )
    return positions[(scores.confidence >= threshold)[positions] == is_answered]


def _draw_side(  # noqa: PLR0913 - keyword-only, each a separate choice of the page
    choice: Choice,
    scores: PictureScores,
    positions: npt.NDArray[np.int64],
    *,
    title: str,
    page_key: str,
    order: Order,
) -> None:
    what = "picture" if len(positions) == 1 else "pictures"
    st.markdown(f"**{title}** · {count(len(positions))} {what}")
    if len(positions) == 0:
        st.info("No picture is on this side.", icon=":material/filter_none:")
        return
    positions, values = order.arrange(choice, scores, positions)
    draw_pages(
        scores,
        positions,
        split=choice.split,
        page_key=page_key,
        page_size=_PAGE_SIZE,
        values=values,
    )


def _draw_picture(choice: Choice, scores: PictureScores) -> None:
    """Open the picture that was clicked or that the link names."""
    draw_opened(
        lambda image_id: draw_card(scores, image_id, split=choice.split, link=choice.link()),
        split=choice.split,
    )
