"""What a running training tells the outside; plain values, importable without torch."""

from dataclasses import dataclass
from typing import Literal

from fashion_core.history import EpochRecord

Phase = Literal["loading", "training", "evaluating", "saving"]
Outcome = Literal["finished", "stopped", "diverged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where the run is; sent at every step.

    Attributes:
        phase: What it is doing.
        epoch: Epoch in work, from 1.
        step: Steps of this epoch that are done.
        loss: Training loss of the last step in nats, or None before the first.
        images_per_second: Training speed in this epoch, or None before the first step.
    """

    phase: Phase
    epoch: int
    step: int
    loss: float | None = None
    images_per_second: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLoss:
    """Mean training loss of a block of consecutive steps, about 50 blocks an epoch.

    Attributes:
        epoch: Epoch, from 1.
        step: Last step of the block, from 1.
        loss: Mean cross-entropy in nats.
    """

    epoch: int
    step: int
    loss: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochFinished:
    """An epoch is computed and safely on disk. May come again after a resume."""

    record: EpochRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something the user should know although the run goes on, in one sentence."""

    text: str


Event = Progress | StepLoss | EpochFinished | Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """How a run ended.

    Attributes:
        outcome: "finished", "stopped" or "diverged".
        reason: One sentence for the user; empty when finished.
    """

    outcome: Outcome
    reason: str = ""
