"""The figure of a range test: both lines, the suggestion, the setting, and every odd test."""

import math
from typing import Any

import pytest
from plotly import graph_objects as go

from fashion_core.analysis.range_test import learning_rates, smooth
from fashion_core.figures.palette import DARK, LIGHT, RIGHT, TRAIN
from fashion_core.figures.range_test import HEIGHT, range_figure

RATES = learning_rates(281)  # 40 steps for a factor of ten
LOSSES = [2.3 - min(max(i - 40, 0), 80) / 80 + max(i - 160, 0) / 40 for i in range(281)]
"""Falls from 2.3 to 1.3 between 1e-5 and 1e-3, rises from 1e-2 on: suggests 0.001."""


def draw(losses: list[float] = LOSSES, current: float = 0.05) -> go.Figure:
    return range_figure(RATES[: len(losses)], losses, theme=LIGHT, current=current)


def line(figure: go.Figure, name: str) -> Any:
    return next(trace for trace in figure.data if trace.name == name)


def texts(figure: go.Figure) -> list[str]:
    return [note.text for note in figure.layout.annotations]


def test_the_lines_hold_the_losses_and_their_smoothed_values():
    figure = draw()
    assert line(figure, "each step").x == line(figure, "smoothed").x == RATES
    assert line(figure, "each step").y == tuple(LOSSES)
    assert line(figure, "smoothed").y == pytest.approx(tuple(smooth(LOSSES)))


def test_each_step_is_fainter_and_thinner_than_the_smoothed_line():
    raw, smoothed = (line(draw(), name).line for name in ("each step", "smoothed"))
    assert (raw.color, smoothed.color) == ("rgba(0, 114, 178, 0.5)", TRAIN)
    assert raw.width < smoothed.width


def test_the_rate_axis_is_logarithmic_and_shows_all_rates_whatever_was_tested():
    axis = draw(LOSSES[:50]).layout.xaxis
    assert (axis.type, axis.range, axis.title.text) == ("log", (-6, 1), "learning rate")
    assert axis.ticktext == ("0.00001", "0.001", "0.1", "10")


def test_range_and_rate_are_marked_and_named():
    figure = draw()
    (band,) = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    rate = next(shape for shape in figure.layout.shapes if shape.line.color == RIGHT)
    assert (band.x0, band.x1, rate.x0) == (3e-5, 3e-3, 1e-3)
    assert "suggested: 0.001 (0.00003 to 0.003)" in texts(figure)


def test_texts_stand_at_their_rate_although_the_axis_is_logarithmic():
    """A shape wants the value, an annotation its power of ten."""
    figure = draw()
    now = next(note for note in figure.layout.annotations if note.text == "now: 0.05")
    assert now.x == pytest.approx(math.log10(0.05))


def test_the_current_setting_is_a_thin_dotted_line_under_its_name():
    figure = draw(current=0.05)
    (now,) = [shape for shape in figure.layout.shapes if shape.line.dash == "dot"]
    assert (now.x0, now.line.width) == (0.05, 1)
    assert "now: 0.05" in texts(figure)


@pytest.mark.parametrize("current", [100.0, 1e-7])
def test_a_setting_outside_of_the_axis_is_not_drawn(current):
    assert not [text for text in texts(draw(current=current)) if text.startswith("now")]


@pytest.mark.parametrize(("current", "anchor"), [(2e-6, "left"), (1e-3, "left"), (5.0, "right")])
def test_the_name_of_the_setting_stands_beside_its_line_inside_the_figure(current, anchor):
    assert draw(current=current).layout.annotations[-1].xanchor == anchor


@pytest.mark.parametrize(("shift", "anchor"), [(0.01, "left"), (1, "center"), (1000, "right")])
def test_the_name_of_the_suggestion_stays_inside_the_figure(shift, anchor):
    rates = [rate * shift for rate in RATES]
    figure = range_figure(rates, LOSSES, theme=LIGHT, current=100.0)
    assert figure.layout.annotations[0].xanchor == anchor


def test_the_two_names_are_in_different_rows():
    suggested, now = draw(current=1e-3).layout.annotations
    assert (suggested.yanchor, now.yanchor) == ("bottom", "top")


def test_without_a_suggestion_only_the_setting_is_marked():
    figure = draw([2.3] * 281)
    assert texts(figure) == ["now: 0.05"]
    assert len(figure.layout.shapes) == 1


def test_an_exploded_loss_does_not_press_the_fall_flat():
    low, high = draw([*LOSSES[:200], 50.0, 5000.0]).layout.yaxis.range
    assert 0.9 < low < 1.3
    assert 2.3 < high < 3


def test_noise_that_does_not_fall_does_not_fill_the_figure():
    low, high = draw([2.3 + 0.001 * (i % 2) for i in range(281)]).layout.yaxis.range
    assert high - low > 0.1


def test_a_loss_that_is_not_finite_ends_both_lines():
    figure = draw([*LOSSES[:50], math.nan])
    assert len(line(figure, "each step").x) == len(line(figure, "smoothed").x) == 50


@pytest.mark.parametrize("losses", [[], [math.nan], [2.3]])
def test_almost_no_step_is_a_sensible_frame(losses):
    low, high = draw(losses).layout.yaxis.range
    assert 0 <= low < high < math.inf


def test_axes_and_hover_name_their_unit():
    figure = draw()
    assert figure.layout.yaxis.title.text == "training loss (nats)"
    assert line(figure, "smoothed").hovertemplate == "smoothed %{y:.3g} nats<extra></extra>"
    assert figure.layout.xaxis.unifiedhovertitle.text == "learning rate %{x:.2g}"


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_texts_have_the_colours_of_the_theme(theme):
    figure = range_figure(RATES, LOSSES, theme=theme, current=0.05)
    assert [note.font.color for note in figure.layout.annotations] == [theme.text, theme.muted]
    assert figure.layout.height == HEIGHT


def test_a_slip_of_the_mouse_neither_zooms_nor_hides_a_line():
    layout = draw().layout
    assert layout.dragmode is False
    assert layout.xaxis.fixedrange is layout.yaxis.fixedrange is True
    assert layout.legend.itemclick is False
