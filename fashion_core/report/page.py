"""Put the sections of a report together into one file."""

from fashion_core.data import LabelledImages
from fashion_core.epoch_scores import SplitName
from fashion_core.report.curves import curves_section
from fashion_core.report.facts import figures, footer, header, settings
from fashion_core.report.galleries import confusions_section, told_confusions, worst_section
from fashion_core.report.markup import document
from fashion_core.report.matrix import matrix_section
from fashion_core.report.noted import notes_section
from fashion_core.report.style import STYLE
from fashion_core.report.subject import read_subject
from fashion_core.runs.store import RunStore


def write_report(
    store: RunStore, run_id: str, *, epoch: int, split: SplitName, images: LabelledImages
) -> str:
    """Give the report of a run as HTML that opens offline and loads nothing.

    The same run, notes and installed versions give the same text, byte by byte.

    Args:
        store: Where the run is.
        run_id: The run.
        epoch: The epoch all figures, counts and pictures come from.
        split: Which pictures.
        images: All pictures of that split, in the order of the data set.

    Raises:
        StoreError: if there is no such run, the epoch has not finished, or the notes on pictures
            cannot be read.
        DamagedFileError: if the file of the epoch is missing or damaged.
    """
    subject = read_subject(store, run_id, epoch=epoch, split=split, images=images)
    return document(
        f"Run {subject.run.number}: {subject.run.name}",
        STYLE,
        header(subject),
        figures(subject),
        settings(subject),
        curves_section(subject),
        matrix_section(subject),
        confusions_section(subject),
        worst_section(subject),
        notes_section(subject, told_confusions(subject)),
        footer(subject),
    )
