"""Robustness: the test pictures made worse in ten ways, and what that does to the answers."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import streamlit as st

from fashion_core.analysis.robustness_words import describe_robustness
from pages.ui.boundary import part
from pages.ui.choice import Choice
from pages.ui.frame import show_page
from pages.ui.robustness_closer import draw_closer
from pages.ui.robustness_compare import draw_comparison
from pages.ui.robustness_data import found_of
from pages.ui.robustness_table import draw_accuracies
from pages.ui.robustness_test import draw_test
from pages.ui.states import has_results

_LOOK: Final = Path(__file__).parent / "ui" / "assets" / "worse.css"


def draw(choice: Choice) -> None:
    if not has_results(
        choice, shows="how much noise, blur and eight other changes to the pictures hurt"
    ):
        return
    st.html(_LOOK)
    _examine(replace(choice, split="test"), is_other_split=choice.split != "test")


@part  # a choice draws this part only
def _examine(choice: Choice, *, is_other_split: bool) -> None:
    """Draw the answer, the test that leads to it, and everything that follows from it."""
    found = found_of(choice.run.run_id, choice.epoch)
    if found.result.answers:
        st.markdown(f"##### {describe_robustness(found.result)}")
    only = "; the test is made on these only" if is_other_split else ""
    st.caption(f"{choice.describe()}{only}")
    draw_test(choice, found)
    draw_accuracies(choice, found.result)
    if found.result.answers:
        draw_closer(choice, found.result)
        draw_comparison(choice, found.result)


show_page("Robustness", "What if the pictures are worse?", draw)
