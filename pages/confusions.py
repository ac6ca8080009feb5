"""Confusions: matrix -> cell -> exactly those pictures -> one picture large."""

from typing import Final

import numpy as np
import numpy.typing as npt
import streamlit as st

from fashion_core.analysis.confusions import (
    describe_confusions,
    share_of_column,
    share_of_row,
)
from fashion_core.analysis.formatting import count, percent_digits
from fashion_core.analysis.metrics import confusion_matrix
from fashion_core.classes import CLASS_NAMES, FAMILY, FAMILY_PAIRS
from pages.ui import cell, services
from pages.ui.boundary import part
from pages.ui.cell import Cell
from pages.ui.choice import Choice
from pages.ui.epoch_galleries import draw_changed
from pages.ui.epoch_history import epoch_changes
from pages.ui.epoch_scrubber import draw_scrubber
from pages.ui.frame import show_page
from pages.ui.gallery_controls import draw_preset
from pages.ui.image_link import gallery_link
from pages.ui.matrix import confusion_table
from pages.ui.matrix_notes import draw_matrix_notes
from pages.ui.paged_gallery import draw_gallery
from pages.ui.picture_drawer import draw_opened
from pages.ui.picture_grid import draw_card
from pages.ui.picture_row import Row
from pages.ui.states import has_results

_ALL: Final = "all ten classes"
_FAMILY: Final = "look-alikes"
_COUNTS: Final = "counts"
_ROW: Final = "% of true class"
_COLUMN: Final = "% of predicted class"


def draw(choice: Choice) -> None:
    if not has_results(choice, shows="which classes are mixed up, and exactly those pictures"):
        return
    scores = services.scores(choice.run.run_id, choice.epoch, choice.split)
    matrix = confusion_matrix(labels=scores.labels, predictions=scores.predictions)
    st.markdown(f"##### {describe_confusions(matrix)}")
    st.caption(choice.describe())
    slider_place, changes = st.container(), epoch_changes(choice)
    _explore(choice, matrix, {change.epoch: change.before for change in changes}.get(choice.epoch))
    with slider_place:  # drawn last: its answer says that all else is there
        draw_scrubber(choice, changes)


@part  # a click draws this part only: a quarter faster than the whole page
def _explore(choice: Choice, matrix: npt.NDArray[np.int64], before: int | None) -> None:
    """Draw the matrix, the pictures of the chosen cell, what changed, and the open picture."""
    left, right = st.columns(2, gap="medium")
    with left, st.container(key="beside-pictures"):  # stays in sight, see page.css
        chosen = _choose(choice, matrix)
    with right, st.container(key="pictures-beside"):  # a cell leads here, see narrow.js
        row = draw_gallery(choice, chosen)
    draw_changed(choice, chosen, before=before)
    _picture(choice, row, is_both=chosen.is_both)
    services.send_sheet(choice.split)


def _choose(choice: Choice, matrix: npt.NDArray[np.int64]) -> Cell:
    """Draw every way to choose a cell, and give the chosen one."""
    table, pickers, pairs = st.container(), st.container(), st.container()
    with pickers:
        chosen = cell.draw_pickers(switch_place=pairs)
    with table:
        _matrix(choice, matrix, chosen)
    with pairs:
        _pairs(chosen)
    return chosen


def _matrix(choice: Choice, matrix: npt.NDArray[np.int64], chosen: Cell) -> None:
    """Draw the matrix with its settings."""
    view, unit = _matrix_settings()
    labels = FAMILY if view == _FAMILY else range(len(CLASS_NAMES))
    shares = {_COUNTS: None, _ROW: share_of_row(matrix), _COLUMN: share_of_column(matrix)}[unit]
    confusion_table(
        matrix=matrix,
        shown=_texts(matrix, shares),
        labels=labels,
        key="matrix",
        selected=chosen.as_pair(),
        dim_diagonal=st.session_state["dim"],
        unit="pictures" if shares is None else unit,
        on_cell=cell.choose,
        family=FAMILY if view == _ALL else (),
        shares=shares,
    )
    about = choice.file_stem()
    draw_matrix_notes(matrix if shares is None else shares, labels, key="matrix", about=about)
    st.caption("Click a cell to see exactly its pictures.")


def _matrix_settings() -> tuple[str, str]:
    """Draw what to show and give (classes, unit)."""
    with st.container(horizontal=True, vertical_alignment="center"):
        view = st.segmented_control(
            "Classes",
            [_ALL, _FAMILY],
            default=_ALL,
            required=True,
            key="view",
            bind="query-params",
            label_visibility="collapsed",
        )
        st.toggle("Dim right answers", value=True, key="dim", persist_state="session")
        unit = st.segmented_control(
            "Show",
            [_COUNTS, _ROW, _COLUMN],
            default=_COUNTS,
            required=True,
            key="unit",
            bind="query-params",
            label_visibility="collapsed",
        )
    return view, unit


def _texts(matrix: np.ndarray, shares: np.ndarray | None) -> list[list[str]]:
    """Write every cell: its count, or its share in per cent."""
    if shares is None:
        return [[count(int(value)) for value in row] for row in matrix]
    return [["–" if np.isnan(v) else percent_digits(float(v)) for v in row] for row in shares]


def _pairs(chosen: Cell) -> None:
    """Draw a button for each pair of look-alikes, both directions, and for all mistakes."""
    st.markdown("**Look-alikes**, both directions:")
    with st.container(horizontal=True, gap="xsmall"):
        for first, second in FAMILY_PAIRS:
            is_shown = chosen.is_both and {chosen.true, chosen.predicted} == {first, second}
            st.button(
                f"{CLASS_NAMES[first]} ↔ {CLASS_NAMES[second]}",
                key=f"pair-{first}-{second}",
                type="primary" if is_shown else "secondary",
                on_click=cell.choose_pair,
                args=(first, second),
            )
    draw_preset()


def _picture(choice: Choice, row: Row, *, is_both: bool) -> None:
    """Open the picture that was clicked or that the link names."""
    scores = services.scores(choice.run.run_id, choice.epoch, choice.split)

    def draw_it(image_id: int) -> None:
        link = {**choice.link(), **gallery_link(row, scores, image_id, is_both=is_both)}
        draw_card(scores, image_id, split=choice.split, link=link)

    draw_opened(draw_it, split=choice.split)


show_page("Confusions", "Which classes are mixed up, and which pictures?", draw)
