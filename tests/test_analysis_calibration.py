"""Reliability by bins and the expected calibration error, by hand and against scikit-learn."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from fashion_core.analysis.calibration import (
    error_by_chance,
    measure_calibration_error,
    reliability,
)


def drawn(pictures: int, seed: int, *, too_sure: float) -> tuple[np.ndarray, np.ndarray]:
    """Draw confidences near 1 and outcomes of a network that is too sure by a given amount."""
    random = np.random.default_rng(seed)
    confidence = 1 - 0.8 * random.beta(0.3, 1.2, pictures)
    return confidence, random.random(pictures) < confidence - too_sure * (1 - confidence)


def test_two_bins_by_hand() -> None:
    found = reliability(np.array([0.9, 0.8, 0.2]), np.array([True, False, True]), bins=2)
    assert found.counts.tolist() == [1, 2]
    assert found.mean_confidence == pytest.approx([0.2, 0.85])
    assert found.share_right == pytest.approx([1, 0.5])
    assert found.error == pytest.approx((2 * 0.35 + 1 * 0.8) / 3)
    assert found.overconfidence == pytest.approx((2 * 0.35 - 1 * 0.8) / 3)


def test_upper_edge_belongs_to_the_bin_and_zero_to_the_first() -> None:
    confidence = np.array([0.0, 0.5, 0.5000001, 1.0])
    assert reliability(confidence, np.ones(4, bool), bins=2).counts.tolist() == [2, 2]


def test_fifteen_bins_are_the_default_and_empty_ones_are_undefined() -> None:
    found = reliability(np.array([0.99]), np.array([True]))
    assert found.counts.tolist() == [0] * 14 + [1]
    assert np.isnan(found.share_right[:14]).all()
    assert found.error == pytest.approx(0.01)


@pytest.mark.parametrize("bins", [1, 7, 15])
def test_bins_agree_with_scikit_learn(bins: int) -> None:
    confidence, is_right = drawn(5_000, 3, too_sure=0.3)
    found = reliability(confidence, is_right, bins=bins)
    shares, means = calibration_curve(is_right, confidence, n_bins=bins)
    used = found.counts > 0
    assert found.share_right[used] == pytest.approx(shares)
    assert found.mean_confidence[used] == pytest.approx(means)


def test_error_agrees_with_a_plain_loop() -> None:
    confidence, is_right = drawn(3_000, 4, too_sure=0.5)
    total = 0.0
    for b in range(15):
        rows = [i for i, c in enumerate(confidence) if b / 15 < c <= (b + 1) / 15]
        if rows:
            sure = sum(confidence[i] for i in rows) / len(rows)
            right = sum(bool(is_right[i]) for i in rows) / len(rows)
            total += len(rows) / 3_000 * abs(sure - right)
    assert reliability(confidence, is_right).error == pytest.approx(total)


def test_overconfidence_is_confidence_minus_accuracy() -> None:
    confidence, is_right = drawn(3_000, 5, too_sure=0.5)
    expected = confidence.mean() - is_right.mean()
    assert reliability(confidence, is_right).overconfidence == pytest.approx(expected)


def test_float32_confidences_give_the_bins_of_their_values() -> None:
    """1/3 as float32 is above the edge at 1/3, as float16 below."""
    for kind, place in ((np.float32, 5), (np.float16, 4)):
        found = reliability(np.array([1 / 3], dtype=kind), np.array([True]))
        assert int(found.counts.argmax()) == place


@pytest.mark.parametrize(("too_sure", "least"), [(0.0, 88), (0.5, 86)])
def test_interval_contains_the_true_error_about_as_often_as_promised(
    too_sure: float, least: int
) -> None:
    """A network too sure by s (1 - c) has the error s (1 - mean c), also within bins."""
    confidence, _ = drawn(1_000_000, 0, too_sure=too_sure)
    true, hits = too_sure * (1 - confidence.mean()), 0
    for seed in range(100):
        found = measure_calibration_error(
            *drawn(2_000, seed, too_sure=too_sure), resamples=200, seed=seed
        )
        hits += found.interval.low <= true <= found.interval.high
    assert hits >= least


def test_value_is_the_error_of_the_bins_and_lies_between_the_limits() -> None:
    sample = drawn(2_000, 8, too_sure=0.5)
    found = measure_calibration_error(*sample)
    assert found.value == pytest.approx(reliability(*sample).error)
    assert 0 < found.interval.low < found.value < found.interval.high
    assert found.is_real


def test_limits_mirror_a_plain_loop_of_resamples_at_the_measured_error() -> None:
    sure, right = drawn(1_000, 9, too_sure=0.6)
    value, random = reliability(sure, right).error, np.random.default_rng(99)
    resampled = []
    for _ in range(1_000):
        rows = random.integers(0, 1_000, 1_000)
        resampled.append(reliability(sure[rows], right[rows]).error)
    assert np.mean(resampled) > value + 0.002  # resampling adds error: the two kinds differ
    low, high = 2 * value - np.quantile(resampled, [0.975, 0.025])
    found = measure_calibration_error(sure, right).interval
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.002)


def test_error_within_chance_may_be_zero() -> None:
    """Without the look at chance the lower limit of this sample would be 0.3 %."""
    found = measure_calibration_error(*drawn(2_000, 1, too_sure=0.0))
    assert found.value < found.by_chance
    assert not found.is_real
    assert found.interval.low == 0


def test_interval_is_the_same_for_the_same_seed() -> None:
    sample = drawn(500, 2, too_sure=0.3)
    first, second = (measure_calibration_error(*sample, resamples=50) for _ in range(2))
    assert first == second


def test_calibrated_network_exceeds_the_error_by_chance_once_in_twenty() -> None:
    exceeded = 0
    for seed in range(200):
        confidence, is_right = drawn(1_000, seed, too_sure=0.0)
        limit = error_by_chance(confidence, resamples=200, seed=seed)
        exceeded += reliability(confidence, is_right).error > limit
    assert 3 <= exceeded <= 20  # expected 10


def test_network_too_sure_exceeds_the_error_by_chance() -> None:
    confidence, is_right = drawn(5_000, 6, too_sure=0.5)
    assert reliability(confidence, is_right).error > error_by_chance(confidence, resamples=200)


@pytest.mark.parametrize(
    ("confidence", "is_right", "words"),
    [
        ([0.5, 0.6], [True], "one shape"),
        ([[0.5]], [[True]], "one shape"),
        ([], [], "at least one picture"),
        ([1.2], [True], r"in \[0, 1\]"),
        ([np.nan], [True], r"in \[0, 1\]"),
    ],
)
def test_impossible_input_is_refused(confidence: list, is_right: list, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        reliability(np.array(confidence, dtype=float), np.array(is_right, dtype=bool))


def test_outcomes_that_are_not_bool_are_refused() -> None:
    with pytest.raises(ValueError, match="type bool, got int64"):
        reliability(np.array([0.5]), np.array([1], dtype=np.int64))


def test_no_bins_and_no_resamples_are_refused() -> None:
    sample = np.array([0.5]), np.array([True])
    with pytest.raises(ValueError, match="got 0 and 1"):
        reliability(*sample, bins=0)
    with pytest.raises(ValueError, match="got 15 and 0"):
        measure_calibration_error(*sample, resamples=0)
    with pytest.raises(ValueError, match="got 15 and 0"):
        error_by_chance(sample[0], resamples=0)
