"""Below a confusion matrix: what it is, and the matrix as a CSV file."""

from collections.abc import Sequence
from typing import Any

import streamlit as st
from numpy.typing import NDArray

from pages.ui import explanations
from pages.ui.figure import draw_explanation
from pages.ui.table_csv import draw_csv, write_matrix


def draw_matrix_notes(values: NDArray[Any], labels: Sequence[int], *, key: str, about: str) -> None:
    """Draw "What is this?" and the button that saves the matrix as it is shown.

    Args:
        values: Counts, or shares in [0, 1], over all classes, shape (K, K).
        labels: The classes that are shown, in this order.
        key: Streamlit key of the matrix; also the name of its file.
        about: What that name begins with, see `draw_csv`.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        draw_explanation(explanations.MATRIX, key=key)
        draw_csv(
            lambda: write_matrix(values, labels),
            file_name=f"{key}.csv",
            what="The matrix as it is shown; shares are between 0 and 1.",
            about=about,
        )
