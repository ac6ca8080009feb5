"""What worse pictures do to a run, in plain sentences."""

from collections.abc import Sequence

from fashion_core.analysis.corruptions import CORRUPTIONS, STRENGTHS, Corruption
from fashion_core.analysis.formatting import percent
from fashion_core.analysis.robustness import Duel, Robustness


def describe_robustness(found: Robustness) -> str:
    """Answer the page's question: what hurts most, what least, and how it does on the whole.

    For example "Rotation hurts most: 91.9 % → 21.8 % at strength 3. Darkness hurts least:
    91.9 % → 76.6 %. Over all ten and all strengths, 62.1 % are right." Of a test that is not
    complete it says so.

    Args:
        found: At least one corruption.
    """
    last = STRENGTHS[-1]
    ends = sorted(found.there, key=lambda c: (float(found.accuracies(c)[-1]), c.number))
    clean = percent(found.clean_accuracy)
    worst = f"{clean} → {_end(found, ends[0])} at strength {last}"
    mean = f"all strengths, {percent(found.mean_accuracy())} of the answers are right."
    if len(ends) == 1:
        return f"{ends[0].label} is the only one tested so far: {worst}. Over {mean}"
    words = f"{ends[0].label} hurts most: {worst}. "
    words += f"{ends[-1].label} hurts least: {clean} → {_end(found, ends[-1])}. "
    if found.is_complete:
        return f"{words}Over all ten and {mean}"
    return f"{words}Over the {len(ends)} of {len(CORRUPTIONS)} tested so far and {mean}"


def describe_duels(duels: Sequence[Duel]) -> str:
    """Say which of two runs stands which corruption better, as far as that is not chance.

    For example "B is better on Noise and Blur, A is better on Shift; on the other 7 the
    difference may be chance."

    Args:
        duels: Both runs under each corruption, at least one.
    """
    wins = {side: [duel.corruption.label for duel in duels if duel.winner == side] for side in "BA"}
    ways = [f"{side} is better on {_listed(names)}" for side, names in wins.items() if names]
    open_ones = len(duels) - sum(map(len, wins.values()))
    if not ways:
        return "On none of them is A or B better by more than chance."
    said = ", ".join(ways)
    if not open_ones:
        return f"{said}; all of it by more than chance."
    what = "the other one" if open_ones == 1 else f"the other {open_ones}"
    return f"{said}; on {what} the difference may be chance."


def _end(found: Robustness, corruption: Corruption) -> str:
    return percent(float(found.accuracies(corruption)[-1]))


def _listed(names: Sequence[str]) -> str:
    """Write names in a sentence: "Noise, Blur and Shift"."""
    if len(names) == 1:
        return names[0]
    return f"{', '.join(names[:-1])} and {names[-1]}"
