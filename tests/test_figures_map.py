"""Maps: every picture is drawn once, where it lies, and told apart by more than its colour."""

import numpy as np
import pytest

from fashion_core.analysis.cartography import training_map
from fashion_core.analysis.embedding import MainPlane
from fashion_core.analysis.forgetting import NEVER
from fashion_core.classes import CLASS_NAMES, FAMILY
from fashion_core.figures.map_groups import by_class, by_epoch_learned, by_outcome
from fashion_core.figures.maps import neighbour_figure, plane_figure, training_figure
from fashion_core.figures.palette import CLASS_COLOURS, DARK, LIGHT, RIGHT, WRONG

IDS = np.array([40, 7, 9_999, 3])
LABELS = np.array([6, 0, 6, 9])
POINTS = np.array([[0.1, 0.9], [0.2, 0.8], [0.3, 0.7], [0.4, 0.6]], dtype=np.float32)
PLANE = MainPlane(points=POINTS, shares=(0.5, 0.125))
TRAINING = training_map(np.array([[0.1, 2.0, 0.5, 3.0], [0.3, 0.1, 0.5, 4.0]]))


def drawn(figure) -> dict[int, tuple[float, float]]:
    """Give the place of each picture on a figure by its number."""
    return {
        int(image_id): (float(x), float(y))
        for trace in figure.data
        for image_id, x, y in zip(trace.customdata, trace.x, trace.y, strict=True)
    }


@pytest.mark.parametrize(
    "groups",
    [
        by_class(LABELS),
        by_outcome(np.array([True, False, True, True])),
        by_epoch_learned(np.array([1, NEVER, 4, 30]), LIGHT),
    ],
    ids=["class", "outcome", "epoch"],
)
def test_every_picture_is_drawn_once_where_it_lies(groups):
    figure = plane_figure(PLANE, groups, IDS, theme=LIGHT)
    assert sum(len(trace.x) for trace in figure.data) == len(IDS)
    assert drawn(figure) == {
        int(i): pytest.approx(tuple(place)) for i, place in zip(IDS, POINTS.tolist(), strict=True)
    }


def test_training_map_has_variability_to_the_right_and_confidence_up():
    places = drawn(training_figure(TRAINING, by_class(LABELS), IDS, theme=LIGHT))
    assert places[7] == pytest.approx((TRAINING.variability[1], TRAINING.confidence[1]), abs=1e-6)
    assert places[3] == pytest.approx((TRAINING.variability[3], TRAINING.confidence[3]), abs=1e-6)


def test_regions_are_named_inside_their_borders():
    figure = training_figure(TRAINING, by_class(LABELS), IDS, theme=DARK)
    places = {note.text: (note.x, note.y) for note in figure.layout.annotations}
    assert set(places) == {"easy", "hard", "ambiguous"}
    assert places["easy"][0] < 0.2 < places["ambiguous"][0]
    assert places["hard"][1] < 0.5 < places["easy"][1]


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


def test_names_of_classes_stand_at_the_median_of_their_points():
    points = np.array([[0, 0], [1, 4], [9, 5], [8, 1]], dtype=np.float32)
    groups = by_class(np.array([6, 6, 6, 9]))
    figure = neighbour_figure(points, groups, IDS, theme=LIGHT, named=groups)
    places = {note.text: (note.x, note.y) for note in figure.layout.annotations}
    assert places == {"Shirt": (1, 4), "Ankle boot": (8, 1)}


def test_names_do_not_cover_each_other():
    points = np.array([[0, 0], [5, 5], [5.2, 5.1], [10, 10]], dtype=np.float32)
    groups = by_class(np.array([0, 6, 4, 9]))
    figure = neighbour_figure(points, groups, IDS, theme=LIGHT, named=groups)
    shirt, coat = (
        next(note for note in figure.layout.annotations if note.text == name)
        for name in ("Shirt", "Coat")
    )
    assert abs(shirt.y - coat.y) >= 0.5
    assert (coat.x, coat.y) == pytest.approx((5.2, 5.1))
    assert (shirt.x, shirt.y > 5) == (5, True)


def test_axes_of_the_plane_say_their_share_and_have_one_scale():
    layout = plane_figure(PLANE, by_class(LABELS), IDS, theme=LIGHT).layout
    assert layout.xaxis.title.text == "first direction: 50.0 % of the variance"
    assert layout.yaxis.title.text == "second direction: 12.5 % of the variance"
    assert layout.yaxis.scaleanchor == "x"


def test_axes_of_tsne_have_no_numbers():
    layout = neighbour_figure(POINTS, by_class(LABELS), IDS, theme=LIGHT).layout
    assert (layout.xaxis.showticklabels, layout.yaxis.showticklabels) == (False, False)


def test_ten_thousand_points_are_sent_as_arrays_of_four_bytes():
    random, rows = np.random.default_rng(0), 10_000
    plane = MainPlane(points=random.random((rows, 2), dtype=np.float32), shares=(0.5, 0.1))
    groups = by_class(random.integers(0, 10, rows))
    assert len(plane_figure(plane, groups, np.arange(rows), theme=LIGHT).to_json()) < 200_000
