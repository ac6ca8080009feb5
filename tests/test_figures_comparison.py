"""The difference matrix and the change of each class: signs, colours, frames, order."""

import itertools
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from plotly import graph_objects as go
from test_figures_palette import THEMES, contrast

from fashion_core.analysis.changes import ClassChange
from fashion_core.classes import CLASS_NAMES
from fashion_core.figures.comparison import (
    by_balance,
    class_change_figure,
    difference_matrix_figure,
    difference_strengths,
    signed,
)
from fashion_core.figures.layout import SMALL_FONT_SIZE
from fashion_core.figures.palette import DARK, LIGHT, RIGHT, WRONG, Theme

FIRST = np.diag([900] * 10).astype(np.int64)
FIRST[6, 4], FIRST[4, 6] = 100, 36
SECOND = FIRST.copy()
SECOND[6, 4], SECOND[6, 6] = 0, 1_000  # a hundred shirts were coats and are right
SECOND[4, 6], SECOND[4, 4] = 61, 875  # twenty-five coats more are shirts
NOTHING = np.zeros((10, 10), dtype=bool)


def matrix(theme: Theme = LIGHT, is_real: npt.NDArray[np.bool_] = NOTHING) -> go.Figure:
    return difference_matrix_figure(FIRST, SECOND, is_real=is_real, theme=theme)


def cell_colours(figure: go.Figure) -> dict[tuple[int, int], str]:
    bars = figure.data[0]
    cells = [(int(true), int(predicted)) for true, predicted in bars.customdata]
    return dict(zip(cells, bars.marker.color, strict=True))


def cell_texts(figure: go.Figure) -> dict[tuple[int, int], str]:
    trace: Any = figure.data[1]
    return dict(zip(zip(trace.y, trace.x, strict=True), trace.text, strict=True))


def greenness(colour: str) -> int:
    """Give green minus red of "#RRGGBB"."""
    return int(colour[3:5], 16) - int(colour[1:3], 16)


# Difference matrix


def test_more_on_the_diagonal_is_better_elsewhere_worse() -> None:
    strengths = difference_strengths(np.array([[4, -4], [1, -1]]))
    assert strengths.tolist() == [[1, 1], [-0.5, -0.5]]


def test_no_difference_has_no_strength() -> None:
    assert not difference_strengths(np.zeros((3, 3), dtype=np.int64)).any()


@THEMES
def test_better_cells_are_green_and_worse_ones_vermilion(theme: Theme) -> None:
    colours = cell_colours(matrix(theme))
    neutral = greenness(colours[0, 0])
    assert greenness(colours[6, 6]) > neutral < greenness(colours[6, 4])
    assert greenness(colours[4, 4]) < neutral > greenness(colours[4, 6])


def test_every_cell_can_be_told_by_its_place_and_its_data() -> None:
    """The bar of (true, predicted) covers the square around x = predicted, y = true."""
    bars = matrix().data[0]
    assert len(bars.x) == 100
    for (true, predicted), x, base, height in zip(
        bars.customdata, bars.x, bars.base, bars.y, strict=True
    ):
        assert x == predicted
        assert base + height / 2 == pytest.approx(true)


def test_cells_say_what_changed_and_nothing_else() -> None:
    assert cell_texts(matrix()) == {
        (6, 6): "+100",
        (6, 4): "−100",
        (4, 4): "−25",
        (4, 6): "+25",
    }


def test_a_thousand_pictures_are_written_small_enough_for_a_cell_of_a_phone() -> None:
    all_right = 1_000 * np.eye(10, dtype=np.int64)
    one_more = all_right.copy()
    one_more[0, :2] = 995, 5
    for second, cell, size in (
        (np.roll(all_right, 1, axis=1), (0, 1), 9),
        (one_more, (0, 1), SMALL_FONT_SIZE),
    ):
        figure = difference_matrix_figure(all_right, second, is_real=NOTHING, theme=LIGHT)
        texts: Any = figure.data[1]
        sizes = dict(zip(zip(texts.y, texts.x, strict=True), texts.textfont.size, strict=True))
        assert sizes[cell] == size


def test_cells_that_are_real_are_bold_and_framed() -> None:
    is_real = NOTHING.copy()
    is_real[6, 4] = True
    figure = matrix(is_real=is_real)
    assert cell_texts(figure)[6, 4] == "<b>−100</b>"
    assert cell_texts(figure)[6, 6] == "+100"
    (frame,) = figure.layout.shapes
    assert (frame.x0, frame.x1) == pytest.approx((3.53, 4.47))
    assert (frame.y0, frame.y1) == pytest.approx((5.53, 6.47))


@THEMES
def test_every_number_can_be_read(theme: Theme) -> None:
    figure = matrix(theme)
    colours = cell_colours(figure)
    for cell in cell_texts(figure):
        assert contrast(theme.text, colours[cell]) >= 4.5
    assert figure.data[1].textfont.color == theme.text


@THEMES
def test_the_strongest_cells_keep_their_hue(theme: Theme) -> None:
    assert abs(greenness(cell_colours(matrix(theme))[6, 6]) - greenness(RIGHT)) < 60
    worse = difference_matrix_figure(SECOND, FIRST, is_real=NOTHING, theme=theme)
    assert abs(greenness(cell_colours(worse)[6, 6]) - greenness(WRONG)) < 60


def test_true_classes_go_down_and_predicted_ones_across() -> None:
    layout = matrix().layout
    assert layout.yaxis.range == (9.5, -0.5)
    assert layout.xaxis.range == (-0.5, 9.5)
    assert layout.xaxis.ticktext == layout.yaxis.ticktext == CLASS_NAMES


def test_hovering_says_both_counts() -> None:
    words = dict(zip(itertools.product(range(10), repeat=2), matrix().data[0].hovertext))  # noqa: B905
    assert words[6, 4] == "Shirt taken for Coat<br>A: 100, B: 0"
    assert words[6, 6] == "Shirt recognised<br>A: 900, B: 1,000"


def test_a_click_does_not_fade_the_other_cells() -> None:
    assert matrix().data[0].unselected.marker.opacity == 1


def test_equal_matrices_are_an_empty_grid() -> None:
    figure = difference_matrix_figure(FIRST, FIRST, is_real=NOTHING, theme=DARK)
    assert cell_texts(figure) == {}
    assert len(set(cell_colours(figure).values())) == 1


@pytest.mark.parametrize(
    ("first", "is_real", "message"),
    [
        (FIRST[:9, :9], NOTHING, r"three arrays of shape \(10, 10\), got \(9, 9\)"),
        (FIRST, NOTHING[:9], r"three arrays of shape \(10, 10\)"),
        (-FIRST, NOTHING, "counts of at least 0"),
    ],
)
def test_what_is_no_pair_of_matrices_is_refused(
    first: npt.NDArray[np.int64], is_real: npt.NDArray[np.bool_], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        difference_matrix_figure(first, SECOND, is_real=is_real, theme=LIGHT)


# Classes


def changes() -> list[ClassChange]:
    """Shirt wins 55, Coat loses 30, Bag moves without a balance, the others stay."""
    moved = {6: (80, 25, 0.0), 4: (5, 35, 0.001), 8: (7, 7, 1.0)}
    return [
        ClassChange(
            true=true,
            fixed=moved.get(true, (0, 0, 1.0))[0],
            broken=moved.get(true, (0, 0, 1.0))[1],
            pictures=1_000,
            p_value=moved.get(true, (0, 0, 1.0))[2],
        )
        for true in range(10)
    ]


def bars(figure: go.Figure, name: str) -> dict[str, int]:
    trace: Any = next(trace for trace in figure.data if trace.name == name)
    return dict(zip(trace.y, trace.x, strict=True))


def test_fixed_goes_right_in_green_and_broken_left_in_vermilion() -> None:
    figure = class_change_figure(changes(), theme=LIGHT)
    assert bars(figure, "fixed")["Shirt"] == 80
    assert bars(figure, "broken")["Shirt"] == -25
    colours = {trace.name: trace.marker.color for trace in figure.data}
    assert colours == {"fixed": RIGHT, "broken": WRONG}


def test_the_class_that_won_most_is_on_top() -> None:
    axis = class_change_figure(changes(), theme=LIGHT).layout.yaxis
    assert axis.categoryarray[0] == "Shirt"
    assert axis.categoryarray[-1] == "Coat"
    assert axis.autorange == "reversed"
    assert [change.true for change in by_balance(changes())][:3] == [6, 0, 1]


def test_balances_are_written_at_the_edge_and_real_ones_in_bold() -> None:
    notes = class_change_figure(changes(), theme=LIGHT).layout.annotations
    texts = {note.y: note.text for note in notes}
    assert texts["Shirt"] == "<b>+55</b>"
    assert texts["Coat"] == "<b>−30</b>"
    assert texts["Bag"] == "0"


def test_both_sides_have_one_scale_without_signs() -> None:
    axis = class_change_figure(changes(), theme=LIGHT).layout.xaxis
    assert axis.range == (-84, 84)
    assert axis.tickvals == (-50, 0, 50)
    assert axis.ticktext == ("50", "0", "50")


def test_no_change_is_a_scale_without_bars() -> None:
    still = [
        ClassChange(true=true, fixed=0, broken=0, pictures=5, p_value=1.0) for true in range(10)
    ]
    assert class_change_figure(still, theme=DARK).layout.xaxis.tickvals == (-1, 0, 1)


@pytest.mark.parametrize(
    ("count", "text"), [(12, "+12"), (-5, "−5"), (0, "0"), (1_234, "+1,234"), (-1_000, "−1,000")]
)
def test_differences_of_counts_have_a_sign(count: int, text: str) -> None:
    assert signed(count) == text
    assert signed(count, is_bold=True) == f"<b>{text}</b>"
