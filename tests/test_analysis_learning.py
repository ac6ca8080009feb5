"""When a run stopped learning: the rule, and one sentence for each state."""

import math

import pytest

from fashion_core.analysis.learning import Overfitting, describe_learning, find_overfitting
from fashion_core.history import EpochRecord


def run(*losses: tuple[float, float]) -> list[EpochRecord]:
    """Give a history from pairs of training and validation loss."""
    return [
        EpochRecord(
            epoch=number,
            train_loss=train,
            train_accuracy=0.8,
            val_loss=val,
            val_accuracy=0.9,
            seconds=1.0,
        )
        for number, (train, val) in enumerate(losses, start=1)
    ]


OVERFIT = run((0.6, 0.41), (0.4, 0.3), (0.3, 0.33), (0.2, 0.32), (0.15, 0.38))


def test_overfitting_runs_from_the_best_to_the_last_epoch() -> None:
    found = find_overfitting(OVERFIT)
    assert found is not None
    assert (found.start_epoch, found.end_epoch) == (2, 5)


def test_overfitting_measures_the_rise_and_the_fall_since_the_best_epoch() -> None:
    found = find_overfitting(OVERFIT)
    assert isinstance(found, Overfitting)
    assert found.val_rise == pytest.approx(0.08)
    assert found.train_fall == pytest.approx(0.25)


@pytest.mark.parametrize(
    "history",
    [
        [],
        run((0.6, 0.4), (0.4, 0.3)),
        OVERFIT[:4],
        run((0.6, 0.41), (0.4, 0.3), (0.5, 0.33), (0.45, 0.32), (0.41, 0.38)),
        run((0.6, 0.41), (0.4, 0.3), (0.3, 0.33), (0.2, 0.32), (0.15, 0.3)),
        run((0.6, 0.3), (0.5, 0.4), (0.4, 0.4), (math.nan, 0.4)),
        run((math.inf, 0.3), (0.5, 0.4), (0.4, 0.4), (0.3, 0.4)),
        run((math.nan, math.nan)),
    ],
    ids=[
        "no epoch",
        "best is last",
        "two epochs after the best",
        "training loss did not fall",
        "validation loss is back at its best",
        "training loss is lost",
        "training loss came from nowhere",
        "nothing finite",
    ],
)
def test_it_is_not_overfitting_yet(history: list[EpochRecord]) -> None:
    assert find_overfitting(history) is None


def test_overfitting_ends_at_the_last_finite_epoch() -> None:
    found = find_overfitting([*OVERFIT, *run(*[(0.1, 0.5)] * 5, (0.1, math.inf))[5:]])
    assert found is not None
    assert (found.end_epoch, found.val_rise) == (5, pytest.approx(0.08))


@pytest.mark.parametrize(
    ("history", "sentence"),
    [
        ([], "No epoch of 30 has finished yet."),
        (
            run((0.6, 0.4)),
            "Validation loss is 0.400 after epoch 1; the next epoch will show whether it falls.",
        ),
        (
            run((0.6, 0.4), (0.4, 0.2413)),
            "Validation loss is still falling: 0.241 at epoch 2 is the lowest so far.",
        ),
        (
            OVERFIT[:3],
            "Validation loss has not improved in the last epoch: "
            "0.300 at epoch 2 is still the lowest.",
        ),
        (
            OVERFIT[:4],
            "Validation loss has not improved for 2 epochs: 0.300 at epoch 2 is still the lowest.",
        ),
        (
            OVERFIT,
            "Validation loss has risen since epoch 2 (0.300 → 0.380) while training loss fell "
            "(0.400 → 0.150): the network is learning its training pictures by heart. "
            "This is overfitting; epoch 2 is kept.",
        ),
        (
            run((0.6, 0.4), (math.nan, math.nan)),
            "The loss of epoch 2 is not a finite number: training diverged; epoch 1 (0.400) is "
            "kept. A smaller learning rate may help.",
        ),
        (
            run((0.6, 0.4), (math.inf, 0.3)),
            "The loss of epoch 2 is not a finite number: training diverged; epoch 2 (0.300) is "
            "kept. A smaller learning rate may help.",
        ),
        (
            run((math.nan, math.inf)),
            "The loss of epoch 1 is not a finite number: training diverged; no epoch is worth "
            "keeping. A smaller learning rate may help.",
        ),
        (
            run((9.0, 2.31), (2.31, 2.305)),
            "Validation loss has not come below 2.31, no better than guessing among ten classes "
            "(2.30), and losses far above that show that the steps are too large. A smaller "
            "learning rate may help.",
        ),
        (
            run((2.3233, 2.2969), (2.3144, 2.2887)),
            "The losses have hardly moved from that of guessing among ten classes (2.30); "
            "validation loss: 2.30 → 2.29. Steps that are too small do that. A larger learning "
            "rate may help.",
        ),
        (
            run((2.3233, 2.2969)),
            "Validation loss is 2.30 after epoch 1; the next epoch will show whether it falls.",
        ),
    ],
)
def test_every_state_of_learning_has_a_sentence(history: list[EpochRecord], sentence: str) -> None:
    assert describe_learning(history, planned_epochs=30) == sentence


def test_a_run_that_ends_at_its_best_epoch_says_that_more_may_help() -> None:
    sentence = describe_learning(run((0.6, 0.4), (0.4, 0.3)), planned_epochs=2)
    assert sentence == (
        "Validation loss is lowest at the last epoch (0.300 at epoch 2): "
        "the network had not stopped learning, more epochs may help."
    )


def test_no_sentence_speaks_of_the_test_split() -> None:
    for end in range(len(OVERFIT) + 1):
        assert "test" not in describe_learning(OVERFIT[:end], planned_epochs=5).lower()


def test_a_plan_without_epochs_is_refused() -> None:
    with pytest.raises(ValueError, match="Expected at least 1 planned epoch, got 0"):
        describe_learning([], planned_epochs=0)


MEASURED: dict[str, list[EpochRecord]] = {
    "1e-7, 500 pictures": run((2.3233, 2.2969), (2.3144, 2.2887)),
    "1e-7, 500 pictures, another seed": run((2.3574, 2.3036), (2.3524, 2.3077)),
    "1e-6, 500 pictures": run((2.3205, 2.2965), (2.3048, 2.2857), (2.3189, 2.2724)),
    "1e-6, 2,000 pictures": run((2.3035, 2.2611), (2.2822, 2.2345), (2.2668, 2.2075)),
    "1e-5, 500 pictures": run((2.2931, 2.2918), (2.2149, 2.2559), (2.1722, 2.1813)),
    "1e-5, 2,000 pictures": run((2.1971, 2.0912), (1.9628, 1.769), (1.745, 1.5062)),
    "1e-3, 500 pictures": run((1.6834, 1.9759), (1.0626, 1.2769), (0.7767, 0.7922)),
    "0.01, 2,000 pictures": run((2.2978, 1.1627), (1.5897, 1.0395), (1.305, 0.7812)),
    "0.1, 500 pictures": run((228.7051, 3.1011), (5.2423, 2.3221), (3.6752, 2.3069)),
    "0.1, 2,000 pictures": run((67.8201, 2.3096), (3.6353, 2.3139), (7.9419, 2.3147)),
    "0.1, 20,000 pictures": run((10.3, 2.32), (9.30, 2.31)),
    "0.03, 20,000 pictures": run((2.8347, 2.3101), (2.3071, 2.306)),
    "10, 2,000 pictures": run((2585777942.9, 3.8755), (3.1055, 3.2127), (2.8666, 3.0149)),
}
"""Learning rate and pictures -> losses of a real run of 2 or 3 epochs, batch 32."""

LARGER, SMALLER, MORE = "A larger learning", "A smaller learning", "more epochs may help"


@pytest.mark.parametrize(
    ("measured", "advice"),
    [
        ("1e-7, 500 pictures", LARGER),
        ("1e-7, 500 pictures, another seed", LARGER),
        ("1e-6, 500 pictures", LARGER),
        ("1e-6, 2,000 pictures", LARGER),
        ("1e-5, 500 pictures", MORE),
        ("1e-5, 2,000 pictures", MORE),
        ("1e-3, 500 pictures", MORE),
        ("0.01, 2,000 pictures", MORE),
        ("0.1, 500 pictures", SMALLER),
        ("0.1, 2,000 pictures", SMALLER),
        ("0.1, 20,000 pictures", SMALLER),
        ("0.03, 20,000 pictures", SMALLER),
        ("10, 2,000 pictures", SMALLER),
    ],
)
def test_the_advice_on_a_real_run_fits_its_learning_rate(measured: str, advice: str) -> None:
    history = MEASURED[measured]
    said = describe_learning(history, planned_epochs=len(history))
    assert [each for each in (LARGER, SMALLER, MORE) if each in said] == [advice]


def test_learning_by_heart_without_a_high_loss_is_no_fault_of_the_steps() -> None:
    """100 pictures: the training loss falls before the validation loss does."""
    said = describe_learning(run((2.25, 2.31), (1.9, 2.3)), planned_epochs=30)
    assert said == "Validation loss is still falling: 2.30 at epoch 2 is the lowest so far."
