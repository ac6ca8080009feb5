"""One corruption at one strength: its classes and its confusions, most harmed first."""

from typing import Final

import numpy as np
import numpy.typing as npt
import streamlit as st

from fashion_core.analysis.corruptions import STRENGTHS, Corruption, corruption_of
from fashion_core.analysis.formatting import count, percent
from fashion_core.analysis.robustness import (
    ConfusionChange,
    Robustness,
    class_accuracies,
    confusion_changes,
)
from fashion_core.analysis.verdict import points
from fashion_core.classes import CLASS_NAMES
from pages.ui.choice import Choice, linked_selectbox
from pages.ui.robustness_broken import Worse, draw_broken
from pages.ui.robustness_html import cell, change_colour, draw_table, head, loss_colour

_CONFUSIONS: Final = 10
_PICKER_WIDTH: Final = 260


def draw_closer(choice: Choice, found: Robustness) -> None:
    """Draw the pickers and what they choose.

    Args:
        choice: The run and epoch that answered.
        found: At least one corruption.
    """
    st.subheader("Which classes, and what are they taken for?", anchor=False)
    corruption, strength = _pick(found)
    answers = found.at(corruption, strength)
    right = percent(float((answers == found.labels).mean()))
    st.markdown(
        f"**{corruption.label}, strength {strength}** ({corruption.describe(strength)}): "
        f"{right} right, {percent(found.clean_accuracy)} without."
    )
    changes = confusion_changes(
        labels=found.labels, clean=found.clean, worse=answers, limit=_CONFUSIONS
    )
    left, middle = st.columns(2, gap="large")
    with left:
        _draw_classes(found, answers)
    with middle:
        _draw_confusions(changes)
    worse = Worse(corruption=corruption, strength=strength, answers=answers)
    draw_broken(choice, found, worse, changes)


def _pick(found: Robustness) -> tuple[Corruption, int]:
    keys = [corruption.key for corruption in found.there]
    worst = min(found.there, key=lambda c: (float(found.accuracies(c)[-1]), c.number))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        with st.container(width=_PICKER_WIDTH):
            key = linked_selectbox(
                "Corruption",
                keys,
                key="corruption",
                default=worst.key,
                label_of=lambda k: corruption_of(k).label,
                is_default_linked=True,
            )
        strength = st.segmented_control(
            "Strength",
            [str(strength) for strength in STRENGTHS],
            default=str(STRENGTHS[-1]),
            required=True,
            key="strength",
            bind="query-params",
        )
    return corruption_of(key), int(strength)


def _draw_classes(found: Robustness, worse: npt.NDArray[np.int64]) -> None:
    before = class_accuracies(labels=found.labels, answers=found.clean)
    after = class_accuracies(labels=found.labels, answers=worse)
    lost = np.nan_to_num(before - after)
    rows = [
        [
            head(CLASS_NAMES[label]),
            cell(percent(float(before[label]))),
            cell(percent(float(after[label])), style=loss_colour(float(lost[label]))),
            cell(points(float(-lost[label]), decimals=1)),
        ]
        for label in np.argsort(-lost, kind="stable")
    ]
    columns = ["Class", "As it is", "Made worse", "Points"]
    draw_table("Right answers by class, most lost first", columns, rows)


def _draw_confusions(changes: list[ConfusionChange]) -> None:
    if not changes:
        st.info("No confusion becomes more frequent here.", icon=":material/thumb_up:")
        return
    largest = changes[0].added
    rows = [
        [
            head(change.describe()),
            cell(count(change.clean)),
            cell(count(change.worse)),
            cell(f"+{count(change.added)}", style=change_colour(-change.added, largest=largest)),
        ]
        for change in changes
    ]
    columns = ["True → predicted", "As it is", "Made worse", "More"]
    draw_table("Confusions that become most frequent, in pictures", columns, rows)
