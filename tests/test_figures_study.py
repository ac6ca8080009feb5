"""The two figures of a study: what is drawn, in which colour, labelled where, and odd studies."""

import math
from typing import Any

import numpy as np
import pytest
from helpers import record
from plotly import graph_objects as go
from test_figures_palette import VISION, contrast, linear, oklab

from fashion_core.analysis.study import RateResult, StudyRun, results_by_rate
from fashion_core.figures.end_labels import spread
from fashion_core.figures.palette import DARK, LIGHT
from fashion_core.figures.rate_colours import rate_colours
from fashion_core.figures.study_curves import overlay_figure
from fashion_core.figures.study_rates import best_loss_figure

THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])


def run(rate: float, seed: int, *losses: float, state: str = "finished") -> StudyRun:
    return StudyRun(
        learning_rate=rate,
        seed=seed,
        history=tuple(record(epoch, loss) for epoch, loss in enumerate(losses, start=1)),
        is_finished=state == "finished",
        is_diverged=state == "diverged",
    )


STUDY = results_by_rate([
    run(0.01, 0, 0.5, 0.25, 0.375),
    run(0.01, 1, 0.75, 0.5),
    run(0.1, 0, 0.875, 0.625, 0.5),
])  # fmt: skip
"""Of 0.01 one seed is an epoch ahead; 0.1 has one seed."""


def overlay(results: tuple[RateResult, ...], epochs: int = 3, **options: Any) -> go.Figure:
    return overlay_figure(results, theme=LIGHT, planned_epochs=epochs, **options)


def rates(results: tuple[RateResult, ...], chosen: float | None = None) -> go.Figure:
    return best_loss_figure(results, theme=LIGHT, chosen=chosen)


def trace(figure: go.Figure, name: str) -> Any:
    return next(trace for trace in figure.data if trace.name == name)


def points(figure: go.Figure, name: str) -> list[tuple[float, float]]:
    found = trace(figure, name)
    return list(zip(found.x, found.y, strict=True))


def texts(figure: go.Figure) -> list[str]:
    return [note.text for note in figure.layout.annotations]


def note(figure: go.Figure, part: str) -> Any:
    return next(note for note in figure.layout.annotations if part in note.text)


# Curves


def test_the_thick_line_is_the_mean_as_far_as_all_seeds_have_come():
    assert points(overlay(STUDY), "0.01") == [(1, 0.625), (2, 0.375)]
    assert points(overlay(STUDY), "0.1") == [(1, 0.875), (2, 0.625), (3, 0.5)]


def test_the_band_goes_along_the_highest_seed_and_back_along_the_lowest():
    assert points(overlay(STUDY), "band 0.01") == [(1, 0.75), (2, 0.5), (2, 0.25), (1, 0.5)]


def test_a_rate_with_one_seed_has_no_band_and_no_thin_line():
    names = [trace.name for trace in overlay(STUDY).data]
    assert names == ["band 0.01", "seed of 0.01", "seed of 0.01", "0.01", "0.1"]


def test_every_seed_is_drawn_to_its_last_epoch():
    thin = [trace.y for trace in overlay(STUDY).data if trace.name == "seed of 0.01"]
    assert thin == [(0.5, 0.25, 0.375), (0.75, 0.5)]


def test_a_value_that_is_not_finite_is_left_out():
    (result,) = results_by_rate([run(0.1, 0, 0.5, math.nan, 0.25)])
    assert points(overlay((result,)), "0.1") == [(1, 0.5), (3, 0.25)]


def test_the_epoch_axis_does_not_move_while_runs_go_on():
    figure = overlay(STUDY, epochs=30)
    assert figure.layout.xaxis.range == (0.5, 30.5)
    assert figure.layout.xaxis.tickvals == (1, 5, 10, 15, 20, 25, 30)


def test_labels_stand_at_the_ends_of_the_lines_in_their_colour():
    figure = overlay(STUDY)
    low, high = note(figure, "0.01"), figure.layout.annotations[-1]
    assert trace(figure, "0.01").line.color in low.text
    assert low.y < high.y  # 0.375 and 0.5
    assert (low.x, low.xref, low.yref) == (1, "paper", "paper")


def test_a_study_without_an_epoch_says_so():
    results = results_by_rate([run(0.1, 0, state="waiting"), run(0.2, 0, state="waiting")])
    for figure in (overlay(results), rates(results)):
        assert "no epoch has finished yet" in texts(figure)


def test_a_label_stands_where_the_furthest_seed_is():
    ahead = run(0.01, 0, 0.875, 0.75, 0.25, state="running")
    results = results_by_rate([ahead, run(0.01, 1, 0.875, state="running"), run(0.1, 0, 0.5)])
    low, high = overlay(results).layout.annotations[-2:]
    assert "0.01" in low.text
    assert low.y == pytest.approx(math.log(1.04) / math.log(0.875 * 1.04 / (0.25 / 1.04)))
    assert high.y == pytest.approx(math.log(2 * 1.04) / math.log(0.875 * 1.04 / (0.25 / 1.04)))


# Labels


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ({}, {}),
        ({0: 0.3, 1: 0.9}, {0: 0.3, 1: 0.9}),
        ({0: 0.5, 1: 0.5}, {0: 0.5, 1: 0.6}),
        ({0: 1.0, 1: 0.95, 2: 0.97}, {1: 0.8, 2: 0.9, 0: 1.0}),
        ({0: 0.0, 1: 0.02, 2: 0.5}, {0: 0.0, 1: 0.1, 2: 0.5}),
    ],
)
def test_labels_that_are_too_close_move_apart(places, expected):
    assert spread(places, 0.1) == pytest.approx(expected)


def test_more_labels_than_there_is_room_for_stand_evenly():
    moved = sorted(spread(dict.fromkeys(range(21), 0.5), 0.2).values())
    assert moved == pytest.approx(list(np.linspace(0, 1, 21)))


# Range


def test_the_loss_axis_is_logarithmic_and_holds_all_values():
    axis = overlay(STUDY).layout.yaxis
    assert axis.type == "log"
    assert axis.range == pytest.approx((math.log10(0.25 / 1.04), math.log10(0.875 * 1.04)))
    assert axis.tickvals == (0.25, 0.3, 0.4, 0.5, 0.6, 0.8)


def test_a_rate_that_learned_nothing_is_cut_off_and_says_its_value():
    results = results_by_rate([run(0.01, 0, 0.5, 0.25), run(0.1, 0, 2.31, 2.3)])
    curves, best = overlay(results, epochs=2), rates(results)
    assert 10 ** curves.layout.yaxis.range[1] < 0.55
    assert "</span> 0.1 ↑ 2.30" in "".join(texts(curves))
    assert "↑ 2.30" in texts(best)


def test_if_no_rate_learned_anything_they_are_all_shown():
    results = results_by_rate([run(0.01, 0, 2.3), run(0.1, 0, 2.35)])
    assert "guessing" in texts(overlay(results))
    assert "↑" not in "".join(texts(overlay(results)))


def test_a_loss_beyond_all_reason_does_not_flatten_the_others():
    results = results_by_rate([run(0.01, 0, 4000.0, 0.5)])
    assert 10 ** overlay(results).layout.yaxis.range[1] == pytest.approx(3.0)


def test_close_values_get_round_ticks():
    results = results_by_rate([run(0.01, 0, 0.71), run(0.1, 0, 0.66)])
    assert rates(results).layout.yaxis.tickvals == (0.64, 0.66, 0.68, 0.7, 0.72, 0.74, 0.76, 0.78)


# Best loss against the rate


def test_the_bars_are_the_means_and_the_rings_the_seeds():
    figure = rates(STUDY)
    assert points(figure, "0.01") == [(0.01, 0.375)]
    assert points(figure, "seeds of 0.01") == [(0.01, 0.25), (0.01, 0.5)]
    assert points(figure, "means") == [(0.01, 0.375), (0.1, 0.5)]
    assert "seeds of 0.1" not in [trace.name for trace in figure.data]


def test_both_axes_are_logarithmic_with_a_tick_at_every_rate():
    axis = rates(STUDY).layout.xaxis
    assert (axis.type, axis.tickvals, axis.ticktext) == ("log", (0.01, 0.1), ("0.01", "0.1"))
    assert axis.range == pytest.approx((-2.35, -0.65))


def test_the_chosen_value_is_bold_and_no_other():
    assert [text for text in texts(rates(STUDY, chosen=0.01)) if text[0] in "<0"] == [
        "<b>0.375</b>",
        "0.500",
    ]


def test_a_rate_that_diverged_has_a_cross_even_without_an_epoch():
    results = results_by_rate([run(0.01, 0, 0.5), run(1.0, 0, state="diverged")])
    cross = note(rates(results), "diverged")
    assert (cross.x, cross.y, cross.yref) == (0.0, 1, "paper")
    assert len(texts(rates(results))) == 2


def test_a_value_near_the_top_stands_below_its_mark():
    figure = rates(STUDY)
    assert (note(figure, "0.375").yanchor, note(figure, "0.500").yanchor) == ("top", "top")
    lower = rates(results_by_rate([run(0.01, 0, 0.25), run(0.1, 0, 0.5)]))
    assert (note(lower, "0.250").yanchor, note(lower, "0.500").yanchor) == ("bottom", "top")


def test_both_figures_have_one_height_and_colour_for_a_rate():
    curves, best = overlay(STUDY), rates(STUDY)
    assert curves.layout.height == best.layout.height
    assert trace(curves, "0.1").line.color == trace(best, "0.1").marker.color


# Colours


@THEMES
@pytest.mark.parametrize("count", [1, 2, 4, 7, 20])
def test_rate_colours_are_as_many_readable_and_in_order(theme, count):
    colours = rate_colours(count, theme)
    assert len(set(colours)) == count
    assert min(contrast(colour, theme.background) for colour in colours) > 3
    lightness = [oklab(linear(colour))[0] for colour in colours]
    assert lightness == sorted(lightness)


@THEMES
@pytest.mark.parametrize("vision", VISION)
def test_the_colours_of_four_rates_can_be_told_apart(theme, vision):
    seen = [oklab(np.clip(VISION[vision] @ linear(c), 0, 1)) for c in rate_colours(4, theme)]
    distances = [np.linalg.norm(a - b) for i, a in enumerate(seen) for b in seen[i + 1 :]]
    assert min(distances) > 0.1


def test_no_rate_has_no_colour():
    assert rate_colours(0, LIGHT) == ()


@THEMES
def test_the_line_between_means_stops_before_a_value(theme: Any) -> None:
    figure = best_loss_figure(STUDY, theme=theme, chosen=0.01)
    values = [n for n in figure.layout.annotations if "0.375" in n.text or "0.5" in n.text]
    assert {value.bgcolor for value in values} == {theme.background}
