"""Softer or sharper probabilities by one number, fitted on validation pictures."""

from typing import Final

import numpy as np
import numpy.typing as npt

from fashion_core.analysis.scores import PictureScores, score_pictures

STORED_ZERO: Final = 2.0**-24
"""What a probability that was stored as 0 is taken for; it was below 2**-14.

The smallest positive float16. On the reference run's best epoch, whose network can still be asked,
this gives the temperature 1.327 where the exact logits give 1.321, and moves confidences by 0.0003
on average. Logits multiplied by 1.25, 1.5 and 2 give 1.66, 1.94 and 2.31 in place of 1.65, 1.98 and
2.64: temperatures above 2 come out too low, since little is left of the small probabilities.
"""

LOWEST: Final = 0.05
HIGHEST: Final = 20.0
"""Limits of the search: beyond them all answers are certain, or none says anything."""

_HALVINGS: Final = 40  # ln(400) / 2**40 < 1e-11: exact to the digits that float16 can support


def fit_temperature(scores: PictureScores) -> float:
    """Give the temperature T with the lowest mean loss of softmax(log p / T); T > 1 softens.

    The loss of the true class is stored exactly, so only the other classes suffer from
    `STORED_ZERO`. In 1 / T the mean loss is convex: its slope has one zero, found by halving.

    Args:
        scores: One epoch of the validation split: what is fitted on test pictures cannot be
            measured on them.

    Returns:
        T in [0.05, 20]; one of the limits if the loss is still falling there.

    References:
        C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger (2017), On Calibration of Modern Neural
        Networks, ICML 34, section 4.2.

    Raises:
        ValueError: if there are no pictures or a loss is infinite.
    """
    if not len(scores) or not np.isfinite(scores.loss).all():
        raise ValueError("Expected at least one picture and finite losses, got none or infinite.")
    logs = _log_probs(scores)
    true_logs = -scores.loss.astype(np.float64)
    logs[np.arange(len(logs)), scores.labels] = true_logs
    low, high = np.log(1 / HIGHEST), np.log(1 / LOWEST)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _slope(logs, true_logs, np.exp(middle)) > 0:
            high = middle
        else:
            low = middle
    return float(np.exp(-(low + high) / 2))


def soften(scores: PictureScores, temperature: float) -> PictureScores:
    """Give the same answers with the probabilities softmax(log p / temperature).

    Predictions stay, whatever the temperature. [0.8, 0.2] becomes [2/3, 1/3] at temperature 2.

    Args:
        scores: One epoch of one split.
        temperature: Above 1 softer, below 1 sharper.

    Returns:
        Scores whose probabilities, confidence, margin and loss follow the temperature; the loss
        starts from the exact one.

    Raises:
        ValueError: if the temperature is not a positive number.
    """
    if not 0 < temperature < np.inf:
        raise ValueError(f"Expected a positive temperature, got {temperature}.")
    logs, rows = _log_probs(scores) / temperature, np.arange(len(scores))
    powers = np.exp(logs)
    probs = powers / powers.sum(axis=1, keepdims=True)
    true_logs = -scores.loss.astype(np.float64) / temperature
    others = powers.sum(axis=1) - powers[rows, scores.labels]
    return score_pictures(
        image_ids=scores.image_ids,
        labels=scores.labels,
        predictions=scores.predictions,
        pred_probs=probs,
        loss=(np.log(np.exp(true_logs) + others) - true_logs).clip(min=0),  # rounding: -1e-16
    )


def _slope(
    logs: npt.NDArray[np.float64], true_logs: npt.NDArray[np.float64], inverse: float
) -> float:
    """Give the slope of the mean loss in 1 / T: mean log p under the answer minus the truth's."""
    scaled = logs * inverse
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    means = (powers * logs).sum(axis=1) / powers.sum(axis=1)
    return float((means - true_logs).mean())


def _log_probs(scores: PictureScores) -> npt.NDArray[np.float64]:
    """Give log p, float64 (N, K); the predicted class is never below another one.

    It was chosen before rounding: where two are stored as equal or swapped, it is the larger.
    """
    probs = scores.pred_probs.astype(np.float64)
    rows = np.arange(len(probs))
    probs[rows, scores.predictions] = probs.max(axis=1)
    logs: npt.NDArray[np.float64] = np.log(probs.clip(min=STORED_ZERO))
    return logs
