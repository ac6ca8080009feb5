"""Where two sides differ: difference of the matrices, pairs of classes, classes."""

from typing import Any, Final

import pandas as pd
import streamlit as st

from fashion_core.analysis.changes import ClassChange
from fashion_core.analysis.figure_words import describe_class_changes, describe_matrix
from fashion_core.analysis.formatting import count, percent_digits
from fashion_core.analysis.metrics import per_class_report
from fashion_core.classes import CLASS_NAMES, class_index
from fashion_core.figures.comparison import (
    by_balance,
    class_change_figure,
    difference_matrix_figure,
    signed,
)
from pages.ui import cell, explanations, services
from pages.ui.cell import ANY, Cell
from pages.ui.choice import Choice
from pages.ui.compare_choice import Pairing
from pages.ui.compare_data import Compared
from pages.ui.compare_sections import draw_heading
from pages.ui.figure import draw_figure
from pages.ui.matrix import confusion_table
from pages.ui.matrix_notes import draw_matrix_notes
from pages.ui.pair_list import pair_list
from pages.ui.table_csv import draw_csv, write_table
from pages.ui.theme import figure_theme

_MATRIX_KEY: Final = "difference"
_LAST_CLICK: Final = "difference-last-click"


def draw_where(pairing: Pairing, found: Compared) -> Cell:
    """Draw the difference matrix and the pairs; give the pair that is chosen."""
    draw_heading("where")
    st.markdown(_describe_cells(found))
    left, right = st.columns(2, gap="large")
    with left:
        _draw_difference(pairing, found)
    with right:
        chosen = _draw_pickers()
        pair_list(found.pairs, key="pairs", selected=chosen.as_pair(), on_pick=_choose)
        draw_csv(
            lambda: write_table(_pair_columns(found)),
            file_name="pairs.csv",
            what="All pairs of classes with the pictures fixed and broken.",
            about=pairing.file_stem(),
        )
    return chosen


def draw_classes(pairing: Pairing, found: Compared) -> None:
    """Draw what each class won and lost, and its figures before and after."""
    draw_heading("classes")
    figure, table = st.columns(2, gap="large")
    with figure:
        draw_figure(
            class_change_figure(found.classes, theme=figure_theme()),
            key="class-change",
            explanation=explanations.CLASS_CHANGE,
            says=describe_class_changes(found.classes),
            alt="Pictures fixed and broken of each class; the table beside it has the balance",
        )
    with table:
        st.table(_class_table(pairing, found))
        st.caption("A → B, per cent. Balance: fixed minus broken; bold is more than chance.")
        draw_csv(
            lambda: write_table(_class_columns(pairing, found)),
            file_name="class-changes.csv",
            what="Fixed, broken, and the figures of each class in A and in B, in full.",
            about=pairing.file_stem(),
        )


def draw_matrices(pairing: Pairing, chosen: Cell) -> None:
    """Draw both confusion matrices; a click on a cell chooses its pair."""
    draw_heading("matrices")
    left, right = st.columns(2, gap="large")
    sides = (pairing.first, pairing.second)
    matrices = [_matrix(side) for side in sides]
    for column, name, side, matrix, beside in zip(
        (left, right), "AB", sides, matrices, matrices[::-1], strict=True
    ):
        with column:
            st.markdown(f"**{name}** · run {side.run.number}, epoch {side.epoch}")
            st.markdown(describe_matrix(matrix))
            confusion_table(
                matrix=matrix,
                shown=[[count(int(value)) for value in row] for row in matrix],
                labels=range(len(CLASS_NAMES)),
                key=f"matrix-{name}",
                selected=chosen.as_pair(),
                on_cell=cell.choose,
                beside=beside,
            )
            draw_matrix_notes(
                matrix, range(len(CLASS_NAMES)), key=f"matrix-{name}", about=side.file_stem()
            )


def _describe_cells(found: Compared) -> str:
    """Say whether they make different mistakes, whoever makes more."""
    real = int(found.is_real.sum())
    if real == 0:
        return (
            "No single cell of the matrix changed by more than chance. Green is better in B, "
            "vermilion worse."
        )
    what = "One cell" if real == 1 else f"{real} cells"
    even = "" if found.comparison.is_real else " although neither is better on the whole"
    return (
        f"{what} of the matrix changed by more than chance{even}: A and B make different "
        "mistakes. Framed below; green is better in B, vermilion worse."
    )


def _draw_difference(pairing: Pairing, found: Compared) -> None:
    draw_figure(
        difference_matrix_figure(
            _matrix(pairing.first),
            _matrix(pairing.second),
            is_real=found.is_real,
            theme=figure_theme(),
        ),
        key=_MATRIX_KEY,
        explanation=explanations.DIFFERENCE,
        on_select=_matrix_clicked,
        selection_mode=("points",),
        alt="Confusion matrix of B minus that of A; the list beside it has the same pairs",
    )
    st.caption("B minus A. Click a cell or a pair to see its pictures.")


def _draw_pickers() -> Cell:
    """Draw the two selectboxes, bound to the link."""
    left, right = st.columns(2)
    with left:
        true = _picker("True class", "true")
    with right:
        predicted = _picker("Taken for", "predicted")
    return Cell(true=true, predicted=predicted, is_both=False)


def _picker(label: str, key: str) -> int | None:
    name = st.selectbox(
        label,
        [ANY, *CLASS_NAMES],
        key=key,
        bind="query-params",
        on_change=cell.first_page_if_changed(key),
    )
    return None if name == ANY else class_index(name)


def _choose(pair: tuple[int, int] | None) -> None:
    """Choose a pair, or all of them; a callback."""
    if pair is None:
        st.session_state.update({"true": ANY, "predicted": ANY})
        cell.first_page()
    else:
        cell.choose(*pair)


def _matrix_clicked() -> None:
    """Choose the cell that was clicked in the difference matrix; a callback.

    Plotly reports a second click on a cell as nothing selected: it takes the choice back, or
    chooses the cell again if another pair was chosen elsewhere in between.
    """
    points: Any = st.session_state.get(_MATRIX_KEY, {}).get("selection", {}).get("points", [])
    clicked = points[0].get("customdata") if points else None
    if clicked is not None:
        st.session_state[_LAST_CLICK] = (int(clicked[0]), int(clicked[1]))
    last = st.session_state.get(_LAST_CLICK)
    if last is None:
        return
    shown = tuple(st.session_state.get(key) for key in ("true", "predicted"))
    is_taken_back = clicked is None and shown == tuple(CLASS_NAMES[label] for label in last)
    _choose(None if is_taken_back else last)


def _matrix(side: Choice) -> Any:
    return services.headline(side.run.run_id, side.epoch, side.split).matrix


def _class_table(pairing: Pairing, found: Compared) -> pd.DataFrame:
    """Give each class's figures in A and in B, in the order of the figure beside it."""
    first, second = (per_class_report(_matrix(side)) for side in (pairing.first, pairing.second))
    rows = by_balance(found.classes)
    names = [CLASS_NAMES[change.true] for change in rows]
    columns = {"balance": [_balance(change) for change in rows]}
    for title, measure in (("precision", "precision"), ("recall", "recall"), ("F1", "f1")):
        columns[title] = [
            f"{percent_digits(first[measure][name])} → {percent_digits(second[measure][name])}"
            for name in names
        ]
    return pd.DataFrame(columns, index=pd.Index(names, name="class"))


def _pair_columns(found: Compared) -> dict[str, list[Any]]:
    """Give what the list of pairs says."""
    return {
        "true_class": [CLASS_NAMES[pair.true] for pair in found.pairs],
        "taken_for": [CLASS_NAMES[pair.predicted] for pair in found.pairs],
        "fixed": [pair.fixed for pair in found.pairs],
        "broken": [pair.broken for pair in found.pairs],
    }


def _class_columns(pairing: Pairing, found: Compared) -> dict[str, list[Any]]:
    """Give what the table says, one number a column, as shares."""
    rows = by_balance(found.classes)
    columns: dict[str, list[Any]] = {
        "class": [CLASS_NAMES[change.true] for change in rows],
        "pictures": [change.pictures for change in rows],
        "fixed": [change.fixed for change in rows],
        "broken": [change.broken for change in rows],
        "p_holm": [change.p_value for change in rows],
    }
    for name, side in (("A", pairing.first), ("B", pairing.second)):
        report = per_class_report(_matrix(side)).loc[columns["class"]]
        for measure in ("precision", "recall", "f1"):
            columns[f"{measure}_{name}"] = report[measure].tolist()
    return columns


def _balance(change: ClassChange) -> str:
    text = signed(change.net)
    return f"**{text}**" if change.is_real else text
