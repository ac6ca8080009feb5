"""Does 90 % sure mean right in 90 of 100 cases? The reliability diagram and the temperature."""

from typing import Any, Final

import streamlit as st

from fashion_core.analysis.calibration import BINS
from fashion_core.analysis.formatting import number, percent
from fashion_core.figures.reliability import reliability_figure
from pages.ui import explanations
from pages.ui.certainty_data import Honesty, honesty, temperature
from pages.ui.choice import Choice
from pages.ui.figure import draw_figure
from pages.ui.table_csv import draw_csv, write_table
from pages.ui.theme import figure_theme

_EXPLAINED: Final = f"""
- **Confidence**: the probability that the network gives to the class it names.
- **Calibration error** (expected calibration error, ECE): the mean distance between confidence and
  share right over the {BINS} bins, weighted by pictures. 0 is honest.
- **95 % interval** (basic bootstrap, 1,000 resamples, fixed seed). Chance alone moves bars away
  from the line, so a measured error is always above 0. "By chance" is what a perfectly honest
  network exceeds once in 20 times; an error below it may be 0. In simulations such intervals
  contained the true error in 82 to 97 of 100 cases, so read their ends as rough.
- **Softening** (temperature scaling): all logarithms of the probabilities are divided by one
  number, the temperature T, and the probabilities are scaled to add up to 1 again. T above 1 makes
  the network less sure, below 1 more sure. No answer changes. T is the one with the lowest loss on
  the **validation** pictures.
- **Loss**: how surprised the network is by the true class, on average. Softening can lower it while
  the calibration error hardly moves: the loss looks at every picture, the error at bins.
- **Rounding.** Probabilities are stored in 16 bits and those below 2⁻¹⁴ as 0. For softening a
  stored 0 counts as 2⁻²⁴; the true class has its exact loss, which is stored too. On the reference
  run the temperature is 1.33 this way and 1.32 from the network itself; above 2 it is too low.

M. P. Naeini and others, AAAI (2015); C. Guo and others, On Calibration of Modern Neural Networks,
ICML (2017); J. Bröcker and L. A. Smith, Weather and Forecasting 22 (2007).
"""


def say_answer(choice: Choice, *, is_softened: bool) -> None:
    """Say in one sentence how sure the network is and how often it is right."""
    found = honesty(choice, is_softened=is_softened)
    over = found.bins.overconfidence
    right, sure = _means(found)
    who = "Softened, it" if is_softened else "It"
    direction = "too sure" if over > 0 else "not sure enough"
    verdict = (
        f"it is {direction} by {100 * abs(over):.1f} percentage points."
        if found.error.is_real
        else "the difference is no more than chance."
    )
    st.markdown(f"##### {who} is {sure} sure on average and right in {right}: {verdict}")


def draw_honesty(choice: Choice) -> bool:
    """Draw the diagram and what softening does to it; give whether it is switched on."""
    st.subheader("Does 90 % sure mean right in 90 of 100?", anchor=False)
    plain, soft = honesty(choice, is_softened=False), honesty(choice, is_softened=True)
    left, right = st.columns([3, 2], gap="large")
    with right:
        is_softened = _draw_figures(choice, plain, soft)
    with left:
        draw_figure(
            reliability_figure(
                (soft if is_softened else plain).bins,
                theme=figure_theme(),
                before=plain.bins if is_softened else None,
            ),
            key="reliability",
            explanation=explanations.RELIABILITY,
            alt=f"Share right by confidence in {BINS} bins, with the pictures in each bin",
        )
    with st.expander("What do these words mean?"):
        st.markdown(_EXPLAINED)
    return is_softened


def _draw_figures(choice: Choice, plain: Honesty, soft: Honesty) -> bool:
    """Draw a small table, as it is and softened, and the switch; give the switch."""
    fitted = temperature(choice.run.run_id, choice.epoch)
    is_softened = st.toggle(
        f"Soften with temperature {number(fitted)}",
        key="soften",
        bind="query-params",
        help="Applies to the diagram and to the threshold below. No answer changes. The "
        "temperature was fitted on the validation pictures.",
    )
    rows = {
        "Calibration error": [_error_text(plain), _error_text(soft)],
        "by chance up to": [percent(found.error.by_chance) for found in (plain, soft)],
        "Mean confidence": [_means(found)[1] for found in (plain, soft)],
        "Share right": [_means(found)[0] for found in (plain, soft)],
        "Loss (nats)": [number(found.loss) for found in (plain, soft)],
    }
    lines = [f"| {name} | {' | '.join(values)} |" for name, values in rows.items()]
    st.markdown("\n".join(["| | as it is | softened |", "|:--|--:|--:|", *lines]))
    draw_csv(
        lambda: write_table(_columns(plain, soft)),
        file_name="calibration.csv",
        what="These figures in full; shares are between 0 and 1.",
        about=choice.file_stem(),
    )
    if choice.split == "validation":
        st.warning(
            "The temperature was fitted on these very pictures, so the softened column looks "
            "better than it is. Choose test pictures in the sidebar for an honest one.",
            icon=":material/balance:",
        )
    st.caption(
        f"Calibration error: {BINS} equally wide bins, 95 % interval in brackets. "
        "Temperature fitted on validation pictures."
    )
    return is_softened


def _columns(plain: Honesty, soft: Honesty) -> dict[str, list[Any]]:
    """Give what the small table says, a line as it is and one softened."""
    both = (plain, soft)
    means = [_mean_shares(found) for found in both]
    return {
        "probabilities": ["as they are", "softened"],
        "calibration_error": [found.error.value for found in both],
        "low": [found.error.interval.low for found in both],
        "high": [found.error.interval.high for found in both],
        "by_chance_up_to": [found.error.by_chance for found in both],
        "mean_confidence": [sure for _, sure in means],
        "share_right": [right for right, _ in means],
        "loss_nats": [found.loss for found in both],
    }


def _error_text(found: Honesty) -> str:
    interval = found.error.interval
    low, high = (100 * limit for limit in (interval.low, interval.high))
    return f"{percent(found.error.value)} [{low:.1f}, {high:.1f}]"


def _means(found: Honesty) -> tuple[str, str]:
    """Write the share right and the mean confidence."""
    right, sure = _mean_shares(found)
    return percent(right), percent(sure)


def _mean_shares(found: Honesty) -> tuple[float, float]:
    """Give the share right and the mean confidence; rounding takes neither above 1."""
    bins = found.bins
    used = bins.counts > 0
    weights = bins.counts[used] / bins.counts.sum()
    right = float((weights * bins.share_right[used]).sum())
    sure = float((weights * bins.mean_confidence[used]).sum())
    return min(right, 1.0), min(sure, 1.0)
