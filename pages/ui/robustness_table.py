"""Accuracy under every corruption and strength, with one picture as the network sees it there."""

import csv
import html
import io
from typing import Any, Final

import numpy as np
import streamlit as st

from fashion_core.analysis.corruptions import CORRUPTIONS, STRENGTHS, Corruption, corrupt
from fashion_core.analysis.formatting import percent
from fashion_core.analysis.robustness import Robustness, class_accuracies
from fashion_core.classes import CLASS_NAMES
from pages.ui import services
from pages.ui.choice import Choice
from pages.ui.pixels import data_url
from pages.ui.robustness_html import cell, draw_table, head, loss_colour

_EXAMPLE: Final = "example"

_HOW: Final = (
    "Each cell: the share of all test pictures that is right there, and what the network says "
    "to the picture shown. The stronger the orange, the more of the right answers are lost."
)
_WHAT: Final = "The same is done to every test picture, and the network is asked about each."
_SOURCE: Final = (
    "The idea is that of ImageNet-C (Hendrycks and Dietterich, 2019) and MNIST-C (Mu and Gilmer, "
    "2019). The corruptions and their strengths are this program's own: compare runs here with "
    "each other, not with published figures. What is left to chance, such as the noise or the "
    "side to turn to, is the same for a picture in every run."
)


def draw_accuracies(choice: Choice, found: Robustness) -> None:
    """Draw the table, the choice of the picture in it, and the button that saves it.

    Before any answer is there it shows what the test will do to a picture.
    """
    position = _pick_example(choice, found)
    label = CLASS_NAMES[found.labels[position]]
    said = CLASS_NAMES[found.clean[position]]
    st.markdown(
        f"Test picture {position} is labelled **{label}**; as it is, the network says **{said}**. "
        f"Of all pictures as they are, **{percent(found.clean_accuracy)}** are right."
    )
    draw_table(
        "Right answers by corruption and strength"
        if found.answers
        else "The picture as the test makes it worse",
        ["", *(f"Strength {strength}" for strength in STRENGTHS)],
        [_row(found, corruption, position) for corruption in CORRUPTIONS],
    )
    st.caption(_HOW if found.answers else _WHAT, help=_SOURCE)


def write_table_csv(found: Robustness) -> bytes:
    """Give a line for each corruption and strength, and one without any, numbers in full."""
    text = io.StringIO(newline="")
    rows = [_csv_row("none", 0, "as they are", found.labels, found.clean)]
    rows += [
        _csv_row(
            corruption.key,
            strength,
            corruption.describe(strength),
            found.labels,
            found.at(corruption, strength),
        )
        for corruption in found.there
        for strength in STRENGTHS
    ]
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _csv_row(key: str, strength: int, what: str, labels: Any, answers: Any) -> dict[str, Any]:
    shares = class_accuracies(labels=labels, answers=answers)
    return {
        "corruption": key,
        "strength": strength,
        "made_of": what,
        "pictures": len(labels),
        "right": int((answers == labels).sum()),
        "accuracy": float((answers == labels).mean()),
        **{
            f"accuracy_{name}": None if np.isnan(share) else float(share)
            for name, share in zip(CLASS_NAMES, shares, strict=True)
        },
    }


def _pick_example(choice: Choice, found: Robustness) -> int:
    """Draw the number of the picture to show, a random one, and the CSV; give its position."""
    last = len(found.labels) - 1
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        number = st.number_input(
            "Number of a test picture",
            0,
            last,
            key=_EXAMPLE,
            bind="query-params",
            width=220,
        )
        st.button("Another picture", icon=":material/casino:", on_click=_another, args=(last,))
        if found.answers:
            st.download_button(
                "Save as CSV",
                data=lambda: write_table_csv(found),
                file_name=f"{choice.run.run_id}-epoch-{choice.epoch}-robustness.csv",
                mime="text/csv",
                icon=":material/download:",
                on_click="ignore",
            )
    return int(number)


def _another(last: int) -> None:
    """Show a picture by chance; a callback."""
    st.session_state[_EXAMPLE] = int(np.random.default_rng().integers(last + 1))


def _row(found: Robustness, corruption: Corruption, position: int) -> list[str]:
    name = head(corruption.label, _unit(corruption))
    return [name, *(_cell(found, corruption, strength, position) for strength in STRENGTHS)]


def _unit(corruption: Corruption) -> str:
    """Say what is done at all strengths at once."""
    amounts = [f"{amount:g}" for amount in corruption.amounts]
    return corruption.made_of.format(f"{', '.join(amounts[:-1])} or {amounts[-1]}")


def _cell(found: Robustness, corruption: Corruption, strength: int, position: int) -> str:
    """Give the picture and, once they are there, the accuracy and the answer at one strength."""
    pictures = services.pictures("test")
    image_id = int(pictures.image_ids[position])
    image = corrupt(pictures.images[position], image_id, corruption, strength)
    what = f"Test picture {image_id}, {corruption.describe(strength)}"
    picture = f'<img src="{data_url(image)}" alt="{html.escape(what)}">'
    words, style = "<span>not asked yet</span>" if found.answers else "", ""
    if corruption.key in found.answers:
        answers = found.at(corruption, strength)
        share = float((answers == found.labels).mean())
        accuracy, said = percent(share), int(answers[position])
        sign = "✓" if said == found.labels[position] else "✗"
        answer = html.escape(f"{sign} {CLASS_NAMES[said]}")
        words = f"<div><strong>{accuracy}</strong><span>{answer}</span></div>"
        style = loss_colour(1 - share / found.clean_accuracy) if found.clean_accuracy else ""
    return cell(f'<div class="shown">{picture}{words}</div>', style=style, kind="picture")
