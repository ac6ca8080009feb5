"""The headline figures against a case worked out by hand."""

import numpy as np
import pytest

from fashion_core.analysis.headline import Headline, describe_below, summarise
from fashion_core.analysis.scores import score_pictures


@pytest.fixture
def headline() -> Headline:
    """Six pictures: classes 0, 0, 0, 1, 1, 2, predicted 0, 1, 0, 1, 1, 1 with these confidences."""
    confidence = np.array([0.9, 0.6, 0.4, 0.8, 0.5, 0.3])
    predictions = np.array([0, 1, 0, 1, 1, 1])
    probs = np.repeat(((1 - confidence) / 9)[:, None], 10, axis=1)
    probs[np.arange(6), predictions] = confidence
    labels = np.array([0, 0, 0, 1, 1, 2])
    return summarise(
        score_pictures(
            image_ids=np.arange(6),
            labels=labels,
            predictions=predictions,
            pred_probs=probs,
            loss=-np.log(probs[np.arange(6), labels]),
        )
    )


def test_headline_accuracy_is_the_share_of_right_pictures(headline: Headline) -> None:
    assert headline.accuracy.value == pytest.approx(4 / 6)
    assert headline.accuracy.interval.low < 4 / 6 < headline.accuracy.interval.high


def test_headline_matrix_has_true_classes_in_rows(headline: Headline) -> None:
    assert headline.matrix[0, 1] == 1
    assert headline.matrix[1, 0] == 0


def test_headline_macro_precision_is_undefined_when_a_class_is_never_predicted(
    headline: Headline,
) -> None:
    assert np.isnan(headline.macro_precision.value)


def test_headline_confident_precision_leaves_out_unsure_pictures(headline: Headline) -> None:
    assert headline.answered == 4  # 0.9, 0.6, 0.8 and exactly 0.5
    assert headline.confident_precision.value == pytest.approx(3 / 4)
    assert headline.pictures == 6


def test_reported_figures_stand_only_below_a_run_that_is_as_specified(headline: Headline) -> None:
    assert describe_below(headline, is_as_specified=True) == (
        "reported 92.81\u00a0%",
        "reported precision 91.54\u00a0%",
    )
    assert describe_below(headline, is_as_specified=False) == (
        "4 of 6 right",
        "mean over the ten classes",
    )
