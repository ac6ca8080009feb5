"""Guided experiments: what they change, which run is one, and what their curves are read as."""

from dataclasses import asdict, replace

import pytest

from fashion_core.config import RunSpec
from fashion_core.experiments import (
    BASE,
    EXPERIMENTS,
    Outcome,
    describe_changes,
    find_experiment,
    judge_guess,
    read_outcome,
)
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
    ("name", "history", "came_true", "said"),
    [
        (
            "Learning rate too high",
            curve((2.4, 2.31), (2.35, 2.305), val=0.1),
            "It learns nothing",
            "As expected, it learned nothing: at its best it named 10.0\u00a0%",
        ),
        (
            "Learning rate too high",
            curve((0.9, 0.7), (0.8, 0.9)),
            "It learns something",
            "right at epoch 1, then the validation loss went from 0.700 up to 0.900.",
        ),
        (
            "Learning rate too high",
            curve((0.9, 0.9), (0.8, 0.7)),
            "It learns faster",
            "This rate was not too high here",
        ),
        (
            "Learning rate too low",
            curve((2.2, 2.0), (1.8, 1.6), (1.5, 1.2)),
            "It learns slowly",
            "went from 2.00 to 1.20 and fell by 25.0\u00a0% in the last epoch alone",
        ),
        (
            "Learning rate too low",
            curve((0.5, 0.5), (0.4, 0.4), (0.4, 0.399)),
            "It arrives all the same",
            "It had arrived: the validation loss went from 0.500 to 0.399",
        ),
        ("Learning rate too low", curve((0.5, 0.5)), "It arrives", "It had arrived"),
        (
            "Learning rate too low",
            curve((2.4, 2.31), (2.3, 2.3)),
            "It learns nothing",
            "It learned nothing yet: the validation loss went from 2.31 to 2.30",
        ),
        (
            "No dropout",
            curve((0.5, 0.4), (0.3, 0.3), (0.2, 0.35), (0.1, 0.4), (0.05, 0.5)),
            "The training loss falls on",
            "after epoch 2 the training loss kept falling while the validation loss rose by 0.200",
        ),
        (
            "No dropout",
            curve((0.5, 0.4), (0.3, 0.35), (0.1, 0.34)),
            "They come apart",
            "but the validation loss has not risen yet",
        ),
        (
            "No dropout",
            curve((0.5, 0.4), (0.3, 0.3)),
            "They stay close",
            "No overfitting to be seen",
        ),
        (
            "Very little data",
            curve((0.1, 0.9), train=0.99, val=0.75),
            "Its own pictures, and clearly fewer",
            "99.0\u00a0% of its own pictures right, but at its best epoch 75.0\u00a0% of the "
            "validation pictures",
        ),
        (
            "Very little data",
            curve((0.1, 0.9), train=0.78, val=0.75),
            "Its own pictures, and just as many",
            "smaller than expected",
        ),
        (
            "Very little data",
            curve((2.3, 2.3), train=0.12, val=0.1),
            "Not even its own",
            "smaller than expected",
        ),
        (
            "A longer training",
            curve((0.5, 0.5), (0.3, 0.3), (0.2, 0.31), (0.1, 0.4)),
            "In between",
            "the last 2 epochs were for nothing: the validation loss was lowest at epoch 2 (0.300) "
            "and is 0.400 at the end",
        ),
        (
            "A longer training",
            curve((0.5, 0.2), (0.3, 0.3), (0.2, 0.31), (0.1, 0.4)),
            "Early",
            "the last 3 epochs were for nothing",
        ),
        (
            "A longer training",
            curve((0.5, 0.5), (0.3, 0.3), (0.2, 0.28), (0.1, 0.25)),
            "Near the end",
            "came at epoch 4 of 4",
        ),
        (
            "How it should look",
            curve((0.5, 0.5), (0.3, 0.3)),
            "At the last epoch",
            "fell to the end, to 0.300. 75.0\u00a0% of the validation pictures",
        ),
        (
            "How it should look",
            curve((0.5, 0.5), (0.3, 0.3), (0.2, 0.35)),
            "Some epochs before",
            "fell until epoch 2, to 0.300, and was 0.350 at the end, epoch 3.",
        ),
        ("How it should look", curve((2.3, 2.31)), "Never", "to 2.31"),
    ],
)
def test_what_came_out_is_read_from_the_curves(name, history, came_true, said):
    experiment = replace(BY_NAME[name], spec=replace(BY_NAME[name].spec, epochs=len(history)))
    outcome = read_outcome(experiment, history)
    assert said in outcome.words
    assert experiment.guesses[outcome.came_true].startswith(came_true)


def test_of_an_experiment_that_ended_early_it_is_too_early_to_tell():
    """The curves alone would say that the gap is smaller than expected."""
    outcome = read_outcome(BY_NAME["Very little data"], curve((2.0, 1.9), train=0.3, val=0.4))
    words = "It is too early to tell: only 1 of 30 epochs was computed."
    assert outcome == Outcome(words=words, came_true=None)
    two = read_outcome(BY_NAME["Very little data"], curve((2.0, 1.9), (1.5, 1.4)))
    assert two.words.endswith("only 2 of 30 epochs were computed.")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("How it should look", "Nothing is changed: the others are compared with this one."),
        ("Learning rate too low", "Changed: learning rate 0.00001 instead of 0.001."),
        ("No dropout", "Changed: epochs 12 instead of 8, dropout 0 instead of 0.5."),
        ("A longer training", "Changed: epochs 24 instead of 8."),
    ],
)
def test_what_an_experiment_changes_is_said_in_full(name, said):
    assert describe_changes(BY_NAME[name]) == said


def test_a_guess_is_judged_by_what_came_out():
    experiment = BY_NAME["No dropout"]
    first, second, _ = experiment.guesses
    outcome = Outcome(words="", came_true=0)
    assert judge_guess(experiment, outcome, first) == f"Your guess was right: “{first}”"
    assert judge_guess(experiment, outcome, second) == (
        f"Your guess was “{second}” It was wrong: “{first}”"
    )
    assert judge_guess(experiment, Outcome(words="Too early."), first) == ""


def test_without_an_epoch_there_is_nothing_to_see():
    nan = float("nan")
    for history in ([], curve((nan, nan))):
        outcome = read_outcome(BY_NAME["No dropout"], history)
        assert "nothing to see yet" in outcome.words
        assert outcome.came_true is None


def test_a_diverged_one_says_why():
    experiment = BY_NAME["Learning rate too high"]
    outcome = read_outcome(experiment, [], diverged=True)
    assert "far too large" in outcome.words
    assert outcome.came_true is None


def test_an_epoch_whose_file_was_lost_makes_no_experiment_unfinished():
    experiment = BY_NAME["A longer training"]
    history = curve(*[(0.5, 0.5)] * 7, (0.4, 0.2), *[(0.3, 0.4)] * 16)
    del history[2]  # a list of runs that is made anew leaves a gap
    outcome = read_outcome(experiment, history)
    assert experiment.guesses[outcome.came_true] == "Early, in epochs 1 to 8."
    assert "the last 16 epochs were for nothing" in outcome.words
