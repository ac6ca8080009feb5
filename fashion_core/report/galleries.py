"""The pictures of a report: of the largest confusions, and the worst mistakes of all."""

import base64
import io
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from fashion_core.analysis.confusions import Confusion, describe_confusion, top_confusions
from fashion_core.analysis.formatting import count, number, percent
from fashion_core.analysis.ranking import SortKey, rank_pictures
from fashion_core.classes import CLASS_NAMES
from fashion_core.report.markup import Html, element, section
from fashion_core.report.subject import Subject

TOP_CONFUSIONS: Final = 6
PICTURES_EACH: Final = 12
WORST_MISTAKES: Final = 24

Caption = Callable[[int], Sequence[str]]
"""Gives the lines below the picture at a position."""


def confusions_section(subject: Subject) -> Html:
    """Give the largest confusions as sentences, each with its most confident pictures."""
    top = top_confusions(subject.headline.matrix, TOP_CONFUSIONS)
    if not top:
        nothing = element("p", "Nothing: every picture is right.")
        return section("What is mixed up most?", nothing)
    return section("What is mixed up most?", *(_confusion(subject, each) for each in top))


def worst_section(subject: Subject) -> Html:
    """Give the mistakes with the highest loss: those the network was most surprised by."""
    worst = rank_pictures(subject.scores, outcome="wrong", sort=SortKey.LOSS)[:WORST_MISTAKES]
    if len(worst) == 0:
        return Html("")
    scores = subject.scores

    def caption(position: int) -> tuple[str, ...]:
        names = (CLASS_NAMES[scores.labels[position]], CLASS_NAMES[scores.predictions[position]])
        return f"{names[0]} → {names[1]}", f"loss {number(float(scores.loss[position]))}"

    how = (
        "The wrong answers with the highest loss: the true class got the least probability. "
        "Some of these labels may be wrong. First what the picture is, then what the network says."
    )
    pictures = gallery(subject, worst, caption)
    return section("Which mistakes are the worst?", element("p", how, class_="small"), pictures)


def gallery(subject: Subject, positions: npt.NDArray[np.int64], caption: Caption) -> Html:
    """Give pictures side by side, each with its number and its caption."""
    items = [_picture(subject, int(position), caption(int(position))) for position in positions]
    return element("div", *items, class_="gallery")


def _confusion(subject: Subject, confusion: Confusion) -> Html:
    scores = subject.scores
    found = rank_pictures(
        scores, true=confusion.true, predicted=confusion.predicted, sort=SortKey.CONFIDENCE
    )
    shown = found[:PICTURES_EACH]
    which = "all of them" if len(shown) == len(found) else f"the {len(shown)} most confident"
    share = f"{percent(confusion.share)} of that class; {which}, with the confidence of the answer"
    pictures = gallery(subject, shown, lambda i: (percent(_confidence(subject, i), decimals=0),))
    return element(
        "article",
        element("h3", f"{describe_confusion(confusion)}."),
        element("p", f"{share}.", class_="small"),
        pictures,
    )


def _picture(subject: Subject, position: int, caption: Sequence[str]) -> Html:
    """Give one picture; its text says what its colours cannot."""
    scores, image_id = subject.scores, int(subject.scores.image_ids[position])
    true, said = (CLASS_NAMES[column[position]] for column in (scores.labels, scores.predictions))
    words = f"{subject.split} picture {count(image_id)}, a {true}, predicted as {said}"
    below = [element("span", text) for text in (f"#{image_id}", *caption)]
    image = element("img", src=_data_uri(subject.images.images[position]), alt=words, title=words)
    return element("figure", image, element("figcaption", *below))


def _confidence(subject: Subject, position: int) -> float:
    """Give the confidence, never exactly 1: where it reads 1 it was rounded on disk."""
    return min(float(subject.scores.confidence[position]), 1 - 1e-6)


def _data_uri(image: npt.NDArray[np.uint8]) -> str:
    """Give a picture of shape (28, 28) as a PNG inside its own address, about 700 bytes."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
