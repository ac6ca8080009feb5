"""Reliability diagram, threshold curve, coverage by class: drawn is what was measured."""

import numpy as np
import pytest

from fashion_core.analysis.calibration import reliability
from fashion_core.analysis.conformal import Coverage
from fashion_core.analysis.intervals import Interval
from fashion_core.analysis.selective import hand_over, selective_curve
from fashion_core.classes import CLASS_NAMES
from fashion_core.figures.coverage import coverage_figure
from fashion_core.figures.palette import DARK, LIGHT, RIGHT, WRONG
from fashion_core.figures.reliability import reliability_figure
from fashion_core.figures.selective import selective_figure

BINS = reliability(np.array([0.9, 0.8, 0.2]), np.array([True, False, True]), bins=4)


def named(figure, name: str):
    return next(trace for trace in figure.data if trace.name == name)


def test_bar_of_a_bin_ends_at_its_share_right_and_the_gap_at_its_confidence() -> None:
    figure = reliability_figure(BINS, theme=LIGHT)
    right, gap = named(figure, "share right"), named(figure, "distance to the confidence")
    assert list(right.x) == [12.5, 87.5]
    assert list(right.y) == pytest.approx([100, 50])
    assert list(gap.base) == pytest.approx([100, 50])
    assert list(gap.y) == pytest.approx([-80, 35])


def test_counts_of_all_bins_are_written() -> None:
    bar = reliability_figure(BINS, theme=LIGHT).data[-1]
    assert list(bar.text) == ["1", "0", "0", "2"]
    assert list(bar.y) == pytest.approx([1, 0, 0, 2**0.5])


def test_before_softening_is_shown_only_when_softened() -> None:
    names = [trace.name for trace in reliability_figure(BINS, theme=DARK).data]
    assert "before softening" not in names
    ring = named(reliability_figure(BINS, theme=DARK, before=BINS), "before softening")
    assert list(ring.x) == pytest.approx([20, 85])
    assert list(ring.y) == pytest.approx([100, 50])


def test_many_bins_have_no_numbers() -> None:
    found = reliability(np.array([0.5]), np.array([True]), bins=50)
    assert reliability_figure(found, theme=LIGHT).data[-1].text is None


SURE = np.array([0.9, 0.6, 0.6, 0.5])
OUTCOME = np.array([True, False, True, False])
CURVE = selective_curve(SURE, OUTCOME)


def test_threshold_curve_is_in_per_cent_and_the_mark_stands_on_it() -> None:
    line, mark = selective_figure(CURVE, hand_over(SURE, OUTCOME, 0.6), theme=LIGHT).data
    assert list(line.x) == pytest.approx([0, 25, 75])
    assert list(line.y) == pytest.approx([50, 200 / 3, 100])
    assert list(line.customdata) == pytest.approx([50, 60, 90])
    assert (mark.x[0], mark.y[0]) == pytest.approx((25, 200 / 3))


def test_the_words_of_the_mark_stand_beside_it_or_in_the_empty_corner() -> None:
    (early,) = selective_figure(
        CURVE, hand_over(SURE, OUTCOME, 0.6), theme=LIGHT
    ).layout.annotations
    (late,) = selective_figure(CURVE, hand_over(SURE, OUTCOME, 0.9), theme=LIGHT).layout.annotations
    assert early.text == "66.7\u00a0% right, 25.0\u00a0% handed over"
    assert (early.x, early.xanchor, early.xref) == (25, "left", None)
    assert (late.x, late.xanchor, late.xref) == (1, "right", "paper")
    assert late.y < 0.1


def test_threshold_that_answers_nothing_has_no_mark() -> None:
    figure = selective_figure(CURVE, hand_over(SURE, OUTCOME, 0.95), theme=LIGHT)
    assert len(figure.data) == 1
    assert figure.layout.xaxis.range[1] > 100


def test_curve_of_many_thresholds_stays_small_and_keeps_its_ends() -> None:
    sure = np.linspace(0.1, 1, 5_000)
    is_right = np.arange(5_000) % 7 > 0
    curve = selective_curve(sure, is_right)
    line = selective_figure(curve, hand_over(sure, is_right, 0.5), theme=LIGHT).data[0]
    assert len(line.x) <= 150
    assert line.x[0] == 0
    assert line.x[-1] == pytest.approx(98)


COVERED = np.array([90, 80, 95, 90, 90, 90, 90, 90, 90, 100])
MEASURED = Coverage(
    pictures=np.full(10, 100), covered=COVERED, sizes=np.array([0, 500, 500] + [0] * 8)
)
BANDS = [Interval(0.85, 0.93)] * 10


def test_only_a_class_below_its_band_is_vermilion() -> None:
    figure = coverage_figure(MEASURED, BANDS, percent_level=90, theme=LIGHT)
    dots = named(figure, "reached")
    assert list(dots.y) == list(CLASS_NAMES)
    assert list(dots.x) == pytest.approx(list(COVERED))
    assert [colour == WRONG for colour in dots.marker.color] == [label == 1 for label in range(10)]
    assert dots.marker.color[9] == RIGHT


def test_band_of_each_class_stands_on_its_row() -> None:
    band = coverage_figure(MEASURED, BANDS, percent_level=90, theme=LIGHT).data[0]
    assert list(band.x[:3]) == [85, 93, None]
    assert list(band.y[:5]) == ["T-shirt/top", "T-shirt/top", None, "Trouser", "Trouser"]


def test_class_without_pictures_is_not_defined() -> None:
    pictures = np.full(10, 100)
    pictures[3] = 0
    covered = np.where(pictures, COVERED, 0)
    found = Coverage(pictures=pictures, covered=covered, sizes=MEASURED.sizes)
    figure = coverage_figure(found, BANDS, percent_level=90, theme=LIGHT)
    assert figure.layout.annotations[3].text == "not defined"


def test_other_than_ten_classes_are_refused() -> None:
    with pytest.raises(ValueError, match="Expected ten classes, got 10 measured, 3 bands"):
        coverage_figure(MEASURED, BANDS[:3], percent_level=90, theme=LIGHT)
