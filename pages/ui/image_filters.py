"""What the network sees: the answers of its filters to one picture, from layer to layer."""

import html
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import streamlit as st

from fashion_core.analysis.figure_words import describe_probabilities
from fashion_core.analysis.filters import describe_first_layer, describe_layer
from fashion_core.analysis.formatting import count, number
from fashion_core.errors import StoreError
from pages.ui import explanations, image_data
from pages.ui.choice import Choice
from pages.ui.figure import draw_explanation
from pages.ui.filter_tiles import map_tiles, picture_tile
from pages.ui.literal import literal

if TYPE_CHECKING:
    from fashion_core.explain.filters import FilterMaps

_FIRST_SHOWN: Final = 32
_SECOND_SHOWN: Final = 16
_OPEN: Final = "filters"  # session state and query parameter: is it open?
_LOOK: Final = Path(__file__).parent / "assets" / "filters.css"
_MIRRORED: Final = (
    "This run answers with the mean of the picture and its mirror image; these maps are those of "
    "the picture alone."
)


def draw_filters(
    choice: Choice, image: npt.NDArray[np.uint8], pred_probs: npt.NDArray[np.floating[Any]]
) -> None:
    """Draw what opens the maps of a picture, and them when it is open.

    Closed at first, so that a step to the next picture does not wait for them.

    Args:
        choice: A run and an epoch; where its weights are not kept, that is said.
        image: uint8 of shape (28, 28).
        pred_probs: What the epoch answers to it, floating of shape (10,).
    """
    st.subheader("What does the network see?", anchor=False)
    if choice.epoch not in image_data.epochs_with_weights(choice.run.run_id):
        st.caption("This needs the weights of the epoch, too; see above.")
        return
    drawer = st.expander(
        "From the picture to the answer, filter by filter",
        key=_OPEN,
        on_change="rerun",
        bind="query-params",
        icon=":material/filter_alt:",
    )
    if not drawer.open:
        return
    with drawer:
        try:
            found = image_data.filter_maps(choice.run, choice.epoch, image)
        except StoreError as error:
            st.error(literal(str(error)), icon=":material/broken_image:")
            return
        st.markdown(describe_first_layer(found.first, image))
        if choice.run.spec.mirror_average:
            st.caption(_MIRRORED)
        st.html(_LOOK)
        st.html(_chain(found, image, pred_probs))
        draw_explanation(explanations.FILTERS, key="filters")


def _chain(
    found: "FilterMaps",
    image: npt.NDArray[np.uint8],
    pred_probs: npt.NDArray[np.floating[Any]],
) -> str:
    """Give the way from the picture to the answer as HTML, one step below the other."""
    steps = [
        _step("The picture", "28 × 28 grey values, from 0, black, to 1, white.", _picture(image)),
        _step(
            *_first_words(found),
            map_tiles(found.first, most=_FIRST_SHOWN, layer="first layer", kernels=found.kernels),
        ),
        _step(
            *_second_words(found), map_tiles(found.second, most=_SECOND_SHOWN, layer="second layer")
        ),
        _step("The answer", _answer_words(found, pred_probs), ""),
    ]
    return f'<ol class="filter-chain">{"".join(steps)}</ol>'


def _picture(image: npt.NDArray[np.uint8]) -> str:
    return picture_tile(image, alt="The picture as the network gets it")


def _first_words(found: "FilterMaps") -> tuple[str, str]:
    filters = len(found.first)
    return (
        f"First layer: {_filters(filters)} of 3 × 3 weights",
        "A filter answers at every place of the picture. Black: no answer. White: the strongest "
        f"answer of this layer, {number(float(found.first.max()))}. {_order(filters, _FIRST_SHOWN)}"
        "<br>Below each map its weights: a white square adds what is bright there to the answer, "
        "a black one takes it away; the larger, the more.",
    )


def _second_words(found: "FilterMaps") -> tuple[str, str]:
    filters, inputs = len(found.second), len(found.first)
    which = "that map" if inputs == 1 else f"all {count(inputs)} maps"
    return (
        f"Second layer: {_filters(filters)} of {count(inputs)} × 3 × 3 weights",
        f"Each reads {which} at once, halved to 14 × 14 places. "
        f"{describe_layer(found.second, 'second')} Black: no answer. White: the strongest answer "
        f"of this layer, {number(float(found.second.max()))}. {_order(filters, _SECOND_SHOWN)}",
    )


def _answer_words(found: "FilterMaps", pred_probs: npt.NDArray[np.floating[Any]]) -> str:
    maps = len(found.second)
    return (
        f"The maps of all {_filters(maps)}, halved to 7 × 7 places, are {count(49 * maps)} "
        "numbers. Fully connected layers make ten probabilities of them: "
        f"{html.escape(describe_probabilities(pred_probs))} All ten stand in the figure above."
    )


def _order(filters: int, most: int) -> str:
    """Say which filters are shown, and in which order."""
    which = f"Shown are {count(most)}: those" if filters > most else "First come those"
    return f"{which} whose answers differ most from place to place."


def _filters(total: int) -> str:
    return f"{count(total)} {'filter' if total == 1 else 'filters'}"


def _step(title: str, words: str, content: str) -> str:
    """Give one step of the way; the words are this program's own."""
    return f'<li class="filter-step"><strong>{title}</strong><p>{words}</p>{content}</li>'
