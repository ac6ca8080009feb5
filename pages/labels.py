"""Labels: which labels the network never believed, and what a person decides about them."""

from typing import Final

import streamlit as st

from fashion_core.analysis.formatting import count
from pages.ui import labels_data, labels_queue, services
from pages.ui.boundary import part
from pages.ui.choice import Choice
from pages.ui.frame import show_page
from pages.ui.labels_data import Weighed
from pages.ui.labels_panel import draw_question
from pages.ui.labels_score import draw_damage, draw_download, draw_score
from pages.ui.states import has_results

_LIMITS: Final = """
- **What is ranked.** After every epoch the network gave each picture's label a probability. The
  mean over all epochs is how much it believed the label; the lowest comes first. The loss says the
  same on another scale, on which one very certain denial weighs more than steady doubt. Test and
  validation pictures are never learned from, so the network cannot know their labels by heart.
- **What it finds.** Pictures on which label and network disagree. Wrong labels are among them, but
  also rare or hard pictures, and pictures on which the network is simply wrong. A place at the top
  is a reason to look, not a proof. Two classes that the network mixes up, such as Shirt and
  T-shirt/top, fill the top of the list with labels that are right.
- **What it cannot find.** Labels that are wrong in a way the network has learned: it believes
  those. And what a label was given for may not be visible in 28×28 pixels.
- **What you decide.** *Keep*: the label is right. *Relabel*: it is wrong, and you know the class.
  *Ambiguous*: from this picture nobody can tell. *Skip*: you looked and do not want to say.
  Decisions are about pictures of the data set, not about a run: they hold for every run of this
  folder. They change neither the data nor any other page.
- **Without disputed labels.** The accuracy that leaves out pictures you called wrong or ambiguous.
  It is not the official figure and cannot replace it: you looked where this network disagrees, so
  what is left out is mostly its mistakes, and the figure can hardly fall.
"""


def draw(choice: Choice) -> None:
    if not has_results(choice, shows="labels that the network does not believe, for you to judge"):
        return
    _review(choice)
    services.send_sheet(choice.split)  # a fragment: inside another one it would be lost with it


@part  # a decision draws this part only
def _review(choice: Choice) -> None:
    """Draw the answer, the label in question with the score below it, and the list."""
    epochs = tuple(record.epoch for record in choice.run.history)
    weighed = labels_data.weighed(choice.run.run_id, epochs, choice.split)
    decided = labels_data.decided(choice.split)
    st.markdown(f"##### {_describe(weighed, choice)}")
    st.caption(choice.describe() + _describe_lost(weighed))
    draw_damage(decided)
    how = "" if services.is_read_only() else " You decide, by mouse or by key."
    st.markdown(
        "These are labels the network disagrees with. A wrong label is one reason; a rare or hard "
        f"picture, or a network that is wrong, are others.{how}"
    )
    with st.expander("What can this list show, and what can it not?"):
        st.markdown(_LIMITS)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        queue = labels_queue.draw_pickers(choice, weighed, decided)
        draw_download(decided)
    position = labels_queue.current(queue, choice)
    question, listed = st.columns(2, gap="large")
    with question:
        if position is not None:
            draw_question(choice, weighed, decided, queue, position)
        draw_score(choice, decided)
    with listed:
        labels_queue.draw_list(choice, weighed, decided, queue)


def _describe(weighed: Weighed, choice: Choice) -> str:
    """Answer the page's question in a sentence."""
    doubted, epochs = int(weighed.belief.is_doubted.sum()), weighed.belief.epochs
    over = "In its only epoch" if epochs == 1 else f"Averaged over {count(epochs)} epochs"
    total = count(len(weighed.belief.suggested))
    return (
        f"{over}, the network believed another class more than the label for {count(doubted)} of "
        f"{total} {choice.split} pictures."
    )


def _describe_lost(weighed: Weighed) -> str:
    """Say which epochs could not be read; empty if all could."""
    if not weighed.lost:
        return ""
    what = "epoch" if len(weighed.lost) == 1 else "epochs"
    return f" · without {what} {', '.join(map(str, weighed.lost))}, whose files are damaged"


show_page("Labels", "Which labels look wrong?", draw)
