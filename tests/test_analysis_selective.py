"""A confidence threshold: both sides counted by hand and by plain loops."""

import numpy as np
import pytest

from fashion_core.analysis.selective import hand_over, selective_curve

SURE = np.array([0.9, 0.6, 0.6, 0.5])
RIGHT = np.array([True, False, True, False])


def test_both_sides_of_a_threshold_by_hand() -> None:
    found = hand_over(SURE, RIGHT, 0.6)
    assert (found.answered, found.answered_right, found.answered_wrong) == (3, 2, 1)
    assert (found.handed, found.handed_right, found.handed_wrong) == (1, 0, 1)
    assert found.accuracy == pytest.approx(2 / 3)
    assert found.handed_share == pytest.approx(1 / 4)


def test_picture_exactly_at_the_threshold_is_answered() -> None:
    assert hand_over(SURE, RIGHT, 0.9).answered == 1


def test_nothing_answered_has_no_accuracy() -> None:
    found = hand_over(SURE, RIGHT, 0.95)
    assert np.isnan(found.accuracy)
    assert (found.handed, found.handed_right, found.handed_share) == (4, 2, 1)


def test_curve_by_hand() -> None:
    curve = selective_curve(SURE, RIGHT)
    assert curve.threshold.tolist() == [0.5, 0.6, 0.9]
    assert curve.handed_share == pytest.approx([0, 1 / 4, 3 / 4])
    assert curve.accuracy == pytest.approx([1 / 2, 2 / 3, 1])


def test_curve_agrees_with_the_counts_at_each_of_its_thresholds() -> None:
    random = np.random.default_rng(1)
    sure = random.random(500).astype(np.float16).astype(np.float32)
    right = random.random(500) < sure
    curve = selective_curve(sure, right)
    for level, handed, accuracy in zip(
        curve.threshold, curve.handed_share, curve.accuracy, strict=True
    ):
        kept = [bool(r) for c, r in zip(sure, right, strict=True) if c >= level]
        assert handed == pytest.approx(1 - len(kept) / 500)
        assert accuracy == pytest.approx(sum(kept) / len(kept))


@pytest.mark.parametrize("threshold", [-0.1, 1.1, float("nan")])
def test_impossible_threshold_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match=r"threshold in \[0, 1\]"):
        hand_over(SURE, RIGHT, threshold)


@pytest.mark.parametrize(
    ("sure", "right"), [(SURE, RIGHT[:3]), (SURE[:0], RIGHT[:0]), (SURE.reshape(2, 2), RIGHT)]
)
def test_what_does_not_belong_together_is_refused(sure: np.ndarray, right: np.ndarray) -> None:
    for count in (lambda: hand_over(sure, right, 0.5), lambda: selective_curve(sure, right)):
        with pytest.raises(ValueError, match="of one shape"):
            count()


def test_undefined_confidence_is_refused() -> None:
    with pytest.raises(ValueError, match="got nan"):
        selective_curve(np.array([0.5, np.nan]), np.array([True, False]))
