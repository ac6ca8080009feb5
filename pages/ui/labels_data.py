"""What the Labels page knows: beliefs over the epochs of a run, and decisions about pictures."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from fashion_core.analysis.label_belief import LabelBelief, weigh_labels
from fashion_core.errors import DamagedFileError
from fashion_core.runs.artifacts import Predictions
from fashion_core.runs.decision import Decision, picture_digest
from fashion_core.runs.label_decisions import LabelDecisions
from pages.ui import services
from pages.ui.services import SplitName


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What the epochs of a run say about the labels of a split.

    Attributes:
        belief: The means and the values of each epoch.
        epochs: Numbers of the epochs that count, ascending.
        lost: Numbers of those whose files are damaged.
    """

    belief: LabelBelief
    epochs: tuple[int, ...]
    lost: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The decisions of a store.

    Attributes:
        here: Those about pictures of the split that is shown, by image id.
        all: All of them, also of the other split.
        foreign: How many are about pictures of this split that look otherwise now.
    """

    here: dict[int, Decision]
    all: tuple[Decision, ...]
    foreign: int

    @property
    def disputed(self) -> list[int]:
        """List the image ids of this split whose label is disputed."""
        return [image_id for image_id, found in self.here.items() if found.is_disputing]


@st.cache_resource(show_spinner=False, max_entries=4)
def weighed(run_id: str, epochs: tuple[int, ...], split: SplitName) -> Weighed:
    """Average what the epochs of a run say; damaged ones are left out.

    Raises:
        DamagedFileError: if none can be read.
    """
    said: dict[int, Predictions] = {}
    for epoch in epochs:
        try:
            file = services.store().epoch_file(run_id, epoch)
        except DamagedFileError:
            continue
        said[epoch] = file.test if split == "test" else file.val
    if not said:
        raise DamagedFileError(
            "The predictions of this run are damaged in every epoch. "
            "Choose another run in the sidebar."
        )
    belief = weigh_labels(
        labels=services.pictures(split).labels,
        pred_probs=[part.pred_probs for part in said.values()],
        loss=[part.loss for part in said.values()],
    )
    lost = tuple(epoch for epoch in epochs if epoch not in said)
    return Weighed(belief=belief, epochs=tuple(said), lost=lost)


def decisions() -> LabelDecisions:
    """Give the decisions in the folder of this server's store."""
    return LabelDecisions(services.store().root)


def decided(split: SplitName) -> Decided:
    """Read the decisions, and tell those about the pictures that are shown."""
    known = digests(split)
    everything = decisions().all()
    of_split = [decision for decision in everything if decision.split == split]
    here = {
        decision.image_id: decision
        for decision in of_split
        if known.get(decision.image_id) == decision.digest
    }
    return Decided(here=here, all=everything, foreign=len(of_split) - len(here))


@st.cache_resource(show_spinner=False, max_entries=2)
def digests(split: SplitName) -> dict[int, str]:
    """Give the digest of every picture of a split, by image id."""
    source = services.pictures(split)
    columns = zip(source.image_ids, source.images, source.labels, strict=True)
    return {int(i): picture_digest(image, int(label)) for i, image, label in columns}


def position_of(split: SplitName, image_id: int | None) -> int | None:
    """Give the row of a picture in the arrays of its split; None if it is not one of them."""
    found = np.flatnonzero(services.pictures(split).image_ids == image_id)
    return int(found[0]) if len(found) else None
