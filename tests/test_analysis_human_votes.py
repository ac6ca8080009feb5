"""People against the network: by hand, and against plain loops on a table as large as real."""

import math

import numpy as np
import pytest
from helpers import DATA_DIR, REPO_ROOT
from scipy import stats
from votes import made_up_votes, public_table

from fashion_core.analysis.human_votes import (
    DISPUTED_SHARE,
    Crowd,
    MistakeKind,
    count_crowd,
    count_same_answer,
    split_mistakes,
)
from fashion_core.analysis.scores import PictureScores, score_pictures
from fashion_core.data import read_split
from fashion_core.runs import artifacts
from fashion_core.vote_table import read_votes

OWN, SHARED, DISPUTED = MistakeKind

# Seven pictures, three classes. Votes, label, the network's answer:
VOTES = np.array(
    [
        [5, 4, 1],  # 0, says 1: most people are right: the network's own
        [4, 4, 2],  # 1, says 0: a tie with the label: not held against people
        [6, 1, 3],  # 2, says 0: 60 % for another class: people fail too, the same answer
        [2, 1, 7],  # 1, says 0: 70 % for another class, not the network's: disputed
        [0, 9, 1],  # 2, says 1: disputed, the same answer
        [1, 8, 1],  # 0, says 0: right, whatever people say
        [3, 3, 4],  # 0, says 1: people fail too, with a third answer
    ]
)
LABELS = np.array([0, 1, 2, 1, 2, 0, 0])
ANSWERS = np.array([1, 0, 0, 0, 1, 0, 1])


def crowd() -> Crowd:
    return count_crowd(votes=VOTES, labels=LABELS)


def scores(labels: np.ndarray = LABELS, answers: np.ndarray = ANSWERS) -> PictureScores:
    classes = int(labels.max()) + 1
    probs = np.full((len(labels), classes), 0.4 / (classes - 1))
    probs[np.arange(len(labels)), answers] = 0.6
    return score_pictures(
        image_ids=np.arange(len(labels)),
        labels=labels,
        predictions=answers,
        pred_probs=probs,
        loss=np.ones(len(labels)),
    )


def test_choice_is_the_class_with_the_most_votes_and_a_tie_favours_the_label() -> None:
    assert crowd().choices.tolist() == [0, 1, 0, 2, 1, 1, 2]
    assert crowd().is_right.tolist() == [True, True, False, False, False, False, False]


def test_a_tie_without_the_label_goes_to_the_lowest_class() -> None:
    found = count_crowd(votes=np.array([[3, 1, 3]]), labels=np.array([1]))
    assert (found.choices[0], found.rival[0]) == (0, 0)


def test_shares_are_of_all_votes_on_the_picture() -> None:
    assert crowd().label_share == pytest.approx([0.5, 0.4, 0.3, 0.1, 0.1, 0.1, 0.3])
    assert crowd().rival.tolist() == [1, 0, 0, 2, 1, 1, 2]
    assert crowd().rival_share == pytest.approx([0.4, 0.4, 0.6, 0.7, 0.9, 0.8, 0.4])


def test_a_label_is_disputed_from_seventy_per_cent_for_one_other_class() -> None:
    """Not when 70 % are spread over two other classes."""
    assert crowd().is_disputed.tolist() == [False, False, False, True, True, True, False]
    spread = count_crowd(votes=np.array([[3, 3, 4]]), labels=np.array([0]))
    assert not spread.is_disputed[0]


def test_a_single_vote_is_right_as_often_as_votes_are_for_the_label() -> None:
    assert crowd().vote_accuracy == pytest.approx((5 + 4 + 3 + 1 + 1 + 1 + 3) / 70)
    nobody = count_crowd(votes=np.zeros((0, 3), dtype=int), labels=np.zeros(0, dtype=int))
    assert math.isnan(nobody.vote_accuracy)


def test_mistakes_fall_into_three_kinds() -> None:
    found = split_mistakes(scores(), crowd())
    kinds = {kind: positions.tolist() for kind, positions in found.items()}
    assert kinds == {OWN: [0, 1], SHARED: [2, 6], DISPUTED: [3, 4]}


def test_same_answers_are_those_of_most_people() -> None:
    found = split_mistakes(scores(), crowd())
    same = {kind: count_same_answer(scores(), crowd(), found[kind]) for kind in found}
    assert same == {OWN: 0, SHARED: 1, DISPUTED: 1}


def test_seventy_per_cent_of_67_people_are_no_accident() -> None:
    """The probability that the docstring gives: 47 or more of 67 with one half each."""
    votes = math.ceil(DISPUTED_SHARE * 67)
    assert votes == 47
    assert stats.binom.sf(votes - 1, 67, 0.5) == pytest.approx(0.0007, abs=5e-5)


@pytest.fixture(params=["made up", *(["public"] if public_table() else [])])
def votes(request: pytest.FixtureRequest) -> np.ndarray:
    """Give the made-up table, and the public one where it lies beside the repository."""
    if request.param == "made up":
        return made_up_votes()
    return read_votes(public_table(), read_split(DATA_DIR, "test").labels)


def test_kinds_agree_with_plain_loops_on_the_reference_run(votes: np.ndarray) -> None:
    labels = read_split(DATA_DIR, "test").labels
    answers = artifacts.read_epoch(REPO_ROOT / "examples/reference-run", 8).test.predictions
    expected: dict[MistakeKind, list[int]] = {OWN: [], SHARED: [], DISPUTED: []}
    for i, (row, label, answer) in enumerate(
        zip(votes.tolist(), labels.tolist(), answers.tolist(), strict=True)
    ):
        others = max(count for c, count in enumerate(row) if c != label)
        if answer == label:
            continue
        if 10 * others >= 7 * sum(row):
            expected[DISPUTED].append(i)
        else:
            expected[OWN if row[label] >= others else SHARED].append(i)
    found = split_mistakes(
        scores(labels, answers.astype(np.int64)), count_crowd(votes=votes, labels=labels)
    )
    assert {kind: positions.tolist() for kind, positions in found.items()} == expected
    assert all(expected.values())
    assert sum(map(len, expected.values())) == int((answers != labels).sum())


@pytest.mark.parametrize(
    ("votes", "labels", "problem"),
    [
        (np.ones((3, 2), int), np.zeros(2, int), r"shape \(2, K\), got \(3, 2\)"),
        (np.ones(3, int), np.zeros(3, int), r"got \(3,\)"),
        (np.ones((2, 2), int), np.array([0, 2]), r"labels in \[0, 2\)"),
        (np.array([[1, 0], [0, 0]]), np.zeros(2, int), "at least one for every picture"),
        (np.array([[3, -1]]), np.zeros(1, int), "at least 0"),
    ],
)
def test_what_cannot_be_votes_is_refused(votes, labels, problem) -> None:
    with pytest.raises(ValueError, match=problem):
        count_crowd(votes=votes, labels=labels)


def test_votes_on_other_pictures_are_refused() -> None:
    with pytest.raises(ValueError, match="same pictures"):
        split_mistakes(scores(labels=LABELS[::-1]), crowd())
