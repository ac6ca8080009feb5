"""Votes on one picture, kinds of mistakes, and beliefs over epochs: what the figures hold."""

import numpy as np
import pytest

from fashion_core.analysis.human_votes import MistakeKind
from fashion_core.classes import CLASS_NAMES
from fashion_core.figures.label_belief import belief_figure
from fashion_core.figures.palette import DARK, LIGHT, RIGHT, WRONG
from fashion_core.figures.votes import KIND_COLOURS, mistake_kinds_figure, votes_figure

OWN, SHARED, DISPUTED = MistakeKind
VOTES = np.array([12, 0, 3, 0, 0, 0, 45, 0, 0, 7])


# Votes on one picture


def test_classes_with_votes_are_drawn_most_votes_first() -> None:
    (bar,) = votes_figure(VOTES, true=0, predicted=6, theme=LIGHT).data
    assert bar.y == ("Shirt", "T-shirt/top", "Ankle boot", "Pullover")
    assert bar.x == (45, 12, 7, 3)


def test_label_and_answer_are_told_apart_in_words_and_colour() -> None:
    (bar,) = votes_figure(VOTES, true=0, predicted=6, theme=LIGHT).data
    assert bar.text == ("45  <b>network's answer</b>", "12  <b>label</b>", "7", "3")
    assert bar.marker.color[:2] == (WRONG, RIGHT)
    assert not {WRONG, RIGHT} & set(bar.marker.color[2:])


def test_a_right_answer_is_just_the_label() -> None:
    (bar,) = votes_figure(VOTES, true=6, predicted=6, theme=DARK).data
    assert bar.text[0] == "45  <b>label</b>"
    assert WRONG not in bar.marker.color


def test_a_label_that_nobody_chose_is_there_with_none() -> None:
    (bar,) = votes_figure(VOTES, true=8, predicted=4, theme=LIGHT).data
    assert bar.y[-2:] == ("Coat", "Bag")
    assert bar.text[-2:] == ("0  <b>network's answer</b>", "0  <b>label</b>")


@pytest.mark.parametrize("votes", [np.zeros(10, int), np.ones(9, int), np.array([-1] + [1] * 9)])
def test_what_is_no_vote_is_refused(votes) -> None:
    with pytest.raises(ValueError, match=r"votes of shape \(10,\)"):
        votes_figure(votes, true=0, predicted=1, theme=LIGHT)


@pytest.mark.parametrize(("true", "predicted"), [(-1, 0), (0, 10)])
def test_classes_out_of_range_are_refused(true: int, predicted: int) -> None:
    with pytest.raises(ValueError, match=r"classes in \[0, 10\)"):
        votes_figure(VOTES, true=true, predicted=predicted, theme=LIGHT)


# Kinds of mistakes


def kinds() -> dict[MistakeKind, np.ndarray]:
    counts = {kind: np.zeros(10, dtype=int) for kind in MistakeKind}
    counts[OWN][[3, 6]] = [30, 5]
    counts[SHARED][6] = 20
    counts[DISPUTED][6] = 7
    return counts


def test_mistakes_are_stacked_by_kind_worst_class_on_top() -> None:
    """Shirt has 32 mistakes, Dress 30; the others follow in label order."""
    figure = mistake_kinds_figure(kinds(), theme=LIGHT)
    assert figure.layout.barmode == "stack"
    bars = {bar.name: bar for bar in figure.data}
    assert list(bars) == ["the network's own", "people fail too", "label disputed"]
    assert bars["the network's own"].y[:3] == ("Shirt", "Dress", "T-shirt/top")
    assert [bars[name].x[0] for name in bars] == [5, 20, 7]
    assert bars["the network's own"].x[1] == 30
    assert {name: bar.marker.color for name, bar in bars.items()} == {
        kind.label: colour for kind, colour in KIND_COLOURS.items()
    }


def test_counts_of_other_classes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shape \(10,\)"):
        mistake_kinds_figure({kind: np.zeros(9) for kind in MistakeKind}, theme=LIGHT)


# Beliefs over epochs


def test_belief_lines_are_named_coloured_and_over_the_right_epochs() -> None:
    figure = belief_figure(
        epochs=[1, 2, 4],
        label_probs=np.array([0.5, 0.25, 0.125]),
        suggested_probs=np.array([0.1, 0.7, 0.8]),
        names=(6, 4),
        theme=LIGHT,
    )
    suggested, label = figure.data
    assert (label.name, label.line.color) == ("Shirt (label)", RIGHT)
    assert (suggested.name, suggested.line.color) == ("Coat (suggested)", WRONG)
    assert (label.x, label.y) == ((1, 2, 4), (0.5, 0.25, 0.125))
    assert suggested.y == (0.1, 0.7, 0.8)
    assert label.marker.symbol != suggested.marker.symbol


def test_one_epoch_is_a_point() -> None:
    figure = belief_figure(
        epochs=[1],
        label_probs=np.array([0.5]),
        suggested_probs=np.array([0.25]),
        names=(0, 9),
        theme=DARK,
    )
    assert "markers" in figure.data[0].mode
    assert CLASS_NAMES[9] in figure.data[0].name


@pytest.mark.parametrize(("epochs", "probs"), [([], []), ([1], [0.5, 0.5])])
def test_beliefs_must_be_one_for_each_epoch(epochs, probs) -> None:
    with pytest.raises(ValueError, match="a probability for each"):
        belief_figure(
            epochs=epochs,
            label_probs=np.array(probs),
            suggested_probs=np.array(probs),
            names=(0, 1),
            theme=LIGHT,
        )
