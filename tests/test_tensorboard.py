"""The curves of a run as TensorBoard itself reads them."""

from pathlib import Path

import numpy as np
import pytest
from helpers import full_disk, record, run_python
from portable import SPEC, put_run
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer

from fashion_core import __main__ as command_line
from fashion_core.errors import StoreError
from fashion_core.runs.journal import RunJournal
from fashion_core.tensorboard import write_events


def read(folder: Path) -> EventAccumulator:
    """Read what TensorBoard finds in the folder of a run."""
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    events.Reload()
    return events


def scalars(events: EventAccumulator, tag: str) -> list[tuple[int, float]]:
    return [(event.step, event.value) for event in events.Scalars(tag)]


@pytest.fixture
def run_id(store) -> str:
    """Give a run of three epochs, four steps each, whose figures all differ."""
    run_id = put_run(store)
    for epoch in (1, 2, 3):
        RunJournal(store, run_id).epoch(
            record(
                epoch,
                train_loss=0.5 / epoch,
                train_accuracy=epoch / 8,
                val_loss=2.5 - epoch,
                val_accuracy=epoch / 16,
                seconds=10.0 * epoch,
            )
        )
    return run_id


def test_tensorboard_finds_every_scalar_under_its_name(store, run_id, tmp_path):
    write_events(store, run_id, tmp_path)
    events = read(tmp_path / run_id)
    assert sorted(events.Tags()["scalars"]) == [
        "accuracy/train",
        "accuracy/validation",
        "loss/train",
        "loss/train by step",
        "loss/validation",
        "seconds",
    ]
    assert scalars(events, "loss/train") == [(1, 0.5), (2, 0.25), (3, pytest.approx(0.5 / 3))]
    assert scalars(events, "loss/validation") == [(1, 1.5), (2, 0.5), (3, -0.5)]
    assert scalars(events, "accuracy/train") == [(1, 0.125), (2, 0.25), (3, 0.375)]
    assert scalars(events, "accuracy/validation") == [(1, 0.0625), (2, 0.125), (3, 0.1875)]
    assert scalars(events, "seconds") == [(1, 10.0), (2, 20.0), (3, 30.0)]


def test_steps_are_counted_through_all_epochs(store, run_id, tmp_path):
    """Rows are (epoch, step of its four, loss)."""
    write_events(store, run_id, tmp_path)
    expected = [(2, 2.25), (4, 2.0), (6, 1.75), (8, 0.1 + 0.2), (12, 1.5)]
    found = scalars(read(tmp_path / run_id), "loss/train by step")
    assert [step for step, _ in found] == [step for step, _ in expected]
    np.testing.assert_array_equal(
        [value for _, value in found], np.float32([value for _, value in expected])
    )


def test_times_follow_from_the_start_and_the_seconds(store, run_id, tmp_path):
    """Epochs of 10, 20 and 30 s; the second one's steps 2 and 4 of 4 are at 20 and 30 s."""
    write_events(store, run_id, tmp_path)
    events, created = read(tmp_path / run_id), store.run(run_id).created
    times = [event.wall_time - created for event in events.Scalars("loss/train")]
    assert times == pytest.approx([10, 30, 60], abs=1e-3)
    times = [event.wall_time - created for event in events.Scalars("loss/train by step")]
    assert times == pytest.approx([5, 10, 20, 30, 60], abs=1e-3)


def test_written_again_no_point_is_there_twice(store, run_id, tmp_path):
    first = write_events(store, run_id, tmp_path).read_bytes()
    assert write_events(store, run_id, tmp_path).read_bytes() == first
    assert [path.name for path in (tmp_path / run_id).iterdir()] == [
        "events.out.tfevents.fashion-dashboard"
    ]
    assert len(read(tmp_path / run_id).Scalars("seconds")) == 3


def test_runs_lie_side_by_side(store, run_id, tmp_path):
    other = put_run(store, epochs=1)
    for each in (run_id, other):
        write_events(store, each, tmp_path)
    runs = EventMultiplexer().AddRunsFromDirectory(str(tmp_path)).Reload().Runs()
    assert sorted(runs) == sorted([run_id, other])


def test_a_run_in_work_shows_its_steps_before_its_first_epoch_ends(store, tmp_path):
    run_id = store.create(SPEC)
    RunJournal(store, run_id).steps([(1, 2, 2.25)])
    write_events(store, run_id, tmp_path)
    assert scalars(read(tmp_path / run_id), "loss/train by step") == [(2, 2.25)]


def test_a_full_disk_leaves_no_part_of_a_file(store, run_id, tmp_path):
    with full_disk(200), pytest.raises(StoreError, match="cannot be written"):
        write_events(store, run_id, tmp_path)
    assert list((tmp_path / run_id).iterdir()) == []


def test_a_run_that_does_not_exist_is_refused(store, tmp_path):
    with pytest.raises(StoreError, match="no such run"):
        write_events(store, "r-20261122-000000-abcdef", tmp_path / "tb")
    assert not (tmp_path / "tb").exists()


# The command


def test_the_command_writes_runs_and_says_how_to_look(store, run_id, tmp_path, capsys):
    other, folder = put_run(store, epochs=1), tmp_path / "my curves"
    words = ["tensorboard", run_id, other, "--output", str(folder), "--store", str(store.root)]
    assert command_line.main(words) == 0
    assert capsys.readouterr().out == (
        f"2 runs written. Look at them with: tensorboard --logdir '{folder}'\n"
    )
    assert len(read(folder / other).Scalars("loss/train")) == 1


WITHOUT = """
sys.modules["tensorboard"] = None  # as if it were not installed
from fashion_core.__main__ import main
sys.stderr = sys.stdout
code = main(["tensorboard", sys.argv[1], "--store", sys.argv[2], "--output", sys.argv[3]])
print(code)
"""


def test_without_tensorboard_the_command_says_how_to_install_it(store, run_id, tmp_path):
    assert run_python(WITHOUT, run_id, store.root, tmp_path / "tb").splitlines() == [
        "TensorBoard is not installed. Install it with: "
        "python -m pip install -r requirements-tensorboard.txt",
        "1",
    ]
    assert not (tmp_path / "tb").exists()


def test_without_tensorboard_everything_else_works(store, run_id):
    code = "sys.modules['tensorboard'] = None\nfrom fashion_core.__main__ import main\n"
    code += "main(['runs', '--store', sys.argv[1]])"
    assert run_id in run_python(code, store.root)


def test_writing_needs_neither_torch_nor_tensorflow(store, run_id, tmp_path):
    code = (
        "from pathlib import Path\n"
        "from fashion_core.runs.store import RunStore\n"
        "from fashion_core.tensorboard import write_events\n"
        "write_events(RunStore(Path(sys.argv[1])), sys.argv[2], Path(sys.argv[3]))\n"
        "print(sorted({'torch', 'tensorflow'} & set(sys.modules)))"
    )
    assert run_python(code, store.root, run_id, tmp_path) == "[]\n"
