"""What an epoch says about every picture: derived columns, and what is refused."""

from typing import Any

import numpy as np
import pytest

from fashion_core.analysis.scores import PictureScores, score_pictures

PROBS = [[0.1, 0.6, 0.3], [0.05, 0.9, 0.05], [0.5, 0.0, 0.5]]


def arrays(**changes: Any) -> dict[str, Any]:
    """Give three pictures: one taken for class 1 instead of 2, one right, one a tie."""
    return {
        "image_ids": np.array([7, 3, 9]),
        "labels": np.array([2, 1, 0]),
        "predictions": np.array([1, 1, 2]),
        "pred_probs": np.array(PROBS, dtype=np.float16),
        "loss": np.array([1.2, 0.1, 0.7], dtype=np.float32),
        **changes,
    }


def scored(**changes: Any) -> PictureScores:
    return score_pictures(**arrays(**changes))


def test_confidence_is_the_probability_of_the_predicted_class() -> None:
    assert scored().confidence == pytest.approx([0.6, 0.9, 0.5], abs=1e-3)


def test_self_confidence_is_the_probability_of_the_true_class() -> None:
    assert scored().self_confidence == pytest.approx([0.3, 0.9, 0.5], abs=1e-3)


def test_margin_is_the_lead_over_the_next_class_whatever_is_true() -> None:
    assert scored().margin == pytest.approx([0.3, 0.85, 0.0], abs=1e-3)


def test_is_right_compares_prediction_and_label() -> None:
    assert scored().is_right.tolist() == [False, True, False]


def test_columns_have_the_promised_types() -> None:
    scores = scored(labels=np.array([2, 1, 0], dtype=np.uint8))
    assert scores.labels.dtype == scores.predictions.dtype == scores.image_ids.dtype == np.int64
    assert scores.pred_probs.dtype == scores.margin.dtype == scores.loss.dtype == np.float32


def test_len_is_the_number_of_pictures() -> None:
    assert len(scored()) == 3


def test_no_pictures_are_no_error() -> None:
    empty = score_pictures(
        image_ids=[], labels=[], predictions=[], pred_probs=np.empty((0, 10)), loss=[]
    )
    assert len(empty) == len(empty.margin) == 0


def test_columns_cannot_be_written_but_the_callers_arrays_can() -> None:
    source = arrays()["labels"].astype(np.int64)
    with pytest.raises(ValueError, match="read-only"):
        scored(labels=source).labels[0] = 5
    source[0] = 0


def test_margin_of_a_tie_made_by_rounding_is_zero_not_negative() -> None:
    probs = np.array([[0.4998, 0.5002, 0.0], [0.05, 0.9, 0.05], [0.5, 0.0, 0.5]])
    scores = scored(pred_probs=probs, predictions=np.array([0, 1, 2]))
    assert scores.margin[0] == 0


def test_a_probability_rounded_above_one_is_one() -> None:
    probs = np.array([[0.0, 1.001, 0.0], [0.05, 0.9, 0.05], [0.5, 0.0, 0.5]])
    assert scored(pred_probs=probs).confidence[0] == 1


def test_scores_with_an_infinite_loss_are_kept() -> None:
    assert scored(loss=np.array([np.inf, 0.1, 0.7])).loss[0] == np.inf


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": np.array([2, 1])}, r"labels of shape \(3,\), got \(2,\)"),
        ({"labels": np.array([2.0, 1, 0])}, "labels of an integer type, got float64"),
        ({"labels": np.array([3, 1, 0])}, r"labels in \[0, 3\), got 0 to 3"),
        ({"predictions": np.array([1, 1, -1])}, r"predictions in \[0, 3\), got -1 to 1"),
        ({"image_ids": np.array([7, -3, 9])}, "image_ids at least 0, got -3 to 9"),
        ({"image_ids": np.array([7, 7, 9])}, "image_ids to be different"),
        ({"loss": np.array([1.2, -0.1, 0.7])}, "loss of at least 0"),
        ({"loss": np.array([1.2, np.nan, 0.7])}, "loss of at least 0, got negative values or nan"),
        ({"loss": np.array([[1.2, 0.1, 0.7]])}, r"loss of shape \(3,\), got \(1, 3\)"),
        ({"pred_probs": np.array([0.1, 0.9])}, r"pred_probs of shape \(N, K\).*got \(2,\)"),
        ({"pred_probs": np.array(PROBS) * 1.1}, "sum to 1, got 1.1000"),
        ({"pred_probs": np.array(PROBS) - [0, 0.1, -0.1]}, "pred_probs in"),
        ({"pred_probs": np.array([[0, 1.2, 0], *PROBS[1:]])}, r"pred_probs in \[0, 1\]"),
        ({"pred_probs": np.full((3, 3), np.nan)}, "pred_probs in .* or nan"),
        ({"predictions": np.array([2, 1, 2])}, "most probable class, got class 2 .* in row 0"),
    ],
)
def test_wrong_arrays_are_refused_with_expected_and_got(
    changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        scored(**changes)
