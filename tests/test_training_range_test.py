"""The computation of a range test: the steps of a run, a rising rate, and no trace left behind."""

import itertools

import numpy as np
import pytest
import torch
from helpers import DATA_DIR, load_small_split, small_spec, train

from fashion_core.analysis.range_test import learning_rates, suggest
from fashion_core.config import RunSpec
from fashion_core.engine.range_test import IGNORED_FIELDS
from fashion_core.errors import DataError
from fashion_core.training.events import StepLoss
from fashion_core.training.range_test import run_range_test

STEPS = 100


@pytest.fixture
def few(monkeypatch) -> None:
    """Let range tests see the first 300 real pictures only: to read all takes half a second."""
    monkeypatch.setattr("fashion_core.training.range_test.read_split", load_small_split)


def points(spec: RunSpec, *, stop_after: int = STEPS) -> tuple[str, list[tuple[float, float]]]:
    """Compute a range test; give how it ended and its rates and losses."""
    found: list[tuple[float, float]] = []
    outcome = run_range_test(
        spec,
        STEPS,
        lambda rate, loss: found.append((rate, loss)),
        lambda: len(found) == stop_after,
        data_dir=DATA_DIR,
    )
    return outcome, found


def test_every_step_has_its_rate_over_as_many_epochs_as_it_takes(few):
    _, found = points(small_spec())  # 4 steps an epoch
    assert len(found) > 40
    assert tuple(rate for rate, _ in found) == learning_rates(STEPS)[: len(found)]


def test_the_same_spec_gives_the_same_bits(few):
    spec = small_spec(horizontal_flip=True)
    assert points(spec) == points(spec)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"batch_size": 16},
        {"horizontal_flip": True},
        {"shift_pixels": 2},
        {"erase_probability": 0.5},
        {"weight_decay": 0.5},
        {"label_smoothing": 0.1},
        {"precision": "bfloat16"},
    ],
)
def test_what_a_step_depends_on_changes_the_losses(few, change):
    assert points(small_spec())[1] != points(small_spec(**change))[1]


def test_what_happens_around_the_steps_changes_nothing(few):
    flipped = small_spec(horizontal_flip=True)
    values = flipped.to_dict() | {"epochs": 9, "schedule": "one-cycle", "average_decay": 0.9}
    other = RunSpec.from_dict(values | {"learning_rate": 0.1, "mirror_average": True})
    assert all(getattr(other, name) != getattr(flipped, name) for name in IGNORED_FIELDS)
    assert points(other) == points(flipped)


def test_the_first_step_is_the_one_of_a_run(few, small_data, tmp_path):
    """Same weights, pictures, order and dropout; the rate acts after the first loss only."""
    spec, events = small_spec(epochs=1), []
    train(tmp_path / "run", spec, events.append)
    steps = [event.loss for event in events if isinstance(event, StepLoss)]
    losses = [loss for _, loss in points(spec)[1]]
    assert losses[0] == steps[0]
    assert losses[1] != steps[1]


def test_the_optimiser_uses_the_rising_rate(few, monkeypatch):
    used = []

    def step(_model, optimizer, *_batch):
        used.extend(group["lr"] for group in optimizer.param_groups)
        return 2.3, 0

    monkeypatch.setattr("fashion_core.training.range_test.train_step", step)
    assert points(small_spec())[0] == "finished"
    assert tuple(used) == learning_rates(STEPS)


def test_it_ends_early_once_the_loss_has_exploded(few):
    """Without dropout a network fits 100 pictures soon, and breaks soon after."""
    spec = RunSpec(train_images=100, conv_widths=(8, 16), fc_widths=(64, 32), dropout=0.0)
    outcome, found = points(spec)
    assert outcome == "exploded"
    assert len(found) < STEPS
    assert suggest(*zip(*found, strict=True)) is not None


def test_a_loss_that_is_not_a_number_is_told_and_ends_it(few, monkeypatch):
    losses = itertools.chain([2.3, 2.2], itertools.repeat(float("nan")))
    monkeypatch.setattr("fashion_core.training.range_test.train_step", lambda *_: (next(losses), 0))
    outcome, found = points(small_spec())
    assert outcome == "exploded"
    assert np.isnan([loss for _, loss in found]).tolist() == [False, False, True]


def test_it_stops_before_the_next_step(few):
    outcome, found = points(small_spec(), stop_after=7)
    assert (outcome, len(found)) == ("stopped", 7)


def test_it_leaves_the_random_state_of_the_process_alone(few):
    before = torch.random.get_rng_state()
    points(small_spec())
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.slow
def test_it_writes_nothing_not_even_unpacked_pictures(archives):
    before = sorted(archives.rglob("*"))
    run_range_test(small_spec(), STEPS, lambda *_: None, lambda: False, data_dir=archives)
    assert sorted(archives.rglob("*")) == before


def test_missing_pictures_are_an_error_with_a_sentence(tmp_path):
    with pytest.raises(DataError, match="is missing"):
        run_range_test(small_spec(), STEPS, lambda *_: None, lambda: False, data_dir=tmp_path)


def test_too_few_steps_are_refused(few):
    with pytest.raises(ValueError, match="Expected from 100 to 2,000 steps"):
        run_range_test(small_spec(), 99, lambda *_: None, lambda: False, data_dir=DATA_DIR)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_suggestion_for_a_small_network_is_a_rate_that_learns(seed):
    """Measured with two epochs of 50,000 pictures: 0.001 to 0.006 are good, 0.02 is bad."""
    rates, losses = [], []
    spec = RunSpec(conv_widths=(4, 6), fc_widths=(16, 8), seed=seed)
    run_range_test(
        spec,
        300,
        lambda rate, loss: (rates.append(rate), losses.append(loss)),
        lambda: False,
        data_dir=DATA_DIR,
    )
    found = suggest(rates, losses)
    assert 1e-3 <= found.rate <= 6e-3
    assert found.high <= 2e-2
