"""How the answer to one picture changed over the epochs of a run."""

import streamlit as st

from fashion_core.analysis.picture_history import badges, describe_history
from fashion_core.figures.picture_history import picture_history_figure
from pages.ui import explanations, image_data
from pages.ui.choice import Choice
from pages.ui.figure import draw_figure
from pages.ui.theme import figure_theme

_BADGES = {
    "never learned": (":material/close:", "orange"),
    "learned at": (":material/school:", "green"),
    "never forgotten": (":material/check:", "green"),
    "forgotten": (":material/replay:", "orange"),
}


def draw_history(choice: Choice, position: int) -> None:
    """Draw the badges, the sentence and the figure of a picture's answers at every epoch."""
    st.subheader("When was it learned, and was it forgotten?", anchor=False)
    history, lost = image_data.history_of(choice.run, choice.split, position)
    with st.container(horizontal=True, gap="xsmall"):
        for text in badges(history):
            _draw_badge(text)
    st.markdown(
        describe_history(history),
        help="Learned: the first epoch with the right answer. Forgotten: wrong after it was right "
        "at the epoch before. The network never trained on this picture itself; it learns it from "
        "others like it.",
    )
    if lost:
        numbers = ", ".join(map(str, lost))
        st.warning(f"The files of these epochs cannot be read, so they are left out: {numbers}.")
    draw_figure(
        picture_history_figure(history, shown=choice.epoch, theme=figure_theme()),
        key="history",
        explanation=explanations.HISTORY,
        alt=f"Probability of the label and of the answer at every epoch. "
        f"{describe_history(history)}",
    )


def _draw_badge(text: str) -> None:
    icon, colour = next(look for start, look in _BADGES.items() if text.startswith(start))
    st.badge(text, icon=icon, color=colour)  # type: ignore[arg-type]
