"""F5, F20: damaged files of a run are found, made again where possible, never believed."""

import random
import shutil
import time
from pathlib import Path

import pytest
import torch
from helpers import (
    CALLS_PER_EPOCH,
    fingerprint,
    kill,
    load_small_split,
    small_spec,
    start_python,
    stop_at_call,
    train,
)

from fashion_core.analysis.learning import describe_learning
from fashion_core.errors import DamagedFileError
from fashion_core.runs import artifacts
from fashion_core.runs.store import RunStore
from fashion_core.training import checkpoint
from fashion_core.training.events import EpochFinished, Notice

SPEC = small_spec(epochs=4)
CHANCE = random.Random(17)  # noqa: S311 - damage, not secrets


@pytest.fixture(scope="module")
def stopped(tmp_path_factory) -> Path:
    """Give the folder of a run that was stopped in its fourth epoch; copy only."""
    run_dir = tmp_path_factory.mktemp("stopped") / "run"
    train_small(run_dir, should_stop=stop_at_call(3 * CALLS_PER_EPOCH + 1))
    assert artifacts.epochs_on_disk(run_dir, "checkpoint") == [2, 3]
    return run_dir


@pytest.fixture(scope="module")
def straight(tmp_path_factory) -> dict[str, object]:
    """Give every bit of the run without any fault."""
    run_dir = tmp_path_factory.mktemp("straight") / "run"
    train_small(run_dir)
    return fingerprint(run_dir)


@pytest.fixture
def run_dir(stopped, tmp_path) -> Path:
    """Give a copy of the stopped run."""
    return shutil.copytree(stopped, tmp_path / "run")


def train_small(run_dir: Path, spec=SPEC, **options) -> list:
    """Train on few pictures and give the events."""
    events: list = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fashion_core.training.execute.load_split", load_small_split)
        train(run_dir, spec, events.append, **options)
    return events


def file_of(run_dir: Path, kind: str, epoch: int) -> Path:
    (path,) = run_dir.rglob(f"{kind}-{epoch:04d}-*")
    return path


def notices(events: list) -> list[str]:
    return [event.text for event in events if isinstance(event, Notice)]


def flip_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[CHANCE.randrange(len(content))] ^= 1 << CHANCE.randrange(8)
    path.write_bytes(content)


def truncate(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: CHANCE.randrange(len(content))])


def zero_tail(path: Path) -> None:
    """As after a power cut without a sync."""
    content = path.read_bytes()
    zeroed(path, content, CHANCE.randrange(len(content)), len(content))


def zero_page(path: Path) -> None:
    content = path.read_bytes()
    start = CHANCE.randrange(len(content)) // 4096 * 4096
    zeroed(path, content, start, start + 4096)


def zeroed(path: Path, content: bytes, start: int, stop: int) -> None:
    changed = content[:start] + bytes(min(stop, len(content)) - start) + content[stop:]
    path.write_bytes(changed if changed != content else b"")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def become_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def remove(path: Path) -> None:
    path.unlink()


MUTATIONS = [flip_bit, truncate, zero_tail, zero_page, empty, become_folder]


@pytest.mark.slow
def test_500_mutations_of_the_files_of_a_run_are_all_detected(stopped, tmp_path):
    """Never a wrong prediction, weight or checkpoint."""
    files = [("epoch", e) for e in (1, 2, 3)] + [("checkpoint", 2), ("checkpoint", 3), ("best", 3)]
    assert artifacts.epochs_on_disk(stopped, "best") == [3]
    for number in range(500):
        kind, epoch = files[number % len(files)]
        run_dir = shutil.copytree(stopped, tmp_path / str(number))
        CHANCE.choice(MUTATIONS)(file_of(run_dir, kind, epoch))
        with pytest.raises(DamagedFileError):
            artifacts.read(run_dir, kind, epoch)
        shutil.rmtree(run_dir)


@pytest.mark.slow
@pytest.mark.parametrize("mutation", [*MUTATIONS, remove])
@pytest.mark.parametrize(
    ("kind", "epoch"), [("checkpoint", 3), ("checkpoint", 2), ("best", 3), ("epoch", 3)]
)
def test_what_is_damaged_is_made_again_to_the_bit(run_dir, straight, kind, epoch, mutation):
    mutation(file_of(run_dir, kind, epoch))
    train_small(run_dir)
    assert fingerprint(run_dir) == straight


def test_a_damaged_newest_checkpoint_names_the_one_that_is_used(run_dir):
    empty(file_of(run_dir, "checkpoint", 3))
    (text,) = notices(train_small(run_dir))
    assert text.startswith("The checkpoint file of epoch 3 of")
    assert text.endswith("The checkpoint of epoch 2 is used.")


def test_without_a_sound_checkpoint_training_starts_again_and_says_so(run_dir, straight):
    for epoch in (2, 3):
        empty(file_of(run_dir, "checkpoint", epoch))
    texts = notices(train_small(run_dir))
    assert len(texts) == 2
    assert all(text.endswith("training starts again from the beginning.") for text in texts)
    assert fingerprint(run_dir) == straight


def test_the_newest_epoch_is_computed_again_from_the_checkpoint_before_it(run_dir):
    empty(file_of(run_dir, "epoch", 3))
    events = train_small(run_dir)
    assert notices(events)[0].endswith("This epoch is computed again.")
    assert [e.record.epoch for e in events if isinstance(e, EpochFinished)] == [1, 2, 3, 4]


@pytest.mark.parametrize("epoch", [1, 2])
def test_an_older_epoch_is_lost_and_named_and_the_run_goes_on(run_dir, straight, epoch):
    """No checkpoint before it is kept; hours of training are not thrown away for its pictures."""
    empty(file_of(run_dir, "epoch", epoch))
    events = train_small(run_dir)
    (text,) = notices(events)
    assert f"The pictures of epoch {epoch} cannot be shown; the run goes on" in text
    with pytest.raises(DamagedFileError):
        artifacts.read_epoch(run_dir, epoch)
    file_of(run_dir, "epoch", epoch).unlink()
    rest = fingerprint(run_dir)
    assert (rest["last"], rest["best"]) == (straight["last"], straight["best"])
    assert rest["epochs"].items() < straight["epochs"].items()


def test_damaged_best_weights_older_than_every_checkpoint_are_named(tmp_path):
    spec = small_spec(learning_rate=0.1, epochs=8, dropout=0.0)
    train_small(tmp_path, spec)
    (best,) = artifacts.epochs_on_disk(tmp_path, "best")
    assert best < 7
    empty(file_of(tmp_path, "best", best))
    (text,) = notices(train_small(tmp_path, spec))
    assert text.startswith(f"The best file of epoch {best} of")
    assert text.endswith("The weights of this epoch are lost, its pictures are kept.")


def test_a_sound_folder_gives_no_notice(run_dir, straight):
    assert notices(train_small(run_dir)) == []
    assert fingerprint(run_dir) == straight


def test_leftovers_of_killed_writers_are_removed_by_the_next_execution(run_dir):
    for place in ("", "epochs", "weights", "checkpoints"):
        (run_dir / place / ".epoch-0001.npz.12345678.tmp").write_bytes(b"half")
    train_small(run_dir)
    assert list(run_dir.rglob("*.tmp")) == []


@pytest.mark.parametrize("rate", [0.1, 10.0, 100.0])
def test_a_hopeless_learning_rate_finishes_and_says_that_it_only_guesses(tmp_path, rate):
    """Adam bounds each step: nothing overflows, and nothing is learned."""
    events = train_small(tmp_path, small_spec(learning_rate=rate, train_images=300, epochs=3))
    history = [event.record for event in events if isinstance(event, EpochFinished)]
    assert len(history) == 3
    said = describe_learning(history, planned_epochs=3)
    assert "no better than guessing among ten classes (2.30)" in said


# F21: the comparisons above can fail


def test_without_the_order_of_the_pictures_the_weights_differ(run_dir, straight, monkeypatch):
    monkeypatch.setattr(
        "fashion_core.training.recipe.generator", lambda *_: torch.Generator().manual_seed(1)
    )
    train_small(run_dir)
    assert fingerprint(run_dir)["last"] != straight["last"]


def test_without_the_running_statistics_the_predictions_differ(run_dir, straight, monkeypatch):
    real = checkpoint.unpack_checkpoint

    def forget(model, *others):
        history = real(model, *others)
        model.state_dict()["features.0.2.running_mean"].zero_()
        return history

    monkeypatch.setattr(checkpoint, "unpack_checkpoint", forget)
    train_small(run_dir)
    assert fingerprint(run_dir)["epochs"] != straight["epochs"]


# F20


@pytest.mark.slow
def test_a_reader_never_sees_half_of_what_is_written(store):
    """Three seconds: 1,000 epochs and more, best weights replaced each time."""
    run_id = store.create(small_spec())
    writer = start_python(WRITE, store.root, run_id)
    assert writer.stdout.readline() == "ready\n"
    reader, looks, deadline = RunStore(store.root), 0, time.monotonic() + 3
    while time.monotonic() < deadline:
        run = reader.run(run_id)
        assert [r.epoch for r in run.history] == list(range(1, len(run.history) + 1))
        assert run.progress is None or run.progress.epoch >= len(run.history)
        if run.history:
            last = run.history[-1]
            assert reader.epoch_file(run_id, last.epoch).record == last
            assert len(set(reader.best_weights(run_id))) == 1
            looks += 1
    kill(writer)
    assert writer.returncode == -9
    assert looks > 50


WRITE = """
from itertools import count
from pathlib import Path
from helpers import epoch_file
from fashion_core.runs import artifacts
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.records import LiveProgress
from fashion_core.runs.store import RunStore
store, run_id = RunStore(Path(sys.argv[1])), sys.argv[2]
run_dir, journal = store.run_dir(run_id), RunJournal(store, run_id)
print("ready", flush=True)
for epoch in count(1):
    journal.progress(LiveProgress(phase="training", epoch=epoch, step=1))
    artifacts.write_epoch(run_dir, epoch_file(epoch))
    artifacts.write(run_dir, "best", epoch, bytes([epoch % 256]) * 100_000, keep=1)
    artifacts.write(run_dir, "checkpoint", epoch, bytes([epoch % 256]) * 100_000, keep=2)
    journal.epoch(epoch_file(epoch).record)
"""
