"""From the numbers of the Overview to their pictures."""

from typing import Final

import streamlit as st

from fashion_core.analysis.formatting import count
from fashion_core.analysis.headline import Headline
from fashion_core.analysis.metrics import per_class_report
from fashion_core.analysis.ranking import SortKey
from fashion_core.classes import CLASS_NAMES
from pages.ui.choice import Choice

_MISTAKES: Final = {
    "outcome": "wrong",
    "sort": SortKey.CONFIDENCE.value,
    "order": "highest first",
}
"""The gallery of Confusions with mistakes only, the most confident first."""


def draw_mistakes_link(choice: Choice, headline: Headline) -> None:
    """Draw the link to all mistakes; nothing if there are none."""
    mistakes = int(headline.matrix.sum() - headline.matrix.trace())
    if mistakes:
        label = "See the only mistake" if mistakes == 1 else f"See all {count(mistakes)} mistakes"
        _link(choice, label, {}, icon=":material/photo_library:")


def draw_class_links(choice: Choice, headline: Headline) -> None:
    """Draw a link to the mistakes of each class that has any, the lowest F1 first."""
    mistakes = headline.matrix.sum(axis=1) - headline.matrix.diagonal()
    report = per_class_report(headline.matrix)
    of_class = dict(zip(CLASS_NAMES, mistakes.tolist(), strict=True))
    hardest_first = [name for name in report.sort_values("f1").index if of_class[name]]
    if not hardest_first:
        return
    st.caption("See the mistakes of one class, the hardest first:")
    with st.container(horizontal=True, gap="xsmall", key="class-links"):
        for name in hardest_first:
            _link(choice, f"{name} ({count(of_class[name])})", {"true": name})


def _link(choice: Choice, label: str, cell: dict[str, str], *, icon: str | None = None) -> None:
    st.page_link(
        "pages/confusions.py",
        label=label,
        icon=icon,
        query_params=choice.link() | cell | _MISTAKES,
        help="See these pictures, the most confident mistake first",
    )
