"""Prediction sets: thresholds by hand, plain loops as oracle, the promise on made-up pictures."""

import numpy as np
import pytest
from scipy.stats import betabinom

from fashion_core.analysis.conformal import (
    class_thresholds,
    expected_coverage,
    frequent_sets,
    measure_coverage,
    prediction_sets,
)
from fashion_core.analysis.scores import PictureScores, score_pictures


def scored(probs: np.ndarray, labels: np.ndarray) -> PictureScores:
    rows = np.arange(len(labels))
    return score_pictures(
        image_ids=rows,
        labels=labels,
        predictions=probs.argmax(axis=1),
        pred_probs=probs,
        loss=-np.log(probs[rows, labels].clip(min=1e-9)),
    )


def drawn(pictures: int, seed: int) -> PictureScores:
    """Draw three classes of which the last is hard, with probabilities that are not honest."""
    random = np.random.default_rng(seed)
    labels = random.choice(3, pictures, p=[0.5, 0.3, 0.2])
    logits = random.normal(size=(pictures, 3))
    logits[np.arange(pictures), labels] += np.array([4.0, 2.0, 0.5])[labels]
    powers = np.exp(2 * logits)
    return scored(powers / powers.sum(axis=1, keepdims=True), labels)


def test_threshold_is_the_kth_highest_probability_of_the_class() -> None:
    """Four pictures of class 0 at 60 %: k = ceil(5 * 0.6) = 3; two of class 1: k = 2."""
    own = np.array([0.9, 0.4, 0.7, 0.6, 0.3, 0.8])
    labels = np.array([0, 0, 0, 0, 1, 1])
    probs = np.where(labels[:, None] == [0, 1], own[:, None], 1 - own[:, None])
    found = class_thresholds(scored(probs, labels), percent=60)
    assert found == pytest.approx([0.6, 0.3])


def test_class_with_too_few_pictures_is_in_every_set() -> None:
    """Nine pictures reach 90 % with their ninth (10 * 0.9 = 9), eight cannot."""
    probs = np.tile([0.75, 0.25], (17, 1))
    found = class_thresholds(scored(probs, np.array([0] * 9 + [1] * 8)), percent=90)
    assert found.tolist() == [0.75, 0]


def test_class_without_pictures_is_in_every_set() -> None:
    probs = np.tile([0.75, 0.25], (9, 1))
    assert class_thresholds(scored(probs, np.zeros(9, int)), percent=50)[1] == 0


def test_rank_is_exact_where_floats_are_not() -> None:
    """100 * 0.55 is 55.00000000000001 in floats; the 55th of 99 is meant, not the 56th."""
    own = np.linspace(0.99, 0.01, 99)
    found = class_thresholds(scored(np.c_[own, 1 - own], np.zeros(99, int)), percent=55)
    assert found[0] == pytest.approx(own[54])


def test_sets_hold_the_classes_at_or_above_their_thresholds() -> None:
    probs = np.array([[0.6, 0.3, 0.1], [0.3, 0.3, 0.4], [0.5, 0.2, 0.3]], dtype=np.float32)
    found = prediction_sets(probs, np.array([0.55, 0.25, np.float32(0.4)]))
    assert found.tolist() == [[True, True, False], [False, True, True], [False, False, False]]


def test_coverage_and_sizes_by_hand() -> None:
    member = np.array([[1, 1, 0], [0, 1, 1], [0, 0, 0], [0, 0, 1]], dtype=bool)
    found = measure_coverage(member, labels=np.array([0, 0, 2, 2]))
    assert found.pictures.tolist() == [2, 0, 2]
    assert found.covered.tolist() == [1, 0, 1]
    assert found.sizes.tolist() == [1, 1, 2, 0]
    assert (found.share, found.mean_size) == (0.5, 1.25)


def test_frequent_sets_by_hand() -> None:
    member = np.array([[1, 0, 1], [1, 0, 1], [0, 1, 0], [0, 0, 0], [1, 0, 1]], dtype=bool)
    found = frequent_sets(member, labels=np.array([0, 1, 1, 1, 2]))
    assert [(one.classes, one.pictures, one.covered) for one in found] == [
        ((0, 2), 3, 2),
        ((), 1, 0),
        ((1,), 1, 1),
    ]


@pytest.mark.parametrize("percent", [90, 95, 99])
def test_everything_agrees_with_plain_loops(percent: int) -> None:
    calibration, new = drawn(700, 1), drawn(400, 2)
    member = prediction_sets(new.pred_probs, class_thresholds(calibration, percent=percent))
    covered = [0, 0, 0]
    for row, label in enumerate(new.labels):
        for k in range(3):
            rows = np.flatnonzero(calibration.labels == k)
            scores = sorted(1 - float(calibration.pred_probs[i, k]) for i in rows)
            rank = int(np.ceil(round((len(scores) + 1) * percent / 100, 9)))
            limit = scores[rank - 1] if rank <= len(scores) else 2
            assert member[row, k] == (1 - float(new.pred_probs[row, k]) <= limit)
        covered[label] += int(member[row, label])
    assert measure_coverage(member, labels=new.labels).covered.tolist() == covered


@pytest.mark.parametrize("percent", [80, 95])
def test_promise_holds_for_every_class_of_exchangeable_pictures(percent: int) -> None:
    """Mean coverage over 300 calibrations is in [level, level + 1 / (n + 1)], up to chance."""
    covered, pictures = np.zeros(3), np.zeros(3)
    for seed in range(300):
        both = drawn(600, seed)
        first, second = (
            scored(both.pred_probs[half].astype(float), both.labels[half])
            for half in (slice(0, 300), slice(300, None))
        )
        member = prediction_sets(second.pred_probs, class_thresholds(first, percent=percent))
        found = measure_coverage(member, labels=second.labels)
        covered, pictures = covered + found.covered, pictures + found.pictures
    reached = covered / pictures
    assert (reached > percent / 100 - 0.01).all()
    assert (reached < percent / 100 + 1 / 50 + 0.01).all()  # the rarest class has 60 pictures


def test_one_threshold_for_all_classes_would_break_the_promise() -> None:
    """The hard class of `drawn` is why every class is calibrated by itself."""
    first, second = drawn(5_000, 1), drawn(5_000, 2)
    lowest = np.sort(first.self_confidence)[len(first) // 10]
    found = measure_coverage(second.pred_probs >= lowest, labels=second.labels)
    assert found.share == pytest.approx(0.9, abs=0.02)
    assert found.covered[2] / found.pictures[2] < 0.7


@pytest.mark.parametrize(("calibration", "percent"), [(1000, 90), (1000, 99), (150, 95)])
def test_expected_range_agrees_with_the_beta_binomial_distribution(
    calibration: int, percent: int
) -> None:
    found = expected_coverage(calibration=calibration, pictures=1000, percent=percent)
    rank = -(-(calibration + 1) * percent // 100)
    exact = betabinom(1000, rank, calibration + 1 - rank)
    assert found.low == pytest.approx(exact.ppf(0.025) / 1000, abs=0.0021)
    assert found.high == pytest.approx(exact.ppf(0.975) / 1000, abs=0.0021)


def test_expected_range_of_a_class_in_every_set_is_all() -> None:
    found = expected_coverage(calibration=8, pictures=100, percent=90)
    assert (found.low, found.high) == (1, 1)


@pytest.mark.parametrize("percent", [0, 100, -5, 0.9, True])
def test_impossible_level_is_refused(percent: object) -> None:
    with pytest.raises(ValueError, match="level of 1 to 99 %"):
        class_thresholds(drawn(30, 0), percent=percent)  # type: ignore[arg-type]


def test_what_does_not_belong_together_is_refused() -> None:
    with pytest.raises(ValueError, match="thresholds"):
        prediction_sets(np.ones((3, 4), np.float32), np.ones(3))
    for count in (measure_coverage, frequent_sets):
        with pytest.raises(ValueError, match="is_member"):
            count(np.ones((3, 4), bool), labels=np.zeros(2, int))
        with pytest.raises(ValueError, match="is_member"):
            count(np.ones((0, 4), bool), labels=np.zeros(0, int))
    with pytest.raises(ValueError, match="at least 1 picture"):
        expected_coverage(calibration=10, pictures=0, percent=90)
