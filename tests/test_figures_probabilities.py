"""The ten probabilities of one picture: true and predicted are told apart in words and colour."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from plotly import graph_objects as go

from fashion_core.classes import CLASS_NAMES
from fashion_core.figures.palette import DARK, LIGHT, RIGHT, WRONG
from fashion_core.figures.probabilities import probability_figure

PROBS = np.array([0.351, 0.001, 0.02, 0.0, 0.0, 0.0, 0.627, 0.0, 0.001, 0.0])


def bars(
    true: int | None, predicted: int = 6, probs: npt.NDArray[np.float64] = PROBS
) -> tuple[Any, go.Figure]:
    figure = probability_figure(probs, true=true, predicted=predicted, theme=LIGHT)
    return figure.data[0], figure


def test_every_class_has_a_bar_in_label_order_from_the_top() -> None:
    bar, figure = bars(true=0)
    assert bar.y == CLASS_NAMES
    assert bar.x == pytest.approx(PROBS)
    assert figure.layout.yaxis.autorange == "reversed"


def test_true_and_predicted_are_told_apart_by_label_and_colour() -> None:
    bar, _ = bars(true=0)
    assert (bar.marker.color[0], bar.text[0]) == (RIGHT, "35.1\u00a0%  <b>true</b>")
    assert (bar.marker.color[6], bar.text[6]) == (WRONG, "62.7\u00a0%  <b>predicted</b>")


def test_a_right_prediction_is_one_green_bar() -> None:
    bar, _ = bars(true=6)
    assert (bar.marker.color[6], bar.text[6]) == (RIGHT, "62.7\u00a0%  <b>right</b>")
    assert WRONG not in bar.marker.color


def test_a_picture_without_a_true_class_is_neither_right_nor_wrong() -> None:
    bar, _ = bars(true=None)
    assert (bar.marker.color[6], bar.text[6]) == (LIGHT.accent, "62.7\u00a0%  <b>predicted</b>")
    assert not {RIGHT, WRONG} & set(bar.marker.color)


def test_other_classes_are_plain_and_alike() -> None:
    bar, _ = bars(true=0)
    others = {bar.marker.color[label] for label in range(10) if label not in {0, 6}}
    assert len(others) == 1
    assert bar.text[2] == "2.0\u00a0%"


def test_a_probability_is_never_called_impossible_or_certain() -> None:
    bar, _ = bars(true=6, probs=np.eye(10)[6])
    assert bar.text[6].startswith(">99.9\u00a0%")
    assert bar.text[3] == "<0.1\u00a0%"


def test_the_longest_bar_leaves_room_for_its_text() -> None:
    _, figure = bars(true=0)
    assert figure.layout.xaxis.range == (0, 2)


def test_text_follows_the_theme() -> None:
    figure = probability_figure(PROBS, true=0, predicted=6, theme=DARK)
    assert figure.data[0].textfont.color[6] == DARK.text
    assert figure.data[0].textfont.color[3] == DARK.muted


@pytest.mark.parametrize(
    ("probs", "true", "predicted", "message"),
    [
        (PROBS[:9], 0, 6, r"pred_probs of shape \(10,\), got \(9,\)"),
        (PROBS * 2, 0, 6, r"pred_probs in \[0, 1\]"),
        (PROBS * np.nan, 0, 6, r"pred_probs in \[0, 1\], got values outside or nan"),
        (PROBS, 10, 6, r"class in \[0, 10\), got 10"),
        (PROBS, None, -1, r"class in \[0, 10\), got -1"),
    ],
)
def test_wrong_arguments_are_refused(
    probs: npt.NDArray[np.float64], true: int | None, predicted: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        probability_figure(probs, true=true, predicted=predicted, theme=LIGHT)
