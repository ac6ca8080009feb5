"""What a comparison needs of the core, computed once and kept."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import streamlit as st

from fashion_core.analysis.changes import (
    ClassChange,
    PairChange,
    cell_p_values,
    class_changes,
    pair_changes,
)
from fashion_core.analysis.comparison import Comparison, compare
from fashion_core.analysis.paired import SIGNIFICANCE
from fashion_core.analysis.scores import PictureScores
from pages.ui import services
from pages.ui.choice import Choice
from pages.ui.compare_choice import Pairing
from pages.ui.services import SplitName


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A comparison and where the differences are.

    Attributes:
        comparison: Counts, test and interval.
        pairs: Pairs of classes in which pictures changed sides, biggest change first.
        classes: Change of every class, in label order.
        is_real: Whether the change of a cell of the matrix is more than chance, bool (10, 10).
    """

    comparison: Comparison
    pairs: list[PairChange]
    classes: list[ClassChange]
    is_real: npt.NDArray[np.bool_]


def compared(pairing: Pairing) -> Compared:
    """Give everything that is computed about a comparison; the second time at once."""
    return _compared(*pairing.key())


def scores_of(choice: Choice) -> PictureScores:
    """Give what one side says about every picture."""
    return services.scores(choice.run.run_id, choice.epoch, choice.split)


@st.cache_data(show_spinner=False, max_entries=64)
def _compared(
    first_run: str, first_epoch: int, second_run: str, second_epoch: int, split: SplitName
) -> Compared:
    first = services.scores(first_run, first_epoch, split)
    second = services.scores(second_run, second_epoch, split)
    return Compared(
        comparison=compare(first, second),
        pairs=pair_changes(first, second),
        classes=class_changes(first, second),
        is_real=cell_p_values(first, second) < SIGNIFICANCE,
    )
