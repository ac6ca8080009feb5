"""Try it: what does the network say about a picture of one's own, or a changed one?"""

import numpy as np
import numpy.typing as npt
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fashion_core.analysis.transforms import change
from fashion_core.errors import StoreError
from pages.ui import image_data
from pages.ui.boundary import part
from pages.ui.choice import Choice
from pages.ui.frame import show_page
from pages.ui.image_filters import draw_filters
from pages.ui.literal import literal
from pages.ui.no_weights import say_no_weights
from pages.ui.pixels import Tile, draw_tiles
from pages.ui.states import has_results
from pages.ui.try_answer import draw_answer
from pages.ui.try_changes import pick_changes
from pages.ui.try_source import Source, pick_kind, pick_source

_STEP_SIZE = 112  # pixels; a multiple of 28 keeps all of a picture's own equal
_SHOWN = "try-shown"  # (where the picture on screen comes from, how often that has changed)


def draw(choice: Choice) -> None:
    if not has_results(
        choice, shows="what the network says about a picture of yours", needs_answers=False
    ):
        return
    if choice.epoch not in image_data.epochs_with_weights(choice.run.run_id):
        say_no_weights(choice, page="pages/try_it.py", query={})
        return
    _try(choice)


@part  # a change draws this part only
def _try(choice: Choice) -> None:
    """Draw the picture's source, the changes, and the answer to what comes of them."""
    st.caption(choice.describe())
    source_place = st.container()
    with source_place:
        kind = pick_kind()
    turn = _turn(kind)
    says = _clean_place(turn, key="try-says")  # stays in sight on a narrow screen, see page.css
    left, right = st.columns([3, 2], gap="large")
    with left:
        answer = _clean_place(turn)
    steps = _clean_place(turn)
    with source_place:  # drawn last: no answer to another picture stands beside it
        source = pick_source(choice, kind)
    with right:
        wanted = pick_changes()
    with answer:
        if source is None:
            st.info("The answer appears here as soon as there is a picture.")
            return
        st.caption(f"{source.name[0].upper()}{source.name[1:]}")
        image = change(source.image, wanted)
        pred_probs = _answer(choice, source, image, says)
    with steps:
        if source.steps:
            _draw_steps(source)
        if pred_probs is not None:
            draw_filters(choice, image, pred_probs)


def _turn(kind: str) -> int:
    """Count how often the picture came from somewhere else than before."""
    shown, turn = st.session_state.get(_SHOWN, (kind, 0))
    turn += shown != kind
    st.session_state[_SHOWN] = kind, turn
    return turn


def _clean_place(turn: int, key: str | None = None) -> DeltaGenerator:
    """Give a container; what stood in it in another turn goes at once.

    Streamlit leaves what was there until the page is done, and that would be the answer to another
    picture. So the turns have two places by turns, and the other one is emptied.
    """
    if turn % 2:
        st.empty()
    place = st.container(key=key)
    if not turn % 2:
        st.empty()
    return place


def _answer(
    choice: Choice, source: Source, image: npt.NDArray[np.uint8], says: DeltaGenerator
) -> npt.NDArray[np.float32] | None:
    """Draw the answer and give the ten probabilities, or say why there are none."""
    try:
        return draw_answer(choice, image, source.label, says)
    except StoreError as error:
        st.error(
            f"{literal(str(error))} So the network of this epoch cannot be asked. Choose another "
            "epoch or run in the sidebar.",
            icon=":material/broken_image:",
        )
        return None


def _draw_steps(source: Source) -> None:
    """Show in the open how a file became a picture of the data set's form."""
    st.subheader("How it was brought to the data set's form", anchor=False)
    draw_tiles(
        [
            Tile(image=step.image, title=f"{number}. {step.name}", note=step.note, alt=step.name)
            for number, step in enumerate(source.steps, start=1)
        ],
        size=_STEP_SIZE,
    )
    st.caption(
        "After Xiao, Rasul and Vollgraf (2017), section 2: they trimmed product photos, made the "
        "longest edge 28 pixels, sharpened, centred and negated them. Two steps differ: pixels are "
        "averaged, where they skipped rows and columns, and what is as dark as the border becomes "
        "black, since few photos have a clean background."
    )


show_page("Try it", "What does it say about my picture?", draw)
