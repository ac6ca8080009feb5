"""What the Image page needs of the core: computed when it is looked at, and kept."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import streamlit as st

from fashion_core.analysis.neighbours import Neighbours, nearest_by_pixels, unit_rows
from fashion_core.analysis.picture_history import PictureHistory, picture_history
from fashion_core.errors import DamagedFileError
from fashion_core.runs import artifacts
from fashion_core.runs.records import Run
from pages.ui import services
from pages.ui.services import SplitName

if TYPE_CHECKING:
    from fashion_core.explain.filters import FilterMaps

FEATURE_STEP: Final = 1_000
"""Training pictures between two signs of life: about 0.3 s on one core."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What an epoch says about the pictures of a split: three numbers each, 50 kB in all."""

    predictions: npt.NDArray[np.uint8]
    label_probs: npt.NDArray[np.float16]
    confidences: npt.NDArray[np.float16]


@dataclass(slots=True)
class TrainingFeatures:
    """Features of a run's training pictures as far as they are computed; shared by all visitors.

    Attributes:
        units: Rows of length 1, float32 of shape (N, D); those from `done` on are not there yet.
        done: Rows that are computed.
    """

    units: npt.NDArray[np.float32]
    done: int = 0

    @property
    def rows(self) -> int:
        """Rows in all."""
        return len(self.units)

    @property
    def is_complete(self) -> bool:
        """Whether all rows are there."""
        return self.done == self.rows


def history_of(run: Run, split: SplitName, position: int) -> tuple[PictureHistory, list[int]]:
    """Give the answers to a picture at all epochs that can be read, and those that cannot.

    Args:
        run: A run with at least one sound epoch.
        split: Which pictures.
        position: Row of the picture in its split.
    """
    said, lost = {}, []
    for record in run.history:
        try:
            said[record.epoch] = _said(run.run_id, record.epoch, split)
        except DamagedFileError:
            lost.append(record.epoch)
    history = picture_history(
        label=int(services.pictures(split).labels[position]),
        epochs=list(said),
        predictions=[part.predictions[position] for part in said.values()],
        label_probs=[part.label_probs[position] for part in said.values()],
        confidences=[part.confidences[position] for part in said.values()],
    )
    return history, lost


def epochs_with_weights(run_id: str) -> list[int]:
    """List the epochs whose weights are kept: the best, and the last two."""
    folder = services.store().run_dir(run_id)
    kinds: tuple[artifacts.Kind, ...] = ("best", "checkpoint")
    return sorted({epoch for kind in kinds for epoch in artifacts.epochs_on_disk(folder, kind)})


def saliency(run: Run, epoch: int, image: npt.NDArray[np.uint8], labels: list[int]) -> Any:
    """Give the Grad-CAM of some classes, float32 of shape (L, 28, 28).

    Raises:
        StoreError: if the weights of the epoch are not there or damaged.
    """
    from fashion_core.explain.gradcam import grad_cam  # noqa: PLC0415 - loads torch: seconds

    network, mirror = _network(run.run_id, epoch), run.spec.mirror_average
    return grad_cam(network, image, labels, mirror_average=mirror)


def probabilities(run: Run, epoch: int, image: npt.NDArray[np.uint8]) -> Any:
    """Give the ten class probabilities of any picture (28, 28), float32 of shape (10,).

    Raises:
        StoreError: if the weights of the epoch are not there or damaged.
    """
    from fashion_core.explain import answer  # noqa: PLC0415 - loads torch: seconds

    network, mirror = _network(run.run_id, epoch), run.spec.mirror_average
    return answer.probabilities(network, image, mirror_average=mirror)


def filter_maps(run: Run, epoch: int, image: npt.NDArray[np.uint8]) -> "FilterMaps":
    """Give what the filters of both convolutions answer to any picture (28, 28).

    Raises:
        StoreError: if the weights of the epoch are not there or damaged.
    """
    from fashion_core.explain import filters  # noqa: PLC0415 - loads torch: seconds

    return filters.filter_maps(_network(run.run_id, epoch), image)


def features(run: Run, epoch: int, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Give the features of some pictures, float32 of shape (N, D).

    Raises:
        StoreError: if the weights of the epoch are not there or damaged.
    """
    from fashion_core.explain.features import feature_vectors  # noqa: PLC0415 - loads torch

    return feature_vectors(_network(run.run_id, epoch), images)


def training_features(run: Run, epoch: int) -> TrainingFeatures:
    """Give the features of the run's training pictures, as far as anybody has computed them."""
    return _training_features(run.run_id, epoch, run.spec.train_images, run.spec.fc_widths[-1])


def compute_more(run: Run, epoch: int, found: TrainingFeatures) -> None:
    """Compute the next rows of the features.

    Two visitors at once compute the same rows: the values are the same whoever writes them.

    Raises:
        StoreError: if the weights of the epoch are not there or damaged.
    """
    rows = slice(found.done, found.done + FEATURE_STEP)
    images = services.training_pictures().images[: len(found.units)][rows]
    found.units[rows] = unit_rows(features(run, epoch, images))
    found.done = max(found.done, rows.start + len(images))


@st.cache_data(show_spinner=False, max_entries=512)
def nearest_training_pixels(split: SplitName, position: int, train_images: int) -> Neighbours:
    """Give the training picture whose pixels differ least, and by how much; 30 ms."""
    image = services.pictures(split).images[position]
    return nearest_by_pixels(services.training_pictures().images[:train_images], image, count=1)


@st.cache_resource(show_spinner=False, max_entries=2)
def _training_features(run_id: str, epoch: int, rows: int, width: int) -> TrainingFeatures:
    """Give the place for features of one epoch: 26 MB as specified, 410 MB for 2,048 units."""
    return TrainingFeatures(units=np.zeros((rows, width), np.float32))


@st.cache_resource(show_spinner=False, max_entries=1_024)
def _said(run_id: str, epoch: int, split: SplitName) -> _Said:
    file = services.store().epoch_file(run_id, epoch)
    said, labels = file.test if split == "test" else file.val, services.pictures(split).labels
    rows = np.arange(len(labels))
    return _Said(
        predictions=said.predictions,
        label_probs=said.pred_probs[rows, labels],
        confidences=said.pred_probs[rows, said.predictions],
    )


@st.cache_resource(show_spinner=False, max_entries=4)
def _network(run_id: str, epoch: int) -> Any:
    """Open the network of an epoch from the first sound file, once.

    Raises:
        StoreError: if there is none.
    """
    from fashion_core.explain.network import open_network  # noqa: PLC0415 - loads torch

    folder, spec = services.store().run_dir(run_id), services.store().run(run_id).spec
    kind, content = artifacts.read_weights(folder, epoch)
    return open_network(spec, kind, content)
