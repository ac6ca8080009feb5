"""The galleries of a report: of the largest confusions, and the worst mistakes of all."""

from typing import Final

from fashion_core.analysis.confusions import Confusion, describe_confusion, top_confusions
from fashion_core.analysis.formatting import number, percent
from fashion_core.analysis.ranking import SortKey, rank_pictures
from fashion_core.classes import CLASS_NAMES
from fashion_core.report.markup import Html, element, section
from fashion_core.report.noted import pair_note
from fashion_core.report.pictures import picture
from fashion_core.report.subject import Subject

TOP_CONFUSIONS: Final = 6
PICTURES_EACH: Final = 12
WORST_MISTAKES: Final = 24


def told_confusions(subject: Subject) -> list[Confusion]:
    """Give the confusions that are told with their pictures, the largest first."""
    return top_confusions(subject.headline.matrix, TOP_CONFUSIONS)


def confusions_section(subject: Subject) -> Html:
    """Give the largest confusions as sentences, each with its most confident pictures."""
    top = told_confusions(subject)
    if not top:
        nothing = element("p", "Nothing: every picture is right.")
        return section("What is mixed up most?", nothing)
    return section("What is mixed up most?", *(_confusion(subject, each) for each in top))


def worst_section(subject: Subject) -> Html:
    """Give the mistakes with the highest loss: those the network was most surprised by."""
    worst = rank_pictures(subject.scores, outcome="wrong", sort=SortKey.LOSS)[:WORST_MISTAKES]
    if len(worst) == 0:
        return Html("")
    how = (
        "The wrong answers with the highest loss: the true class got the least probability. "
        "Some of these labels may be wrong. First what the picture is, then what the network says."
    )
    pictures = [picture(subject, int(i), _surprise(subject, int(i))) for i in worst]
    return section(
        "Which mistakes are the worst?",
        element("p", how, class_="small"),
        element("div", *pictures, class_="gallery"),
    )


def _surprise(subject: Subject, position: int) -> tuple[str, str]:
    """Write the two classes and the loss."""
    scores = subject.scores
    true, said = (CLASS_NAMES[column[position]] for column in (scores.labels, scores.predictions))
    return f"{true} → {said}", f"loss {number(float(scores.loss[position]))}"


def _confusion(subject: Subject, confusion: Confusion) -> Html:
    true, predicted = confusion.true, confusion.predicted
    found = rank_pictures(subject.scores, true=true, predicted=predicted, sort=SortKey.CONFIDENCE)
    shown = [int(position) for position in found[:PICTURES_EACH]]
    which = "all of them" if len(shown) == len(found) else f"the {len(shown)} most confident"
    share = f"{percent(confusion.share)} of that class; {which}, with the confidence of the answer"
    pictures = [picture(subject, i, (_confidence(subject, i),)) for i in shown]
    return element(
        "article",
        element("h3", f"{describe_confusion(confusion)}."),
        pair_note(subject, true=true, predicted=predicted),
        element("p", f"{share}.", class_="small"),
        element("div", *pictures, class_="gallery"),
    )


def _confidence(subject: Subject, position: int) -> str:
    """Write the confidence, never as 100 %: where it reads 1 it was rounded on disk."""
    return percent(min(float(subject.scores.confidence[position]), 1 - 1e-6), decimals=0)
