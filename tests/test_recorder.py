"""Events become rows: a few times a second, nothing lost, an honest estimate of the time left."""

import pytest
from helpers import record

from fashion_core.config import RunSpec
from fashion_core.engine.recorder import RunRecorder
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.queue import RunQueue
from fashion_core.training.events import EpochFinished, Notice, Progress, StepLoss

SPEC = RunSpec(epochs=3, batch_size=100, train_images=20_000)


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Recording:
    """One run with a recorder whose clock stands still until it is moved."""

    def __init__(self, store) -> None:
        self.store, self.clock = store, Clock()
        self.run_id = store.create(SPEC)
        journal = RunJournal(store, self.run_id)
        journal.start()
        self.take = RunRecorder(journal, SPEC, self.clock)

    def step(self, step: int, *, after: float = 0.0, epoch: int = 1) -> None:
        """Let some seconds pass and send a step."""
        self.clock.now += after
        self.take(Progress(phase="training", epoch=epoch, step=step, loss=2.0))

    @property
    def progress(self):
        return self.store.run(self.run_id).progress


@pytest.fixture
def run(store) -> Recording:
    """Give a run whose first epoch has just begun."""
    recording = Recording(store)
    recording.take(Progress(phase="loading", epoch=1, step=0))
    recording.step(0)
    return recording


def test_the_first_event_is_written_at_once(store):
    recording = Recording(store)
    recording.take(Progress(phase="loading", epoch=1, step=0))
    assert (recording.progress.phase, recording.progress.seconds_left) == ("loading", None)


def test_steps_are_written_at_most_four_times_a_second(run):
    seen = []
    for step in range(1, 9):
        run.step(step, after=0.125)
        seen.append(run.progress.step)
    assert seen == [0, 2, 2, 4, 4, 6, 6, 8]


@pytest.mark.parametrize("phase", ["evaluating", "saving"])
def test_a_new_phase_is_written_at_once(run, phase):
    run.step(1)
    run.take(Progress(phase=phase, epoch=1, step=200))
    assert (run.progress.phase, run.progress.step) == (phase, 200)


def test_everything_of_a_step_is_written(run):
    run.clock.now += 1
    run.take(Progress(phase="training", epoch=1, step=7, loss=1.5, images_per_second=640.0))
    shown = run.progress
    assert (shown.phase, shown.epoch, shown.step) == ("training", 1, 7)
    assert (shown.loss, shown.images_per_second) == (1.5, 640.0)


# Time left


def test_time_left_in_the_first_epoch_is_estimated_from_the_speed(run):
    """An epoch is 20,000 + 20,000 / 3 images, 80 s at 1,000 / 3 a second; three are 240 s."""
    run.clock.now += 6
    run.take(Progress(phase="training", epoch=1, step=20, images_per_second=1_000 / 3))
    assert run.progress.seconds_left == pytest.approx(3 * 80 - 6)


def test_the_speed_of_training_is_remembered_while_evaluating(run):
    run.take(Progress(phase="training", epoch=1, step=200, images_per_second=1_000 / 3))
    run.clock.now += 70
    run.take(Progress(phase="evaluating", epoch=1, step=200))
    assert run.progress.seconds_left == pytest.approx(3 * 80 - 70)
    assert run.progress.images_per_second == pytest.approx(1_000 / 3)


def test_time_left_goes_on_while_evaluating(run):
    run.take(Progress(phase="training", epoch=1, step=200, images_per_second=1_000 / 3))
    left = []
    for _ in range(3):
        run.clock.now += 1
        run.take(Progress(phase="evaluating", epoch=1, step=200))
        left.append(run.progress.seconds_left)
    assert left == pytest.approx([239, 238, 237])


def test_time_left_in_the_first_epoch_is_never_negative(run):
    run.clock.now += 500
    run.take(Progress(phase="training", epoch=1, step=200, images_per_second=1_000 / 3))
    assert run.progress.seconds_left == 0


def test_time_left_is_unknown_before_the_first_step(run):
    run.clock.now += 5
    run.step(0)
    assert run.progress.seconds_left is None


def test_time_left_after_an_epoch_is_estimated_from_that_epoch(run):
    """Two epochs of 50 s left, 8 s of them gone."""
    run.take(EpochFinished(record=record(1, seconds=50.0)))
    run.step(0, epoch=2)
    run.step(1, epoch=2, after=8.0)
    assert run.progress.seconds_left == pytest.approx(2 * 50 - 8)


def test_the_last_epoch_counts_and_not_the_first(run):
    for epoch, seconds in [(1, 50.0), (2, 20.0)]:
        run.take(EpochFinished(record=record(epoch, seconds=seconds)))
    run.step(0, epoch=3)
    run.step(1, epoch=3, after=5.0)
    assert run.progress.seconds_left == pytest.approx(20 - 5)


def test_time_left_is_never_negative(run):
    """The machine became busy in the last epoch."""
    run.take(EpochFinished(record=record(2, seconds=20.0)))
    run.step(0, epoch=3)
    run.step(1, epoch=3, after=90.0)
    assert run.progress.seconds_left == 0


# Steps and epochs


def test_step_losses_are_written_with_the_next_progress(run):
    run.take(StepLoss(epoch=1, step=4, loss=2.25))
    assert run.store.step_losses(run.run_id) == ()
    run.step(5, after=0.25)
    assert run.store.step_losses(run.run_id) == ((1, 4, 2.25),)


def test_step_losses_are_written_before_the_row_of_their_epoch(run, monkeypatch):
    """A reader who sees the epoch sees its steps."""
    seen, real = [], RunJournal.epoch

    def look_and_write(journal, of_epoch) -> None:
        seen.extend(run.store.step_losses(run.run_id))
        real(journal, of_epoch)

    monkeypatch.setattr(RunJournal, "epoch", look_and_write)
    run.take(StepLoss(epoch=1, step=200, loss=0.5))
    run.take(EpochFinished(record=record(1)))
    assert seen == [(1, 200, 0.5)]


def test_step_losses_are_written_once(run, monkeypatch):
    written = []
    monkeypatch.setattr(RunJournal, "steps", lambda _, rows: written.append(list(rows)))
    run.take(StepLoss(epoch=1, step=4, loss=2.25))
    run.take(EpochFinished(record=record(1)))
    run.take(StepLoss(epoch=2, step=4, loss=1.25))
    run.take(EpochFinished(record=record(2)))
    assert written == [[(1, 4, 2.25)], [(2, 4, 1.25)]]


def test_an_epoch_is_written_at_once(run):
    run.take(EpochFinished(record=record(1)))
    assert run.store.run(run.run_id).history == (record(1),)


def test_a_notice_is_written_at_once(run):
    run.take(Notice(text="A sentence."))
    assert run.store.run(run.run_id).notices == ("A sentence.",)


# Stop


def test_a_stop_asked_for_elsewhere_is_noticed_within_a_quarter_of_a_second(run):
    assert not run.take.is_stop_requested
    RunQueue(run.store).request_stop(run.run_id)
    run.step(1, after=0.125)
    assert not run.take.is_stop_requested
    run.step(2, after=0.125)
    assert run.take.is_stop_requested
