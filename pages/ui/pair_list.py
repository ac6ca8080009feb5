"""The pairs of classes in which pictures changed sides, as a list of buttons with bars."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from fashion_core.analysis.changes import PairChange
from fashion_core.classes import CLASS_NAMES
from fashion_core.figures.comparison import signed
from pages.ui.gallery import fingerprint
from pages.ui.sheet import component


def pair_list(
    pairs: Sequence[PairChange],
    *,
    key: str,
    selected: tuple[int, int] | None,
    on_pick: Callable[[tuple[int, int] | None], None],
) -> None:
    """Draw one button for each pair, and one for all of them.

    Args:
        pairs: In the order of the list; nothing is drawn for none.
        key: Streamlit key, one per list.
        selected: (true, predicted) that is marked; None or a pair that is not in the list marks
            "all pairs".
        on_pick: Called with the (true, predicted) clicked, or None for all, before the page runs
            again.
    """
    if not pairs:
        return
    content = _content(pairs)
    known = {(pair.true, pair.predicted) for pair in pairs}

    def picked() -> None:
        pair = picked_pair(key)
        if pair == () or pair in known:
            on_pick(pair or None)

    mark = list(selected) if selected in known else []
    component("pairs")(key=key, data=content | {"selected": mark}, on_picked_change=picked)


def picked_pair(key: str) -> tuple[int, ...] | None:
    """Read, in a callback, the pair clicked in the list of that key; () is all, None is none."""
    state = st.session_state.get(key)
    value = state.get("picked") if isinstance(state, dict) else None
    if isinstance(value, list) and [type(label) for label in value] in ([], [int, int]):
        return tuple(value)
    return None


def _content(pairs: Sequence[PairChange]) -> dict[str, Any]:
    """Give what the browser draws, with a version that changes when any of it does."""
    fixed, broken = sum(pair.fixed for pair in pairs), sum(pair.broken for pair in pairs)
    most = max(max(pair.fixed, pair.broken) for pair in pairs)
    rows = [
        {
            "pair": [pair.true, pair.predicted],
            "name": f"{CLASS_NAMES[pair.true]} → {CLASS_NAMES[pair.predicted]}",
            "fixed": pair.fixed,
            "broken": pair.broken,
            "balance": signed(pair.net),
            "spoken": (
                f"{CLASS_NAMES[pair.true]} taken for {CLASS_NAMES[pair.predicted]}: "
                f"{pair.fixed} fixed, {pair.broken} broken"
            ),
        }
        for pair in pairs
    ]
    everything = {
        "pair": [],
        "name": "All pairs",
        "fixed": fixed,
        "broken": broken,
        "balance": signed(fixed - broken),
        "spoken": f"All pairs: {fixed} fixed, {broken} broken",
    }
    content: dict[str, Any] = {"rows": [everything, *rows], "most": most}
    return content | {"version": fingerprint(content)}
