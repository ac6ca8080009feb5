"""What the Robustness page needs of the core: read from disk when it is looked at."""

from dataclasses import dataclass

import streamlit as st

from fashion_core.analysis.robustness import Robustness
from fashion_core.robust_answers import Kept, questions, read_kept
from fashion_core.runs.robustness import fingerprint
from pages.ui import services


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is known of an epoch under worse pictures.

    Attributes:
        result: Its answers, as far as they are there.
        kept: The same as it was read, with what is missing.
    """

    result: Robustness
    kept: Kept


def found_of(run_id: str, epoch: int) -> Found:
    """Give what an epoch answers to the test pictures, as they are and made worse.

    The files are small and read anew every time, since a test may be filling them: 10 ms.
    """
    scores = services.scores(run_id, epoch, "test")
    asked = questions(epoch=epoch, clean=_clean(run_id, epoch), pictures=len(scores))
    kept = read_kept(services.store().run_dir(run_id), asked)
    result = Robustness(labels=scores.labels, clean=scores.predictions, answers=kept.answers)
    return Found(result=result, kept=kept)


@st.cache_data(show_spinner=False, max_entries=64)
def _clean(run_id: str, epoch: int) -> str:
    return fingerprint(services.store().epoch_file(run_id, epoch).test)
