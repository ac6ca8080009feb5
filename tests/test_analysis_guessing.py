"""Rounds of guessing: which pictures, in which order, and who was right."""

import numpy as np
import pytest

from fashion_core.analysis.guessing import (
    ROUND_SIZE,
    RoundScore,
    choose_round,
    describe_pool,
    describe_score,
    score_round,
)
from fashion_core.analysis.scores import PictureScores, score_pictures


def scores_of(rows: list[tuple[int, list[float]]], *, first_id: int = 100) -> PictureScores:
    """Make scores of (label, probabilities of three classes), picture ids descending."""
    probs = np.array([row for _, row in rows], dtype=np.float32)
    labels = np.array([label for label, _ in rows])
    return score_pictures(
        image_ids=first_id - np.arange(len(rows)),
        labels=labels,
        predictions=probs.argmax(axis=1),
        pred_probs=probs,
        loss=-np.log(probs[np.arange(len(rows)), labels]),
    )


WRONG, CLOSE, CLEAR = [0.1, 0.8, 0.1], [0.5, 0.45, 0.05], [0.9, 0.05, 0.05]
SIX = scores_of([(0, CLEAR), (0, WRONG), (0, CLOSE), (0, CLEAR), (2, WRONG), (0, [0.6, 0.3, 0.1])])


def test_a_round_has_the_wrong_pictures_and_as_many_close_calls():
    assert sorted(choose_round(SIX, number=1)) == list(range(6))  # as many as there are
    assert sorted(choose_round(SIX, number=1, size=4)) == [1, 2, 4, 5]


def test_the_words_count_both_kinds_of_pictures():
    words = describe_pool(SIX, size=6)
    assert "among the 2 that the network gets wrong" in words
    assert "among the 4 that it gets right with the smallest lead" in words


def test_few_mistakes_are_filled_up_with_the_closest_calls():
    rows = [(0, WRONG), *[(0, [0.4 + 0.01 * i, 0.3, 0.3 - 0.01 * i]) for i in range(30)]]
    assert sorted(choose_round(scores_of(rows), number=3)) == list(range(ROUND_SIZE))


def test_the_same_number_gives_the_same_pictures_in_any_order_of_the_rows():
    rng = np.random.default_rng(0)
    probs = rng.dirichlet(np.ones(3), size=200).astype(np.float32)
    ids, labels = rng.permutation(200), rng.integers(0, 3, 200)

    def round_ids(order: np.ndarray) -> list[int]:
        scores = score_pictures(
            image_ids=ids[order],
            labels=labels[order],
            predictions=probs[order].argmax(axis=1),
            pred_probs=probs[order],
            loss=-np.log(probs[order, labels[order]]),
        )
        return scores.image_ids[choose_round(scores, number=7)].tolist()

    first = round_ids(np.arange(200))
    assert round_ids(rng.permutation(200)) == first
    assert len(set(first)) == ROUND_SIZE


def test_rounds_differ():
    probs = np.random.default_rng(1).dirichlet(np.ones(3), size=400).astype(np.float32)
    scores = scores_of([(int(i % 3), row.tolist()) for i, row in enumerate(probs)], first_id=500)
    first, second = choose_round(scores, number=1), choose_round(scores, number=2)
    assert set(first) != set(second)
    assert list(first) != sorted(first)


@pytest.mark.parametrize(("number", "size"), [(0, 20), (-1, 20), (2**32, 20), (1, 0)])
def test_a_round_without_sense_is_refused(number, size):
    with pytest.raises(ValueError, match="Expected"):
        choose_round(SIX, number=number, size=size)


def test_right_answers_are_counted_for_both():
    positions = np.array([1, 2, 4, 0])  # the network: wrong, right, wrong, right
    assert score_round(SIX, positions, [0, 0, 1]) == RoundScore(
        answered=3, person=2, network=1, only_person=1, only_network=0
    )
    assert score_round(SIX, positions, [1, 1, 0, 0]) == RoundScore(
        answered=4, person=1, network=2, only_person=0, only_network=1
    )


def test_more_guesses_than_pictures_are_refused():
    with pytest.raises(ValueError, match="at most 1 guesses, got 2"):
        score_round(SIX, np.array([1]), [0, 0])


@pytest.mark.parametrize(
    ("person", "network", "said"),
    [
        (12, 9, "You named 12 of 20 right, the network 9: you win."),
        (8, 9, "The network named 9 of 20 right, you 8: it wins."),
        (9, 9, "A draw: you and the network each named 9 of 20 right."),
    ],
)
def test_the_score_is_said_in_a_sentence(person, network, said):
    score = RoundScore(answered=20, person=person, network=network, only_person=0, only_network=0)
    assert describe_score(score) == said


def test_no_answer_is_no_score():
    assert describe_score(score_round(SIX, np.array([1]), [])) == "Nothing is answered yet."
