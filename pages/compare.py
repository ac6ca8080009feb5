"""Compare: two runs or two epochs, whether the difference is real, and which pictures changed."""

from collections.abc import Sequence

import streamlit as st

from fashion_core.analysis.verdict import describe_comparison
from fashion_core.runs.records import RunSummary
from pages.ui import services
from pages.ui.choice import Choice
from pages.ui.compare_answer import draw_certainty, draw_figures, draw_outcomes
from pages.ui.compare_choice import Pairing, pick_pairing
from pages.ui.compare_data import Compared, compared
from pages.ui.compare_gallery import draw_galleries, draw_picture
from pages.ui.compare_sections import SECTIONS, WITHOUT_CHANGES, draw_contents
from pages.ui.compare_settings import draw_curves, draw_settings
from pages.ui.compare_where import draw_classes, draw_matrices, draw_where
from pages.ui.frame import show_page
from pages.ui.states import has_results


def draw(choice: Choice) -> None:
    if not has_results(
        choice, shows="two runs side by side, and whether their difference is more than chance"
    ):
        return
    answer, runs = st.container(), services.store().runs()
    pairing = pick_pairing(choice, runs)
    if pairing is None:
        return
    found = compared(pairing)
    is_seed_alone = pairing.is_seed_alone
    answer.markdown(f"##### {describe_comparison(found.comparison, is_seed_alone=is_seed_alone)}")
    draw_figures(pairing, found.comparison)
    draw_contents(WITHOUT_CHANGES if found.comparison.is_same else SECTIONS)
    _explain(pairing, found, runs)
    if not found.comparison.is_same:
        _show_changes(pairing, found)
    draw_curves(pairing)
    services.send_sheet(choice.split)


def _explain(pairing: Pairing, found: Compared, runs: Sequence[RunSummary]) -> None:
    """Draw how sure the answer is, beside what was done differently."""
    certainty, settings = st.columns([3, 2], gap="large")
    with certainty:
        draw_certainty(pairing, found.comparison, runs=sum(run.epochs_done > 0 for run in runs))
    with settings:
        draw_settings(pairing)
        draw_outcomes(pairing, found.comparison)


def _show_changes(pairing: Pairing, found: Compared) -> None:
    """Draw where the answers differ, by pair, picture and class."""
    chosen = draw_where(pairing, found)
    draw_galleries(pairing, chosen)
    draw_classes(pairing, found)
    draw_matrices(pairing, chosen)
    draw_picture(pairing)


show_page("Compare", "Which is better, and is the difference real?", draw)
