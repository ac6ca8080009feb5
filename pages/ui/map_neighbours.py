"""The t-SNE map: how to start it, how long it takes, or its points."""

from typing import Final

import numpy as np
import numpy.typing as npt
import streamlit as st

from fashion_core.analysis.formatting import count, duration
from fashion_core.errors import FashionError
from pages.ui import services
from pages.ui.boundary import part
from pages.ui.choice import Choice
from pages.ui.literal import literal
from pages.ui.map_data import map_key

_LOOK_SECONDS: Final = 1.0
_ERROR_KEY: Final = "neighbour-map-error"


def computed_points(
    choice: Choice, features: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32] | None:
    """Give the points if they are there; else draw what leads to them.

    The map is computed in the background: it goes on while other pages are shown.

    Args:
        choice: Whose features they are.
        features: float32 of shape (N, D), complete.

    Returns:
        float32 of shape (N, 2), or None.
    """
    if services.is_read_only():
        st.info("This dashboard is for watching only: t-SNE is not computed here. PCA is there.")
        return None
    maps, key = services.neighbour_maps(), map_key(choice)
    if problem := st.session_state.pop(_ERROR_KEY, None):
        st.error(literal(problem), icon=":material/error:")
    state = maps.state(key)
    if state is not None and state.points is not None:
        return state.points
    if maps.running() is not None:
        _draw_running(key, is_own=maps.running() == key)
        return None
    if state is not None and state.reason:
        st.error(literal(state.reason), icon=":material/error:")
    _draw_start(key, features)
    return None


def _draw_start(key: str, features: npt.NDArray[np.float32]) -> None:
    st.button(
        "Compute the t-SNE map",
        icon=":material/play_arrow:",
        on_click=_start,
        args=(key, features),
    )
    st.caption(
        f"All {count(len(features))} pictures, once for this epoch: measured, one to two minutes "
        "of one core for 10,000, longer while a run trains. It is computed beside the "
        "dashboard; look at something else meanwhile."
    )


def _draw_running(key: str, *, is_own: bool) -> None:
    if not is_own:
        st.info(
            "The t-SNE map of another epoch or split is being computed.", icon=":material/schedule:"
        )
    part(_tick, run_every=_LOOK_SECONDS)(key, is_own=is_own)
    st.button("Cancel the map", icon=":material/stop:", on_click=services.neighbour_maps().cancel)


def _tick(key: str, *, is_own: bool) -> None:
    """Say how long it takes so far; when it has ended, the page shows what came out."""
    maps = services.neighbour_maps()
    running = maps.running()
    state = None if running is None else maps.state(running)
    if running is None or state is None or (running == key) != is_own:
        st.rerun()
    st.markdown(
        f":material/progress_activity: Computing for {duration(state.seconds)}. t-SNE cannot say "
        "how far it is; 10,000 pictures take one to two minutes, longer while a run trains."
    )


def _start(key: str, features: npt.NDArray[np.float32]) -> None:
    """Start the map and keep the sentence if it cannot be started; a callback."""
    try:
        services.neighbour_maps().start(key, features)
    except FashionError as error:
        st.session_state[_ERROR_KEY] = str(error)
