"""The answer of a comparison: headline figures, the four outcomes, and how sure it is."""

from typing import Final

import pandas as pd
import streamlit as st

from fashion_core.analysis.comparison import Comparison
from fashion_core.analysis.formatting import count, percent
from fashion_core.analysis.intervals import describe_interval
from fashion_core.analysis.verdict import (
    explain_difference,
    explain_test,
    p_text,
    points,
    warn_of_many,
)
from pages.ui import cell, services
from pages.ui.choice import Choice
from pages.ui.compare_choice import Pairing
from pages.ui.compare_sections import draw_heading
from pages.ui.number_cards import draw_number, number_cards
from pages.ui.table_csv import draw_csv, write_table

_EXPLAINED: Final = """
- **Changed sides**: a picture is *fixed* if A is wrong and B is right, *broken* if A is right and B
  is wrong. Pictures on which both are right, or both wrong, say nothing about which is better.
- **p** (McNemar's exact test, two-sided): the probability that fair coins, one for each picture
  that changed sides, would fall at least as unevenly. Below 0.05 the difference is called real.
- **95 % interval** (paired percentile bootstrap, 10,000 resamples, fixed seed): the pictures are
  drawn again with replacement, each with both answers. 95 of 100 such intervals contain the
  difference one would find on endlessly many pictures of the same kind.
- **Framed cells and bold balances** are more than chance too, after Holm's correction for asking
  about all cells, or all classes, at once.

**Many comparisons.** One comparison in twenty of equally good runs is called real. Whoever looks
through many pairs and keeps the best should ask for p below 0.05 / number of pairs (Bonferroni).

**What the test does not say.** It judges these two sets of weights on these pictures. It says
nothing about training again: another seed gives other weights, and two runs that differ only by
their seed can differ by more than chance here. To compare two *settings*, train each with several
seeds and see whether one wins every time.

Q. McNemar, Psychometrika 12 (1947); T. G. Dietterich, Neural Computation 10 (1998); B. Efron and
R. J. Tibshirani, An Introduction to the Bootstrap (1993); S. Holm, Scandinavian Journal of
Statistics 6 (1979).
"""

_FINAL: Final = "These are **test** pictures: right for a last look at two finished candidates."
_TOO_EARLY: Final = (
    "These are **test** pictures, meant for a last look at two finished candidates; not both of "
    "these runs are finished."
)
_NOT_FOR_CHOOSING: Final = (
    "To choose between A and B, compare on validation pictures; a test that has chosen is no "
    "longer a test."
)
_ONE_SEED: Final = (
    "This is about these two runs: trained again with other seeds, the same settings can come out "
    "the other way."
)
_CHOOSING: Final = (
    "These are **validation** pictures: right for choosing between A and B. Each run's best epoch "
    "was chosen on them too, so both accuracies are slightly too high; the final figure is the one "
    "on test pictures."
)


def draw_figures(pairing: Pairing, comparison: Comparison) -> None:
    """Draw both accuracies, their difference and the pictures that changed sides."""
    with number_cards("comparison"):
        _side("Accuracy of A", pairing.first)
        _side("Accuracy of B", pairing.second)
        draw_number(
            "B minus A, points",
            points(comparison.difference),
            _interval_text(comparison),
            "percentage points of accuracy",
        )
        draw_number(
            "Changed sides",
            count(comparison.changed),
            f"{count(comparison.fixed)} fixed, {count(comparison.broken)} broken",
            p_text(comparison.p_value),
        )


def draw_certainty(pairing: Pairing, comparison: Comparison, *, runs: int) -> None:
    """Say in words how sure the answer is and which pictures it should be asked on.

    Args:
        pairing: What is compared.
        comparison: What came out.
        runs: Runs with results, any two of which can be compared.
    """
    draw_heading("chance")
    st.markdown(explain_test(comparison))
    st.markdown(explain_difference(comparison))
    if not pairing.is_one_run and not pairing.is_seed_alone:
        st.markdown(_ONE_SEED)
    one, first = pairing.is_one_run, pairing.first
    candidates, kind = (len(first.run.history), "epochs") if one else (runs, "runs")
    if caution := warn_of_many(comparison, candidates=candidates, kind=kind):
        st.markdown(f":material/warning: {caution}")
    _say_split(pairing)
    with st.expander("How sure is this, and what does it not say?"):
        st.markdown(_EXPLAINED)


def draw_outcomes(pairing: Pairing, comparison: Comparison) -> None:
    """Draw the four outcomes as the table that the test looks at."""
    st.markdown("**All pictures**, by who is right:")
    st.table(
        pd.DataFrame(
            {
                "B right": [
                    count(comparison.both_right),
                    f"{count(comparison.fixed)} fixed",
                ],
                "B wrong": [
                    f"{count(comparison.broken)} broken",
                    count(comparison.both_wrong),
                ],
            },
            index=pd.Index(["A right", "A wrong"]),
        )
    )
    draw_csv(
        lambda: write_table(
            {
                "": ["A right", "A wrong"],
                "B right": [comparison.both_right, comparison.fixed],
                "B wrong": [comparison.broken, comparison.both_wrong],
            }
        ),
        file_name="outcomes.csv",
        what="Pictures by who is right.",
        about=pairing.file_stem(),
    )
    st.caption(
        f"Of the {count(comparison.both_wrong)} that both have wrong, "
        f"{count(comparison.same_mistakes)} got the same wrong answer twice."
    )


def _side(label: str, choice: Choice) -> None:
    figure = services.headline(choice.run.run_id, choice.epoch, choice.split).accuracy
    draw_number(
        label,
        percent(figure.value, decimals=2),
        describe_interval(figure.interval),
        f"run {choice.run.number}, epoch {choice.epoch}",
    )


def _interval_text(comparison: Comparison) -> str:
    if not comparison.interval.is_defined:
        return "too few changed for an interval"
    low, high = points(comparison.interval.low), points(comparison.interval.high)
    return f"95 % interval: {low} to {high}"


def _say_split(pairing: Pairing) -> None:
    """Say what the pictures are good for; on test pictures offer the others."""
    if pairing.first.split == "validation":
        st.caption(_CHOOSING)
        return
    st.caption(f"{_FINAL if pairing.is_finished else _TOO_EARLY} {_NOT_FOR_CHOOSING}")
    st.button("Compare on validation pictures", icon=":material/rule:", on_click=_use_validation)


def _use_validation() -> None:
    """Look at validation pictures; a callback."""
    st.session_state["split"] = "validation"
    cell.close_picture()
    cell.first_page()
