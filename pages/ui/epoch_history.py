"""What changed from epoch to epoch of a run, read from its files once and kept."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import streamlit as st

from fashion_core.analysis.churn import Churn, count_churn
from fashion_core.errors import DamagedFileError
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
    run_id, split = choice.run.run_id, choice.split
    said = _predictions(run_id, split)
    for record in choice.run.history:
        if record.epoch not in said:
            with suppress(DamagedFileError):  # left out, and looked at again next time
                file = services.store().epoch_file(run_id, record.epoch)
                said[record.epoch] = (file.test if split == "test" else file.val).predictions
    return _changes(run_id, tuple(sorted(said)), split)


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
