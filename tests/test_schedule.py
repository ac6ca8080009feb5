"""The learning rate of every step."""

import pytest
import torch
from helpers import small_spec

from fashion_core.config import RunSpec
from fashion_core.training.schedule import learning_rate_at, set_learning_rate

CYCLE = RunSpec(schedule="one-cycle", learning_rate=0.5, epochs=1, train_images=101, batch_size=1)


def test_a_constant_schedule_is_the_learning_rate_of_the_spec():
    spec = RunSpec(learning_rate=0.003)
    assert {learning_rate_at(spec, step) for step in (0, 1, 20_000, 46_889)} == {0.003}


def test_a_cycle_starts_at_a_25th_peaks_after_three_tenths_and_ends_near_nothing():
    """101 steps: the last is number 100, the highest number 30."""
    rates = [learning_rate_at(CYCLE, step) for step in range(101)]
    assert rates[0] == pytest.approx(0.02)
    assert rates[15] == pytest.approx((0.02 + 0.5) / 2)  # half-way up a cosine
    assert rates[30] == max(rates) == 0.5
    assert rates[65] == pytest.approx((0.5 + 0.000002) / 2)  # half-way down
    assert rates[100] == pytest.approx(0.000002)


def test_a_cycle_is_that_of_torch():
    """Torch counts its rising share to the step after the highest: 31 of 101 steps."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    torchs = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=0.5, total_steps=101, pct_start=31 / 101, cycle_momentum=False
    )
    for step in range(101):
        assert learning_rate_at(CYCLE, step) == pytest.approx(torchs.get_last_lr()[0], rel=1e-9)
        optimizer.step()
        if step < 100:
            torchs.step()


def test_a_cycle_spans_all_epochs_with_their_smaller_last_batch():
    """3 epochs of 4 steps: the last of the 12 steps has the lowest rate."""
    spec = small_spec(schedule="one-cycle", learning_rate=1.0)
    rates = [learning_rate_at(spec, step) for step in range(12)]
    assert rates.index(min(rates)) == 11
    assert rates[11] == pytest.approx(1 / 250_000)
    assert all(rate > 0 for rate in rates)


def test_a_cycle_of_a_single_step_is_the_highest_rate():
    spec = RunSpec(schedule="one-cycle", epochs=1, train_images=100, batch_size=100)
    assert learning_rate_at(spec, 0) == spec.learning_rate


def test_the_rate_of_all_groups_is_set():
    weights = [torch.zeros(1, requires_grad=True) for _ in "ab"]
    optimizer = torch.optim.SGD([{"params": [w]} for w in weights], lr=1.0)
    set_learning_rate(optimizer, 0.25)
    assert [group["lr"] for group in optimizer.param_groups] == [0.25, 0.25]
