"""Guided experiments: what they change, which run is one, and what their curves are read as."""

from dataclasses import asdict, replace

import pytest

from fashion_core.config import RunSpec
from fashion_core.experiments import BASE, EXPERIMENTS, describe_outcome, find_experiment
from fashion_core.history import EpochRecord

BY_NAME = {experiment.name: experiment for experiment in EXPERIMENTS}


def curve(*losses: tuple[float, float], train: float = 0.8, val: float = 0.75) -> list[EpochRecord]:
    """Make epochs of (training loss, validation loss)."""
    return [
        EpochRecord(
            epoch=i,
            train_loss=train_loss,
            train_accuracy=train,
            val_loss=val_loss,
            val_accuracy=val,
            seconds=1.0,
        )
        for i, (train_loss, val_loss) in enumerate(losses, 1)
    ]


def test_each_changes_one_thing_beside_the_number_of_epochs():
    for experiment in EXPERIMENTS[1:]:
        spec, base = asdict(experiment.spec), asdict(BASE)
        changed = {key for key in base if spec[key] != base[key]} - {"epochs"}
        assert len(changed) == 1 or experiment.name == "A longer training"
    assert len({experiment.spec for experiment in EXPERIMENTS}) == len(EXPERIMENTS)


def test_a_run_is_recognised_whatever_its_seed_and_threads():
    spec = BY_NAME["No dropout"].spec
    assert find_experiment(replace(spec, seed=7, threads=2)) is BY_NAME["No dropout"]
    assert find_experiment(replace(spec, batch_size=64)) is None
    assert find_experiment(RunSpec()) is None


@pytest.mark.parametrize(
    ("name", "history", "said"),
    [
        (
            "Learning rate too high",
            curve((2.4, 2.31), (2.35, 2.305), val=0.1),
            "As expected, it learned nothing: at its best it named 10.0 %",
        ),
        (
            "Learning rate too high",
            curve((0.9, 0.7), (0.8, 0.9)),
            "right at epoch 1, then the validation loss went from 0.700 up to 0.900.",
        ),
        (
            "Learning rate too high",
            curve((0.9, 0.9), (0.8, 0.7)),
            "This rate was not too high here",
        ),
        (
            "Learning rate too low",
            curve((2.2, 2.0), (1.8, 1.6), (1.5, 1.2)),
            "went 2.00 to 1.20 and fell by 25.0 % in the last epoch alone",
        ),
        (
            "Learning rate too low",
            curve((0.5, 0.5), (0.4, 0.4), (0.4, 0.399)),
            "It had arrived: the validation loss went from 0.500 to 0.399",
        ),
        ("Learning rate too low", curve((0.5, 0.5)), "It had arrived"),
        (
            "No dropout",
            curve((0.5, 0.4), (0.3, 0.3), (0.2, 0.35), (0.1, 0.4), (0.05, 0.5)),
            "after epoch 2 the training loss kept falling while the validation loss rose by 0.200",
        ),
        (
            "No dropout",
            curve((0.5, 0.4), (0.3, 0.35), (0.1, 0.34)),
            "but the validation loss has not risen yet",
        ),
        ("No dropout", curve((0.5, 0.4), (0.3, 0.3)), "No overfitting to be seen"),
        (
            "Very little data",
            curve((0.1, 0.9), train=0.99, val=0.75),
            "99.0 % of its own pictures right, but at best 75.0 % of the validation pictures",
        ),
        ("Very little data", curve((0.1, 0.9), train=0.78, val=0.75), "smaller than expected"),
        (
            "A longer training",
            curve((0.5, 0.5), (0.3, 0.3), (0.2, 0.31), (0.1, 0.4)),
            "lowest at epoch 2 (0.300) and is 0.400 at the end",
        ),
        (
            "A longer training",
            curve((0.5, 0.5), (0.3, 0.3), (0.2, 0.28), (0.1, 0.25)),
            "came at epoch 4 of 4",
        ),
        (
            "How it should look",
            curve((0.5, 0.5), (0.3, 0.3)),
            "fell to the end, to 0.300. 75.0 % of the validation pictures",
        ),
        (
            "How it should look",
            curve((0.5, 0.5), (0.3, 0.3), (0.2, 0.35)),
            "fell until epoch 2, to 0.300, and was 0.350 at the end, epoch 3.",
        ),
    ],
)
def test_what_came_out_is_read_from_the_curves(name, history, said):
    experiment = replace(BY_NAME[name], spec=replace(BY_NAME[name].spec, epochs=len(history)))
    outcome = describe_outcome(experiment, history)
    assert said in outcome.replace("went from 2.00", "went 2.00")
    assert "early" not in outcome


def test_an_experiment_that_ended_early_says_so():
    said = describe_outcome(BY_NAME["How it should look"], curve((0.5, 0.5), (0.4, 0.4)))
    assert said.endswith("It ended 6 epochs early.")


def test_without_an_epoch_there_is_nothing_to_see():
    assert "nothing to see yet" in describe_outcome(BY_NAME["No dropout"], [])
    nan = float("nan")
    assert "nothing to see yet" in describe_outcome(BY_NAME["No dropout"], curve((nan, nan)))


def test_a_diverged_one_says_why():
    experiment = BY_NAME["Learning rate too high"]
    assert "far too large" in describe_outcome(experiment, [], diverged=True)
