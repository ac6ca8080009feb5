"""Precision, recall and F1 per class: order, marks, and what is not defined."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from plotly import graph_objects as go

from fashion_core.analysis.metrics import per_class_report
from fashion_core.classes import CLASS_NAMES
from fashion_core.figures.palette import LIGHT
from fashion_core.figures.per_class import per_class_figure


def matrix() -> npt.NDArray[np.int64]:
    """Give a matrix in which Shirt is worst (F1 20/27) and T-shirt/top next (F1 4/5)."""
    counts = np.diag([100] * 10).astype(np.int64)
    counts[6, 0], counts[6, 4] = 50, 20
    return counts


def figure(counts: npt.NDArray[np.int64]) -> go.Figure:
    return per_class_figure(per_class_report(counts), theme=LIGHT)


def marks(made: go.Figure, name: str) -> dict[str, float]:
    trace: Any = next(trace for trace in made.data if trace.name == name)
    return dict(zip(trace.y, trace.x, strict=True))


def labels(made: go.Figure) -> dict[str, str]:
    return {note.y: note.text for note in made.layout.annotations}


def test_the_worst_class_is_on_top() -> None:
    axis = figure(matrix()).layout.yaxis
    assert axis.categoryarray[:2] == ("Shirt", "T-shirt/top")
    assert axis.autorange == "reversed"


def test_marks_stand_at_per_cent_of_their_own_measure() -> None:
    made = figure(matrix())
    assert marks(made, "precision")["T-shirt/top"] == pytest.approx(100 * 100 / 150)
    assert marks(made, "recall")["T-shirt/top"] == 100
    assert marks(made, "recall")["Shirt"] == pytest.approx(100 * 100 / 170)
    assert marks(made, "F1")["Shirt"] == pytest.approx(100 * 20 / 27)


def test_the_f1_is_written_at_the_edge() -> None:
    assert labels(figure(matrix()))["Shirt"] == "74.1\u00a0%"
    assert labels(figure(matrix()))["Bag"] == "100\u00a0%"


def test_the_three_marks_differ_in_shape_or_fill() -> None:
    looks = {(trace.marker.symbol, trace.marker.color) for trace in figure(matrix()).data[1:]}
    assert len(looks) == 3


def test_the_bar_is_explained_above_its_values_not_in_the_legend() -> None:
    """Three entries would not fit in one row at 350 pixels."""
    made = figure(matrix())
    assert [trace.name for trace in made.data if trace.showlegend is not False] == [
        "precision",
        "recall",
    ]
    assert made.layout.annotations[-1].text == "<b>|</b> F1"


def test_an_undefined_precision_has_no_mark() -> None:
    counts = matrix()
    counts[8] = [0, 0, 0, 0, 0, 0, 0, 100, 0, 0]
    made = figure(counts)
    assert "Bag" not in marks(made, "precision")
    assert marks(made, "recall")["Bag"] == 0
    assert made.layout.yaxis.categoryarray[0] == "Bag"


def test_a_class_without_any_measure_is_last_and_says_so() -> None:
    counts = matrix()
    counts[8, 8] = 0
    made = figure(counts)
    assert labels(made)["Bag"] == "not defined"
    assert made.layout.yaxis.categoryarray[-1] == "Bag"


def test_an_empty_matrix_is_ten_undefined_classes_on_a_full_scale() -> None:
    made = figure(np.zeros((10, 10), dtype=np.int64))
    assert [labels(made)[name] for name in CLASS_NAMES] == ["not defined"] * 10
    low, high = made.layout.xaxis.range
    assert low <= 0
    assert high >= 100


def test_the_scale_starts_below_the_lowest_mark() -> None:
    assert figure(matrix()).layout.xaxis.range == (48.5, 101.5)


def test_a_line_joins_precision_and_recall_of_each_class() -> None:
    span = figure(matrix()).data[0]
    start = span.y.index("Shirt")
    assert span.x[start : start + 3] == pytest.approx((100, 100 * 100 / 170, None))


def test_a_missing_column_is_refused() -> None:
    report = per_class_report(matrix()).drop(columns="recall")
    with pytest.raises(ValueError, match=r"Expected columns precision, recall, f1, .* recall"):
        per_class_figure(report, theme=LIGHT)
