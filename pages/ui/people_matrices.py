"""The matrix of the crowd beside the network's, and the choice of a cell of either."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import streamlit as st

from fashion_core.analysis.figure_words import describe_matrix
from fashion_core.analysis.formatting import count
from fashion_core.analysis.human_votes import Crowd, MistakeKind, split_mistakes
from fashion_core.analysis.metrics import confusion_matrix
from fashion_core.analysis.scores import PictureScores
from fashion_core.classes import CLASS_NAMES, FAMILY, class_index
from pages.ui import cell
from pages.ui.choice import Choice
from pages.ui.matrix import confusion_table
from pages.ui.matrix_notes import draw_matrix_notes

_ANY: Final = cell.ANY
_ALL_CLASSES: Final = range(len(CLASS_NAMES))
_MISTAKES: Final = "all mistakes"
_EVERYTHING: Final = "all pictures"
KINDS: Final = {kind.label: kind for kind in MistakeKind}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which pictures are looked at.

    Attributes:
        kind: The words of a kind of mistakes, "all mistakes" or "all pictures".
        true: True class, or None for any.
        predicted: The network's answer, or None for any.
        people: The answer of most people, or None for any.
    """

    kind: str
    true: int | None
    predicted: int | None
    people: int | None

    def positions(self, scores: PictureScores, crowd: Crowd) -> npt.NDArray[np.int64]:
        """Give the positions of the pictures, ascending, int64 of shape (M,)."""
        keep = np.ones(len(scores), dtype=np.bool_)
        if self.kind in KINDS:
            keep = np.isin(np.arange(len(scores)), split_mistakes(scores, crowd)[KINDS[self.kind]])
        elif self.kind == _MISTAKES:
            keep = ~scores.is_right
        columns = (
            (self.true, scores.labels),
            (self.predicted, scores.predictions),
            (self.people, crowd.choices),
        )
        for label, column in columns:
            if label is not None:
                keep = keep & (column == label)
        return np.flatnonzero(keep).astype(np.int64, copy=False)


def draw_matrices(choice: Choice, scores: PictureScores, crowd: Crowd) -> None:
    """Draw both matrices; a click on a cell of either chooses its pictures."""
    people = confusion_matrix(labels=crowd.labels, predictions=crowd.choices)
    network = confusion_matrix(labels=scores.labels, predictions=scores.predictions)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**People**, the class with the most votes")
        _draw_matrix(people, network, "people", _choose_people)
        draw_matrix_notes(people, _ALL_CLASSES, key="matrix-people", about="test")
    with right:
        st.markdown("**The network**")
        _draw_matrix(network, people, "predicted", _choose_network)
        about = choice.file_stem()
        draw_matrix_notes(network, _ALL_CLASSES, key="matrix-predicted", about=about)
    st.caption(
        "Where several classes have the most votes, the label counts if it is one of them. Click "
        "a cell to see exactly its pictures below."
    )


def draw_pickers() -> Chosen:
    """Draw which pictures to look at, bound to the link."""
    kind = st.segmented_control(
        "Pictures to look at",
        [*KINDS, _MISTAKES, _EVERYTHING],
        default=MistakeKind.OWN.label,
        required=True,
        key="kind",
        bind="query-params",
        on_change=cell.first_page_if_changed("kind"),
    )
    columns = st.columns(3)
    labels = {"true": "True class", "predicted": "Network says", "people": "Most people say"}
    chosen = {}
    for column, (key, label) in zip(columns, labels.items(), strict=True):
        with column:
            chosen[key] = _pick(label, key)
    return Chosen(kind=kind, **chosen)


def _pick(label: str, key: str) -> int | None:
    name = st.selectbox(
        label,
        [_ANY, *CLASS_NAMES],
        key=key,
        bind="query-params",
        on_change=cell.first_page_if_changed(key),
    )
    return None if name == _ANY else class_index(name)


def _draw_matrix(
    matrix: npt.NDArray[np.int64],
    beside: npt.NDArray[np.int64],
    key: str,
    on_cell: Callable[[int, int], None],
) -> None:
    """Draw one of the two matrices, on the colour scale of both."""
    st.markdown(describe_matrix(matrix))
    confusion_table(
        matrix=matrix,
        shown=[[count(int(value)) for value in row] for row in matrix],
        labels=_ALL_CLASSES,
        key=f"matrix-{key}",
        selected=_selected(key),
        on_cell=on_cell,
        family=FAMILY,
        beside=beside,
    )


def _selected(key: str) -> tuple[int, int] | None:
    """Give the cell of a matrix that the pickers below name."""
    names: list[Any] = [st.session_state.get(k, st.query_params.get(k)) for k in ("true", key)]
    true, answer = (class_index(name) if name in CLASS_NAMES else None for name in names)
    return None if true is None or answer is None else (true, answer)


def _choose_network(true: int, predicted: int) -> None:
    """Look at the pictures of a cell of the network's matrix; a callback."""
    _choose({"predicted": CLASS_NAMES[predicted], "people": _ANY}, true)


def _choose_people(true: int, people: int) -> None:
    """Look at the pictures of a cell of the crowd's matrix; a callback."""
    _choose({"people": CLASS_NAMES[people], "predicted": _ANY}, true)


def _choose(answers: dict[str, str], true: int) -> None:
    chosen = {"kind": _EVERYTHING, "true": CLASS_NAMES[true], **answers}
    st.session_state.update(chosen)
    cell.first_page()
