"""Two answers to the same pictures: counts, pairs, classes and pictures, by hand and by sklearn."""

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats
from sklearn.metrics import accuracy_score, confusion_matrix

from fashion_core.analysis.changes import (
    cell_p_values,
    changed_pictures,
    class_changes,
    pair_changes,
)
from fashion_core.analysis.comparison import compare
from fashion_core.analysis.paired import holm_adjusted
from fashion_core.analysis.scores import PictureScores, score_pictures

LABELS = np.array([6, 6, 6, 6, 4, 4, 0, 8])
FIRST = np.array([6, 0, 0, 4, 4, 4, 6, 8])
SECOND = np.array([0, 6, 6, 2, 4, 2, 6, 8])
"""Shirt (6), Coat (4), T-shirt (0), Bag (8). By picture: broken, fixed, fixed, wrong in two ways,
right, broken, wrong in one way, right."""


def said(
    labels: npt.NDArray[np.int64],
    predictions: npt.NDArray[np.int64],
    confidence: npt.ArrayLike = 0.9,
    first_id: int = 100,
) -> PictureScores:
    """Give scores with these predictions; what is left of 1 goes to the other nine classes."""
    rows = np.arange(len(labels))
    sure = np.broadcast_to(np.asarray(confidence, dtype=float), labels.shape)
    probs = np.repeat(((1 - sure) / 9)[:, None], 10, axis=1)
    probs[rows, predictions] = sure
    return score_pictures(
        image_ids=first_id + rows,
        labels=labels,
        predictions=predictions,
        pred_probs=probs,
        loss=-np.log(probs[rows, labels]),
    )


def both() -> tuple[PictureScores, PictureScores]:
    return said(LABELS, FIRST), said(LABELS, SECOND)


def random_pair(pictures: int = 3_000) -> tuple[PictureScores, PictureScores]:
    """Give two different answers, each right on about four fifths, and skewed by class."""
    rng = np.random.default_rng(11)
    labels = rng.integers(0, 10, pictures)
    answers = []
    for shift, share in ((1, 0.8), (3, 0.77)):
        wrong = (labels + rng.choice([shift, 5], pictures)) % 10
        answers.append(said(labels, np.where(rng.random(pictures) < share, labels, wrong)))
    return answers[0], answers[1]


# Counts


def test_every_picture_has_one_of_four_outcomes() -> None:
    found = compare(*both())
    assert (found.both_right, found.fixed, found.broken, found.both_wrong) == (2, 2, 2, 2)
    assert found.same_mistakes == 1
    assert found.pictures == 8


def test_fixed_and_broken_change_places_with_the_sides() -> None:
    first, second = random_pair()
    there, back = compare(first, second), compare(second, first)
    assert there.fixed != there.broken
    assert (there.fixed, there.broken) == (back.broken, back.fixed)
    assert there.difference == -back.difference
    assert there.p_value == back.p_value


def test_accuracies_agree_with_scikit_learn() -> None:
    first, second = random_pair()
    found = compare(first, second)
    accuracies = [accuracy_score(s.labels, s.predictions) for s in (first, second)]
    assert [found.accuracy_first, found.accuracy_second] == pytest.approx(accuracies)
    assert found.difference == pytest.approx(accuracies[1] - accuracies[0])


def test_test_and_interval_are_those_of_the_counts() -> None:
    first, second = random_pair()
    found = compare(first, second)
    assert found.p_value == pytest.approx(stats.binomtest(found.fixed, found.changed).pvalue)
    assert found.interval.low < found.difference < found.interval.high


def test_an_answer_compared_with_itself_is_the_same() -> None:
    first, _ = both()
    found = compare(first, first)
    assert found.is_same
    assert (found.changed, found.p_value, found.is_real) == (0, 1, False)
    assert not found.interval.is_defined


def test_other_mistakes_on_the_same_pictures_are_not_the_same() -> None:
    found = compare(said(LABELS, FIRST), said(LABELS, np.array([6, 2, 3, 2, 4, 4, 6, 8])))
    assert found.changed == 0
    assert not found.is_same


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (said(LABELS, SECOND, first_id=101), "same pictures in the same order"),
        (said(LABELS[:7], SECOND[:7]), "same pictures in the same order"),
        (said(LABELS[::-1].copy(), SECOND), "same labels"),
    ],
)
def test_answers_to_different_questions_are_refused(second: PictureScores, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compare(said(LABELS, FIRST), second)


def test_answers_over_different_classes_are_refused() -> None:
    first = said(LABELS, FIRST)
    other = score_pictures(
        image_ids=first.image_ids,
        labels=LABELS,
        predictions=SECOND,
        pred_probs=np.eye(9)[SECOND],
        loss=first.loss,
    )
    with pytest.raises(ValueError, match=r"Expected pred_probs of shape \(8, 10\) in both"):
        compare(first, other)


def test_no_pictures_are_refused() -> None:
    none = said(LABELS[:0], FIRST[:0])
    with pytest.raises(ValueError, match="at least one picture"):
        compare(none, none)


# Pairs of classes


def test_a_pair_is_named_by_the_true_class_and_the_one_wrong_answer() -> None:
    found = [(c.true, c.predicted, c.fixed, c.broken) for c in pair_changes(*both())]
    assert found == [(6, 0, 2, 1), (4, 2, 0, 1)]


def test_biggest_balance_comes_first_then_the_busiest_then_the_label() -> None:
    labels = np.array([1, 1, 1, 2, 2, 3, 5, 5, 5, 7])
    first = np.array([1, 1, 1, 4, 4, 0, 6, 6, 5, 9])
    second = np.array([8, 8, 8, 2, 2, 3, 5, 5, 6, 7])
    found = [(c.true, c.net) for c in pair_changes(said(labels, first), said(labels, second))]
    assert found == [(1, -3), (2, 2), (5, 1), (3, 1), (7, 1)]


def test_pairs_add_up_to_all_pictures_that_changed_sides() -> None:
    first, second = random_pair()
    pairs, found = pair_changes(first, second), compare(first, second)
    assert sum(pair.fixed for pair in pairs) == found.fixed
    assert sum(pair.broken for pair in pairs) == found.broken


# Classes and cells


def test_class_changes_by_hand() -> None:
    found = {c.true: (c.fixed, c.broken, c.pictures) for c in class_changes(*both())}
    assert found[6] == (2, 1, 4)
    assert found[4] == (0, 1, 2)
    assert found[0] == (0, 0, 1)
    assert found[1] == (0, 0, 0)


def test_balance_of_a_class_is_the_change_of_its_diagonal_cell() -> None:
    first, second = random_pair()
    before, after = (confusion_matrix(s.labels, s.predictions) for s in (first, second))
    balances = [change.net for change in class_changes(first, second)]
    assert balances == (np.diagonal(after) - np.diagonal(before)).tolist()


def test_class_p_values_are_scipys_after_holm() -> None:
    changes = class_changes(*random_pair())
    single = np.array([stats.binomtest(c.fixed, c.fixed + c.broken).pvalue for c in changes])
    assert [c.p_value for c in changes] == pytest.approx(holm_adjusted(single), rel=1e-9)


def test_only_the_class_that_moved_is_real() -> None:
    labels = np.repeat(np.arange(10), 40)
    first = labels.copy()
    first[80:100] = 6  # twenty pullovers called shirts
    second = labels.copy()
    second[0] = 6
    changes = class_changes(said(labels, first), said(labels, second))
    assert [change.true for change in changes if change.is_real] == [2]


def test_cells_that_traded_pictures_are_real_although_the_class_is_not() -> None:
    """Thirty coats were pullovers and are shirts: nothing won or lost, two cells moved."""
    labels = np.full(100, 4)
    first, second = labels.copy(), labels.copy()
    first[:30], second[:30] = 2, 6
    p_values = cell_p_values(said(labels, first), said(labels, second))
    assert np.argwhere(p_values < 0.05).tolist() == [[4, 2], [4, 6]]
    assert p_values[4, 2] == pytest.approx(100 * 2 / 2**30)
    assert not class_changes(said(labels, first), said(labels, second))[4].is_real


def test_cells_without_a_move_have_a_p_of_one() -> None:
    first, _ = random_pair()
    assert (cell_p_values(first, first) == 1).all()


# Pictures


def test_fixed_and_broken_pictures_by_hand() -> None:
    assert changed_pictures(*both(), "fixed").tolist() == [1, 2]
    assert changed_pictures(*both(), "broken").tolist() == [0, 5]


def test_a_pair_keeps_exactly_its_pictures() -> None:
    assert changed_pictures(*both(), "fixed", true=6, predicted=0).tolist() == [1, 2]
    assert changed_pictures(*both(), "broken", true=6, predicted=0).tolist() == [0]
    assert changed_pictures(*both(), "broken", true=4).tolist() == [5]
    assert changed_pictures(*both(), "broken", predicted=2).tolist() == [5]
    assert changed_pictures(*both(), "fixed", true=0, predicted=6).tolist() == []


def test_galleries_of_all_pairs_hold_what_the_list_counts() -> None:
    first, second = random_pair()
    for pair in pair_changes(first, second):
        where = {"true": pair.true, "predicted": pair.predicted}
        assert len(changed_pictures(first, second, "fixed", **where)) == pair.fixed
        assert len(changed_pictures(first, second, "broken", **where)) == pair.broken


def test_the_most_decided_change_comes_first() -> None:
    labels, first, second = np.array([6, 6, 6]), np.array([0, 0, 0]), np.array([6, 6, 6])
    sure = said(labels, second, confidence=[0.5, 0.99, 0.7])
    assert changed_pictures(said(labels, first), sure, "fixed").tolist() == [1, 2, 0]
    assert changed_pictures(sure, said(labels, first), "broken").tolist() == [1, 2, 0]


def test_an_unknown_side_is_refused() -> None:
    with pytest.raises(ValueError, match="Expected the side fixed or broken, got 'same'"):
        changed_pictures(*both(), "same")  # type: ignore[arg-type]
