"""Fill a store with made-up finished runs: real folders and real rows, nothing trained."""

import math
from typing import Final

from fashion_core.config import MAX_SEED, SUGGESTED_LEARNING_RATES, RunSpec
from fashion_core.history import EpochRecord
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.rows import save_epoch_row
from fashion_core.runs.schema import connect
from fashion_core.runs.store import RunStore

EPOCHS: Final = 30  # the specification's
_BEST: Final = 8  # epoch of the lowest validation loss, as in the reference run


def add_finished_runs(store: RunStore, number: int) -> None:
    """Add runs whose lists of figures are complete; they have no predictions and no weights."""
    for index in range(number):
        run_id = store.create(_spec(index))
        with connect(store.database) as db:  # one transaction: 30 would take 30 times as long
            for epoch in range(1, EPOCHS + 1):
                save_epoch_row(db, run_id, _record(index, epoch))
        RunJournal(store, run_id).end("finished", "")


def _spec(index: int) -> RunSpec:
    """Give a spec of its own to each run, as a study over seeds and learning rates does."""
    rates = SUGGESTED_LEARNING_RATES
    return RunSpec(learning_rate=rates[index % len(rates)], seed=index % MAX_SEED, epochs=EPOCHS)


def _record(index: int, epoch: int) -> EpochRecord:
    """Give figures with as many digits as real ones: a validation loss that falls, then rises."""
    shift = math.sin(index) / 100
    return EpochRecord(
        epoch=epoch,
        train_loss=math.exp(-epoch / 8) * 0.6 + shift,
        train_accuracy=1 - math.exp(-epoch / 8) * 0.2 + shift / 10,
        val_loss=0.23 + ((epoch - _BEST) / 40) ** 2 + shift,
        val_accuracy=0.92 - ((epoch - _BEST) / 200) ** 2 + shift / 10,
        seconds=40 + shift,
    )
