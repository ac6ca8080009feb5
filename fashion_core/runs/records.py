"""What the run store tells about a run; plain values that may cross into pages."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Literal

from fashion_core.analysis.formatting import decimal
from fashion_core.config import RunSpec
from fashion_core.history import EpochRecord

Ended = Literal["finished", "stopped", "diverged", "failed"]
"""How a run can end when its program lives."""

State = Literal["queued", "started", "finished", "stopped", "diverged", "failed"]
"""What is written down."""

Status = Literal[
    "queued",
    "paused",
    "running",
    "stopping",
    "finished",
    "stopped",
    "interrupted",
    "diverged",
    "failed",
    "damaged",
]
"""What is true: derived from what is written down and from who holds the run's lock.

"paused" keeps its place in the queue and is passed over. "damaged" means that what is written down
cannot be read; the other runs are not affected.
"""

WAITING: frozenset[Status] = frozenset({"queued", "paused"})
ACTIVE: frozenset[Status] = WAITING | {"running", "stopping"}
RESUMABLE: frozenset[Status] = frozenset({"stopped", "interrupted", "failed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveProgress:
    """Where a running run is, at most a quarter of a second old.

    Attributes:
        phase: "loading", "training", "evaluating" or "saving".
        epoch: Epoch in work, from 1.
        step: Steps of this epoch that are done.
        loss: Training loss of the last step in nats, or None.
        images_per_second: Training speed in this epoch, or None.
        seconds_left: Estimated time to the end of the run, or None while unknown.
    """

    phase: str
    epoch: int
    step: int
    loss: float | None = None
    images_per_second: float | None = None
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """What a list shows of a run; costs the same for one epoch and for a thousand.

    Attributes:
        run_id: Made by the program, `^[a-z0-9-]{8,40}$`.
        name: Text to show; never used as a path.
        created: When it was made, seconds since 1970, for display only.
        number: Order of creation, from 1.
        spec: What it trains; the specification's defaults if it is damaged there.
        status: Derived, see `Status`.
        reason: One sentence on how it ended; empty if there is nothing to say.
        progress: Where it is, or None before it started.
        epochs_done: Number of finished epochs; 0 if it is damaged.
        seconds: Time that the finished epochs took.
        best: The epoch of the lowest validation loss, or None before the first epoch.
        note: What people wrote about it; may have several lines.
        tags: Words that people put on it.
        deleted: When it was put into the trash, seconds since 1970; None if it was not.
    """

    run_id: str
    name: str
    created: float
    number: int
    spec: RunSpec
    status: Status
    reason: str
    progress: LiveProgress | None
    epochs_done: int
    seconds: float
    best: EpochRecord | None
    note: str = ""
    tags: tuple[str, ...] = ()
    deleted: float | None = None

    @property
    def is_active(self) -> bool:
        """Whether it waits, runs or is stopping."""
        return self.status in ACTIVE

    @property
    def is_waiting(self) -> bool:
        """Whether it is in the queue, paused or not."""
        return self.status in WAITING

    @property
    def is_resumable(self) -> bool:
        """Whether it ended before its last epoch and can go on."""
        return self.status in RESUMABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Run(RunSummary):
    """One run as the store knows it.

    Attributes:
        history: Finished epochs, ascending; none if it is damaged.
        notices: Sentences the user should read, in the order of writing.
    """

    history: tuple[EpochRecord, ...]
    notices: tuple[str, ...]


def describe_queue(active: Iterable[RunSummary]) -> str:
    """Count those of some runs that wait: "2 waiting and 1 paused run"; empty if none does."""
    statuses = [run.status for run in active]
    counts = {"waiting": statuses.count("queued"), "paused": statuses.count("paused")}
    words = [f"{number} {word}" for word, number in counts.items() if number]
    if not words:
        return ""
    last = next(number for number in reversed(counts.values()) if number)
    return f"{' and '.join(words)} {'run' if last == 1 else 'runs'}"


def describe_spec(spec: RunSpec) -> str:
    """Name a run by its learning rate and whatever differs from the specification.

    A run that is the specification to the letter is called so.
    """
    if spec == RunSpec():
        return "as specified"
    words: dict[str, str] = {
        "epochs": "{} epochs",
        "batch_size": "batch {}",
        "seed": "seed {}",
        "dropout": "dropout {:g}",
        "conv_widths": "conv {}",
        "fc_widths": "fc {}",
        "horizontal_flip": "flips",
        "train_images": "{:,} pictures",
        "threads": "{} threads",
        "schedule": "{}",
        "weight_decay": "weight decay {:g}",
        "label_smoothing": "label smoothing {:g}",
        "shift_pixels": "shifts of {} px",
        "erase_probability": "erasing {:g}",
        "average_decay": "averaged weights {:g}",
        "mirror_average": "mirror average",
        "precision": "{}",
    }
    parts = [f"lr {decimal(spec.learning_rate)}"]
    for field in fields(spec):
        value = getattr(spec, field.name)
        if field.name in words and value != field.default:
            shown = "/".join(map(str, value)) if isinstance(value, tuple) else value
            parts.append(words[field.name].format(shown))
    return ", ".join(parts if len(parts) > 1 else [*parts, "otherwise as specified"])
