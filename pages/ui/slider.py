"""A slider that answers while it is dragged, can show a bar and a curve over it, and can play."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import streamlit as st

from pages.ui.gallery import fingerprint
from pages.ui.sheet import component

_COLOURS: Final = {"right", "wrong", "other"}  # of assets/slider.css


@dataclass(frozen=True, slots=True, kw_only=True)
class Stops:
    """Where a slider can stand: parallel sequences, from left to right.

    Attributes:
        values: What a move reports; different from each other.
        names: What stands above the slider, e.g. "Epoch 3 of 30".
        said: One sentence for each stop, below the slider; none for all.
        bars: Heights of the parts of the bar over each stop, from the top; none for all.
        legend: Colour ("right", "wrong" or "other") and meaning of the parts of a bar.
        curve: One number for each stop, drawn as a line above the bars from the lowest to the
            highest; one that is not finite leaves a gap. None for all.
        curve_name: What the numbers are.
        ends: What stands below the two ends.
    """

    values: Sequence[str]
    names: Sequence[str]
    said: Sequence[str] = ()
    bars: Sequence[Sequence[int]] = ()
    legend: Sequence[tuple[str, str]] = ()
    curve: Sequence[float] = ()
    curve_name: str = ""
    ends: tuple[str, str] = ("", "")

    def __post_init__(self) -> None:
        """Check what the browser relies on.

        Raises:
            ValueError: if there are fewer than two stops, lengths differ, a value repeats, or
                a bar does not fit the legend.
        """
        count = len(self.values)
        if count < 2 or len(set(self.values)) != count:
            raise ValueError(f"Expected two or more different values, got {list(self.values)}.")
        parts = (self.names, self.said, self.bars, self.curve)
        lengths = {len(part) for part in parts if part}
        if lengths != {count}:
            raise ValueError(
                f"Expected {count} names, sentences, bars and numbers, got {sorted(lengths)}."
            )
        if any(len(bar) != len(self.legend) or min(bar, default=0) < 0 for bar in self.bars):
            raise ValueError(f"Expected bars of {len(self.legend)} parts of at least 0.")
        if unknown := {colour for colour, _ in self.legend} - _COLOURS:
            raise ValueError(f"Expected the colours right, wrong or other, got {unknown}.")


def slider(  # noqa: PLR0913 - keyword-only, each a separate choice of the page
    stops: Stops,
    *,
    label: str,
    key: str,
    selected: str,
    on_move: Callable[[str], None],
    can_play: bool = False,
) -> None:
    """Draw the slider; draw it last, in a container that stands where it belongs.

    Its answer to a move then arrives after everything else: the next move, of a hand or of
    playing, is sent only when the one before is on the screen, and never piles up.

    Args:
        stops: Where it can stand.
        label: Its name for screen readers.
        key: Streamlit key, one per slider.
        selected: The value it stands at; one of the stops'.
        on_move: Called with the new value, before the page runs again.
        can_play: Whether it has a button that moves it by itself.

    Raises:
        ValueError: if the selected value is none of the stops'.
    """
    if selected not in stops.values:
        raise ValueError(f"Expected one of {list(stops.values)}, got {selected!r}.")

    def moved() -> None:
        index = moved_to(key)
        if index is not None and index < len(stops.values):
            on_move(stops.values[index])

    content = _content(stops, label, can_play)
    place = {"selected": list(stops.values).index(selected)}
    component("slider")(key=key, data=content | place, on_moved_change=moved)


def moved_to(key: str) -> int | None:
    """Read, in a callback, the stop that the slider of that key was moved to; else None."""
    state = st.session_state.get(key)
    value = state.get("moved") if isinstance(state, dict) else None
    return value if type(value) is int and value >= 0 else None


def _content(stops: Stops, label: str, can_play: bool) -> dict[str, Any]:
    """Give what the browser draws, with a version that changes when any of it does."""
    content: dict[str, Any] = {
        "label": label,
        "stops": list(stops.names),
        "said": list(stops.said),
        "bars": [[int(part) for part in bar] for bar in stops.bars],
        "most": max((sum(bar) for bar in stops.bars), default=0) or 1,
        "legend": [list(part) for part in stops.legend],
        "curve": _heights(stops.curve),
        "curveName": stops.curve_name,
        "ends": list(stops.ends),
        "canPlay": can_play,
    }
    return content | {"version": fingerprint(content)}


def _heights(curve: Sequence[float]) -> list[float | None]:
    """Give how high each number lies: 0 for the lowest, 1 for the highest, None for a gap."""
    numbers = np.array(curve, dtype=float)
    finite = numbers[np.isfinite(numbers)]
    if len(finite) == 0:
        return [None] * len(numbers)
    low, span = float(finite.min()), float(np.ptp(finite)) or 1.0
    return [round((float(each) - low) / span, 4) if np.isfinite(each) else None for each in numbers]
