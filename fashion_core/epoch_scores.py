"""What an epoch on disk says about every picture of a split."""

from typing import Literal

from fashion_core.analysis.scores import PictureScores, score_pictures
from fashion_core.data import LabelledImages
from fashion_core.runs.store import RunStore

SplitName = Literal["test", "validation"]
"""The two splits a run is looked at with, as pages and commands name them."""


def read_scores(
    store: RunStore, run_id: str, epoch: int, *, split: SplitName, images: LabelledImages
) -> PictureScores:
    """Read the predictions of an epoch and score them against the labels.

    Args:
        store: Where the run is.
        run_id: The run.
        epoch: A finished epoch.
        split: Which pictures.
        images: All pictures of that split, in the order of the data set.

    Raises:
        DamagedFileError: if the file of the epoch is missing or damaged.
        ValueError: if the pictures are not as many as the predictions.
    """
    file = store.epoch_file(run_id, epoch)
    said = file.test if split == "test" else file.val
    return score_pictures(
        image_ids=images.image_ids,
        labels=images.labels,
        predictions=said.predictions.astype("int64"),
        pred_probs=said.pred_probs.astype("float32"),
        loss=said.loss,
    )
