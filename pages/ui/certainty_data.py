"""What the page about confidence needs of the core, computed once and kept."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import streamlit as st

from fashion_core.analysis.calibration import (
    CalibrationError,
    Reliability,
    measure_calibration_error,
    reliability,
)
from fashion_core.analysis.conformal import (
    Coverage,
    FrequentSet,
    class_thresholds,
    expected_coverage,
    frequent_sets,
    measure_coverage,
    prediction_sets,
)
from fashion_core.analysis.intervals import Interval
from fashion_core.analysis.scores import PictureScores
from fashion_core.analysis.selective import SelectiveCurve, selective_curve
from fashion_core.analysis.temperature import fit_temperature, soften
from pages.ui import services
from pages.ui.choice import Choice
from pages.ui.services import SplitName

_KEPT: Final = 64  # both splits of a run of the specification, and some


@dataclass(frozen=True, slots=True, kw_only=True)
class Honesty:
    """How far confidence and outcome of an epoch are apart.

    Attributes:
        bins: Both, by bins of the confidence.
        error: Expected calibration error with its interval.
        loss: Mean loss in nats.
    """

    bins: Reliability
    error: CalibrationError
    loss: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sets:
    """Prediction sets of the test pictures and how often they keep their promise.

    Attributes:
        is_member: bool of shape (N, 10).
        thresholds: Lowest probability at which a class is in a set, float64 of shape (10,).
        coverage: What was measured.
        expected: Range of the coverage of each class if the promise holds.
        frequent: All sets that occur, the most frequent first.
    """

    is_member: npt.NDArray[np.bool_]
    thresholds: npt.NDArray[np.float64]
    coverage: Coverage
    expected: list[Interval]
    frequent: list[FrequentSet]


@st.cache_data(show_spinner=False, max_entries=_KEPT)
def temperature(run_id: str, epoch: int) -> float:
    """Give the temperature of an epoch, fitted on the validation pictures."""
    return fit_temperature(services.scores(run_id, epoch, "validation"))


def shown_scores(choice: Choice, *, is_softened: bool) -> PictureScores:
    """Give what the chosen epoch says, with softened probabilities if asked for."""
    return _scores(choice.run.run_id, choice.epoch, choice.split, is_softened)


def honesty(choice: Choice, *, is_softened: bool) -> Honesty:
    """Give the calibration of the chosen epoch."""
    return _honesty(choice.run.run_id, choice.epoch, choice.split, is_softened)


def curve(choice: Choice, *, is_softened: bool) -> SelectiveCurve:
    """Give accuracy against the share handed over, for all thresholds."""
    return _curve(choice.run.run_id, choice.epoch, choice.split, is_softened)


@st.cache_resource(show_spinner=False, max_entries=_KEPT)
def sets(run_id: str, epoch: int, percent: int) -> Sets:
    """Calibrate sets on the validation pictures and measure them on the test pictures."""
    calibration = services.scores(run_id, epoch, "validation")
    test = services.scores(run_id, epoch, "test")
    thresholds = class_thresholds(calibration, percent=percent)
    is_member = prediction_sets(test.pred_probs, thresholds)
    coverage = measure_coverage(is_member, labels=test.labels)
    known = np.bincount(calibration.labels, minlength=len(thresholds))
    return Sets(
        is_member=is_member,
        thresholds=thresholds,
        coverage=coverage,
        expected=[
            expected_coverage(calibration=int(n), pictures=int(m), percent=percent)
            for n, m in zip(known, coverage.pictures, strict=True)
        ],
        frequent=frequent_sets(is_member, labels=test.labels),
    )


@st.cache_resource(show_spinner=False, max_entries=_KEPT)
def _softened(run_id: str, epoch: int, split: SplitName) -> PictureScores:
    return soften(services.scores(run_id, epoch, split), temperature(run_id, epoch))


@st.cache_resource(show_spinner=False, max_entries=2 * _KEPT)
def _honesty(run_id: str, epoch: int, split: SplitName, is_softened: bool) -> Honesty:
    scores = _scores(run_id, epoch, split, is_softened)
    return Honesty(
        bins=reliability(scores.confidence, scores.is_right),
        error=measure_calibration_error(scores.confidence, scores.is_right),
        loss=float(scores.loss.mean()),
    )


@st.cache_resource(show_spinner=False, max_entries=2 * _KEPT)
def _curve(run_id: str, epoch: int, split: SplitName, is_softened: bool) -> SelectiveCurve:
    scores = _scores(run_id, epoch, split, is_softened)
    return selective_curve(scores.confidence, scores.is_right)


def _scores(run_id: str, epoch: int, split: SplitName, is_softened: bool) -> PictureScores:
    return (_softened if is_softened else services.scores)(run_id, epoch, split)
