"""What a report is about: one epoch of one run on one split, read once for all sections."""

from dataclasses import dataclass

from fashion_core.analysis.headline import Headline, summarise
from fashion_core.analysis.scores import PictureScores
from fashion_core.data import LabelledImages
from fashion_core.epoch_scores import SplitName, read_scores
from fashion_core.errors import StoreError
from fashion_core.runs.data_notes import DataNote, DataNotes, Pair
from fashion_core.runs.records import Run
from fashion_core.runs.store import RunStore


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Subject:
    """Everything the sections draw from.

    Attributes:
        run: The run.
        epoch: The epoch all figures, counts and pictures come from.
        split: Which pictures.
        images: All pictures of that split, in the order of `scores`.
        scores: What the epoch says about each of them.
        headline: The headline figures.
        notes: What people said about pictures and confusions, in an order that depends on what
            they are about only.
    """

    run: Run
    epoch: int
    split: SplitName
    images: LabelledImages
    scores: PictureScores
    headline: Headline
    notes: tuple[DataNote, ...]

    @property
    def is_best(self) -> bool:
        """Whether the epoch is the one of the lowest validation loss."""
        return self.run.best is not None and self.run.best.epoch == self.epoch


def read_subject(
    store: RunStore, run_id: str, *, epoch: int, split: SplitName, images: LabelledImages
) -> Subject:
    """Read what a report is about.

    Raises:
        StoreError: if there is no such run, the epoch has not finished, or the notes cannot be
            read.
        DamagedFileError: if the file of the epoch is missing or damaged.
    """
    run = store.run(run_id)
    if epoch not in {record.epoch for record in run.history}:
        raise StoreError(
            f"Epoch {epoch} of run {run.number}, {run_id}, has not finished: there is nothing to "
            f"report of it. {len(run.history)} of {run.spec.epochs} epochs have."
        )
    scores = read_scores(store, run_id, epoch, split=split, images=images)
    return Subject(
        run=run,
        epoch=epoch,
        split=split,
        images=images,
        scores=scores,
        headline=summarise(scores),
        notes=tuple(sorted(DataNotes(store.root).all(), key=_place)),
    )


def _place(note: DataNote) -> tuple[str, int, int]:
    about = note.about
    if isinstance(about, Pair):
        return "", about.true, about.predicted
    return about.split, about.image_id, 0
