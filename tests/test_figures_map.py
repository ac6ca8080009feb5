"""Maps: every picture is drawn once, where it lies, and told apart by more than its colour."""

import numpy as np
import pytest

from fashion_core.analysis.cartography import training_map
from fashion_core.analysis.embedding import MainPlane
from fashion_core.analysis.forgetting import NEVER
from fashion_core.classes import CLASS_NAMES, FAMILY
from fashion_core.figures.map_groups import (
    by_class,
    by_confidence,
    by_epoch_learned,
    by_outcome,
)
from fashion_core.figures.maps import neighbour_figure, plane_figure, training_figure
from fashion_core.figures.palette import CLASS_COLOURS, DARK, LIGHT, RIGHT, WRONG

LABELS = np.array([6, 0, 6, 9])
POINTS = np.array([[0.1, 0.9], [0.2, 0.8], [0.3, 0.7], [0.4, 0.6]], dtype=np.float32)
PLANE = MainPlane(points=POINTS, shares=(0.5, 0.125))
TRAINING = training_map(np.array([[0.1, 2.0, 0.5, 3.0], [0.3, 0.1, 0.5, 4.0]]))


def places(figure) -> dict[str, tuple[float, float]]:
    """Give where each name stands on a map."""
    return {name.text: (name.x, name.y) for name in figure.names}


@pytest.mark.parametrize(
    "groups",
    [
        by_class(LABELS),
        by_outcome(np.array([True, False, True, True])),
        by_epoch_learned(np.array([1, NEVER, 4, 30]), LIGHT),
        by_confidence(np.array([0.25, 0.5, 0.95, 1.0], np.float32), LIGHT),
    ],
    ids=["class", "outcome", "epoch", "confidence"],
)
def test_every_picture_is_in_one_group_where_it_lies(groups):
    figure = plane_figure(PLANE, groups)
    assert sorted(np.concatenate([group.rows for group in figure.groups]).tolist()) == [0, 1, 2, 3]
    np.testing.assert_array_equal(figure.points, POINTS)


def test_training_map_has_variability_to_the_right_and_confidence_up():
    points = training_figure(TRAINING, by_class(LABELS)).points
    assert points[1] == pytest.approx((TRAINING.variability[1], TRAINING.confidence[1]), abs=1e-6)
    assert points[3] == pytest.approx((TRAINING.variability[3], TRAINING.confidence[3]), abs=1e-6)
    assert points.dtype == np.float32


def test_training_map_shows_all_that_there_can_be():
    figure = training_figure(TRAINING, by_class(LABELS))
    (left, right), (bottom, top) = figure.x.limits, figure.y.limits
    assert (left < 0, right > 0.5) == (True, True)
    assert (bottom < 0, top > 1) == (True, True)


def test_regions_are_named_inside_their_borders():
    names = places(training_figure(TRAINING, by_class(LABELS)))
    assert set(names) == {"easy", "hard", "ambiguous"}
    assert names["easy"][0] < 0.2 < names["ambiguous"][0]
    assert names["hard"][1] < 0.5 < names["easy"][1]


def test_borders_of_the_regions_are_drawn():
    upright, level = training_figure(TRAINING, by_class(LABELS)).lines
    assert (upright[0], upright[2]) == (0.2, 0.2)
    assert (level[1], level[2], level[3]) == (0.5, 0.2, 0.5)


def test_classes_have_their_colour_and_ten_signs():
    groups = by_class(np.arange(10))
    assert [(group.name, group.colour) for group in groups] == list(
        zip(CLASS_NAMES, CLASS_COLOURS, strict=True)
    )
    assert len({group.symbol for group in groups}) == 10
    assert len({groups[label].symbol for label in FAMILY}) == 4


def test_classes_without_a_picture_are_left_out():
    assert [group.name for group in by_class(LABELS)] == ["T-shirt/top", "Shirt", "Ankle boot"]


def test_mistakes_are_crosses_above_the_right_answers():
    right, wrong = by_outcome(np.array([True, False, True, False]))
    assert (right.colour, right.symbol, right.rows.tolist()) == (RIGHT, "circle", [0, 2])
    assert (wrong.colour, wrong.symbol, wrong.rows.tolist()) == (WRONG, "x", [1, 3])


def test_epochs_are_grouped_and_never_stands_apart():
    groups = by_epoch_learned(np.array([1, 2, 3, 4, 5, 8, 9, 30, NEVER]), DARK)
    assert {group.name: group.rows.tolist() for group in groups} == {
        "epoch 1": [0],
        "epoch 2": [1],
        "epochs 3–4": [2, 3],
        "epochs 5–8": [4, 5],
        "epoch 9 or later": [6, 7],
        "never": [8],
    }
    assert len({group.colour for group in groups}) == len({g.symbol for g in groups}) == 6


def test_pictures_never_learned_do_not_hide_among_the_epochs():
    (never,) = by_epoch_learned(np.array([NEVER, NEVER]), LIGHT)
    assert never.name == "never"


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_confidences_are_grouped_and_the_least_sure_is_drawn_last(theme):
    confidence = np.array([0.5, 0.49, 1.0, 0.99, 0.98, 0.9, 0.7, 0.69, 0.1])
    groups = by_confidence(confidence, theme)
    assert [(group.name, group.rows.tolist()) for group in groups] == [
        ("99\u00a0% sure or more", [2, 3]),
        ("90 to 99\u00a0%", [4, 5]),
        ("70 to 90\u00a0%", [6]),
        ("50 to 70\u00a0%", [0, 7]),
        ("less than 50\u00a0%", [1, 8]),
    ]
    assert len({group.colour for group in groups}) == len({g.symbol for g in groups}) == 5
    (sure,) = by_confidence(np.array([0.995]), theme)
    assert sure.name == "99\u00a0% sure or more"


def test_names_of_classes_stand_at_the_median_of_their_points():
    points = np.array([[0, 0], [1, 4], [9, 5], [8, 1]], dtype=np.float32)
    groups = by_class(np.array([6, 6, 6, 9]))
    figure = neighbour_figure(points, groups, named=groups)
    assert places(figure) == {"Shirt": (1, 4), "Ankle boot": (8, 1)}
    assert all(name.is_centred for name in figure.names)


def test_names_do_not_cover_each_other():
    points = np.array([[0, 0], [5, 5], [5.2, 5.1], [10, 10]], dtype=np.float32)
    groups = by_class(np.array([0, 6, 4, 9]))
    names = places(neighbour_figure(points, groups, named=groups))
    shirt, coat = names["Shirt"], names["Coat"]
    assert abs(shirt[1] - coat[1]) >= 0.5
    assert coat == pytest.approx((5.2, 5.1))
    assert (shirt[0], shirt[1] > 5) == (5, True)


def test_axes_of_the_plane_say_their_share_and_have_one_scale():
    figure = plane_figure(PLANE, by_class(LABELS))
    assert figure.x.title == "first direction: 50.0\u00a0% of the variance"
    assert figure.y.title == "second direction: 12.5\u00a0% of the variance"
    assert figure.has_one_scale
    assert not training_figure(TRAINING, by_class(LABELS)).has_one_scale


def test_axes_of_tsne_have_no_numbers():
    figure = neighbour_figure(POINTS, by_class(LABELS))
    assert (figure.x.has_numbers, figure.y.has_numbers) == (False, False)
