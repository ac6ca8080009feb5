"""All mistakes of an epoch as CSV that any spreadsheet opens: a line a picture."""

import csv
import io
from typing import Any, Final

import numpy as np

from fashion_core.analysis.forgetting import NEVER, Forgetting, count_forgetting
from fashion_core.analysis.ranking import SortKey, rank_pictures
from fashion_core.analysis.scores import PictureScores
from fashion_core.classes import CLASS_NAMES
from fashion_core.data import LabelledImages
from fashion_core.epoch_scores import SplitName, read_scores
from fashion_core.errors import DamagedFileError
from fashion_core.runs.store import RunStore

COLUMNS: Final = (
    "index",
    "split",
    "true",
    "predicted",
    "confidence",
    "loss_nats",
    "label_probability",
    "margin",
    "first_epoch_learned",
    "times_forgotten",
)


def write_mistakes(
    store: RunStore, run_id: str, epoch: int, *, split: SplitName, images: LabelledImages
) -> bytes:
    """Give a line for each picture the epoch names wrong, the highest loss first, UTF-8.

    The index is the picture's place in the split's source file; confidence is the probability of
    the predicted class, margin its lead over the next. The last two columns look at all finished
    epochs of the run; they are empty if the file of one of them is damaged, and the first of
    them if no epoch named the picture right. Floats keep every bit.

    Args:
        store: Where the run is.
        run_id: The run.
        epoch: The epoch whose mistakes are listed.
        split: Which pictures.
        images: All pictures of that split, in the order of the data set.

    Raises:
        StoreError: if there is no such run.
        DamagedFileError: if the file of the epoch is missing or damaged.
    """
    scores = read_scores(store, run_id, epoch, split=split, images=images)
    forgetting = _forgetting(store, run_id, split=split, images=images)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for position in rank_pictures(scores, outcome="wrong", sort=SortKey.LOSS):
        writer.writerow([*_figures(scores, int(position), split), *_past(forgetting, position)])
    return text.getvalue().encode()


def _figures(scores: PictureScores, position: int, split: SplitName) -> list[Any]:
    """Give what the epoch says about one picture; float32 is written as short as it is exact."""
    return [
        scores.image_ids[position],
        split,
        CLASS_NAMES[scores.labels[position]],
        CLASS_NAMES[scores.predictions[position]],
        scores.confidence[position],
        scores.loss[position],
        scores.self_confidence[position],
        scores.margin[position],
    ]


def _past(forgetting: Forgetting | None, position: np.int64) -> list[int | None]:
    """Give what the run's other epochs say about one picture; None is written as nothing."""
    if forgetting is None:
        return [None, None]
    learned_at = int(forgetting.learned_at[position])
    times = int(forgetting.times_forgotten[position])
    return [None if learned_at == NEVER else learned_at, times]


def _forgetting(
    store: RunStore, run_id: str, *, split: SplitName, images: LabelledImages
) -> Forgetting | None:
    """Follow the pictures through all finished epochs; None if a file of them is damaged."""
    epochs = [record.epoch for record in store.run(run_id).history]
    is_right = []
    for epoch in epochs:
        try:
            file = store.epoch_file(run_id, epoch)
        except DamagedFileError:
            return None
        said = file.test if split == "test" else file.val
        is_right.append(said.predictions == images.labels)
    return count_forgetting(is_right, epochs)
