"""What changed over the epochs of a run, and when each picture was learned; read once, kept."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import streamlit as st

from fashion_core.analysis.churn import Churn, count_churn
from fashion_core.analysis.forgetting import Forgetting, count_forgetting
from fashion_core.errors import DamagedFileError
from fashion_core.runs.records import Run
from pages.ui import services
from pages.ui.choice import Choice
from pages.ui.services import SplitName

_KEPT: Final = 64  # runs; 10 kB an epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochChange:
    """One stored epoch beside the stored one before it.

    Attributes:
        epoch: The epoch.
        before: The one before, or None for the first.
        churn: What changed between them, or None for the first.
    """

    epoch: int
    before: int | None
    churn: Churn | None


def epoch_changes(choice: Choice) -> Sequence[EpochChange]:
    """List the epochs of the chosen run whose predictions can be read, in order."""
    return _changes(choice.run.run_id, _readable(choice.run, choice.split), choice.split)


def forgetting_of(run: Run, split: SplitName) -> Forgetting:
    """Follow every picture of a split through the epochs of a run that can be read.

    Raises:
        DamagedFileError: if none can.
    """
    epochs = _readable(run, split)
    if not epochs:
        raise DamagedFileError("No epoch of this run can be read: its files are damaged.")
    return _forgetting(run.run_id, epochs, split)


def _readable(run: Run, split: SplitName) -> tuple[int, ...]:
    """Read the predictions of the epochs that were not read yet, and list all that are."""
    said = _predictions(run.run_id, split)
    for record in run.history:
        if record.epoch not in said:
            with suppress(DamagedFileError):  # left out, and looked at again next time
                file = services.store().epoch_file(run.run_id, record.epoch)
                said[record.epoch] = (file.test if split == "test" else file.val).predictions
    return tuple(sorted(said))


@st.cache_resource(show_spinner=False, max_entries=_KEPT)
def _predictions(run_id: str, split: SplitName) -> dict[int, npt.NDArray[np.integer[Any]]]:
    """Give the predictions of a run by epoch, as far as they were read."""
    return {}


@st.cache_resource(show_spinner=False, max_entries=_KEPT)
def _changes(run_id: str, epochs: tuple[int, ...], split: SplitName) -> list[EpochChange]:
    labels, said = services.pictures(split).labels, _predictions(run_id, split)
    first = [EpochChange(epoch=epoch, before=None, churn=None) for epoch in epochs[:1]]
    return first + [
        EpochChange(
            epoch=epoch,
            before=before,
            churn=count_churn(said[before], said[epoch], labels=labels),
        )
        for before, epoch in pairwise(epochs)
    ]


@st.cache_resource(show_spinner=False, max_entries=_KEPT)
def _forgetting(run_id: str, epochs: tuple[int, ...], split: SplitName) -> Forgetting:
    labels, said = services.pictures(split).labels, _predictions(run_id, split)
    return count_forgetting([said[epoch] == labels for epoch in epochs], epochs)
