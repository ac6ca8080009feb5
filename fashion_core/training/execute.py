"""`execute_run`: compute a run from its spec, or continue it; the same bits every time."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor

from fashion_core.config import RunSpec
from fashion_core.data import LabelledImages, load_split
from fashion_core.history import EpochRecord, best_epoch
from fashion_core.model import FashionCNN
from fashion_core.runs import artifacts
from fashion_core.training import checkpoint
from fashion_core.training.averaging import WeightAverage
from fashion_core.training.evaluate import EvaluationStoppedError, predict
from fashion_core.training.events import (
    EpochFinished,
    Event,
    Notice,
    Progress,
    RunResult,
    StepLoss,
)
from fashion_core.training.recipe import (
    batches,
    build_network,
    derived_seed,
    make_optimizer,
    train_step,
)
from fashion_core.training.resume import choose_checkpoint
from fashion_core.training.schedule import learning_rate_at, set_learning_rate

_BLOCKS_PER_EPOCH: Final = 50  # points of the step curve an epoch: enough for a sparkline
_KEPT_CHECKPOINTS: Final = 2  # if the newest is damaged, the one before it is used
_LOWER_RATE: Final = "A lower learning rate usually helps."
_STOPPED: Final = RunResult(outcome="stopped", reason="Stopped on request.")


def execute_run(
    spec: RunSpec,
    run_dir: Path,
    emit: Callable[[Event], None],
    should_stop: Callable[[], bool],
    *,
    data_dir: Path,
) -> RunResult:
    """Train a network, or continue from the run's newest sound checkpoint.

    A pure function of the spec on one machine: its generators are its own. Interrupted at any
    moment and called again, it ends with the same weights, curve and predictions to the bit.
    With averaged weights in the spec, what is evaluated and saved as best is the average.

    Args:
        spec: What to train.
        run_dir: Folder of the run; see `fashion_core.runs.artifacts` for what is left there. The
            caller holds its lock.
        emit: Called in this thread with every event.
        should_stop: Asked before every step; the epoch in work is then given up.
        data_dir: Folder that holds `FashionMNIST/raw`.

    Returns:
        How it ended. "diverged" if a loss stopped being a finite number.

    Raises:
        DataError: if the data set is missing or damaged.
        OSError: if the run's folder cannot be written.
        StoreError: if somebody removed it.
    """
    torch.set_num_threads(spec.threads)  # of this thread only
    emit(Progress(phase="loading", epoch=1, step=0))
    artifacts.prepare_folders(run_dir)
    artifacts.remove_leftovers(run_dir)
    return _Run(spec, run_dir, emit, should_stop, _Data.load(data_dir, spec)).execute()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Data:
    """The three splits as tensors, images uint8 (N, 1, 28, 28) and labels int64 (N,)."""

    train: tuple[Tensor, Tensor]
    val: tuple[Tensor, Tensor]
    test: tuple[Tensor, Tensor]

    @classmethod
    def load(cls, data_dir: Path, spec: RunSpec) -> "_Data":
        train = load_split(data_dir, "train").take(np.arange(spec.train_images))
        return cls(
            train=_tensors(train),
            val=_tensors(load_split(data_dir, "val")),
            test=_tensors(load_split(data_dir, "test")),
        )


def _tensors(part: LabelledImages) -> tuple[Tensor, Tensor]:
    return torch.tensor(part.images).unsqueeze(1), torch.tensor(part.labels)


@dataclass(slots=True)
class _Totals:
    """Sums over the steps of one epoch so far."""

    loss: float = 0.0
    right: int = 0
    images: int = 0
    block: list[float] = field(default_factory=list)


class _DivergedError(Exception):
    """A loss is no longer a finite number; the text says which and where."""


class _StoppedError(Exception):
    """Asked to stop between two steps."""


class _Run:
    """One run in work: model, optimiser and history move forward an epoch at a time."""

    def __init__(
        self,
        spec: RunSpec,
        run_dir: Path,
        emit: Callable[[Event], None],
        should_stop: Callable[[], bool],
        data: _Data,
    ) -> None:
        self._spec, self._run_dir, self._data = spec, run_dir, data
        self._emit, self._should_stop = emit, should_stop
        self._history: list[EpochRecord] = []
        self._start_afresh()

    def execute(self) -> RunResult:
        """Train the epochs that are missing."""
        self._restore()
        try:
            for epoch in range(len(self._history) + 1, self._spec.epochs + 1):
                self._train_and_keep(epoch)
        except (_StoppedError, EvaluationStoppedError):
            return _STOPPED
        except _DivergedError as error:
            return RunResult(outcome="diverged", reason=str(error))
        return RunResult(outcome="finished")

    def _start_afresh(self) -> None:
        self._model = build_network(self._spec)
        self._optimizer = make_optimizer(self._model, self._spec)
        averages = self._spec.average_decay > 0
        self._average = WeightAverage(self._spec, self._model) if averages else None

    @property
    def _averaged(self) -> FashionCNN | None:
        """The network that holds the running mean of the weights, or None without one."""
        return self._average.network if self._average else None

    def _restore(self) -> None:
        """Continue from a sound checkpoint; start afresh if there is none."""
        restart = choose_checkpoint(self._run_dir, self._load)
        self._start_afresh()  # nothing of a checkpoint that was refused half-way may remain
        if restart.epoch:
            self._history = list(self._load(restart.epoch))
        if restart.rewrites_best:
            self._keep_best(restart.epoch)
        for text in restart.notices:
            self._emit(Notice(text=text))
        for record in self._history:
            self._emit(EpochFinished(record=record))

    def _load(self, epoch: int) -> tuple[EpochRecord, ...]:
        """Put a checkpoint into model, optimiser and average and give its history."""
        content = artifacts.read(self._run_dir, "checkpoint", epoch)
        return checkpoint.unpack_checkpoint(self._model, self._optimizer, content, self._averaged)

    def _train_and_keep(self, epoch: int) -> None:
        """Train one epoch, evaluate it and write what it leaves behind.

        Raises:
            _DivergedError: if the validation loss is not finite.
        """
        started = time.monotonic()
        totals = self._train(epoch)
        val = self._predict(epoch, *self._data.val)
        val_loss = float(val.loss.mean(dtype=np.float64))
        if not math.isfinite(val_loss):
            raise _DivergedError(
                f"The validation loss after epoch {epoch} is not a finite number. {_LOWER_RATE}"
            )
        test = self._predict(epoch, *self._data.test)
        record = EpochRecord(
            epoch=epoch,
            train_loss=totals.loss / totals.images,
            train_accuracy=totals.right / totals.images,
            val_loss=val_loss,
            val_accuracy=float((val.predictions == self._data.val[1].numpy()).mean()),
            seconds=time.monotonic() - started,
        )
        self._keep(artifacts.EpochFile(record=record, val=val, test=test))

    def _predict(self, epoch: int, images: Tensor, labels: Tensor) -> artifacts.Predictions:
        """Say what the run answers now: the averaged weights, if there are any."""
        network, mirror = self._averaged or self._model, self._spec.mirror_average
        where = Progress(phase="evaluating", epoch=epoch, step=self._spec.steps_per_epoch)

        def should_stop() -> bool:  # asked before every batch: the run is seen to go on
            self._emit(where)
            return self._should_stop()

        return predict(network, images, labels, should_stop, mirror_average=mirror)

    def _train(self, epoch: int) -> _Totals:
        """Take the steps of one epoch.

        Raises:
            _StoppedError: if asked to stop.
            _DivergedError: if a training loss is not finite.
        """
        spec, totals, started = self._spec, _Totals(), time.monotonic()
        self._model.train()
        self._model.dropout_generator.manual_seed(derived_seed(spec.seed, "dropout", epoch))
        self._emit(Progress(phase="training", epoch=epoch, step=0))
        before = (epoch - 1) * spec.steps_per_epoch
        for step, (batch, labels) in enumerate(batches(*self._data.train, spec, epoch), start=1):
            if self._should_stop():
                raise _StoppedError
            loss, right = self._take_step(before + step - 1, batch, labels)
            if not math.isfinite(loss):
                raise _DivergedError(
                    f"The training loss at epoch {epoch}, step {step} is not a finite number "
                    f"({loss}). {_LOWER_RATE}"
                )
            totals.loss += loss * len(labels)
            totals.right += right
            totals.images += len(labels)
            speed = totals.images / max(time.monotonic() - started, 1e-9)
            self._emit(
                Progress(
                    phase="training", epoch=epoch, step=step, loss=loss, images_per_second=speed
                )
            )
            self._emit_block(epoch, step, loss, totals)
        return totals

    def _take_step(self, step: int, batch: Tensor, labels: Tensor) -> tuple[float, int]:
        """Take one step, the learning rate and the average included; give loss and number right.

        Args:
            step: Steps taken before it since the start of the run.
            batch: Network input.
            labels: True classes.
        """
        set_learning_rate(self._optimizer, learning_rate_at(self._spec, step))
        result = train_step(self._model, self._optimizer, batch, labels, self._spec)
        if self._average:
            self._average.update(step)
        return result

    def _emit_block(self, epoch: int, step: int, loss: float, totals: _Totals) -> None:
        """Send the mean loss of a block of steps when the block is full."""
        totals.block.append(loss)
        steps = self._spec.steps_per_epoch
        if len(totals.block) >= max(1, steps // _BLOCKS_PER_EPOCH) or step == steps:
            mean = sum(totals.block) / len(totals.block)
            self._emit(StepLoss(epoch=epoch, step=step, loss=mean))
            totals.block.clear()

    def _keep(self, content: artifacts.EpochFile) -> None:
        """Write predictions, then the best weights, then the checkpoint, then tell."""
        epoch = content.record.epoch
        self._emit(Progress(phase="saving", epoch=epoch, step=self._spec.steps_per_epoch))
        history = [*self._history, content.record]
        artifacts.write_epoch(self._run_dir, content)
        if best_epoch(history) == content.record:
            self._keep_best(epoch)
        state = checkpoint.pack_checkpoint(self._model, self._optimizer, history, self._averaged)
        artifacts.write(self._run_dir, "checkpoint", epoch, state, keep=_KEPT_CHECKPOINTS)
        self._history = history
        self._emit(EpochFinished(record=content.record))

    def _keep_best(self, epoch: int) -> None:
        weights = checkpoint.pack_weights(self._averaged or self._model)
        artifacts.write(self._run_dir, "best", epoch, weights, keep=1)
