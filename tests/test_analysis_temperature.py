"""Temperature scaling: by hand, against scipy, and against the logits of the network itself."""

import numpy as np
import pytest
import torch
from helpers import DATA_DIR, REPO_ROOT
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from fashion_core.analysis.scores import PictureScores, score_pictures
from fashion_core.analysis.temperature import STORED_ZERO, fit_temperature, soften
from fashion_core.config import RunSpec
from fashion_core.data import read_split
from fashion_core.runs import artifacts
from fashion_core.training.checkpoint import unpack_weights
from fashion_core.training.evaluate import answer
from fashion_core.training.recipe import as_network_input, build_network


def scored(logits: np.ndarray, labels: np.ndarray, *, is_stored: bool = False) -> PictureScores:
    """Give the scores of exact logits, or of what is stored of them."""
    probs = softmax(logits, axis=1)
    if is_stored:
        probs = np.where(probs < 2**-14, 0, probs).astype(np.float16)
    rows = np.arange(len(labels))
    return score_pictures(
        image_ids=rows,
        labels=labels,
        predictions=logits.argmax(axis=1),
        pred_probs=probs,
        loss=-log_softmax(logits, axis=1)[rows, labels],
    )


def drawn(true_temperature: float, *, spread: float = 2.0, pictures: int = 4_000) -> tuple:
    """Draw logits whose labels follow softmax(logits / T)."""
    random = np.random.default_rng(7)
    logits = spread * random.normal(size=(pictures, 4)).astype(np.float64)
    chances = softmax(logits / true_temperature, axis=1)
    labels = np.array([random.choice(4, p=row) for row in chances])
    return logits, labels


def best_by_scipy(logits: np.ndarray, labels: np.ndarray) -> float:
    rows = np.arange(len(labels))

    def loss(log_temperature: float) -> float:
        return -log_softmax(logits / np.exp(log_temperature), axis=1)[rows, labels].mean()

    return float(np.exp(minimize_scalar(loss, bounds=(-3, 3), options={"xatol": 1e-9}).x))


def two_classes(probs: list[float], labels: list[int]) -> PictureScores:
    logits = np.log([[p, 1 - p] for p in probs])
    return scored(logits, np.array(labels))


def test_temperature_of_two_classes_by_hand() -> None:
    """Always 80 % sure and right in 2 of 3: logit ln 4 must become ln 2, so T is 2."""
    scores = two_classes([0.8, 0.8, 0.8], [0, 0, 1])
    assert fit_temperature(scores) == pytest.approx(2, abs=1e-6)


def test_softened_probabilities_by_hand() -> None:
    softer = soften(two_classes([0.8], [1]), 2)
    assert softer.pred_probs[0] == pytest.approx([2 / 3, 1 / 3])
    assert softer.loss[0] == pytest.approx(np.log(3))
    assert softer.confidence[0] == pytest.approx(2 / 3)


def test_temperature_one_changes_nothing() -> None:
    scores = scored(*drawn(1.0, pictures=50))
    assert soften(scores, 1).pred_probs == pytest.approx(scores.pred_probs)
    assert soften(scores, 1).loss == pytest.approx(scores.loss, abs=1e-6)


@pytest.mark.parametrize("true_temperature", [0.5, 1.7, 3.0])
def test_fit_agrees_with_scipy(true_temperature: float) -> None:
    logits, labels = drawn(true_temperature)
    fitted = fit_temperature(scored(logits, labels))
    assert fitted == pytest.approx(best_by_scipy(logits, labels), rel=1e-5)
    assert fitted == pytest.approx(true_temperature, rel=0.1)


def test_softened_loss_agrees_with_softmax_of_the_logits() -> None:
    logits, labels = drawn(1.0, pictures=300)
    softer, rows = soften(scored(logits, labels), 2.5), np.arange(300)
    assert softer.pred_probs == pytest.approx(softmax(logits / 2.5, axis=1), abs=1e-6)
    expected = -log_softmax(logits / 2.5, axis=1)[rows, labels]
    assert softer.loss == pytest.approx(expected, abs=1e-5)


def test_true_class_stored_as_zero_counts_with_its_exact_loss() -> None:
    """p(true) is 1e-6 and stored as 0: without the exact loss it would be 2**-24."""
    logits = np.log([[1 - 1e-6, 1e-6]])
    scores = scored(logits, np.array([1]), is_stored=True)
    assert scores.pred_probs[0, 1] == 0
    assert soften(scores, 2).loss[0] == pytest.approx(-log_softmax(logits / 2)[0, 1], rel=0.01)


def test_fit_takes_the_exact_loss_of_a_true_class_that_was_stored_as_zero() -> None:
    """Eleven pictures say class 0 with 1 - 1e-5; one of them is of class 1."""
    labels = np.array([0] * 10 + [1])
    scores = scored(np.tile(np.log([1 - 1e-5, 1e-5]), (11, 1)), labels, is_stored=True)
    known = np.tile(np.log([1, STORED_ZERO]), (11, 1))
    known[np.arange(11), labels] = -scores.loss
    assert fit_temperature(scores) == pytest.approx(best_by_scipy(known, labels), rel=1e-4)


def test_stored_zero_becomes_a_small_probability_when_softened() -> None:
    scores = scored(np.log([[1 - 1e-6, 1e-6]]), np.array([0]), is_stored=True)
    expected = STORED_ZERO**0.5 / (1 + STORED_ZERO**0.5)
    assert soften(scores, 2).pred_probs[0, 1] == pytest.approx(expected)


@pytest.mark.parametrize("temperature", [0.05, 0.5, 2, 20])
def test_predictions_stay_although_rounding_made_another_class_equal(temperature: float) -> None:
    scores = score_pictures(
        image_ids=[0],
        labels=[2],
        predictions=[2],
        pred_probs=[[0.25, 0.3755, 0.3745]],  # class 2 was larger before rounding
        loss=[0.98],
    )
    softer = soften(scores, temperature)
    assert softer.predictions.tolist() == [2]
    assert softer.margin[0] == 0


def test_only_right_answers_end_at_the_sharpest_temperature() -> None:
    assert fit_temperature(two_classes([0.8, 0.9], [0, 0])) == pytest.approx(0.05)


def test_only_wrong_answers_end_at_the_softest_temperature() -> None:
    assert fit_temperature(two_classes([0.8, 0.9], [1, 1])) == pytest.approx(20)


@pytest.mark.parametrize("temperature", [0, -1, float("nan"), float("inf")])
def test_impossible_temperature_is_refused(temperature: float) -> None:
    with pytest.raises(ValueError, match="positive temperature"):
        soften(two_classes([0.8], [0]), temperature)


def test_infinite_loss_is_refused() -> None:
    scores = score_pictures(
        image_ids=[0], labels=[1], predictions=[0], pred_probs=[[1.0, 0.0]], loss=[np.inf]
    )
    with pytest.raises(ValueError, match="finite losses"):
        fit_temperature(scores)


@pytest.mark.slow
def test_stored_probabilities_give_the_temperature_of_the_networks_logits() -> None:
    """1.327 from float16 with zeros, 1.321 from the best weights of the reference run."""
    run, split = REPO_ROOT / "examples" / "reference-run", read_split(DATA_DIR, "val")
    model = build_network(RunSpec())
    unpack_weights(model, artifacts.read(run, "best", 8))
    images = torch.from_numpy(split.images.copy()).unsqueeze(1)
    with torch.inference_mode():
        parts = [
            answer(model.eval(), as_network_input(part), mirror_average=False)
            for part in images.split(250)
        ]
    stored = artifacts.read_epoch(run, 8).val
    scores = score_pictures(
        image_ids=split.image_ids,
        labels=split.labels,
        predictions=stored.predictions.astype(np.int64),
        pred_probs=stored.pred_probs,
        loss=stored.loss,
    )
    exact = best_by_scipy(torch.cat(parts).double().numpy(), split.labels)
    assert fit_temperature(scores) == pytest.approx(exact, rel=0.01)
