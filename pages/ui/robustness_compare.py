"""Two runs under worse pictures: which one stands what better, and whether that is chance."""

from typing import Final

import streamlit as st

from fashion_core.analysis.corruptions import STRENGTHS
from fashion_core.analysis.formatting import percent
from fashion_core.analysis.robustness import Duel, Robustness, compare_robustness
from fashion_core.analysis.robustness_words import describe_duels
from fashion_core.analysis.verdict import p_text, points
from pages.ui import services
from pages.ui.choice import Choice, linked_selectbox, run_label
from pages.ui.literal import literal
from pages.ui.robustness_data import found_of
from pages.ui.robustness_html import cell, change_colour, draw_table, head
from pages.ui.robustness_test import draw_start_of_other

_NONE: Final = "none"
_PICKER_WIDTH: Final = 360
_FULL_COLOUR: Final = 0.2  # from 20 points on, cells have the strongest colour
_METHOD: Final = (
    "The strengths show the same picture three times, so each picture gives one number: at how "
    "many more of them B has it right. p is the probability of a mean at least as far from 0 if "
    "each picture had favoured A or B by chance alone (exact sign-flip test; with one strength it "
    "is McNemar's), adjusted for all corruptions asked (Holm)."
)


def draw_comparison(choice: Choice, found: Robustness) -> None:
    """Draw the choice of a second run (B), and how it differs from the first (A).

    Args:
        choice: A; has results.
        found: What A answers, at least one corruption.
    """
    st.subheader("Does another run stand it better?", anchor=False)
    others = {
        run.run_id: run
        for run in services.store().runs()
        if run.epochs_done and run.best is not None and run.run_id != choice.run.run_id
    }
    if not others:
        st.caption("There is no other run with results to compare with.")
        return
    with st.container(width=_PICKER_WIDTH):
        run_id = linked_selectbox(
            "Compare with",
            [_NONE, *others],
            key="against",
            default=_NONE,
            label_of=lambda i: "no other run" if i == _NONE else f"B · {run_label(others[i])}",
        )
    if run_id == _NONE:
        return
    run = services.store().run(run_id)
    second = found_of(run_id, run.best.epoch)
    st.caption(
        f"A: run {choice.run.number}, epoch {choice.epoch}. B: run {run.number} · "
        f"{literal(run.name)} · epoch {run.best.epoch}, its best."
    )
    duels = compare_robustness(found, second.result)
    if second.kept.missing:
        draw_start_of_other(run, run.best.epoch)
    if duels:
        _draw_duels(found, second.result, duels)


def _draw_duels(first: Robustness, second: Robustness, duels: list[Duel]) -> None:
    st.markdown(f"**{describe_duels(duels)}**")
    st.markdown(
        f"As they are, A has {percent(first.clean_accuracy)} of the pictures right, "
        f"B {percent(second.clean_accuracy)}."
    )
    columns = ["", *(f"Strength {strength}" for strength in STRENGTHS), "Mean", "Better", "p"]
    draw_table(
        "B's accuracy minus A's, in percentage points", columns, [_row(duel) for duel in duels]
    )
    st.caption("Above 0 B is better. “Better” is said where it is more than chance.", help=_METHOD)


def _row(duel: Duel) -> list[str]:
    cells = [
        cell(points(difference), style=change_colour(difference, largest=_FULL_COLOUR))
        for difference in (*duel.differences, duel.mean)
    ]
    return [head(duel.corruption.label), *cells, cell(duel.winner or "–"), cell(_p(duel))]


def _p(duel: Duel) -> str:
    return p_text(duel.p_value).removeprefix("p ").removeprefix("= ").replace("<", "&lt;")
