"""What the command line says while a run is computed: a line an epoch, a bar on a terminal."""

import time
from collections.abc import Callable
from typing import Final, TextIO

from fashion_core.analysis.formatting import count, duration, number, percent
from fashion_core.config import RunSpec
from fashion_core.history import EpochRecord
from fashion_core.training.events import EpochFinished, Event, Notice, Progress

_BAR_WIDTH: Final = 24
_DRAW_SECONDS: Final = 0.1
_CLEAR_LINE: Final = "\r\x1b[K"  # ECMA-48: carriage return, erase to the end of the line


class ProgressLine:
    """Receives the events of one run and writes them for a person to read.

    Args:
        stream: Where to write; the bar is drawn if it is a terminal.
        spec: What is trained.
        clock: Monotonic seconds.
    """

    def __init__(
        self, stream: TextIO, spec: RunSpec, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream, self._spec, self._clock = stream, spec, clock
        self._is_terminal = stream.isatty()
        self._drawn = float("-inf")

    def __call__(self, event: Event) -> None:
        """Take one event."""
        match event:
            case EpochFinished():
                self._say(self._epoch(event.record))
            case Notice():
                self._say(event.text)
            case Progress() if self._is_terminal:
                self._draw(event)

    def clear(self) -> None:
        """Take the bar away, so that other text can be written."""
        if self._is_terminal:
            self._stream.write(_CLEAR_LINE)
            self._stream.flush()

    def _say(self, text: str) -> None:
        self.clear()
        self._stream.write(f"{text}\n")
        self._stream.flush()

    def _epoch(self, record: EpochRecord) -> str:
        return (
            f"epoch {record.epoch} of {self._spec.epochs}: "
            f"training loss {number(record.train_loss)}, "
            f"validation loss {number(record.val_loss)}, "
            f"{percent(record.val_accuracy)} right, {duration(record.seconds)}"
        )

    def _draw(self, event: Progress) -> None:
        now = self._clock()
        if event.phase == "training" and event.step and now - self._drawn < _DRAW_SECONDS:
            return
        self._drawn = now
        filled = _BAR_WIDTH * event.step // self._spec.steps_per_epoch
        bar = "#" * filled + "-" * (_BAR_WIDTH - filled)
        place = f"epoch {event.epoch} of {self._spec.epochs} [{bar}] {event.phase}"
        speed = event.images_per_second
        rate = f", {count(round(speed))} pictures/s" if speed is not None else ""
        self._stream.write(f"{_CLEAR_LINE}{place}{rate}")
        self._stream.flush()
