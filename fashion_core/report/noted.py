"""What people said about pictures and confusions, as it stands in a report."""

from collections.abc import Sequence
from typing import Final

from fashion_core.analysis.confusions import Confusion, describe_confusion
from fashion_core.analysis.formatting import count
from fashion_core.report.markup import Html, element, join, lines, section
from fashion_core.report.pictures import picture
from fashion_core.report.subject import Subject
from fashion_core.runs.data_notes import DataNote, Pair, Picture

MOST_PICTURES: Final = 200
"""Pictures shown with their notes: 20 pages; a report is no list of the data set."""


def pair_note(subject: Subject, *, true: int, predicted: int) -> Html:
    """Give what is said about a confusion, or nothing."""
    about = Pair(true=true, predicted=predicted)
    return join(said(note) for note in subject.notes if note.about == about)


def said(note: DataNote) -> Html:
    """Give tags and text of a note."""
    tags = element("p", *(element("span", tag, class_="tag") for tag in note.tags))
    text = element("blockquote", lines(note.text))
    return join([tags if note.tags else Html(""), text if note.text else Html("")])


def notes_section(subject: Subject, told: Sequence[Confusion]) -> Html:
    """Give the notes on pictures of the split, and on the confusions that have none above.

    Args:
        subject: What the report is about.
        told: Confusions whose notes are in the report already.
    """
    told_pairs = {Pair(true=each.true, predicted=each.predicted) for each in told}
    pairs = [n for n in subject.notes if isinstance(n.about, Pair) and n.about not in told_pairs]
    parts = [_pair(subject, note, note.about) for note in pairs if isinstance(note.about, Pair)]
    pictures = _pictures(subject)
    if not parts and not pictures:
        return Html("")
    parts += [
        element("div", picture(subject, position), element("div", said(note)), class_="noted")
        for position, note in pictures[:MOST_PICTURES]
    ]
    if len(pictures) > MOST_PICTURES:
        more = f"{count(len(pictures) - MOST_PICTURES)} more {subject.split} pictures have notes."
        parts.append(element("p", more, class_="small"))
    return section("What was noted?", *parts)


def _pair(subject: Subject, note: DataNote, pair: Pair) -> Html:
    matrix = subject.headline.matrix
    confusion = Confusion(
        true=pair.true,
        predicted=pair.predicted,
        count=int(matrix[pair.true, pair.predicted]),
        row_total=int(matrix[pair.true].sum()),
    )
    return element("article", element("h3", f"{describe_confusion(confusion)}."), said(note))


def _pictures(subject: Subject) -> list[tuple[int, DataNote]]:
    """List the noted pictures of the split with their positions, by number."""
    ids = subject.scores.image_ids
    places = {int(image_id): position for position, image_id in enumerate(ids)}
    return [
        (places[note.about.image_id], note)
        for note in subject.notes
        if isinstance(note.about, Picture)
        and note.about.split == subject.split
        and note.about.image_id in places
    ]
