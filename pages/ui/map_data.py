"""What the Map page needs of the core: computed when it is looked at, and kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import streamlit as st

from fashion_core.analysis.cartography import TrainingMap, training_map
from fashion_core.analysis.embedding import MainPlane, main_plane, nearer_to_answer
from fashion_core.analysis.forgetting import count_forgetting
from fashion_core.analysis.neighbours import unit_rows
from fashion_core.analysis.scores import PictureScores
from fashion_core.errors import DamagedFileError
from pages.ui import image_data, services
from pages.ui.choice import Choice
from pages.ui.services import SplitName

_KEPT: Final = 64  # both splits of a run of the specification, and some


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Said:
    """What an epoch says about the pictures of a split: 50 kB."""

    loss: npt.NDArray[np.float32]
    is_right: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Training:
    """How a run came to its answers about a split.

    Attributes:
        found: Where each picture lies.
        learned_at: Epoch of its first right answer, `NEVER` if there is none; shape (N,).
        lost: Epochs that could not be read and are left out.
    """

    found: TrainingMap
    learned_at: npt.NDArray[np.int64]
    lost: tuple[int, ...]


@dataclass(slots=True, kw_only=True)
class SplitFeatures:
    """Features of a split as far as they are computed; shared by all visitors.

    Their directions only, as on the Image page: a few classes have features five times as long as
    the rest, and a map of the lengths shows those classes and one heap.

    Attributes:
        vectors: Rows of length 1, float32 of shape (N, D); those from `done` on are not there yet.
        done: Rows that are computed.
    """

    vectors: npt.NDArray[np.float32]
    done: int = 0

    @property
    def rows(self) -> int:
        """Rows in all."""
        return len(self.vectors)


def training_of(choice: Choice) -> Training:
    """Give where the pictures lie by all epochs that can be read, and which cannot."""
    run_id, split = choice.run.run_id, choice.split
    said, lost = _said(run_id, split), []
    labels = services.pictures(split).labels
    for record in choice.run.history:
        if record.epoch in said:
            continue
        try:
            file = services.store().epoch_file(run_id, record.epoch)
        except DamagedFileError:  # looked at again next time
            lost.append(record.epoch)
            continue
        part = file.test if split == "test" else file.val
        said[record.epoch] = _Said(loss=part.loss, is_right=part.predictions == labels)
    return _training(run_id, split, tuple(sorted(said)), tuple(lost))


def split_features(choice: Choice) -> SplitFeatures:
    """Give the features of the chosen pictures, as far as anybody has computed them."""
    rows = len(services.pictures(choice.split).labels)
    width = choice.run.spec.fc_widths[-1]
    return _split_features(choice.run.run_id, choice.epoch, choice.split, rows, width)


def compute_more(choice: Choice, found: SplitFeatures) -> None:
    """Compute the next rows of the features.

    Two visitors at once compute the same rows: the values are the same whoever writes them.

    Raises:
        StoreError: if the weights of the epoch are not there or damaged.
    """
    rows = slice(found.done, found.done + image_data.FEATURE_STEP)
    images = services.pictures(choice.split).images[rows]
    found.vectors[rows] = unit_rows(image_data.features(choice.run, choice.epoch, images))
    found.done = max(found.done, rows.start + len(images))


def map_key(choice: Choice) -> str:
    """Name the features of an epoch and split."""
    return f"{choice.run.run_id}/{choice.epoch}/{choice.split}"


@st.cache_resource(show_spinner=False, max_entries=_KEPT)
def plane(key: str, _features: npt.NDArray[np.float32]) -> MainPlane:
    """Give the main plane of complete features, 0.1 s."""
    return main_plane(_features)


@st.cache_resource(show_spinner=False, max_entries=_KEPT)
def astray(
    key: str, _features: npt.NDArray[np.float32], _scores: PictureScores
) -> npt.NDArray[np.bool_]:
    """Tell which pictures lie nearer to the answered class than to their own, 0.1 s."""
    return nearer_to_answer(_features, labels=_scores.labels, predictions=_scores.predictions)


@st.cache_resource(show_spinner=False, max_entries=_KEPT)
def _said(run_id: str, split: SplitName) -> dict[int, _Said]:
    """Give what the epochs of a run say, as far as they were read."""
    return {}


@st.cache_resource(show_spinner=False, max_entries=_KEPT)
def _training(
    run_id: str, split: SplitName, epochs: Sequence[int], lost: Sequence[int]
) -> Training:
    said = [_said(run_id, split)[epoch] for epoch in epochs]
    return Training(
        found=training_map(np.stack([each.loss for each in said])),
        learned_at=count_forgetting([each.is_right for each in said], epochs).learned_at,
        lost=tuple(lost),
    )


@st.cache_resource(show_spinner=False, max_entries=4)
def _split_features(
    run_id: str, epoch: int, split: SplitName, rows: int, width: int
) -> SplitFeatures:
    """Give the place for features of one epoch: 5 MB as specified, 82 MB for 2,048 units."""
    return SplitFeatures(vectors=np.zeros((rows, width), np.float32))
