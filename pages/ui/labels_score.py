"""The official accuracy, beside it the one without disputed labels, and the decisions to save."""

from collections import Counter

import streamlit as st

from fashion_core.analysis.disputed import accuracy_without
from fashion_core.analysis.formatting import count, percent
from fashion_core.analysis.intervals import describe_interval
from pages.ui import labels_data, services
from pages.ui.choice import Choice
from pages.ui.labels_csv import write_decisions_csv
from pages.ui.labels_data import Decided
from pages.ui.literal import literal


def draw_score(choice: Choice, decided: Decided) -> None:
    """Draw both accuracies side by side, and how much was decided."""
    scores = services.scores(choice.run.run_id, choice.epoch, choice.split)
    official = services.headline(choice.run.run_id, choice.epoch, choice.split).accuracy
    without = accuracy_without(scores, decided.disputed)
    first, second = st.columns(2)
    with first, st.container(border=True, height="stretch"):
        st.metric("Accuracy (official)", percent(official.value, decimals=2))
        st.caption(f"{describe_interval(official.interval)}  \nall {count(len(scores))} pictures")
    with second, st.container(border=True, height="stretch"):
        st.metric("Without disputed labels", percent(without.value, decimals=2))
        st.caption(
            f"{describe_interval(without.interval)}  \n{count(without.left_out)} left out, "
            f"{count(without.left_out_wrong)} of them counted as mistakes"
        )
    st.caption(f"Decided so far: {_describe_decisions(decided)}.")


def draw_download(decided: Decided) -> None:
    """Draw the button that saves the decisions; the file is made when it is pressed."""
    st.download_button(
        "CSV",
        data=lambda: write_decisions_csv(decided.all),
        file_name="label-decisions.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        disabled=not decided.all,
        help="All decisions, about test and validation pictures.",
    )


def draw_damage(decided: Decided) -> None:
    """Say that a file of decisions was damaged, or that decisions are about other pictures."""
    for copy in labels_data.decisions().damaged_copies():
        st.warning(
            literal(
                "The file of decisions was damaged. The decisions that could be read go on here; "
                f"the damaged file is kept as {copy}. Look what is missing and decide again, then "
                "delete that file, and this sentence goes."
            ),
            icon=":material/healing:",
        )
    if decided.foreign:
        what = "decision is" if decided.foreign == 1 else "decisions are"
        st.warning(
            f"{count(decided.foreign)} {what} about pictures or labels that are others now. They "
            "are kept in the file and not counted here.",
            icon=":material/difference:",
        )


def _describe_decisions(decided: Decided) -> str:
    """Count the verdicts about the pictures shown, in words."""
    found = Counter(decision.verdict for decision in decided.here.values())
    words = {"keep": "keep", "relabel": "relabel", "ambiguous": "ambiguous", "skip": "skipped"}
    return ", ".join(f"{count(found[verdict])} {word}" for verdict, word in words.items())
