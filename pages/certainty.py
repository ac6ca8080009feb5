"""Confidence: is it as sure as it is right, when should a person decide, what stays open?"""

import streamlit as st

from pages.ui import services
from pages.ui.certainty_honesty import draw_honesty, say_answer
from pages.ui.certainty_sets import draw_sets
from pages.ui.certainty_threshold import draw_threshold
from pages.ui.choice import Choice
from pages.ui.frame import show_page
from pages.ui.states import has_results


def draw(choice: Choice) -> None:
    if not has_results(choice, shows="whether 90 % sure means right in 90 of 100"):
        return
    answer = st.container()
    st.caption(choice.describe())
    is_softened = draw_honesty(choice)
    with answer:
        say_answer(choice, is_softened=is_softened)
    draw_threshold(choice, is_softened=is_softened)
    draw_sets(choice)
    services.send_sheet(choice.split)


show_page("Confidence", "How sure is it, and can that be believed?", draw)
