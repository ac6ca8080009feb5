"""Weights and checkpoints as bytes: everything comes back, nothing else is accepted."""

import pickle

import pytest
import torch
from helpers import record, small_spec, small_split

from fashion_core.errors import DamagedFileError
from fashion_core.model import FashionCNN
from fashion_core.training.checkpoint import (
    pack_checkpoint,
    pack_weights,
    unpack_checkpoint,
    unpack_weights,
)
from fashion_core.training.recipe import batches, generator, make_optimizer, train_step

HISTORY = (record(1, 0.1 + 0.2), record(2, 1 / 3, seconds=7.25))


def build(**changes):
    """Give a network and its optimiser as a run makes them."""
    spec = small_spec(**changes)
    model = FashionCNN(spec, generator(spec.seed, "init", 0)).to(memory_format=torch.channels_last)
    return model, make_optimizer(model, spec)


def take_steps(model, optimizer, epoch: int) -> None:
    """Train one epoch on real pictures."""
    part = small_split("train")
    images, labels = torch.tensor(part.images).unsqueeze(1), torch.tensor(part.labels)
    model.dropout_generator.manual_seed(epoch)
    for batch, of_batch in batches(images, labels, small_spec(), epoch):
        train_step(model, optimizer, batch, of_batch)


def assert_equal(one: dict, other: dict) -> None:
    assert one.keys() == other.keys()
    assert [name for name in one if not torch.equal(one[name], other[name])] == []


def moments(optimizer) -> dict[str, torch.Tensor]:
    state = optimizer.state_dict()["state"]
    return {f"{i}.{name}": value for i, values in state.items() for name, value in values.items()}


@pytest.fixture
def trained():
    """Give a network and optimiser after one epoch."""
    model, optimizer = build()
    take_steps(model, optimizer, epoch=1)
    return model, optimizer


def test_weights_and_buffers_come_back_to_the_bit(trained):
    model, _ = build(seed=9)
    unpack_weights(model, pack_weights(trained[0]))
    assert_equal(model.state_dict(), trained[0].state_dict())


def test_weights_include_the_running_statistics(trained):
    fresh, _ = build()
    name = "features.0.2.running_mean"
    assert not torch.equal(trained[0].state_dict()[name], fresh.state_dict()[name])


def test_a_checkpoint_brings_back_weights_moments_and_history(trained):
    model, optimizer = build(seed=9)
    history = unpack_checkpoint(model, optimizer, pack_checkpoint(*trained, HISTORY))
    assert history == HISTORY
    assert_equal(model.state_dict(), trained[0].state_dict())
    assert_equal(moments(optimizer), moments(trained[1]))


def test_there_are_moments_to_bring_back(trained):
    """Adam keeps the step number and two moments of each of 14 parameters."""
    assert len(moments(trained[1])) == 3 * 14


def test_training_goes_on_from_a_checkpoint_as_if_nothing_had_happened(trained):
    model, optimizer = build(seed=9)
    unpack_checkpoint(model, optimizer, pack_checkpoint(*trained, HISTORY))
    take_steps(model, optimizer, epoch=2)
    take_steps(*trained, epoch=2)
    assert_equal(model.state_dict(), trained[0].state_dict())


def test_training_without_the_moments_ends_elsewhere(trained):
    """The test above can fail."""
    model, optimizer = build()
    unpack_weights(model, pack_weights(trained[0]))
    take_steps(model, optimizer, epoch=2)
    take_steps(*trained, epoch=2)
    with pytest.raises(AssertionError):
        assert_equal(model.state_dict(), trained[0].state_dict())


def test_the_learning_rate_is_that_of_the_spec_and_not_of_the_file(trained):
    model, optimizer = build(learning_rate=0.25)
    unpack_checkpoint(model, optimizer, pack_checkpoint(*trained, HISTORY))
    assert optimizer.param_groups[0]["lr"] == 0.25


def test_the_same_state_gives_the_same_bytes(trained):
    assert pack_weights(trained[0]) == pack_weights(trained[0])
    assert pack_checkpoint(*trained, HISTORY) == pack_checkpoint(*trained, HISTORY)


def test_packing_changes_nothing(trained):
    before = {name: tensor.clone() for name, tensor in trained[0].state_dict().items()}
    pack_checkpoint(*trained, HISTORY)
    assert_equal(trained[0].state_dict(), before)


BROKEN = [b"", b"\x00" * 8, b"no tensors at all", pickle.dumps({"a": 1}), b"\xff" * 64]


@pytest.mark.parametrize("content", BROKEN)
def test_bytes_that_are_no_safetensors_are_refused(content):
    model, optimizer = build()
    with pytest.raises(DamagedFileError):
        unpack_weights(model, content)
    with pytest.raises(DamagedFileError):
        unpack_checkpoint(model, optimizer, content)


def test_a_truncated_checkpoint_is_refused(trained):
    content = pack_checkpoint(*trained, HISTORY)
    with pytest.raises(DamagedFileError, match=r"^Expected a safetensors file"):
        unpack_checkpoint(*build(), content[: len(content) // 2])


def test_weights_of_other_widths_are_refused(trained):
    model, _ = build(conv_widths=(5, 6))
    with pytest.raises(DamagedFileError, match=r"^The weights do not fit this network"):
        unpack_weights(model, pack_weights(trained[0]))


def test_a_checkpoint_of_other_widths_is_refused(trained):
    with pytest.raises(DamagedFileError, match="do not fit"):
        unpack_checkpoint(*build(fc_widths=(16, 9)), pack_checkpoint(*trained, HISTORY))


def test_weights_alone_are_no_checkpoint(trained):
    with pytest.raises(DamagedFileError, match="do not fit"):
        unpack_checkpoint(*build(), pack_weights(trained[0]))
