"""What recipes add to a run: smoothing, decay, averages; the same bits every time, as before."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers import (
    CALLS_PER_EPOCH,
    fingerprint,
    load_small_split,
    small_spec,
    small_split,
    start_python,
    stop_at_call,
    train,
)
from torch import Tensor, nn

from fashion_core.config import RunSpec
from fashion_core.errors import DamagedFileError
from fashion_core.model import FashionCNN
from fashion_core.runs import artifacts
from fashion_core.runs.artifacts import EpochFile
from fashion_core.training import checkpoint
from fashion_core.training.averaging import WeightAverage
from fashion_core.training.evaluate import answer, predict
from fashion_core.training.events import Progress
from fashion_core.training.recipe import (
    as_network_input,
    batches,
    build_network,
    derived_seed,
    generator,
    make_optimizer,
    train_step,
)

EVERYTHING = {
    "schedule": "one-cycle",
    "weight_decay": 0.05,
    "label_smoothing": 0.125,
    "horizontal_flip": True,
    "shift_pixels": 1,
    "erase_probability": 0.5,
    "average_decay": 0.75,
    "mirror_average": True,
    "precision": "bfloat16",
}


def spec_with_everything(**changes: object) -> RunSpec:
    return small_spec(**{**EVERYTHING, **changes})


@pytest.fixture(scope="module")
def straight(tmp_path_factory) -> Path:
    """Give the folder of a run with every later field in use that nothing interrupted."""
    run_dir = tmp_path_factory.mktemp("straight")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fashion_core.training.execute.load_split", load_small_split)
        train(run_dir, spec_with_everything())
    return run_dir


def tensors(split: str) -> tuple[Tensor, Tensor]:
    part = small_split(split)
    return torch.tensor(part.images).unsqueeze(1), torch.tensor(part.labels)


def one_step(spec: RunSpec) -> tuple[FashionCNN, float]:
    """Take one step on real pictures; give the network after it and the loss told."""
    model, (images, labels) = build_network(spec).train(), tensors("train")
    model.dropout_generator.manual_seed(0)
    loss, _ = train_step(model, make_optimizer(model, spec), as_network_input(images), labels, spec)
    return model, loss


def weights_after_one_step(spec: RunSpec) -> dict[str, Tensor]:
    return one_step(spec)[0].state_dict()


# As specified is what it was


def plain_run(spec: RunSpec) -> FashionCNN:
    """Train as the first release did, spelled out: Adam, one rate, plain cross-entropy."""
    model = FashionCNN(spec, generator(spec.seed, "init", 0)).to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(model.parameters(), lr=spec.learning_rate, fused=True)
    images, labels = (part[: spec.train_images] for part in tensors("train"))
    for epoch in range(1, spec.epochs + 1):
        model.train()
        model.dropout_generator.manual_seed(derived_seed(spec.seed, "dropout", epoch))
        order = torch.randperm(len(images), generator=generator(spec.seed, "order", epoch))
        flip = generator(spec.seed, "flip", epoch)
        for chosen in order.split(spec.batch_size):
            batch = images[chosen].to(torch.float32).div_(255)
            batch = batch.contiguous(memory_format=torch.channels_last)
            if spec.horizontal_flip:
                mirrored = torch.rand(len(chosen), generator=flip) < 0.5
                batch[mirrored] = batch[mirrored].flip(-1)
            optimizer.zero_grad(set_to_none=True)
            nn.functional.cross_entropy(model(batch), labels[chosen]).backward()
            optimizer.step()
    return model


@pytest.mark.parametrize("changes", [{}, {"horizontal_flip": True, "batch_size": 48}], ids=str)
def test_with_all_later_fields_off_the_bits_are_those_of_the_first_release(
    small_data, tmp_path, changes
):
    spec = small_spec(**changes)
    train(tmp_path, spec)
    run = build_network(spec)
    content = artifacts.read(tmp_path, "checkpoint", 3)
    checkpoint.unpack_checkpoint(run, make_optimizer(run, spec), content)
    expected = plain_run(spec).state_dict()
    assert [n for n, value in run.state_dict().items() if not torch.equal(value, expected[n])] == []


def test_without_averaging_a_checkpoint_holds_the_tensors_of_the_first_release():
    spec = small_spec()
    model = build_network(spec)
    content = checkpoint.pack_checkpoint(model, make_optimizer(model, spec), [])
    assert content == checkpoint.pack_checkpoint(model, make_optimizer(model, spec), [], None)
    assert b"average." not in content


# The same bits every time, with every later field in use


def test_the_same_recipe_gives_the_same_bits(small_data, straight, tmp_path):
    train(tmp_path, spec_with_everything())
    assert fingerprint(tmp_path) == fingerprint(straight)


@pytest.mark.parametrize("call", range(0, 3 * CALLS_PER_EPOCH, 5))
def test_stopped_at_any_moment_and_resumed_it_ends_with_the_same_bits(
    small_data, straight, tmp_path, call
):
    stopped = train(tmp_path, spec_with_everything(), should_stop=stop_at_call(call))
    assert stopped.outcome == "stopped"
    train(tmp_path, spec_with_everything())
    assert fingerprint(tmp_path) == fingerprint(straight)


KILLED = """
import json, os, signal
from pathlib import Path
import torch
torch.set_num_threads(1)
from fashion_core.training import execute
from helpers import load_small_split, small_spec, train
execute.load_split = load_small_split
events = iter(range(int(sys.argv[2])))
def emit(event):
    if next(events, None) is None:
        os.kill(os.getpid(), signal.SIGKILL)
train(Path(sys.argv[1]), small_spec(**json.loads(sys.argv[3])), emit)
"""


@pytest.mark.slow
@pytest.mark.parametrize("events", [5, 13, 23])
def test_killed_and_resumed_it_ends_with_the_same_bits(small_data, straight, tmp_path, events):
    """In the first epoch, when the first has just been kept, and when the second is."""
    process = start_python(KILLED, tmp_path, events, json.dumps(EVERYTHING))
    _, problems = process.communicate(timeout=120)
    assert process.returncode == -9, problems
    train(tmp_path, spec_with_everything())
    assert fingerprint(tmp_path) == fingerprint(straight)


def test_a_damaged_checkpoint_costs_an_epoch_and_no_bit(small_data, straight, tmp_path):
    train(tmp_path, spec_with_everything(), should_stop=stop_at_call(2 * CALLS_PER_EPOCH + 1))
    (path,) = (tmp_path / "checkpoints").glob("checkpoint-0002-*")
    path.write_bytes(path.read_bytes()[:-1])
    train(tmp_path, spec_with_everything())
    assert fingerprint(tmp_path) == fingerprint(straight)


def test_a_lost_file_of_averaged_best_weights_is_made_again(small_data, tmp_path):
    """From the mean in the checkpoint, not from the weights in training."""
    spec = spec_with_everything(epochs=1)
    train(tmp_path, spec)
    before = fingerprint(tmp_path)
    (path,) = tmp_path.rglob("best-0001-*")
    path.write_bytes(b"")
    train(tmp_path, spec)
    assert fingerprint(tmp_path) == before


@pytest.mark.parametrize("field", EVERYTHING)
def test_every_later_field_changes_what_a_run_leaves(small_data, straight, tmp_path, field):
    changes = {field: RunSpec.__dataclass_fields__[field].default}
    if field == "horizontal_flip":
        changes["mirror_average"] = False
    train(tmp_path, spec_with_everything(**changes))
    assert fingerprint(tmp_path)["epochs"] != fingerprint(straight)["epochs"]


# Label smoothing


def test_the_told_loss_is_plain_cross_entropy_although_labels_are_smoothed():
    smoothed, plain = (one_step(small_spec(label_smoothing=s, dropout=0.0)) for s in (0.25, 0.0))
    assert smoothed[1] == plain[1]
    name = "output.bias"
    assert not torch.equal(smoothed[0].state_dict()[name], plain[0].state_dict()[name])


def test_the_gradient_is_that_of_the_smoothed_labels():
    """Oracle: the same step with targets written out, 0.25 spread over ten classes."""
    spec = small_spec(label_smoothing=0.25, dropout=0.0)
    model, (images, labels) = build_network(spec).train(), tensors("train")
    targets = torch.full((len(labels), 10), 0.025)
    targets[torch.arange(len(labels)), labels] += 0.75
    logits = model(as_network_input(images))
    (-(targets * logits.log_softmax(1)).sum(1).mean()).backward()
    expected = model.output.weight.grad
    trained, _ = one_step(spec)
    torch.testing.assert_close(trained.output.weight.grad, expected, rtol=1e-4, atol=1e-7)


def test_the_figures_of_an_epoch_are_plain_cross_entropy(small_data, tmp_path):
    events: list = []
    train(tmp_path, small_spec(label_smoothing=0.5, epochs=1), events.append)
    losses = [e.loss for e in events if isinstance(e, Progress) and e.loss is not None]
    content = artifacts.read_epoch(tmp_path, 1)
    expected = (32 * sum(losses[:3]) + 4 * losses[3]) / 100
    assert content.record.train_loss == pytest.approx(expected, rel=1e-12)
    true_class = content.val.pred_probs[np.arange(300), small_split("val").labels].astype(float)
    assert content.record.val_loss == pytest.approx(-np.log(true_class).mean(), rel=1e-3)


# Weight decay


def test_weight_decay_shrinks_weights_by_rate_times_decay_and_leaves_vectors_alone():
    """At no gradient, Adam itself moves nothing."""
    spec = small_spec(weight_decay=0.25, learning_rate=0.125)
    model = build_network(spec)
    before = {name: value.clone() for name, value in model.named_parameters()}
    optimizer = make_optimizer(model, spec)
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    for name, value in model.named_parameters():
        share = 1 - 0.125 * 0.25 if value.ndim > 1 else 1.0
        torch.testing.assert_close(value, before[name] * share)


def test_the_schedule_moves_the_rate_of_the_real_run(small_data, tmp_path, monkeypatch):
    rates: list[float] = []
    monkeypatch.setattr(
        "fashion_core.training.execute.train_step",
        lambda model, optimizer, *rest: (
            rates.extend(group["lr"] for group in optimizer.param_groups),
            train_step(model, optimizer, *rest),
        )[1],
    )
    train(tmp_path, small_spec(schedule="one-cycle", learning_rate=0.5, weight_decay=0.01))
    assert rates[::2] == rates[1::2], "both groups, vectors and matrices"
    assert len(rates[::2]) == 12
    assert rates[0] == pytest.approx(0.5 / 25)
    assert rates[-1] == pytest.approx(0.5 / 250_000)


# Precision


def test_bfloat16_rounds_the_forward_pass_and_keeps_weights_and_moments_float32():
    spec = small_spec(precision="bfloat16", dropout=0.0)
    model, loss = one_step(spec)
    _, exact = one_step(small_spec(dropout=0.0))
    assert loss != exact
    assert loss == pytest.approx(exact, rel=0.01)
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    assert {p.grad.dtype for p in model.parameters()} == {torch.float32}


def test_a_network_learns_in_bfloat16():
    spec = small_spec(precision="bfloat16", dropout=0.0, learning_rate=0.01, fc_widths=(32, 16))
    model, (images, labels) = build_network(spec).train(), tensors("train")
    optimizer, batch = make_optimizer(model, spec), as_network_input(images[:16])
    steps = [train_step(model, optimizer, batch, labels[:16], spec) for _ in range(60)]
    assert steps[0][0] == pytest.approx(math.log(10), abs=0.5)
    assert steps[-1][0] < 0.05


# Averaged weights


def filled(spec: RunSpec, value: float) -> FashionCNN:
    """Give a network in which every number is the same."""
    model = build_network(spec)
    for tensor in model.state_dict().values():
        tensor.fill_(value)
    return model


def test_the_mean_follows_by_hand():
    """Kept shares: 1/10, 2/11, then the decay of 0.2; the network goes 0, 1, 5, 2."""
    spec = small_spec(average_decay=0.2)
    model = filled(spec, 0)
    average = WeightAverage(spec, model)
    expected = 0.0
    for step, (value, kept) in enumerate([(1, 1 / 10), (5, 2 / 11), (2, 0.2)]):
        model.load_state_dict(filled(spec, value).state_dict())
        average.update(step)
        expected = kept * expected + (1 - kept) * value
    assert expected == pytest.approx(2.450909)
    for name, mean in average.network.state_dict().items():
        target = 2 if name.endswith("num_batches_tracked") else expected
        assert mean.flatten()[0].item() == pytest.approx(target, rel=1e-5), name


def test_averaging_leaves_the_network_in_training_alone(small_data, tmp_path):
    """Both runs end with the same weights in training; only the answers differ."""
    with_mean, without = tmp_path / "with", tmp_path / "without"
    train(with_mean, small_spec(average_decay=0.9))
    train(without, small_spec())
    assert trained_tensors(with_mean) == trained_tensors(without)
    assert fingerprint(with_mean)["epochs"] != fingerprint(without)["epochs"]


def trained_tensors(run_dir: Path) -> dict[str, list]:
    tensors_, _ = checkpoint._unpack(artifacts.read(run_dir, "checkpoint", 3))
    return {n: t.tolist() for n, t in tensors_.items() if not n.startswith("average.")}


def test_what_is_evaluated_and_saved_as_best_is_the_mean(small_data, tmp_path):
    """The best file holds the checkpoint's mean, and says what was stored, to the bit."""
    spec = small_spec(average_decay=0.9, epochs=1)
    train(tmp_path, spec)
    best, model, mean = build_network(spec), build_network(spec), build_network(spec)
    checkpoint.unpack_weights(best, artifacts.read(tmp_path, "best", 1))
    content = artifacts.read(tmp_path, "checkpoint", 1)
    checkpoint.unpack_checkpoint(model, make_optimizer(model, spec), content, mean)
    assert all(torch.equal(v, mean.state_dict()[n]) for n, v in best.state_dict().items())
    assert not torch.equal(best.output.weight, model.output.weight)
    stored = artifacts.read_epoch(tmp_path, 1)
    np.testing.assert_array_equal(predict(best, *tensors("test")).loss, stored.test.loss)


def test_the_mean_has_running_statistics_of_its_own(small_data, tmp_path):
    spec = small_spec(average_decay=0.9, epochs=1)
    train(tmp_path, spec)
    model, mean = build_network(spec), build_network(spec)
    content = artifacts.read(tmp_path, "checkpoint", 1)
    checkpoint.unpack_checkpoint(model, make_optimizer(model, spec), content, mean)
    name = "features.1.2.running_mean"
    assert not torch.equal(mean.state_dict()[name], model.state_dict()[name])
    assert not torch.equal(mean.state_dict()[name], torch.zeros(6))


def test_a_checkpoint_without_the_mean_does_not_fit_a_run_that_needs_it():
    spec = small_spec(average_decay=0.9)
    model = build_network(spec)
    content = checkpoint.pack_checkpoint(model, make_optimizer(model, spec), [])
    with pytest.raises(DamagedFileError, match="do not fit"):
        checkpoint.unpack_checkpoint(
            model, make_optimizer(model, spec), content, build_network(spec)
        )


# Mirror average


class BrighterHalf(nn.Module):
    """Sure of class 1 by the share of the picture's left half, of class 0 else."""

    def forward(self, images: Tensor) -> Tensor:
        left = images[..., :14].mean((1, 2, 3))
        others = torch.full((len(images), 8), -20.0)
        return torch.cat([torch.zeros(len(images), 1), 3 * left[:, None], others], dim=1)


def test_the_mirror_average_by_hand():
    """Left half white: logits (0, 3); its mirror image: (0, 0)."""
    images = torch.zeros(1, 1, 28, 28, dtype=torch.uint8)
    images[..., :14] = 255
    said = predict(BrighterHalf(), images, torch.tensor([0]), mirror_average=True)
    probability = (math.e**3 / (1 + math.e**3) + 0.5) / 2
    assert said.pred_probs[0, 1] == pytest.approx(probability, rel=1e-3)
    assert said.predictions.tolist() == [1]
    assert said.loss[0] == pytest.approx(-math.log(1 - probability), rel=1e-5)


def test_the_answer_on_a_picture_and_on_its_mirror_image_is_the_same():
    model, (images, _) = build_network(small_spec()).eval(), tensors("val")
    batch = as_network_input(images)
    one, other = (answer(model, b, mirror_average=True) for b in (batch, batch.flip(-1)))
    torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)
    assert not torch.allclose(model(batch), model(batch.flip(-1)), atol=1e-4)


def test_softmax_of_an_answer_is_the_mean_of_both_probabilities():
    model, (images, _) = build_network(small_spec()).eval(), tensors("val")
    batch = as_network_input(images)
    both = (model(batch).softmax(1) + model(batch.flip(-1)).softmax(1)) / 2
    torch.testing.assert_close(answer(model, batch, mirror_average=True).softmax(1), both)


def test_without_mirror_average_an_answer_is_the_networks_to_the_bit():
    model, (images, _) = build_network(small_spec()).eval(), tensors("val")
    batch = as_network_input(images)
    assert torch.equal(answer(model, batch, mirror_average=False), model(batch))


def test_the_stored_predictions_of_a_run_are_mirror_averages(small_data, tmp_path):
    spec = small_spec(horizontal_flip=True, mirror_average=True, epochs=1)
    train(tmp_path, spec)
    model = build_network(spec)
    checkpoint.unpack_weights(model, artifacts.read(tmp_path, "best", 1))
    content: EpochFile = artifacts.read_epoch(tmp_path, 1)
    for split, stored in (("val", content.val), ("test", content.test)):
        said = predict(model, *tensors(split), mirror_average=True)
        np.testing.assert_array_equal(said.loss, stored.loss)
        assert not np.array_equal(predict(model, *tensors(split)).loss, stored.loss)


def test_the_last_smaller_batch_is_changed_and_trained_on_too(small_data, tmp_path):
    spec = spec_with_everything(batch_size=99, epochs=1)
    sizes = [len(batch) for batch, _ in batches(*(p[:100] for p in tensors("train")), spec, 1)]
    assert sizes == [99, 1]
    assert train(tmp_path, spec).outcome == "finished"
