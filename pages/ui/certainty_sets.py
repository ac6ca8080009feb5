"""Sets of classes with a promise: "Shirt or T-shirt/top" contains the true one in 90 of 100."""

from dataclasses import replace
from typing import Final

import streamlit as st

from fashion_core.analysis.conformal import FrequentSet
from fashion_core.analysis.figure_words import describe_coverage
from fashion_core.analysis.formatting import count, percent, percent_with_interval
from fashion_core.analysis.intervals import wilson_interval
from fashion_core.classes import CLASS_NAMES
from fashion_core.figures.coverage import coverage_figure
from pages.ui import explanations
from pages.ui.boundary import part
from pages.ui.certainty_data import Sets, sets
from pages.ui.choice import Choice
from pages.ui.figure import draw_figure
from pages.ui.number_cards import draw_number, number_cards
from pages.ui.table_csv import draw_csv, write_table
from pages.ui.theme import figure_theme

_LEVELS: Final = ("90", "95", "99")
_MOST_SETS: Final = 10
_SMALLEST_STORED: Final = 2.0**-14

_EXPLAINED: Final = """
- **A set** holds every class that the network cannot exclude for a picture. A class is excluded if
  its probability is lower than that of nearly all **validation** pictures of the class: for the
  level 90 % lower than what about 90 % of them have (of n pictures the ceil((n + 1) · 0.9)th
  highest). Each class has its own threshold (class-conditional or Mondrian conformal prediction,
  score 1 − p).
- **The promise**: the set of a new picture contains its true class with a probability of at least
  the chosen level, for every class by itself, however good or bad the network is. A bad network
  keeps the promise with large sets; the size of the sets says how good it is.
- **Its assumption**: the new picture and the validation pictures of its class are *exchangeable*,
  as if drawn from one box in any order. Photographs of another camera, or another season's
  fashion, break it.
- **One blemish**: the validation pictures also chose the best epoch. Ten thousand pictures that
  choose among thirty epochs move little, but strictly the promise needs pictures that chose
  nothing. That is why the coverage is measured on test pictures.
- **The empty set** means that no class fits: the picture looks like none of them.
- Temperature does not enter: sets are made from the probabilities as they are stored.

V. Vovk, Conditional validity of inductive conformal predictors, ACML (2012); M. Sadinle, J. Lei and
L. Wasserman, Journal of the American Statistical Association 114 (2019); A. N. Angelopoulos and S.
Bates, Conformal Prediction: A Gentle Introduction (2023).
"""


@part
def draw_sets(choice: Choice) -> None:
    """Draw the level, the coverage by class, and the most frequent sets."""
    st.subheader("Which classes does it leave open?", anchor=False)
    level = st.segmented_control(
        "Sets that contain the true class with a probability (%) of at least",
        _LEVELS,
        default="95",
        required=True,
        key="level",
        bind="query-params",
    )
    if choice.split == "validation":
        st.info(
            "The sets are calibrated on the validation pictures, so they say nothing new about "
            "them. What follows is measured on the **test** pictures.",
            icon=":material/balance:",
        )
    found = sets(choice.run.run_id, choice.epoch, int(level))
    _draw_numbers(found, level)
    left, right = st.columns(2, gap="large")
    with left:
        _draw_coverage(found, int(level))
    with right:
        _draw_frequent(choice, found)
    with st.expander("What is promised, and under which assumption?"):
        st.markdown(_EXPLAINED)


def _draw_numbers(found: Sets, level: str) -> None:
    coverage = found.coverage
    total, covered = int(coverage.pictures.sum()), int(coverage.covered.sum())
    interval = wilson_interval(covered, total)
    reached = percent_with_interval(coverage.share, interval.low, interval.high)
    with number_cards("sets"):
        draw_number(
            "Sets with the true class",
            percent(coverage.share),
            f"promised {level}\u00a0%, reached {reached}",
        )
        draw_number(
            "Classes in a set",
            f"{coverage.mean_size:.2f}",
            "mean of all test pictures; 1 is one answer",
        )
        for size, name, said in (
            (1, "One class only", "the network commits itself"),
            (0, "No class at all", "looks like none of the ten"),
        ):
            pictures = int(coverage.sizes[size])
            draw_number(name, percent(pictures / total), f"{count(pictures)} pictures: {said}")


def _draw_coverage(found: Sets, percent_level: int) -> None:
    st.markdown("**Is the promise kept for every class?**")
    draw_figure(
        coverage_figure(
            found.coverage, found.expected, percent_level=percent_level, theme=figure_theme()
        ),
        key="coverage",
        explanation=explanations.COVERAGE,
        says=describe_coverage(found.coverage, found.expected),
        alt="Share of sets that contain the true class, by class, against the promised level",
    )
    always = [CLASS_NAMES[k] for k in range(len(CLASS_NAMES)) if found.thresholds[k] == 0]
    if always:
        st.caption(
            f"In every set: {', '.join(always)}. Its threshold lies below the smallest probability "
            f"that is stored ({_SMALLEST_STORED:.2g}), or there are too few validation pictures. "
            "The promise holds, the sets are larger than they need to be."
        )


def _draw_frequent(choice: Choice, found: Sets) -> None:
    """List the sets that leave something open."""
    several = [one for one in found.frequent if len(one.classes) > 1]
    st.markdown("**Most often left open**")
    if not several:
        st.info("No set holds more than one class at this level.", icon=":material/filter_1:")
        return
    lines = [
        f"| {_name(one)} | {count(one.pictures)} | {percent(one.covered / one.pictures)} |"
        for one in several[:_MOST_SETS]
    ]
    head = ["| set | pictures | true class in it |", "|:--|--:|--:|"]
    st.markdown("\n".join([*head, *lines]))
    draw_csv(
        lambda: write_table(
            {
                "set": [_name(one) for one in several],
                "pictures": [one.pictures for one in several],
                "true_class_in_it": [one.covered for one in several],
            }
        ),
        file_name="open-sets.csv",
        what="All sets of two or more classes, also those not listed.",
        about=replace(choice, split="test").file_stem(),
    )
    rest = sum(one.pictures for one in several[_MOST_SETS:])
    st.caption(
        f"{count(len(several))} different sets hold two or more classes"
        + (f"; {count(rest)} pictures have one that is not listed." if rest else ".")
    )


def _name(one: FrequentSet) -> str:
    return " or ".join(CLASS_NAMES[label] for label in one.classes)
