"""The pictures of a report: small, inside the file, each with words for who cannot see it."""

import base64
import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from fashion_core.analysis.formatting import count
from fashion_core.classes import CLASS_NAMES
from fashion_core.report.markup import Html, element
from fashion_core.report.subject import Subject


def picture(subject: Subject, position: int, caption: Sequence[str] = ()) -> Html:
    """Give one picture with its number and its caption, a line each.

    Args:
        subject: What the report is about.
        position: Row of the scores.
        caption: Lines below the number; none for what it is and what the network says.
    """
    scores, image_id = subject.scores, int(subject.scores.image_ids[position])
    true, said = (CLASS_NAMES[column[position]] for column in (scores.labels, scores.predictions))
    words = f"{subject.split} picture {count(image_id)}, a {true}, predicted as {said}"
    below = [
        element("span", text) for text in (f"#{image_id}", *(caption or (f"{true} → {said}",)))
    ]
    image = element("img", src=_data_uri(subject.images.images[position]), alt=words, title=words)
    return element("figure", image, element("figcaption", *below))


def _data_uri(image: npt.NDArray[np.uint8]) -> str:
    """Give a picture of shape (28, 28) as a PNG inside its own address, about 700 bytes."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
