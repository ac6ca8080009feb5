"""`execute_run`: the recipe, the same bits every time, stop and resume, damage, divergence."""

import math
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers import (
    CALLS_PER_EPOCH,
    SMALL_IMAGES,
    final_weights,
    fingerprint,
    load_small_split,
    small_spec,
    small_split,
    start_python,
    stop_at_call,
    train,
    without_seconds,
)

from fashion_core.config import RunSpec
from fashion_core.errors import DamagedFileError, DataError
from fashion_core.model import FashionCNN
from fashion_core.runs import artifacts
from fashion_core.training import checkpoint
from fashion_core.training.evaluate import EvaluationStoppedError, predict
from fashion_core.training.events import (
    EpochFinished,
    Notice,
    Progress,
    RunResult,
    StepLoss,
)
from fashion_core.training.execute import execute_run
from fashion_core.training.recipe import (
    as_network_input,
    batches,
    derived_seed,
    generator,
    make_optimizer,
    train_step,
)

STOPPED = "Stopped on request."


@pytest.fixture(scope="module")
def straight(tmp_path_factory) -> Path:
    """Give the folder of a run of three epochs that nothing interrupted; look only."""
    run_dir = tmp_path_factory.mktemp("straight")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fashion_core.training.execute.load_split", load_small_split)
        assert train(run_dir, small_spec()) == RunResult(outcome="finished")
    return run_dir


def tensors(split: str) -> tuple[torch.Tensor, torch.Tensor]:
    part = small_split(split)
    return torch.tensor(part.images).unsqueeze(1), torch.tensor(part.labels)


def build(spec: RunSpec) -> FashionCNN:
    return FashionCNN(spec, generator(spec.seed, "init", 0)).to(memory_format=torch.channels_last)


def history_of(run_dir: Path) -> list[tuple[float, ...]]:
    epochs = artifacts.epochs_on_disk(run_dir, "epoch")
    return [without_seconds(artifacts.read_epoch(run_dir, epoch).record) for epoch in epochs]


def of_type(events: list, kind: type) -> list:
    return [event for event in events if isinstance(event, kind)]


def damage(run_dir: Path, *epochs: int) -> None:
    """Flip one bit in the middle of checkpoints."""
    for epoch in epochs:
        (path,) = (run_dir / "checkpoints").glob(f"checkpoint-{epoch:04d}-*")
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)


# Recipe


def numbered(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Give pictures whose label is their number, bright in the left half only."""
    images = torch.zeros(count, 1, 28, 28, dtype=torch.uint8)
    images[..., :14] = 255
    return images, torch.arange(count)


def order_of(spec: RunSpec, epoch: int, count: int = 70) -> list[int]:
    return torch.cat([labels for _, labels in batches(*numbered(count), spec, epoch)]).tolist()


def mirrored_share(spec: RunSpec, epoch: int = 1) -> float:
    flipped = [b[:, 0, 0, 0] == 0 for b, _ in batches(*numbered(4_000), spec, epoch)]
    return float(torch.cat(flipped).double().mean())


def test_batches_cover_every_image_exactly_once():
    assert sorted(order_of(RunSpec(), 1)) == list(range(70))


def test_the_last_batch_is_smaller():
    sizes = [(len(b), len(labels)) for b, labels in batches(*numbered(70), RunSpec(), 1)]
    assert sizes == [(32, 32), (32, 32), (6, 6)]


def test_the_order_depends_on_seed_and_epoch_only():
    assert order_of(RunSpec(), 1) == order_of(RunSpec(learning_rate=0.1, dropout=0.1), 1)
    assert order_of(RunSpec(), 1) != order_of(RunSpec(), 2)
    assert order_of(RunSpec(), 1) != order_of(RunSpec(seed=1), 1)


def test_a_batch_holds_the_pictures_of_its_labels():
    images, labels = tensors("train")
    batch, chosen = next(batches(images, torch.arange(len(labels)), RunSpec(), 1))
    assert torch.equal(batch, images[chosen] / 255)


def test_network_input_is_between_0_and_1_and_channels_last():
    values = as_network_input(torch.tensor([0, 51, 255], dtype=torch.uint8).reshape(1, 1, 1, 3))
    assert values.flatten().tolist() == pytest.approx([0, 0.2, 1])
    assert as_network_input(numbered(3)[0]).is_contiguous(memory_format=torch.channels_last)


def test_network_input_leaves_the_pictures_alone():
    images = numbered(2)[0]
    as_network_input(images)
    assert images.max() == 255


def test_flips_mirror_about_half_of_the_training_images():
    """4,000 tosses: standard deviation 0.008."""
    assert mirrored_share(RunSpec(horizontal_flip=True)) == pytest.approx(0.5, abs=0.03)
    assert mirrored_share(RunSpec(horizontal_flip=False)) == 0


def test_flips_keep_the_order_of_the_images():
    assert order_of(RunSpec(horizontal_flip=True), 1) == order_of(RunSpec(), 1)


def test_a_flipped_image_is_its_mirror_image():
    images, labels = tensors("train")
    spec = RunSpec(horizontal_flip=True, batch_size=300)
    batch, chosen = next(batches(images, torch.arange(len(labels)), spec, 1))
    plain = images[chosen] / 255
    is_same = (batch == plain).flatten(1).all(1)
    assert torch.equal(batch[~is_same], plain[~is_same].flip(-1))
    assert 0 < int(is_same.sum()) < 300


def test_other_images_are_flipped_in_another_epoch():
    spec = RunSpec(horizontal_flip=True)
    one, other = (
        {
            int(n)
            for b, numbers in batches(*numbered(70), spec, epoch)
            for n in numbers[b[:, 0, 0, 0] == 0]
        }
        for epoch in (1, 2)
    )
    assert one != other


def test_derived_seeds_differ_by_seed_purpose_and_epoch():
    seeds = {
        derived_seed(seed, purpose, epoch)
        for seed in (0, 1, 11)
        for purpose in ("order", "flip", "dropout")
        for epoch in (1, 11, 111)
    }
    assert len(seeds) == 27
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_a_network_overfits_one_small_batch():
    spec = small_spec(dropout=0.0, learning_rate=0.01, fc_widths=(32, 16))
    images, labels = (part[:16] for part in tensors("train"))
    model, batch = build(spec), as_network_input(images)
    optimizer = make_optimizer(model, spec)
    steps = [train_step(model, optimizer, batch, labels) for _ in range(60)]
    assert steps[0][0] == pytest.approx(math.log(10), abs=0.5)
    assert steps[-1][0] < 0.05
    assert steps[-1][1] == 16


def test_a_step_gives_the_loss_before_the_change_and_how_many_were_right():
    model, (images, labels) = build(small_spec(dropout=0.0)), tensors("train")
    batch = as_network_input(images)
    logits = model(batch).detach()
    loss, right = train_step(model, make_optimizer(model, small_spec()), batch, labels)
    assert loss == float(torch.nn.functional.cross_entropy(logits, labels))
    assert right == int((logits.argmax(1) == labels).sum())


def test_the_optimiser_is_adam_at_the_learning_rate_of_the_spec():
    """The first step of Adam moves every weight by the learning rate, whatever the gradient."""
    spec = small_spec(learning_rate=0.125, dropout=0.0)
    model, (images, labels) = build(spec), tensors("train")
    before = model.output.bias.detach().clone()
    train_step(model, make_optimizer(model, spec), as_network_input(images), labels)
    moved = (model.output.bias.detach() - before).abs()
    assert moved.tolist() == pytest.approx([0.125] * 10, rel=1e-4)


# Predictions


def test_predictions_of_a_split_by_hand():
    """A network of one constant: class 3 with e/(e+9), whatever it sees."""
    logits = torch.zeros(10).index_fill_(0, torch.tensor([3]), 1.0)
    model = Constant(logits)
    said = predict(model, torch.zeros(2, 1, 28, 28, dtype=torch.uint8), torch.tensor([3, 5]))
    total = math.e + 9
    assert said.predictions.tolist() == [3, 3]
    assert said.pred_probs[0].tolist() == pytest.approx(
        [1 / total] * 3 + [math.e / total] + [1 / total] * 6, rel=1e-3
    )
    assert said.loss.tolist() == pytest.approx([math.log(total) - 1, math.log(total)])


class Constant(torch.nn.Module):
    """Gives the same logits for every picture."""

    def __init__(self, logits: torch.Tensor) -> None:
        super().__init__()
        self.logits = logits

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.logits.expand(len(images), 10)


def test_a_probability_below_the_smallest_normal_float16_is_stored_as_0():
    logits = torch.tensor([0.0, -9.6, -9.9] + [-99.0] * 7)  # 6.8e-5, 5.0e-5; the limit is 6.1e-5
    said = predict(
        Constant(logits), torch.zeros(1, 1, 28, 28, dtype=torch.uint8), torch.tensor([2])
    )
    assert said.pred_probs[0, 1] > 0
    assert said.pred_probs[0, 2:].tolist() == [0] * 8
    assert float(said.loss[0]) == pytest.approx(9.9, abs=0.01)


def test_predictions_have_the_documented_types():
    said = predict(build(small_spec()), *tensors("val"))
    assert (said.predictions.shape, said.predictions.dtype) == ((SMALL_IMAGES,), np.uint8)
    assert (said.pred_probs.shape, said.pred_probs.dtype) == ((SMALL_IMAGES, 10), np.float16)
    assert (said.loss.shape, said.loss.dtype) == ((SMALL_IMAGES,), np.float32)


def test_predictions_do_not_depend_on_the_other_pictures():
    """Dropout is off and BatchNorm uses its running statistics."""
    model, (images, labels) = build(small_spec()), tensors("val")
    together = predict(model, images, labels)
    alone = predict(model, images[260:261], labels[260:261])
    assert alone.loss[0] == pytest.approx(together.loss[260], rel=1e-5)


def test_an_evaluation_is_stopped_between_two_batches():
    model = build(small_spec())
    with pytest.raises(EvaluationStoppedError):
        predict(model, *tensors("val"), stop_at_call(1))


# The same bits every time


def test_the_same_spec_gives_the_same_bits(small_data, straight, tmp_path):
    train(tmp_path, small_spec())
    assert fingerprint(tmp_path) == fingerprint(straight)


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": 1},
        {"learning_rate": 0.002},
        {"dropout": 0.4},
        {"batch_size": 31},
        {"horizontal_flip": True},
        {"train_images": 101},
        {"conv_widths": (4, 5)},
    ],
)
def test_every_field_of_the_spec_changes_the_weights(small_data, straight, tmp_path, changes):
    train(tmp_path, small_spec(**changes))
    assert final_weights(tmp_path) != final_weights(straight)


def test_flips_are_for_training_only(small_data, tmp_path):
    """The stored predictions are those of the pictures as they are."""
    train(tmp_path, small_spec(horizontal_flip=True, epochs=1))
    model = build(small_spec())
    checkpoint.unpack_weights(model, artifacts.read(tmp_path, "best", 1))
    stored = artifacts.read_epoch(tmp_path, 1)
    np.testing.assert_array_equal(predict(model, *tensors("val")).loss, stored.val.loss)


def test_other_random_numbers_in_the_process_change_nothing(small_data, straight, tmp_path):
    torch.manual_seed(3)
    train(tmp_path, small_spec(), emit=lambda _: (torch.rand(3), np.random.rand(3)))
    assert fingerprint(tmp_path) == fingerprint(straight)


def test_a_run_leaves_the_random_state_of_the_process_alone(small_data, tmp_path):
    before = torch.get_rng_state(), str(np.random.get_state())
    train(tmp_path, small_spec(epochs=1))
    assert torch.equal(torch.get_rng_state(), before[0])
    assert str(np.random.get_state()) == before[1]


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2])
def test_a_training_beside_it_changes_nothing(small_data, straight, tmp_path, threads):
    """Both run at once for the whole time of the first."""
    done, beside = threading.Event(), threading.Event()

    def train_beside() -> None:
        spec = small_spec(seed=5, epochs=1_000, threads=threads, dropout=0.3)
        train(tmp_path / "beside", spec, lambda _: beside.set(), done.is_set)

    other = threading.Thread(target=train_beside)
    other.start()
    beside.wait()
    train(tmp_path / "run", small_spec())
    done.set()
    other.join()
    assert fingerprint(tmp_path / "run") == fingerprint(straight)


def test_a_background_thread_gives_the_same_bits(small_data, straight, tmp_path):
    thread = threading.Thread(target=train, args=(tmp_path, small_spec()))
    thread.start()
    thread.join()
    assert fingerprint(tmp_path) == fingerprint(straight)


# Stop and resume


@pytest.mark.parametrize("call", range(3 * CALLS_PER_EPOCH))
def test_stopped_at_any_moment_and_resumed_it_ends_with_the_same_bits(
    small_data, straight, tmp_path, call
):
    """Before each step and each evaluation batch of three epochs."""
    stopped = train(tmp_path, small_spec(), should_stop=stop_at_call(call))
    assert stopped == RunResult(outcome="stopped", reason=STOPPED)
    assert len(history_of(tmp_path)) == call // CALLS_PER_EPOCH
    assert train(tmp_path, small_spec()) == RunResult(outcome="finished")
    assert fingerprint(tmp_path) == fingerprint(straight)


def test_a_run_asks_as_often_as_the_test_above_believes(small_data, tmp_path):
    calls = []
    train(tmp_path, small_spec(), should_stop=lambda: bool(calls.append(1)))
    assert len(calls) == 3 * CALLS_PER_EPOCH


def test_stopped_again_and_again_it_ends_with_the_same_bits(small_data, straight, tmp_path):
    results = [
        train(tmp_path, small_spec(), should_stop=stop_at_call(CALLS_PER_EPOCH + 3))
        for _ in range(3)
    ]
    assert [result.outcome for result in results] == ["stopped", "stopped", "finished"]
    assert fingerprint(tmp_path) == fingerprint(straight)


def test_a_stop_before_the_first_step_leaves_nothing(small_data, tmp_path):
    assert train(tmp_path, small_spec(), should_stop=lambda: True).outcome == "stopped"
    assert list(tmp_path.rglob("*.*")) == []


KILLED = """
import os, signal
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
train(Path(sys.argv[1]), small_spec(), emit)
"""

EVENTS_PER_EPOCH = 12  # training, 4 x (step, block of one), evaluating, saving, finished


@pytest.mark.slow
@pytest.mark.parametrize("events", [5, 1 + EVENTS_PER_EPOCH, 2 * EVENTS_PER_EPOCH - 1])
def test_killed_and_resumed_it_ends_with_the_same_bits(small_data, straight, tmp_path, events):
    """In the first epoch, when the first has just been kept, and when the second is."""
    process = start_python(KILLED, tmp_path, events)
    _, problems = process.communicate(timeout=120)
    assert process.returncode == -9, problems
    assert len(artifacts.epochs_on_disk(tmp_path, "epoch")) < 3
    train(tmp_path, small_spec())
    assert fingerprint(tmp_path) == fingerprint(straight)


def test_without_the_moments_of_the_optimiser_the_weights_differ(
    small_data, straight, tmp_path, monkeypatch
):
    """The comparisons above can fail."""
    train(tmp_path, small_spec(), should_stop=stop_at_call(CALLS_PER_EPOCH))
    real = checkpoint.unpack_checkpoint
    monkeypatch.setattr(
        checkpoint,
        "unpack_checkpoint",
        lambda model, _, content, average: real(
            model, make_optimizer(model, small_spec()), content, average
        ),
    )
    train(tmp_path, small_spec())
    assert final_weights(tmp_path) != final_weights(straight)


def test_without_the_seed_of_dropout_the_weights_differ(
    small_data, straight, tmp_path, monkeypatch
):
    """The comparisons above can fail."""
    train(tmp_path, small_spec(), should_stop=stop_at_call(CALLS_PER_EPOCH))
    monkeypatch.setattr("fashion_core.training.execute.derived_seed", lambda *_: 1)
    train(tmp_path, small_spec())
    assert final_weights(tmp_path) != final_weights(straight)


def test_a_finished_run_is_left_as_it_is(small_data, tmp_path):
    events: list = []
    train(tmp_path, small_spec(epochs=1))
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.*")}
    assert train(tmp_path, small_spec(epochs=1), events.append).outcome == "finished"
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.*")} == before
    assert [event.record.epoch for event in of_type(events, EpochFinished)] == [1]


# Damage


def test_a_damaged_newest_checkpoint_costs_one_epoch_and_no_bit(small_data, straight, tmp_path):
    train(tmp_path, small_spec(), should_stop=stop_at_call(2 * CALLS_PER_EPOCH + 1))
    damage(tmp_path, 2)
    events: list = []
    train(tmp_path, small_spec(), events.append)
    (notice,) = of_type(events, Notice)
    assert notice.text.startswith("The checkpoint file of epoch 2 of")
    assert "is damaged" in notice.text
    assert fingerprint(tmp_path) == fingerprint(straight)


def test_with_both_checkpoints_damaged_it_starts_afresh(small_data, straight, tmp_path):
    train(tmp_path, small_spec(), should_stop=stop_at_call(2 * CALLS_PER_EPOCH + 1))
    damage(tmp_path, 1, 2)
    events: list = []
    train(tmp_path, small_spec(), events.append)
    assert len(of_type(events, Notice)) == 2
    assert fingerprint(tmp_path) == fingerprint(straight)


def test_a_sound_checkpoint_of_another_network_is_passed_over(small_data, straight, tmp_path):
    """Half of it is loaded before it is refused; nothing of that half may remain."""
    other = build(small_spec(fc_widths=(16, 9)))
    content = checkpoint.pack_checkpoint(other, make_optimizer(other, small_spec()), [])
    artifacts.prepare_folders(tmp_path)
    artifacts.write(tmp_path, "checkpoint", 2, content, keep=1)
    train(tmp_path, small_spec())
    assert final_weights(tmp_path) == final_weights(straight)


def test_the_last_two_checkpoints_and_one_best_are_kept(straight):
    assert artifacts.epochs_on_disk(straight, "checkpoint") == [2, 3]
    assert len(artifacts.epochs_on_disk(straight, "best")) == 1
    assert artifacts.epochs_on_disk(straight, "epoch") == [1, 2, 3]


def test_missing_data_is_a_data_error(tmp_path, monkeypatch):
    monkeypatch.setattr("torchvision.datasets.FashionMNIST.mirrors", ["http://127.0.0.1:9/"])
    with pytest.raises(DataError, match="is missing"):
        execute_run(small_spec(), tmp_path, lambda _: None, lambda: False, data_dir=tmp_path)


def test_a_file_in_place_of_the_folder_is_refused_before_training(small_data, tmp_path):
    (tmp_path / "run").write_text("no folder")
    events: list = []
    with pytest.raises(OSError, match="run"):
        train(tmp_path / "run", small_spec(), events.append)
    assert of_type(events, StepLoss) == []


# Divergence. Adam's steps are bounded by the learning rate, so that even at 100 no loss overflows
# in float32; a sound checkpoint with finite weights near the largest float does it for real.


def leave_checkpoint(run_dir: Path, straight: Path, name: str, value: float) -> None:
    """Leave the first two epochs of a run, with one tensor filled with a value."""
    model = build(small_spec())
    optimizer = make_optimizer(model, small_spec())
    history = checkpoint.unpack_checkpoint(
        model, optimizer, artifacts.read(straight, "checkpoint", 2)
    )
    model.state_dict()[name].fill_(value)
    artifacts.prepare_folders(run_dir)
    content = checkpoint.pack_checkpoint(model, optimizer, history)
    artifacts.write(run_dir, "checkpoint", 2, content, keep=2)


def test_a_training_loss_that_overflows_ends_the_run_as_diverged(small_data, straight, tmp_path):
    leave_checkpoint(tmp_path, straight, "classifier.2.0.weight", 3e38)
    events: list = []
    result = train(tmp_path, small_spec(), events.append)
    assert result.outcome == "diverged"
    assert result.reason == (
        "The training loss at epoch 3, step 1 is not a finite number (nan). "
        "A lower learning rate usually helps."
    )
    assert [e.record.epoch for e in of_type(events, EpochFinished)] == [1, 2]
    assert artifacts.epochs_on_disk(tmp_path, "checkpoint") == [2]


def test_a_validation_loss_that_overflows_ends_the_run_as_diverged(small_data, straight, tmp_path):
    """Only evaluation uses the running statistics."""
    leave_checkpoint(tmp_path, straight, "features.1.2.running_var", math.inf)
    leave_checkpoint(tmp_path, straight, "features.1.2.running_mean", math.inf)
    result = train(tmp_path, small_spec())
    assert result.outcome == "diverged"
    assert result.reason == (
        "The validation loss after epoch 3 is not a finite number. "
        "A lower learning rate usually helps."
    )
    assert artifacts.epochs_on_disk(tmp_path, "epoch") == []


def test_a_diverged_run_ends_the_same_way_when_called_again(small_data, straight, tmp_path):
    leave_checkpoint(tmp_path, straight, "classifier.2.0.weight", 3e38)
    assert train(tmp_path, small_spec()) == train(tmp_path, small_spec())


def test_the_highest_learning_rate_stays_finite_and_finishes(small_data, tmp_path):
    """Measured: Adam bounds each step, so the loss is huge but a number."""
    result = train(tmp_path, small_spec(learning_rate=100, epochs=2))
    assert result.outcome == "finished"
    assert max(train_loss for _, train_loss, *_ in history_of(tmp_path)) > 1e6


# What a run leaves and tells


def test_best_weights_are_those_of_the_lowest_validation_loss(small_data, tmp_path):
    """Recomputed, the predictions of that epoch come out to the bit."""
    spec = small_spec(learning_rate=0.1, epochs=8, dropout=0.0)
    train(tmp_path, spec)
    losses = {epoch: val_loss for epoch, _, _, val_loss, _ in history_of(tmp_path)}
    (best,) = artifacts.epochs_on_disk(tmp_path, "best")
    assert best == min(losses, key=losses.get)
    assert 1 < best < 8, "a test that could not tell best from first or last"
    model = build(spec)
    checkpoint.unpack_weights(model, artifacts.read(tmp_path, "best", best))
    stored, said = artifacts.read_epoch(tmp_path, best).test, predict(model, *tensors("test"))
    np.testing.assert_array_equal(said.pred_probs, stored.pred_probs)
    np.testing.assert_array_equal(said.predictions, stored.predictions)
    np.testing.assert_array_equal(said.loss, stored.loss)


def test_the_figures_of_an_epoch_are_those_of_its_predictions(straight):
    content = artifacts.read_epoch(straight, 2)
    labels = small_split("val").labels
    assert content.record.val_accuracy == np.mean(content.val.predictions == labels)
    assert content.record.val_loss == pytest.approx(content.val.loss.mean(), rel=1e-6)
    of_true_class = content.val.pred_probs[np.arange(SMALL_IMAGES), labels].astype(float)
    np.testing.assert_allclose(np.exp(-content.val.loss), of_true_class, rtol=2e-3)


def test_training_figures_are_means_over_images_and_not_over_batches(small_data, tmp_path):
    """The last batch has 4 images, the others 32."""
    events: list = []
    train(tmp_path, small_spec(epochs=1), events.append)
    losses = [e.loss for e in of_type(events, Progress) if e.loss is not None]
    expected = (32 * sum(losses[:3]) + 4 * losses[3]) / 100
    assert history_of(tmp_path)[0][1] == pytest.approx(expected, rel=1e-12)


def test_progress_names_phase_epoch_and_step(small_data, tmp_path):
    events: list = []
    train(tmp_path, small_spec(epochs=2), events.append)
    seen = [(e.phase, e.epoch, e.step) for e in of_type(events, Progress)]
    assert seen[0] == ("loading", 1, 0)
    batches = 2 * -(-SMALL_IMAGES // 250)  # of the validation and of the test pictures
    assert seen[1 : 7 + batches] == [
        *[("training", 1, step) for step in range(5)],
        *[("evaluating", 1, 4)] * batches,
        ("saving", 1, 4),
    ]
    assert seen[7 + batches :] == [(phase, 2, step) for phase, _, step in seen[1 : 7 + batches]]


def test_an_epoch_is_told_when_it_is_safely_on_disk(small_data, tmp_path):
    def check(event) -> None:
        if isinstance(event, EpochFinished):
            epoch = event.record.epoch
            assert artifacts.read_epoch(tmp_path, epoch).record == event.record
            artifacts.read(tmp_path, "checkpoint", epoch)
            finished.append(epoch)

    finished: list[int] = []
    train(tmp_path, small_spec(), check)
    assert finished == [1, 2, 3]


def test_step_losses_are_means_of_blocks_of_about_a_fiftieth(small_data, tmp_path):
    """110 steps: blocks of 2, so 55 of them."""
    events: list = []
    train(tmp_path, small_spec(train_images=110, batch_size=1, epochs=1), events.append)
    losses = [e.loss for e in of_type(events, Progress) if e.loss is not None]
    blocks = of_type(events, StepLoss)
    assert [block.step for block in blocks] == list(range(2, 111, 2))
    assert blocks[0].loss == pytest.approx((losses[0] + losses[1]) / 2, rel=1e-12)


def test_the_last_block_of_an_epoch_may_be_smaller(small_data, tmp_path):
    events: list = []
    train(tmp_path, small_spec(train_images=111, batch_size=1, epochs=1), events.append)
    assert [block.step for block in of_type(events, StepLoss)][-2:] == [110, 111]


def test_the_training_images_are_a_prefix_of_all(small_data, tmp_path, monkeypatch):
    """So that a run on fewer images sees no image that a run on more does not."""
    seen: list[int] = []
    real = batches
    monkeypatch.setattr(
        "fashion_core.training.execute.batches",
        lambda images, *rest: (seen.append(images), real(images, *rest))[1],
    )
    train(tmp_path, small_spec(epochs=1))
    assert torch.equal(seen[0], tensors("train")[0][:100])


def test_a_damaged_epoch_file_is_not_needed_to_resume(small_data, straight, tmp_path):
    train(tmp_path, small_spec(), should_stop=stop_at_call(CALLS_PER_EPOCH))
    (path,) = (tmp_path / "epochs").iterdir()
    path.write_bytes(b"")
    assert train(tmp_path, small_spec()).outcome == "finished"
    assert final_weights(tmp_path) == final_weights(straight)
    with pytest.raises(DamagedFileError):
        artifacts.read_epoch(tmp_path, 1)


@pytest.mark.slow
def test_a_run_on_all_pictures_learns(tmp_path, archives):
    """The real way, nothing replaced: 5,000 of the 50,000 and both evaluations in full."""
    spec = RunSpec(train_images=5_000, epochs=1, conv_widths=(8, 16), fc_widths=(64, 32))
    assert train(tmp_path, spec, data_dir=archives).outcome == "finished"
    content = artifacts.read_epoch(tmp_path, 1)
    assert (len(content.val.loss), len(content.test.loss)) == (10_000, 10_000)
    assert content.record.val_accuracy > 0.6
