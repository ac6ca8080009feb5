"""The confusion matrix of a report as a table, with recall and precision at its edges."""

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from fashion_core.analysis.formatting import count, percent_digits
from fashion_core.analysis.metrics import per_class_report
from fashion_core.classes import CLASS_NAMES
from fashion_core.report.markup import Html, element, section
from fashion_core.report.subject import Subject

_STRONGEST: Final = 0.5  # opacity at which the number in a cell is still read in both themes


def matrix_section(subject: Subject) -> Html:
    """Give the matrix with a line on how to read it."""
    matrix = subject.headline.matrix
    how = (
        "Row: what the picture is. Column: what the network says. The stronger the blue, the more "
        "often the two are mixed up; right answers are grey. Recall: share of a row that is right. "
        "Precision: share of a column that is right."
    )
    return section(
        "Which classes are mixed up?",
        element("div", _table(matrix), class_="wide"),
        element("p", how, class_="small"),
    )


def _table(matrix: npt.NDArray[np.int64]) -> Html:
    report = per_class_report(matrix)
    heads = [_turned(name) for name in (*CLASS_NAMES, "recall")]
    corner = element("td", "true ↓ predicted →", class_="quiet")
    rows = [_row(matrix, true, float(report["recall"].iloc[true])) for true in range(len(matrix))]
    edge = [element("td", _share(float(value)), class_="edge") for value in report["precision"]]
    last = element(
        "tr", element("th", "precision", scope="row"), *edge, element("td", class_="edge")
    )
    top = element("thead", element("tr", corner, *heads))
    return element("table", top, element("tbody", *rows, last), class_="matrix")


def _row(matrix: npt.NDArray[np.int64], true: int, recall: float) -> Html:
    cells = [_cell(matrix, true, predicted) for predicted in range(len(matrix))]
    name = element("th", CLASS_NAMES[true], scope="row")
    return element("tr", name, *cells, element("td", _share(recall), class_="edge"))


def _cell(matrix: npt.NDArray[np.int64], true: int, predicted: int) -> Html:
    """Give a cell, coloured as on the page; square-root scaled, so that small counts show."""
    value = int(matrix[true, predicted])
    if value == 0:
        return element("td", "0", class_="none")
    if true == predicted:
        return element("td", count(value), class_="right")
    mistakes = matrix - np.diag(np.diag(matrix))
    opacity = round(_STRONGEST * math.sqrt(value / int(mistakes.max())), 3)
    return element("td", count(value), style=f"background:rgb(var(--mixed-up) / {opacity})")


def _share(value: float) -> str:
    return "–" if math.isnan(value) else percent_digits(value)


def _turned(name: str) -> Html:
    return element("th", element("span", name), scope="col")
