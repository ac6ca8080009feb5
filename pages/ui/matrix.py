"""The confusion matrix as a table of buttons: row = true class, column = predicted."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import streamlit as st
from numpy.typing import ArrayLike, NDArray

from fashion_core.classes import CLASS_NAMES
from pages.ui.gallery import fingerprint
from pages.ui.sheet import component

EMPTY: Final = "·"
"""Shown in a cell that no picture falls into."""


def cell_fractions(
    matrix_or_shares: ArrayLike, dim_diagonal: bool, beside: ArrayLike | None = None
) -> NDArray[np.float64]:
    """Give how strongly each cell is coloured, on a square-root scale.

    With the diagonal dimmed, [[90, 16], [4, 80]] gives [[nan, 1], [0.5, nan]].

    Args:
        matrix_or_shares: Counts or shares of shape (K, K); nan counts as 0 (a share of nothing).
        dim_diagonal: Leave the diagonal out: its cells are nan and do not set the scale.
        beside: Another such matrix on the same scale: with [[90, 64], [4, 80]] beside it, the one
            above gives [[nan, 0.5], [0.25, nan]].

    Returns:
        (K, K) in [0, 1], 1 for the largest cell of the scale; all 0 if every cell is 0.

    Raises:
        ValueError: if the shape is not square or a value is negative or infinite.
    """
    values = _scaled_values(matrix_or_shares, dim_diagonal)
    others = values if beside is None else _scaled_values(beside, dim_diagonal)
    largest = max(values.max(initial=0.0), others.max(initial=0.0))
    fractions = np.sqrt(values / largest) if largest > 0 else values
    if dim_diagonal:
        np.fill_diagonal(fractions, np.nan)
    return fractions


def _scaled_values(matrix_or_shares: ArrayLike, dim_diagonal: bool) -> NDArray[np.float64]:
    """Give the values that take part in a colour scale, 0 where none does.

    Raises:
        ValueError: if the shape is not square or a value is negative or infinite.
    """
    values = np.nan_to_num(np.array(matrix_or_shares, dtype=np.float64), nan=0.0, posinf=np.inf)
    if values.ndim != 2 or values.shape[0] != values.shape[1]:
        raise ValueError(f"Expected a matrix of shape (K, K), got {values.shape}.")
    if not np.isfinite(values).all() or (values < 0).any():
        raise ValueError("Expected finite values >= 0, got a negative or infinite one.")
    if dim_diagonal:
        np.fill_diagonal(values, 0.0)
    return values


def confusion_table(  # noqa: PLR0913 (keyword-only, each a separate choice of the page)
    *,
    matrix: NDArray[np.integer[Any]],
    shown: Sequence[Sequence[str]],
    labels: Sequence[int],
    key: str,
    selected: tuple[int, int] | None = None,
    dim_diagonal: bool = True,
    unit: str = "pictures",
    on_cell: Callable[[int, int], None] | None = None,
    family: Sequence[int] = (),
    shares: ArrayLike | None = None,
    beside: NDArray[np.integer[Any]] | None = None,
) -> None:
    """Draw a confusion matrix whose cells can be clicked.

    Args:
        matrix: Counts over all classes, shape (K, K), row = true, column = predicted.
        shown: Text of every cell of `matrix`; cells that count 0 show a dot.
        labels: The classes to show, in this order; all, or a part such as the family.
        key: Streamlit key, one per table.
        selected: (true, predicted) that is marked; follows the page, a click shows at once.
        dim_diagonal: Draw right answers in quiet grey, colour by mistakes only.
        unit: What the texts count, e.g. "pictures" or "% of the true class".
        on_cell: Called with (true, predicted) of a clicked cell, before the page runs again.
        family: Classes whose common cells get a thin outline.
        shares: What colours follow where it is not the counts, shape (K, K).
        beside: Counts of the matrix that stands beside this one, shape (K, K); both then have one
            colour scale. Not together with `shares`.

    Raises:
        ValueError: if shapes or labels do not fit.
    """
    counts = np.asarray(matrix)
    _check(counts, shown, labels)
    content = _content(counts, shown, labels, unit)
    content |= _colours(
        (counts if shares is None else np.asarray(shares, dtype=np.float64))[
            np.ix_(labels, labels)
        ],
        beside=None if beside is None else np.asarray(beside)[np.ix_(labels, labels)],
        texts=content["shown"],
        dim_diagonal=dim_diagonal,
    )
    content |= {
        "unit": _legend(unit, dim_diagonal, is_shared=beside is not None),
        "family": [label in family for label in labels],
    }

    content["version"] = fingerprint(content)
    content["selected"] = None if selected is None else [int(label) for label in selected]
    component("matrix")(
        key=key, data=content, on_cell_change=lambda: _tell(on_cell, picked_cell(key), labels)
    )


def _tell(
    on_cell: Callable[[int, int], None] | None,
    cell: tuple[int, int] | None,
    labels: Sequence[int],
) -> None:
    """Tell the page which cell was clicked, if it is one of those shown; a callback."""
    if on_cell is not None and cell is not None and set(cell) <= set(labels):
        on_cell(*cell)


def picked_cell(key: str) -> tuple[int, int] | None:
    """Read, in a callback, the (true, predicted) clicked in the table of that key; else None."""
    state = st.session_state.get(key)
    value = state.get("cell") if isinstance(state, dict) else None
    if isinstance(value, list) and [type(label) for label in value] == [int, int]:
        return value[0], value[1]
    return None


def _check(counts: NDArray[Any], shown: Sequence[Sequence[str]], labels: Sequence[int]) -> None:
    """Refuse what cannot be one matrix over the known classes.

    Raises:
        ValueError: with what was expected and what came.
    """
    classes = len(counts)
    if counts.shape != (classes, classes) or classes > len(CLASS_NAMES):
        raise ValueError(
            f"Expected counts of shape (K, K), K <= {len(CLASS_NAMES)}, got {counts.shape}."
        )
    if [len(row) for row in shown] != [classes] * classes:
        raise ValueError(f"Expected a text for each of {classes} x {classes} cells.")
    if not labels or len(set(labels)) != len(labels) or not set(labels) <= set(range(classes)):
        raise ValueError(f"Expected different labels in [0, {classes}), got {list(labels)}.")


def _content(
    counts: NDArray[Any], shown: Sequence[Sequence[str]], labels: Sequence[int], unit: str
) -> dict[str, Any]:
    """Give the texts of the table's part."""
    texts = [[shown[t][p] if counts[t, p] else EMPTY for p in labels] for t in labels]
    return {
        "labels": [int(label) for label in labels],
        "names": [CLASS_NAMES[label] for label in labels],
        "shown": texts,
        "spoken": [[_spoken(counts, t, p, shown[t][p], unit) for p in labels] for t in labels],
        "caption": f"Confusion matrix, {unit}. Rows: true class. Columns: predicted class.",
    }


def _colours(
    values: NDArray[Any],
    *,
    beside: NDArray[Any] | None,
    texts: list[list[str]],
    dim_diagonal: bool,
) -> dict[str, Any]:
    """Give how strong the colour of every cell is, and the number in which the scale ends."""
    fractions = cell_fractions(values, dim_diagonal, beside)
    return {
        "fractions": [[None if np.isnan(f) else round(f, 4) for f in row] for row in fractions],
        "most": _text_of_largest(fractions, texts)
        if beside is None
        else _end_of_scale(values, beside, dim_diagonal),
    }


def _spoken(counts: NDArray[Any], true: int, predicted: int, text: str, unit: str) -> str:
    """Say one cell in words; the shown number too where it is not the count."""
    count = int(counts[true, predicted])
    words = (
        f"{CLASS_NAMES[true]} predicted as {CLASS_NAMES[predicted]}: "
        f"{count:,} of {int(counts[true].sum()):,}"
    )
    is_count = text.replace(",", "") == str(count)
    return words if is_count or count == 0 else f"{words} ({text} {unit})"


def _legend(unit: str, dim_diagonal: bool, *, is_shared: bool) -> str:
    """Say what the colour scale counts."""
    grey = "; right answers in grey" if dim_diagonal else ""
    return f"{unit}{grey}{'; the same scale in both' if is_shared else ''}"


def _text_of_largest(fractions: NDArray[np.float64], texts: list[list[str]]) -> str:
    """Give the text of the cell in which the colour scale ends."""
    if not np.nanmax(fractions, initial=0.0) > 0:
        return ""
    row, column = np.unravel_index(np.nanargmax(fractions), fractions.shape)
    return texts[row][column]


def _end_of_scale(counts: NDArray[Any], beside: NDArray[Any], dim_diagonal: bool) -> str:
    """Give the count in which the colour scale of two matrices ends."""
    largest = max(int(_scaled_values(each, dim_diagonal).max()) for each in (counts, beside))
    return f"{largest:,}" if largest else ""
