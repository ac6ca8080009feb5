"""Tables and matrices as CSV files for spreadsheets and programs, numbers in full."""

import csv
import io
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fashion_core.classes import CLASS_NAMES

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_CORNER: Final = "true class / predicted class"


def draw_csv(write: Callable[[], bytes], *, file_name: str, what: str, about: str = "") -> None:
    """Draw the small button that saves a table; the file is made when it is pressed.

    Args:
        write: Gives the file.
        file_name: What is in it, with the ending; also what tells the buttons of a page apart.
        what: What is in it, for the tooltip.
        about: What the name of the file begins with, e.g. `Choice.file_stem()`; empty for what
            belongs to no run.
    """
    st.download_button(
        "CSV",
        data=write,
        file_name="-".join(filter(None, (about, file_name))),
        mime="text/csv",
        key=f"csv-{file_name}",
        type="tertiary",
        icon=":material/download:",
        on_click="ignore",
        help=what,
    )


def write_table(columns: Mapping[str, Sequence[Any]]) -> bytes:
    """Give a line for each row below a line of names, UTF-8; what is not defined is empty.

    Raises:
        ValueError: if the columns differ in length.
    """
    return _write([list(columns), *zip(*columns.values(), strict=True)])


def write_matrix(values: NDArray[Any], labels: Sequence[int]) -> bytes:
    """Give a confusion matrix: row = true class, column = predicted, names first, UTF-8.

    Args:
        values: Counts or shares over all classes, shape (K, K); a share that is nan is empty.
        labels: The classes to write, in this order.
    """
    names = [CLASS_NAMES[label] for label in labels]
    part = values[np.ix_(labels, labels)].tolist()
    return _write(
        [[_CORNER, *names], *([name, *row] for name, row in zip(names, part, strict=True))]
    )


def harmless(text: str) -> str:
    """Keep a spreadsheet from taking a visitor's text for a formula.

    References:
        OWASP, "CSV Injection": a quote before the text makes it text.
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def _write(rows: Sequence[Sequence[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return harmless(value)
    return None if isinstance(value, float) and math.isnan(value) else value
