"""What a figure shows on this run, in one sentence each."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from fashion_core.analysis.changes import ClassChange
from fashion_core.analysis.conformal import Coverage
from fashion_core.analysis.confusions import describe_collapse, top_confusions
from fashion_core.analysis.formatting import count, number, percent
from fashion_core.analysis.human_votes import MistakeKind
from fashion_core.analysis.intervals import Interval
from fashion_core.analysis.metrics import divide
from fashion_core.analysis.selective import HandOver
from fashion_core.classes import CLASS_NAMES
from fashion_core.history import EpochRecord, best_epoch

if TYPE_CHECKING:
    import pandas as pd

EMPTY_MAP: Final = (
    "The network can be sure all the same: what is missing in a picture counts, too, and this "
    "method shows only what is there."
)
"""What an empty Grad-CAM map does not mean."""


def describe_accuracy(history: Sequence[EpochRecord]) -> str:
    """Say where validation accuracy is highest, and where the kept epoch is; empty for no epoch."""
    kept, top = best_epoch(history), _most_accurate(history)
    if kept is None or top is None:
        return ""
    highest = f"Validation accuracy is highest at epoch {top.epoch} ({percent(top.val_accuracy)})"
    if top.epoch == kept.epoch:
        return f"{highest}, the epoch that is kept."
    return f"{highest}; at epoch {kept.epoch}, which is kept, it is {percent(kept.val_accuracy)}."


def describe_best_losses(histories: Mapping[str, Sequence[EpochRecord]]) -> str:
    """Say where each of some histories, by name, has its lowest validation loss."""
    best = {name: best_epoch(history) for name, history in histories.items()}
    return _list_best(
        "Lowest validation loss",
        {name: (number(b.val_loss), b.epoch) if b else None for name, b in best.items()},
    )


def describe_best_accuracies(histories: Mapping[str, Sequence[EpochRecord]]) -> str:
    """Say where each of some histories, by name, has its highest validation accuracy."""
    best = {name: _most_accurate(history) for name, history in histories.items()}
    return _list_best(
        "Highest validation accuracy",
        {name: (percent(b.val_accuracy), b.epoch) if b else None for name, b in best.items()},
    )


def describe_training_losses(histories: Mapping[str, Sequence[EpochRecord]]) -> str:
    """Say where each of some histories, by name, has its lowest training loss."""
    best = {name: _lowest_training_loss(history) for name, history in histories.items()}
    return _list_best(
        "Lowest training loss",
        {name: (number(b.train_loss), b.epoch) if b else None for name, b in best.items()},
    )


def describe_classes(report: "pd.DataFrame") -> str:
    """Name the classes with the lowest and the one with the highest F1, of `per_class_report`."""
    known = report["f1"].dropna()
    if known.empty:
        return "No class has pictures."
    low, high = percent(float(known.min())), percent(float(known.max()))
    hardest = known.index[known == known.min()]
    if len(hardest) == len(known) > 1:
        return f"All {len(known)} classes have the same F1 ({low})."
    if report["precision"].count() == 1:
        only = report["precision"].idxmax()
        return f"Every picture is called {only}: no other class is ever found (F1 {low})."
    easiest = f"{known.idxmax()} easiest ({high})"
    if len(hardest) > 2:
        return f"{len(hardest)} classes are equally hard (F1 {low}), {easiest}."
    verb = "is" if len(hardest) == 1 else "are"
    return f"{' and '.join(hardest)} {verb} hardest (F1 {low}), {easiest}."


def describe_probabilities(pred_probs: npt.NDArray[np.floating[Any]]) -> str:
    """Name the most and the second most probable class of one picture.

    Args:
        pred_probs: Softmax outputs, floating of shape (10,); those rounded to 0 are not named.
    """
    first, second = (int(label) for label in np.argsort(-pred_probs, kind="stable")[:2])
    most = percent(min(float(pred_probs[first]), 1 - 1e-6))  # a softmax output is never 1
    if pred_probs[second] < 0.001:
        return f"{CLASS_NAMES[first]} has {most}, every other class less than 0.1\u00a0%."
    then = percent(float(pred_probs[second]))
    return f"{CLASS_NAMES[first]} has {most}; next is {CLASS_NAMES[second]} with {then}."


def describe_hand_over(found: HandOver) -> str:
    """Say how many pictures are answered at a threshold and how many of those are right."""
    total = count(found.answered + found.handed)
    if found.answered == 0:
        return f"The network answers none of {total} pictures: a person sees them all."
    return (
        f"The network answers {count(found.answered)} of {total} pictures and is right on "
        f"{percent(found.accuracy)} of those."
    )


def describe_coverage(coverage: Coverage, expected: Sequence[Interval]) -> str:
    """Name the classes that are covered less often than chance allows.

    Args:
        coverage: What was measured.
        expected: Range of each class if the promise holds, as `expected_coverage` gives it.
    """
    shares = divide(coverage.covered, coverage.pictures)
    below = [CLASS_NAMES[k] for k, range_ in enumerate(expected) if shares[k] < range_.low]
    if not below:
        return f"No class of {len(expected)} lies below its band."
    verb = "lies below its band" if len(below) == 1 else "lie below their band"
    return f"{len(below)} of {len(expected)} classes {verb}: {', '.join(below)}."


def describe_belief(
    label_probs: npt.NDArray[np.floating[Any]],
    suggested_probs: npt.NDArray[np.floating[Any]],
    *,
    label: int,
    suggested: int,
) -> str:
    """Count the epochs that believed the suggested class more than the label.

    Args:
        label_probs: Probability of the label after each epoch, shape (E,).
        suggested_probs: Probability of the suggested class, shape (E,).
        label: The label.
        suggested: The suggested class.
    """
    more = int((suggested_probs > label_probs).sum())
    epochs = "epoch" if len(label_probs) == 1 else "epochs"
    return (
        f"{CLASS_NAMES[suggested]} was believed more than the label {CLASS_NAMES[label]} at "
        f"{count(more)} of {count(len(label_probs))} {epochs}."
    )


def describe_attention(values: npt.NDArray[np.floating[Any]], name: str) -> str:
    """Say on how much of the picture half of a map lies.

    Args:
        values: The map, floating, at least 0.
        name: The class it speaks for.
    """
    strongest = np.sort(values, axis=None)[::-1].cumsum(dtype=np.float64)
    if not strongest[-1] > 0:
        return f"The map is empty: Grad-CAM finds no place that speaks for {name}. {EMPTY_MAP}"
    pixels = int(np.searchsorted(strongest, strongest[-1] / 2)) + 1
    return f"Half of what speaks for {name} lies on {percent(pixels / values.size)} of the picture."


def describe_class_changes(changes: Sequence[ClassChange]) -> str:
    """Name the classes that won and lost most pictures, and say how many are more than chance."""
    real = sum(change.is_real for change in changes)
    won = max(changes, key=lambda change: change.net)
    lost = min(changes, key=lambda change: change.net)
    parts = []
    if won.net > 0:
        parts.append(f"{CLASS_NAMES[won.true]} won most ({count(won.net)} on balance)")
    if lost.net < 0:
        parts.append(f"{CLASS_NAMES[lost.true]} lost most ({count(-lost.net)})")
    chance = f"{count(real) if real else 'no'} class{'' if real == 1 else 'es'} changed by more"
    said = ", ".join(parts) or "Every class won as many as it lost"
    return f"{said}; {chance} than chance."


def describe_kinds(counts: Mapping[MistakeKind, npt.NDArray[np.int64]]) -> str:
    """Name the class with most mistakes that are the network's own.

    Args:
        counts: Mistakes of each kind by true class, int64 of shape (10,) each.
    """
    own = counts[MistakeKind.OWN]
    worst = int(own.argmax())
    if own[worst] == 0:
        return "No mistake is the network's own."
    total = sum(int(each[worst]) for each in counts.values())
    return (
        f"{CLASS_NAMES[worst]} has most of the network's own mistakes: {count(int(own[worst]))}, "
        f"of {count(total)} in all."
    )


def describe_matrix(matrix: npt.NDArray[np.int64]) -> str:
    """Name the largest cell off the diagonal of a confusion matrix, or its only column."""
    if collapse := describe_collapse(matrix):
        return collapse
    top = top_confusions(matrix, 1)
    if not top:
        return "Nothing is mixed up."
    true, said = CLASS_NAMES[top[0].true], CLASS_NAMES[top[0].predicted]
    return (
        f"Most often mixed up: {true} taken for {said}, "
        f"{count(top[0].count)} of {count(top[0].row_total)}."
    )


def _most_accurate(history: Sequence[EpochRecord]) -> EpochRecord | None:
    """Give the epoch with the highest validation accuracy, the earliest on a tie."""
    known = [record for record in history if not math.isnan(record.val_accuracy)]
    return max(known, key=lambda record: (record.val_accuracy, -record.epoch), default=None)


def _lowest_training_loss(history: Sequence[EpochRecord]) -> EpochRecord | None:
    """Give the epoch with the lowest finite training loss, the earliest on a tie."""
    known = [record for record in history if math.isfinite(record.train_loss)]
    return min(known, key=lambda record: (record.train_loss, record.epoch), default=None)


def _list_best(what: str, best: Mapping[str, tuple[str, int] | None]) -> str:
    """Write "What: A 0.2 at epoch 3, B none."."""
    parts = [
        f"{name} {value[0]} at epoch {value[1]}" if value else f"{name} none"
        for name, value in best.items()
    ]
    return f"{what}: {', '.join(parts)}."
