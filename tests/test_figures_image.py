"""The figures of the Image page: a picture under its map, and its answers over the epochs."""

import numpy as np
import pytest
from plotly import graph_objects as go

from fashion_core.analysis.picture_history import PictureHistory, picture_history
from fashion_core.classes import CLASS_NAMES
from fashion_core.figures.palette import CLASS_COLOURS, DARK, LIGHT, RIGHT, WRONG
from fashion_core.figures.picture_history import picture_history_figure
from fashion_core.figures.saliency import SIZE, saliency_figure

SHIRT, COAT, BAG = 6, 4, 8
IMAGE = np.array([[0, 50, 255], [7, 8, 9]], dtype=np.uint8)
MAP = np.array([[0.0, 0.25, 0.0], [0.0, 0.0, 0.5]])


def layers(values=MAP) -> tuple[list[go.Heatmap], go.Figure]:
    figure = saliency_figure(IMAGE, values, colour=WRONG, theme=LIGHT)
    return list(figure.data), figure


# Saliency


def test_the_picture_lies_below_in_its_greys_with_the_first_row_on_top():
    (picture, _), figure = layers()
    assert np.array_equal(np.array(picture.z), IMAGE)
    assert (picture.zmin, picture.zmax) == (0, 255)
    assert [colour for _, colour in picture.colorscale] == ["#000000", "#FFFFFF"]
    assert figure.layout.yaxis.range == (2.5, 0.5)


def test_the_map_goes_from_nothing_to_its_own_maximum():
    (_, over), _ = layers()
    assert np.array_equal(np.array(over.z), MAP * 2)
    assert over.colorscale[0][1] == "rgba(213, 94, 0, 0)"
    assert over.colorscale[1][1] == "rgba(213, 94, 0, 0.8)"


def test_an_empty_map_leaves_the_picture_alone():
    traces, _ = layers(MAP * 0)
    assert len(traces) == 1


def test_pixels_stay_square():
    _, figure = layers()
    assert figure.layout.height == SIZE
    assert figure.layout.yaxis.scaleanchor == "x"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (MAP[:, :2], r"a map of shape \(2, 3\), got \(2, 2\)"),
        (MAP - 1, "a map of at least 0"),
        (MAP * np.nan, "a map of at least 0"),
    ],
)
def test_maps_that_do_not_fit_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        layers(values)


# History


def history(**changes) -> PictureHistory:
    columns = {
        "label": SHIRT,
        "epochs": [1, 2, 4, 5],
        "predictions": [COAT, SHIRT, BAG, COAT],
        "label_probs": [0.1, 0.6, 0.2, 0.3],
        "confidences": [0.8, 0.6, 0.7, 0.55],
    }
    return picture_history(**{**columns, **changes})


def drawn(**changes) -> tuple[dict[str, go.Figure], go.Figure]:
    figure = picture_history_figure(history(**changes), shown=4, theme=LIGHT)
    return {trace.name: trace for trace in figure.data}, figure


def test_probability_of_the_label_has_a_gap_where_an_epoch_is_missing():
    traces, _ = drawn()
    assert traces["label: Shirt"].x == (1, 2, 3, 4, 5)
    assert traces["label: Shirt"].y == (0.1, 0.6, None, 0.2, 0.3)


def test_right_and_wrong_answers_differ_by_colour_and_by_sign():
    answers = drawn()[0]["answer: ● right, ✕ wrong"]
    assert answers.x == (1, 2, 4, 5)
    assert answers.y == (0.8, 0.6, 0.7, 0.55)
    assert answers.marker.color == (WRONG, RIGHT, WRONG, WRONG)
    assert answers.marker.symbol == ("x", "circle", "x", "x")
    assert answers.customdata == (
        "Coat: 80.0\u00a0%",
        "Shirt: 60.0\u00a0%",
        "Bag: 70.0\u00a0%",
        "Coat: 55.0\u00a0%",
    )


def test_probabilities_are_written_as_on_the_pages():
    traces, figure = drawn(label_probs=[0, 0.6, 0.2, 1])
    assert traces["label: Shirt"].customdata == (
        "<0.1\u00a0%",
        "60.0\u00a0%",
        "",
        "20.0\u00a0%",
        ">99.9\u00a0%",
    )
    assert figure.layout.yaxis.tickvals == (0, 0.25, 0.5, 0.75, 1)
    assert figure.layout.yaxis.ticktext == tuple(
        f"{share}\u00a0%" for share in (0, 25, 50, 75, 100)
    )


def test_strip_has_the_colour_of_the_answered_class_at_every_epoch():
    traces, _ = drawn()
    strip = {name: trace.x for name, trace in traces.items() if trace.type == "bar"}
    assert strip == {"Coat": (1, 5), "Shirt": (2,), "Bag": (4,)}
    assert {traces[name].marker.color for name in strip} == {
        CLASS_COLOURS[label] for label in (COAT, SHIRT, BAG)
    }


def test_shown_epoch_is_marked_and_named():
    _, figure = drawn()
    (line,) = figure.layout.shapes
    assert (line.x0, line.x1) == (4, 4)
    assert "epoch 4, shown here" in [note.text for note in figure.layout.annotations]


def test_ten_answered_classes_make_room_for_their_names():
    few = drawn()[1].layout
    many = drawn(
        epochs=range(1, 11), predictions=range(10), label_probs=[0.1] * 10, confidences=[0.2] * 10
    )[1].layout
    assert many.height - few.height == many.margin.b - few.margin.b == 3 * 20


def test_history_follows_the_theme():
    figure = picture_history_figure(history(), shown=1, theme=DARK)
    assert figure.layout.font.color == DARK.text
    assert CLASS_NAMES[SHIRT] in figure.data[0].hovertemplate
