"""What galleries can be sorted by here, and the values that no single epoch says."""

from typing import Final

import numpy as np
import numpy.typing as npt

from fashion_core.analysis.ranking import SortKey
from fashion_core.analysis.sort_values import disagreement, past_values
from fashion_core.runs.records import Run
from pages.ui.epoch_history import forgetting_of
from pages.ui.people_data import crowd_if_usable
from pages.ui.services import SplitName

DIRECTIONS: Final = {"highest first": False, "lowest first": True}


def available_sorts(split: SplitName) -> dict[str, SortKey]:
    """Give the sorts by their name in links; that by people's votes only where there are some."""
    has_votes = split == "test" and crowd_if_usable() is not None
    return {key.value: key for key in SortKey if has_votes or key is not SortKey.DISAGREEMENT}


def sort_values(run: Run, split: SplitName, sort: SortKey) -> npt.NDArray[np.float64] | None:
    """Give what `rank_pictures` sorts by; None where the scores say it, and nothing is read then.

    Args:
        run: The run whose epochs count.
        split: Which pictures.
        sort: One of `available_sorts`.

    Raises:
        DamagedFileError: if it is about the epochs of the run, and none can be read.
    """
    if sort.is_of_scores:
        return None
    if sort is not SortKey.DISAGREEMENT:
        return past_values(forgetting_of(run, split), sort)
    crowd = crowd_if_usable() if split == "test" else None
    return None if crowd is None else disagreement(crowd)
