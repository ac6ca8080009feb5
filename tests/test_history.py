"""The best epoch: lowest finite validation loss, earliest on a tie."""

import dataclasses
import math

import pytest

from fashion_core.history import EpochRecord, best_epoch


def record(epoch: int, val_loss: float) -> EpochRecord:
    return EpochRecord(
        epoch=epoch,
        train_loss=0.5,
        train_accuracy=0.8,
        val_loss=val_loss,
        val_accuracy=0.9,
        seconds=1.0,
    )


def test_best_epoch_has_the_lowest_validation_loss() -> None:
    history = [record(1, 0.5), record(2, 0.3), record(3, 0.4)]
    assert best_epoch(history) is history[1]


def test_best_epoch_is_the_earliest_on_a_tie_whatever_the_order() -> None:
    history = [record(4, 0.3), record(2, 0.3), record(3, 0.3)]
    assert best_epoch(history) is history[1]


@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
def test_best_epoch_skips_losses_that_are_not_finite(broken: float) -> None:
    history = [record(1, broken), record(2, 0.6), record(3, broken)]
    assert best_epoch(history) is history[1]


def test_best_epoch_is_none_without_a_finite_loss() -> None:
    assert best_epoch([]) is None
    assert best_epoch([record(1, math.nan)]) is None


def test_an_epoch_record_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        record(1, 0.5).val_loss = 0.1  # type: ignore[misc]
