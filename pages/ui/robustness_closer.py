"""One corruption at one strength: its classes, its confusions, and the pictures that it breaks."""

from typing import Final

import numpy as np
import numpy.typing as npt
import streamlit as st

from fashion_core.analysis.corruptions import STRENGTHS, Corruption, corrupt, corruption_of
from fashion_core.analysis.formatting import count, percent
from fashion_core.analysis.robustness import (
    ConfusionChange,
    Robustness,
    class_accuracies,
    confusion_changes,
    newly_wrong,
)
from fashion_core.analysis.verdict import points
from fashion_core.classes import CLASS_NAMES
from pages.ui import services
from pages.ui.choice import linked_selectbox
from pages.ui.pixels import Tile, draw_tiles
from pages.ui.robustness_html import cell, change_colour, draw_table, head, loss_colour

_CONFUSIONS: Final = 10
_PAGE_SIZE: Final = 40
_TILE: Final = 84  # three times 28
_PICKER_WIDTH: Final = 260
_PAGE: Final = "broken-page"
_ALL: Final = "all"


def draw_closer(found: Robustness) -> None:
    """Draw the pickers and what they choose.

    Args:
        found: At least one corruption.
    """
    st.subheader("Which classes, and what are they taken for?", anchor=False)
    corruption, strength = _pick(found)
    worse = found.at(corruption, strength)
    right = percent(float((worse == found.labels).mean()))
    st.markdown(
        f"**{corruption.label}, strength {strength}** ({corruption.describe(strength)}): "
        f"{right} right, {percent(found.clean_accuracy)} without."
    )
    changes = confusion_changes(
        labels=found.labels, clean=found.clean, worse=worse, limit=_CONFUSIONS
    )
    left, middle = st.columns(2, gap="large")
    with left:
        _draw_classes(found, worse)
    with middle:
        _draw_confusions(changes)
    _draw_broken(found, corruption, strength, changes)


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
            head(_name(change)),
            cell(count(change.clean)),
            cell(count(change.worse)),
            cell(f"+{count(change.added)}", style=change_colour(-change.added, largest=largest)),
        ]
        for change in changes
    ]
    columns = ["True → predicted", "As it is", "Made worse", "More"]
    draw_table("Confusions that become most frequent, in pictures", columns, rows)


def _name(change: ConfusionChange) -> str:
    return f"{CLASS_NAMES[change.true]} → {CLASS_NAMES[change.predicted]}"


def _draw_broken(
    found: Robustness, corruption: Corruption, strength: int, changes: list[ConfusionChange]
) -> None:
    """Draw the pictures that were right as they are and are wrong now, as the network sees them."""
    st.subheader("Which pictures break?", anchor=False)
    worse = found.at(corruption, strength)
    broken = newly_wrong(labels=found.labels, clean=found.clean, worse=worse)
    if len(broken) == 0:
        st.info("Every picture that was right still is.", icon=":material/thumb_up:")
        return
    by_value = {f"{change.true}-{change.predicted}": change for change in changes}
    with st.container(width=_PICKER_WIDTH):
        value = linked_selectbox(
            "Confusion",
            [_ALL, *by_value],
            key="broken",
            default=_ALL,
            label_of=lambda v: "All" if v == _ALL else _name(by_value[v]),
        )
    if value != _ALL:
        chosen = by_value[value]
        is_chosen = (found.labels == chosen.true) & (worse == chosen.predicted)
        broken = broken[is_chosen[broken]]
    what = "picture was" if len(broken) == 1 else "pictures were"
    st.markdown(f"**{count(len(broken))} {what} right** and became wrong; by number.")
    if len(broken):
        _draw_page(broken, worse, corruption, strength)


def _draw_page(
    broken: npt.NDArray[np.int64],
    worse: npt.NDArray[np.int64],
    corruption: Corruption,
    strength: int,
) -> None:
    pictures, pages = services.pictures("test"), -(-len(broken) // _PAGE_SIZE)
    if st.session_state.get(_PAGE, 1) > pages:
        st.session_state[_PAGE] = pages
    page = st.pagination(pages, key=_PAGE, bind="query-params") if pages > 1 else 1
    tiles = []
    for position in broken[(page - 1) * _PAGE_SIZE : page * _PAGE_SIZE]:
        image_id, label = int(pictures.image_ids[position]), int(pictures.labels[position])
        said = CLASS_NAMES[worse[position]]
        tiles.append(
            Tile(
                image=corrupt(pictures.images[position], image_id, corruption, strength),
                title=CLASS_NAMES[label],
                note=f"✗ {said}, no. {image_id}",
                alt=f"Test picture {image_id}, {corruption.describe(strength)}: "
                f"{CLASS_NAMES[label]} predicted as {said}",
            )
        )
    draw_tiles(tiles, size=_TILE)
