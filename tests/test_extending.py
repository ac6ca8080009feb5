"""Training a finished run further: the bits of one long training, the old run untouched."""

import json
import os
from dataclasses import fields, replace
from pathlib import Path

import pytest
from helpers import (
    fill_disk,
    fingerprint,
    full_disk,
    make_engine,
    small_spec,
    start_python,
    train,
    wait_until,
    without_seconds,
)
from portable import SPEC, STEPS, files_in, put_run, zip_of

from fashion_core.config import MAX_EPOCHS, RunSpec
from fashion_core.engine.base import Engine
from fashion_core.errors import StoreError
from fashion_core.runs import artifacts, importing
from fashion_core.runs.annotations import RunAnnotations
from fashion_core.runs.extending import extend_run, find_longer, find_obstacle
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.origin import Origin, read_origin
from fashion_core.runs.store import RunStore
from fashion_core.runs.studies import StudyPlan, find_members
from fashion_core.runs.zip_import import import_run
from fashion_core.training.schedule import learning_rate_at

SHORT, LONG = 2, 4

OTHER_SETTINGS = {
    "learning_rate": {"learning_rate": 1e-2},
    "batch_size": {"batch_size": 17},
    "seed": {"seed": 5},
    "dropout": {"dropout": 0.1},
    "conv_widths": {"conv_widths": (3, 5)},
    "fc_widths": {"fc_widths": (9, 7)},
    "horizontal_flip": {"horizontal_flip": True},
    "train_images": {"train_images": 130},
    "threads": {"threads": 2},
    "weight_decay": {"weight_decay": 0.05},
    "label_smoothing": {"label_smoothing": 0.1},
    "shift_pixels": {"shift_pixels": 2},
    "erase_probability": {"erase_probability": 0.5},
    "average_decay": {"average_decay": 0.9},
    "mirror_average": {"mirror_average": True, "horizontal_flip": True},
    "precision": {"precision": "bfloat16"},
}
"""A value that differs from the default for every setting but epochs and schedule."""


def everything_else() -> dict[str, object]:
    return {name: value for each in OTHER_SETTINGS.values() for name, value in each.items()}


@pytest.fixture
def engine(small_data, store):
    """Give a running engine on few pictures."""
    engine = make_engine("thread", store)
    yield engine
    engine.close()


@pytest.fixture
def busy(engine, store):
    """Give a running engine with a long run in work: what else is queued waits."""
    blocker = engine.start(small_spec(epochs=1_000, seed=9))
    wait_until(lambda: store.run(blocker).status == "running")
    return engine


def finish(store: RunStore, run_id: str) -> str:
    wait_until(lambda: store.run(run_id).status == "finished", timeout=60)
    return run_id


def trained(engine: Engine, store: RunStore, **changes) -> str:
    """Train a short run to its end and give its id."""
    return finish(store, engine.start(small_spec(**{"epochs": SHORT, **changes})))


def every_file(run_dir: Path) -> dict[str, bytes]:
    return {str(p.relative_to(run_dir)): p.read_bytes() for p in run_dir.rglob("*.*")}


def ready(store: RunStore) -> str:
    """Put a finished run of three made-up epochs into the store that could go on."""
    return put_run(store, checkpoints=2)


def extend(store: RunStore, run_id: str, epochs: int = 5) -> str:
    return extend_run(store, store.run(run_id), epochs)


# The promise


def test_every_setting_is_tried():
    assert OTHER_SETTINGS.keys() | {"epochs", "schedule"} == {f.name for f in fields(RunSpec)}
    defaults = small_spec()
    for name, changes in OTHER_SETTINGS.items():
        assert getattr(replace(defaults, **changes), name) != getattr(defaults, name)


@pytest.mark.parametrize(
    "changes",
    [{}, *OTHER_SETTINGS.values(), everything_else()],
    ids=["as specified", *OTHER_SETTINGS, "all at once"],
)
def test_trained_further_a_run_has_the_bits_of_one_long_training(engine, store, tmp_path, changes):
    longer = finish(store, engine.extend(trained(engine, store, **changes), LONG))
    train(tmp_path / "alone", small_spec(**{**changes, "epochs": LONG}))
    ours, alone = store.run_dir(longer), tmp_path / "alone"
    assert fingerprint(ours) == fingerprint(alone)
    assert [p.name for p in (ours / "weights").iterdir()] == [
        p.name
        for p in (alone / "weights").iterdir()  # the SHA-256 is in the name
    ]
    alone_records = [artifacts.read_record(alone, epoch) for epoch in range(1, LONG + 1)]
    assert list(map(without_seconds, store.run(longer).history)) == list(
        map(without_seconds, alone_records)
    )


def test_twice_further_is_as_good_as_once(engine, store, tmp_path):
    middle = finish(store, engine.extend(trained(engine, store), 3))
    longer = finish(store, engine.extend(middle, 5))
    train(tmp_path / "alone", small_spec(epochs=5))
    assert fingerprint(store.run_dir(longer)) == fingerprint(tmp_path / "alone")


def test_further_from_an_older_checkpoint_it_has_the_same_bits(engine, store, tmp_path):
    """The newest is damaged: one epoch more is computed again."""
    run_id = trained(engine, store)
    (newest,) = (store.run_dir(run_id) / "checkpoints").glob("checkpoint-0002-*")
    newest.write_bytes(b"")
    longer = finish(store, engine.extend(run_id, LONG))
    train(tmp_path / "alone", small_spec(epochs=LONG))
    assert fingerprint(store.run_dir(longer)) == fingerprint(tmp_path / "alone")


def test_only_the_epochs_that_are_missing_are_trained(engine, store):
    run_id = trained(engine, store)
    before = store.run(run_id)
    longer = store.run(finish(store, engine.extend(run_id, LONG)))
    assert longer.history[:SHORT] == before.history  # the seconds, too
    assert longer.seconds == sum(record.seconds for record in longer.history) > before.seconds
    steps = store.step_losses(longer.run_id)
    assert [row for row in steps if row[0] <= SHORT] == list(store.step_losses(run_id))
    assert {epoch for epoch, _, _ in steps} == {1, 2, 3, 4}


def test_the_old_run_stays_exactly_as_it_is(engine, store):
    run_id = trained(engine, store)
    before, files = store.run(run_id), every_file(store.run_dir(run_id))
    longer = finish(store, engine.extend(run_id, LONG))
    assert store.run(run_id) == before
    assert every_file(store.run_dir(run_id)) == files
    assert [run.run_id for run in store.runs()] == [longer, run_id]


def test_a_spec_says_where_the_number_of_epochs_matters():
    """The learning rate is all that could ask for it: see the runs above for everything else."""
    for schedule in ("constant", "one-cycle"):
        short = small_spec(epochs=SHORT, schedule=schedule)
        longer = replace(short, epochs=LONG)
        steps = range(SHORT * short.steps_per_epoch)
        is_same = all(learning_rate_at(short, s) == learning_rate_at(longer, s) for s in steps)
        assert short.is_extendable == is_same == (schedule == "constant")


def test_a_cycle_continued_would_be_another_training(small_data, tmp_path):
    """Why it is refused: not even the first epoch is that of the longer one."""
    for epochs in (SHORT, LONG):
        train(tmp_path / str(epochs), small_spec(epochs=epochs, schedule="one-cycle"))
    short, longer = (artifacts.read_record(tmp_path / str(e), 1) for e in (SHORT, LONG))
    assert without_seconds(short) != without_seconds(longer)


# The new run


def test_the_new_run_waits_with_the_old_epochs_and_curve(store):
    before = store.run(ready(store))
    longer = store.run(extend(store, before.run_id))
    assert (longer.status, longer.number, longer.epochs_done) == ("queued", 2, 3)
    assert (longer.history, longer.best) == (before.history, before.best)
    assert longer.spec == replace(SPEC, epochs=5)
    assert store.step_losses(longer.run_id) == STEPS
    assert store.best_weights(longer.run_id) == store.best_weights(before.run_id)
    assert (longer.note, longer.tags, longer.notices) == ("", (), ())


def test_it_says_where_its_first_epochs_are_from_and_takes_that_along(store, tmp_path):
    run_id = ready(store)
    longer = extend(store, run_id)
    assert read_origin(store.run_dir(longer)) == Origin(run_id=run_id, epochs=3)
    assert read_origin(store.run_dir(run_id)) is None
    elsewhere = RunStore(tmp_path / "elsewhere")
    zipped = tmp_path / "run.zip"
    zipped.write_bytes(zip_of(store, longer))
    with zipped.open("rb") as file:
        import_run(elsewhere, file)
    assert read_origin(elsewhere.run_dir(longer)) == Origin(run_id=run_id, epochs=3)


@pytest.mark.parametrize(
    "said",
    [
        None,
        "run 3",
        {"run_id": "../../etc", "epochs": 3},
        {"run_id": ["r-20260101-000000-abcdef"], "epochs": 3},
        {"run_id": "r-20260101-000000-abcdef", "epochs": 0},
        {"run_id": "r-20260101-000000-abcdef", "epochs": True},
        {"run_id": "r-20260101-000000-abcdef", "epochs": "3"},
        {"run_id": "r-20260101-000000-abcdef", "epochs": 1e300},
        {"run_id": "r-20260101-000000-abcdef"},
    ],
)
def test_an_origin_without_sense_is_none(tmp_path, said):
    (tmp_path / "spec.json").write_text(json.dumps({"continues": said}))
    assert read_origin(tmp_path) is None


@pytest.mark.parametrize(
    ("name", "longer"),
    [
        ("Wide", "Wide, to 5 epochs"),
        ("Wide, to 3 epochs", "Wide, to 5 epochs"),
        ("x" * 80, "x" * 67 + ", to 5 epochs"),
        (
            "lr 0.001, 3 epochs, conv 4/6, fc 16/8, 100 pictures",
            "lr 0.001, 5 epochs, conv 4/6, fc 16/8, 100 pictures",
        ),
    ],
)
def test_it_is_named_after_the_old_run(store, name, longer):
    run_id = ready(store)
    RunAnnotations(store).rename(run_id, name)
    assert store.run(extend(store, run_id)).name == longer


def test_a_study_counts_it_as_the_training_that_it_is(store):
    """A plan of 3 epochs keeps the old run, one of 5 epochs has the new one."""
    run_id = ready(store)
    longer = extend(store, run_id)
    for epochs, expected in ((3, run_id), (5, longer)):
        spec = replace(SPEC, epochs=epochs)
        plan = StudyPlan(spec=spec, learning_rates=(SPEC.learning_rate,), seeds=(SPEC.seed,))
        (member,) = find_members(plan, store.runs())
        assert member.run.run_id == expected


def test_with_the_list_of_runs_lost_it_still_goes_on_to_the_same_bits(engine, store, tmp_path):
    run_id = trained(engine, store)
    engine.close()
    longer = extend(store, run_id, LONG)
    store.database.unlink()
    again = RunStore(store.root)
    run = again.run(longer)
    assert (run.status, run.number, run.epochs_done) == ("interrupted", 2, SHORT)
    engine = make_engine("thread", again)
    engine.resume(longer)
    finish(again, longer)
    engine.close()
    train(tmp_path / "alone", small_spec(epochs=LONG))
    assert fingerprint(again.run_dir(longer)) == fingerprint(tmp_path / "alone")


def test_stopped_before_its_first_new_epoch_it_can_be_resumed(busy, store):
    longer = busy.extend(ready(store), 5)
    busy.stop(longer)
    run = store.run(longer)
    assert (run.status, run.reason) == ("stopped", "Stopped while it waited in the queue.")
    assert run.is_resumable


# Not twice


@pytest.mark.parametrize("state", ["finished", "diverged", "queued"])
def test_a_run_that_is_this_training_is_taken_instead(busy, store, state):
    run_id, there = ready(store), store.create(replace(SPEC, epochs=5))
    if state != "queued":
        RunJournal(store, there).start()
        RunJournal(store, there).end(state, "")
    assert find_longer(store, store.run(run_id), 5).run_id == there
    assert busy.extend(run_id, 5) == there
    assert len(store.runs()) == 3


def test_pressed_twice_it_makes_one_run(busy, store):
    run_id = ready(store)
    first = busy.extend(run_id, 5)
    assert busy.extend(run_id, 5) == first
    assert busy.extend(run_id, 6) != first


def test_one_that_was_stopped_no_less_far_is_taken_instead(busy, store):
    run_id = ready(store)
    first = busy.extend(run_id, 5)
    busy.stop(first)
    assert find_longer(store, store.run(run_id), 5).run_id == first
    assert busy.extend(run_id, 5) == first


def test_one_that_ended_before_it_got_so_far_is_not_waited_for(busy, store):
    run_id, there = ready(store), store.create(replace(SPEC, epochs=5))
    busy.stop(there)
    assert find_longer(store, store.run(run_id), 5) is None
    assert busy.extend(run_id, 5) != there


# Refused


def refusal(store: RunStore, run_id: str, epochs: int = 5) -> str:
    """Give the sentence of a refusal that leaves the store as it was."""
    before, runs = files_in(store.root), store.runs()
    with pytest.raises(StoreError) as refused:
        extend(store, run_id, epochs)
    assert {f for f in files_in(store.root) if f != ".import.lock"} == {
        f for f in before if f != ".import.lock"
    }
    assert store.runs() == runs
    return str(refused.value)


@pytest.mark.parametrize("epochs", [-1, 0, 2, 3, MAX_EPOCHS + 1])
def test_a_number_of_epochs_that_is_not_longer_or_too_long_is_refused(store, epochs):
    said = refusal(store, ready(store), epochs)
    assert said == (f"Expected more epochs than the 3 of run 1 and at most 1,000, got {epochs}.")


def test_a_run_of_the_most_epochs_is_refused(store):
    run_id = store.create(replace(SPEC, epochs=MAX_EPOCHS))
    RunJournal(store, run_id).end("finished", "")
    obstacle = find_obstacle(store, store.run(run_id))
    assert obstacle.text == "Run 1 has 1,000 epochs, the most that a run can have."
    assert not obstacle.can_start_anew


def test_a_cycle_is_refused_with_a_way_out(store):
    run_id = store.create(replace(SPEC, schedule="one-cycle"))
    RunJournal(store, run_id).end("finished", "")
    assert find_obstacle(store, store.run(run_id)).can_start_anew
    assert refusal(store, run_id).startswith("The learning rate of this run fell to nearly nothing")


def test_a_run_without_its_last_checkpoint_is_refused_with_a_way_out(store):
    run_id = put_run(store, checkpoints=0)
    assert find_obstacle(store, store.run(run_id)).can_start_anew
    assert refusal(store, run_id).startswith("This run is here without its last checkpoint")


@pytest.mark.parametrize("state", ["stopped", "failed", "diverged", None])
def test_only_a_finished_run_is_trained_further(store, state):
    run_id = put_run(store, state, checkpoints=2)
    status = "interrupted" if state is None else state
    assert refusal(store, run_id) == (
        f"Only a finished run can be trained further, and run 1 is {status}."
    )


def test_a_deleted_run_is_refused(store):
    run_id = ready(store)
    RunAnnotations(store).delete(run_id)
    assert refusal(store, run_id) == "Run 1 is deleted. Restore it on the Runs page first."


@pytest.mark.parametrize(
    "lost",
    ["epochs/epoch-0001-*", "epochs/epoch-0003-*", "weights/best-*", "checkpoints/checkpoint-*"],
)
@pytest.mark.parametrize("how", ["missing", "damaged"])
def test_a_run_with_a_damaged_file_is_refused(store, lost, how):
    run_id = ready(store)
    for path in list(store.run_dir(run_id).glob(lost)):
        path.unlink() if how == "missing" else path.write_bytes(path.read_bytes()[:-1])
    said = refusal(store, run_id)
    is_here_without = lost.startswith("checkpoints") and how == "missing"
    assert ("without its last checkpoint" if is_here_without else "would lack it, too") in said


# Full disks and kills


def test_a_full_disk_is_said_and_leaves_nothing(store):
    run_id = ready(store)
    with full_disk(20_000):
        assert "cannot be written" in refusal(store, run_id)
    assert store.run(extend(store, run_id)).epochs_done == 3


@pytest.mark.slow
def test_a_disk_without_room_leaves_nothing_and_later_takes_it(small_disk):
    small = RunStore(small_disk / "runs")
    run_id = ready(small)
    for room in (0, 100_000, 400_000):
        fill_disk(small_disk)
        ballast = small_disk / "ballast"
        os.truncate(ballast, ballast.stat().st_size - room)
        assert "room" in refusal(small, run_id)
    ballast.unlink()
    assert small.run(extend(small, run_id)).epochs_done == 3


@pytest.mark.slow
def test_a_disk_that_is_full_when_the_list_is_written_leaves_nothing(small_disk, monkeypatch):
    """The files have their place already; without a row they are taken away again."""
    small, move_in = RunStore(small_disk / "runs"), importing.move_in
    run_id = ready(small)

    def move_and_fill(folder: Path, target: Path) -> None:
        move_in(folder, target)
        fill_disk(small_disk)

    monkeypatch.setattr(importing, "move_in", move_and_fill)
    assert "room" in refusal(small, run_id)


def test_every_file_is_on_the_disk_before_the_run_has_its_name(store, monkeypatch):
    """A power cut finds whole files: each was synced before the rename."""
    synced, at_rename, fsync, move_in = set(), [], os.fsync, importing.move_in

    def sync(descriptor: int) -> None:
        synced.add(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    def move(folder: Path, target: Path) -> None:
        at_rename.extend(path for path in folder.rglob("*") if path.stat().st_ino not in synced)
        move_in(folder, target)

    run_id = ready(store)
    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(importing, "move_in", move)
    extend(store, run_id)
    assert at_rename == []


KILLED = """
import os, signal
from pathlib import Path
from fashion_core.runs import artifacts, extending, importing, staging
from fashion_core.runs.store import RunStore
def die():
    os.kill(os.getpid(), signal.SIGKILL)
def before(owner, name, nth=1):
    real, left = getattr(owner, name), [nth]
    def call(*args, **options):
        left[0] -= 1
        if left[0] == 0:
            die()
        return real(*args, **options)
    setattr(owner, name, call)
def after(owner, name):
    real = getattr(owner, name)
    setattr(owner, name, lambda *args: (real(*args), die()))
{
    "between two files": lambda: before(extending, "_copy_file", 3),
    "before the settings": lambda: before(extending, "write_header"),
    "before all is on the disk": lambda: before(extending, "sync_all"),
    "before the rename": lambda: before(importing, "move_in"),
    "in the rename": lambda: after(staging.Path, "touch"),
    "after the rename": lambda: after(importing, "move_in"),
    "after the commit": lambda: after(extending, "admit"),
}[sys.argv[3]]()
store = RunStore(Path(sys.argv[1]))
extending.extend_run(store, store.run(sys.argv[2]), 5)
"""


@pytest.mark.parametrize("lists", ["kept", "lost"])
@pytest.mark.parametrize(
    "moment",
    [
        "between two files",
        "before the settings",
        "before all is on the disk",
        "before the rename",
        "in the rename",
        "after the rename",
        "after the commit",
    ],
)
def test_killed_at_any_moment_it_is_there_whole_or_not_at_all(store, moment, lists):
    """Also where the list of runs is lost at the same time and made again from the folders."""
    run_id = ready(store)
    files = every_file(store.run_dir(run_id))
    process = start_python(KILLED, store.root, run_id, moment)
    process.communicate(timeout=60)
    assert process.returncode == -9
    if lists == "lost":
        store.database.unlink()
    again = RunStore(store.root)
    new = [run for run in again.runs() if run.run_id != run_id]
    is_whole = moment == "after the commit" or (lists, moment) == ("lost", "after the rename")
    assert [run.epochs_done for run in new] == [3] * is_whole
    assert every_file(again.run_dir(run_id)) == files
    known = {"studies", run_id, *(run.run_id for run in new)}
    assert {p.name for p in again.root.iterdir() if p.is_dir()} <= known
    assert again.run(extend(again, run_id, 6)).epochs_done == 3
