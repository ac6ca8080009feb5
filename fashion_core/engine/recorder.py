"""Turns the events of a run in work into rows of the store, a few times a second."""

import time
from collections.abc import Callable
from typing import Final

from fashion_core.config import RunSpec
from fashion_core.history import EpochRecord
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.records import LiveProgress
from fashion_core.training.events import EpochFinished, Event, Notice, Progress, StepLoss

_WRITE_SECONDS: Final = 0.25  # a live page looks once a second
_LOOK_SECONDS: Final = 0.25  # a stop asked for by another process is obeyed within this time
_EVALUATED_IMAGES: Final = 20_000  # validation and test, after every epoch
_EVALUATION_COST: Final = 1 / 3  # of a training image: forward only, no backward, no optimiser


class RunRecorder:
    """Receives the events of one run and answers whether it was asked to stop.

    Args:
        journal: Where rows go.
        spec: For the estimate of the time left.
        clock: Monotonic seconds.
    """

    def __init__(
        self, journal: RunJournal, spec: RunSpec, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._journal, self._spec, self._clock = journal, spec, clock
        self._epochs: list[EpochRecord] = []
        self._steps: list[tuple[int, int, float]] = []
        self._epoch_started = clock()
        self._written, self._phase = float("-inf"), ""
        self._speed: float | None = None
        self._looked = float("-inf")
        self._is_stop_requested = False

    @property
    def is_stop_requested(self) -> bool:
        """Whether somebody asked the run to stop; looks into the store four times a second."""
        now = self._clock()
        if now - self._looked >= _LOOK_SECONDS:
            self._looked = now
            self._is_stop_requested = self._journal.stop_requested()
        return self._is_stop_requested

    def __call__(self, event: Event) -> None:
        """Take one event."""
        match event:
            case Progress():
                self._take_progress(event)
            case StepLoss():
                self._steps.append((event.epoch, event.step, event.loss))
            case EpochFinished():
                self._write_steps()
                self._journal.epoch(event.record)
                self._epochs.append(event.record)
            case Notice():
                self._journal.notice(event.text)

    def _take_progress(self, event: Progress) -> None:
        now = self._clock()
        if event.phase == "training" and event.step == 0:
            self._epoch_started = now
        self._speed = event.images_per_second or self._speed
        is_new_phase = event.phase != self._phase or event.step == 0
        if not is_new_phase and now - self._written < _WRITE_SECONDS:
            return
        self._written, self._phase = now, event.phase
        self._journal.progress(
            LiveProgress(
                phase=event.phase,
                epoch=event.epoch,
                step=event.step,
                loss=event.loss,
                images_per_second=self._speed,
                seconds_left=self._seconds_left(event, now),
            )
        )
        self._write_steps()

    def _write_steps(self) -> None:
        if self._steps:
            self._journal.steps(self._steps)
            self._steps.clear()

    def _seconds_left(self, event: Progress, now: float) -> float | None:
        """Estimate from the last epoch, in the first one from the training speed."""
        epochs_left = self._spec.epochs - event.epoch + 1
        in_epoch = now - self._epoch_started
        if self._epochs:
            return max(self._epochs[-1].seconds * epochs_left - in_epoch, 0.0)
        if self._speed is None:
            return None
        images_per_epoch = self._spec.train_images + _EVALUATED_IMAGES * _EVALUATION_COST
        return max(images_per_epoch / self._speed * epochs_left - in_epoch, 0.0)
