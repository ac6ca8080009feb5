"""What the network says about a picture that may be in no file, and where it looked."""

import numpy as np
import numpy.typing as npt
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fashion_core.analysis.figure_words import EMPTY_MAP
from fashion_core.analysis.formatting import percent
from fashion_core.analysis.likeness import Likeness, likeness
from fashion_core.classes import CLASS_NAMES
from fashion_core.figures.overlay import overlay
from fashion_core.figures.palette import RIGHT, WRONG
from fashion_core.figures.probabilities import probability_figure
from pages.ui import explanations, image_data, services
from pages.ui.choice import Choice
from pages.ui.figure import draw_figure
from pages.ui.pixels import Tile, draw_tiles
from pages.ui.theme import figure_theme

_SIZE = 252  # pixels, nine for each of the picture's own
_NARROW_SIZE = 168  # both side by side on a phone
_EMPTY = "Grad-CAM finds no place (see ?)"
_NO_NOTE = "\u00a0"  # as high as a note, so that what is below never jumps
_HELP = (
    "Grad-CAM (Selvaraju et al., 2017): colour means “what was found here speaks for this class”. "
    "It is coarse, 14 × 14 places; the Image page says more about it. Where it finds no place, the "
    f"map is empty. {EMPTY_MAP}"
)


def draw_answer(
    choice: Choice, image: npt.NDArray[np.uint8], label: int | None, says: DeltaGenerator
) -> npt.NDArray[np.float32]:
    """Draw the picture as the network sees it, its map, the ten probabilities, and a warning.

    Args:
        choice: A run and an epoch whose weights are kept.
        image: uint8 of shape (28, 28).
        label: Its class, or None if nobody knows.
        says: Where the answer stands in a sentence.

    Returns:
        The ten probabilities, float32 of shape (10,).

    Raises:
        StoreError: if the weights are damaged.
    """
    probs: npt.NDArray[np.float32] = image_data.probabilities(choice.run, choice.epoch, image)
    said = int(probs.argmax())
    (values,) = image_data.saliency(choice.run, choice.epoch, image, [said])
    says.markdown(f"##### The network says {CLASS_NAMES[said]}, {_sure(probs[said])} sure.")
    _draw_pictures(image, values, said=said, label=label)
    draw_figure(
        probability_figure(probs, true=label, predicted=said, theme=figure_theme()),
        key="try-probabilities",
        explanation=explanations.PROBABILITIES,
        alt="The ten class probabilities of this picture",
    )
    _draw_likeness(_likeness(image))  # last: it may be a line or a warning, and nothing jumps
    return probs


def _sure(probability: float) -> str:
    """Write a confidence; a softmax output is never exactly 1."""
    return percent(min(float(probability), 1 - 1e-6))


def _draw_pictures(
    image: npt.NDArray[np.uint8], values: npt.NDArray[np.float32], *, said: int, label: int | None
) -> None:
    """Draw the picture, and beside it what in it spoke for the answer."""
    name = CLASS_NAMES[said]
    colour = figure_theme().accent if label is None else RIGHT if said == label else WRONG
    note = _NO_NOTE if values.any() else _EMPTY
    st.markdown("What the network sees, and what speaks for its answer", help=_HELP)
    draw_tiles(
        [
            Tile(image=image, title="28 × 28 pixels", note="", alt="The picture as changed"),
            Tile(
                image=overlay(image, values, colour=colour),
                title=f"For {name}",
                note=note,
                alt=f"The picture with the places that speak for {name} in colour",
            ),
        ],
        size=_SIZE,
        narrow_size=_NARROW_SIZE,
    )


def _draw_likeness(found: Likeness) -> None:
    if found.is_unlike:
        st.warning(found.describe(), icon=":material/warning:")
    else:
        st.caption(found.describe())


@st.cache_data(show_spinner=False, max_entries=512)
def _likeness(image: npt.NDArray[np.uint8]) -> Likeness:
    """Compare with all training pictures; kept are two numbers and a hash, not the picture."""
    return likeness(services.training_pictures().images, image)
