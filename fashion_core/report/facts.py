"""The words of a report: which run, what came out, how it was set up, with what it was made."""

import platform
import time
from dataclasses import asdict
from importlib.metadata import version
from typing import Final

from fashion_core.analysis.confusions import describe_result
from fashion_core.analysis.definitions import FIGURE_DEFINITIONS, REPORTED_FIGURES
from fashion_core.analysis.formatting import count, duration, number, percent
from fashion_core.analysis.headline import Figure, describe_below
from fashion_core.analysis.intervals import describe_interval
from fashion_core.analysis.settings import setting_changes, setting_label, setting_text
from fashion_core.config import RunSpec
from fashion_core.report.markup import Html, element, lines, section, table
from fashion_core.report.subject import Subject

_LATEST: Final = 2.0**33  # seconds since 1970: the year 2242, which every calendar knows
_BEST_EPOCH: Final = (
    "the one with the lowest validation loss. Test pictures are never used to choose it."
)


def header(subject: Subject) -> Html:
    """Name the run and answer what came out, in one sentence."""
    run = subject.run
    kept = "the best: lowest validation loss" if subject.is_best else "not the best"
    about = (
        f"Run {run.number} · {run.status} · epoch {subject.epoch} of {run.spec.epochs} ({kept}) · "
        f"{count(len(subject.scores))} {subject.split} pictures"
    )
    parts = [
        element("h1", run.name),
        element("p", about, class_="quiet"),
        element("p", describe_result(subject.headline.matrix), class_="answer"),
    ]
    if run.reason:
        parts.append(element("p", run.reason))
    if run.tags:
        parts.append(element("p", *(element("span", tag, class_="tag") for tag in run.tags)))
    if run.note:
        parts.append(element("blockquote", lines(run.note)))
    return element("header", *parts)


def figures(subject: Subject) -> Html:
    """Give the headline figures with their intervals, and what each of them means."""
    headline, run = subject.headline, subject.run
    answered = percent(headline.answered / headline.pictures)
    below_accuracy, below_precision = describe_below(
        headline, is_as_specified=run.spec.is_as_specified
    )
    cards = [
        _card("Accuracy", headline.accuracy, below_accuracy),
        _card("Macro precision", headline.macro_precision, below_precision),
        _card(
            "Precision at confidence ≥ 0.5",
            headline.confident_precision,
            f"{answered} of pictures answered",
        ),
    ]
    if run.best is not None:
        cards.append(
            _box(
                "Best epoch",
                f"{run.best.epoch} of {run.spec.epochs}",
                f"lowest validation loss: {number(run.best.val_loss)} nats",
                f"{len(run.history)} epochs finished in {duration(run.seconds)}",
            )
        )
    terms = [*FIGURE_DEFINITIONS, ("Best epoch", _BEST_EPOCH)]
    meanings = [element("p", element("b", f"{term}: "), meaning) for term, meaning in terms]
    if run.spec.is_as_specified:
        heading = element("b", "The reported figures. ")
        meanings.append(element("p", heading, REPORTED_FIGURES))
    return section(
        "What came out?",
        element("div", *cards, class_="cards"),
        element("div", *meanings, class_="small"),
    )


def settings(subject: Subject) -> Html:
    """Give what differs from the specification, then all settings."""
    chosen, specified = asdict(subject.run.spec), asdict(RunSpec())
    changes = setting_changes(chosen, specified)
    if changes:
        rows = [(change.label, change.first, change.second) for change in changes]
        differing = table(("setting", "this run", "specification"), rows)
    else:
        differing = element("p", "All settings are those of the specification.")
    everything = " · ".join(
        f"{setting_label(name)} {setting_text(value)}" for name, value in chosen.items()
    )
    return section(
        "How was it set up?",
        differing,
        element("p", element("b", "All settings: "), everything, class_="small"),
    )


def footer(subject: Subject) -> Html:
    """Say when the run was made, and with what this report was."""
    run = subject.run
    made = (
        f"Run {run.run_id} was made {_moment(run.created)}. This report was written by the "
        f"Fashion Dashboard with Python {platform.python_version()}, NumPy {version('numpy')} and "
        f"PyTorch {version('torch')} installed; a run does not say which versions trained it. "
        "The pictures are Fashion-MNIST (Xiao, Rasul, Vollgraf 2017, MIT licence), verified by "
        "SHA-256. The same run gives the same report, byte by byte, until its notes change."
    )
    return element("footer", element("p", made, class_="small"))


def _card(label: str, figure: Figure, below: str) -> Html:
    return _box(label, percent(figure.value), describe_interval(figure.interval), below)


def _box(label: str, value: str, *below: str) -> Html:
    notes = [element("div", text, class_="quiet") for text in below]
    return element("div", element("div", label), element("strong", value), *notes, class_="card")


def _moment(seconds: float) -> str:
    """Write a point in time; a stranger's file may have one that no calendar knows."""
    if not 0 <= seconds < _LATEST:
        return "at an unknown time"
    return time.strftime("on %Y-%m-%d at %H:%M UTC", time.gmtime(seconds))
