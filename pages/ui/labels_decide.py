"""Deciding about one label, and taking it back: what a press of a key does."""

import time
from dataclasses import dataclass
from typing import Final

import streamlit as st

from fashion_core.classes import CLASS_NAMES
from fashion_core.errors import FashionError
from fashion_core.runs.decision import Decision, Verdict
from pages.ui import cell, labels_data, services
from pages.ui.labels_keys import KeyButton
from pages.ui.services import SplitName

UNDO: Final = "undo"
_MADE: Final = "labels-made"  # (decision, the one before) of this window, the last one last
_TURN: Final = "labels-turn"  # counts the presses of this window
_SAID: Final = "labels-said"
_PROBLEM: Final = "labels-problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class InQuestion:
    """The label that is in question.

    Attributes:
        split: Which pictures.
        image_id: The picture.
        label: Its label.
        new_label: The class it would be relabelled as.
        following: Image id of the picture to show after a decision; None to stay.
    """

    split: SplitName
    image_id: int
    label: int
    new_label: int
    following: int | None

    @property
    def token(self) -> str:
        """Name what is on screen; differs after every press."""
        return f"{self.split}-{self.image_id}-{st.session_state.get(_TURN, 0)}"


def buttons(question: InQuestion, decided: Decision | None) -> list[KeyButton]:
    """Give the buttons for a label, the present decision pressed."""
    label, new = CLASS_NAMES[question.label], CLASS_NAMES[question.new_label]
    verdict = decided.verdict if decided else None
    texts: dict[Verdict, tuple[str, str, str]] = {
        "keep": (f"Keep {label}", "K", "The label is right, the network is wrong."),
        "relabel": (f"Relabel as {new}", "L", "The label is wrong, and you know the right one."),
        "ambiguous": ("Ambiguous", "A", "From this picture nobody can tell."),
        "skip": ("Skip", "S", "You do not want to decide; the picture leaves the list."),
    }
    made = st.session_state.get(_MADE)
    undo = KeyButton(
        action=UNDO, text="Undo", key="U", help="Take back your last decision.", disabled=not made
    )
    return [
        *(
            KeyButton(action=action, text=text, key=key, help=tip, pressed=action == verdict)
            for action, (text, key, tip) in texts.items()
        ),
        undo,
    ]


def press(question: InQuestion, action: str) -> None:
    """Decide about a label or take the last decision back; a callback."""
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
    try:
        services.check_writable()
        if action == UNDO:
            _undo()
        else:
            _decide(question, action)  # type: ignore[arg-type]
    except FashionError as error:
        st.session_state[_PROBLEM] = str(error)


def said() -> str:
    """Give what came of the last press."""
    text: str = st.session_state.get(_SAID, "")
    return text


def take_problem() -> str:
    """Give why the last press came to nothing, once; empty if it did not."""
    problem: str = st.session_state.pop(_PROBLEM, "")
    return problem


def describe(decision: Decision) -> str:
    """Write a decision in two or three words."""
    if decision.new_label is not None:
        return f"relabel as {CLASS_NAMES[decision.new_label]}"
    return {"keep": "keep", "ambiguous": "ambiguous", "skip": "skipped"}[decision.verdict]


def _decide(question: InQuestion, verdict: Verdict) -> None:
    """Write the decision down and go on to the next picture.

    Raises:
        StoreError: if it cannot be written; the same picture stays then.
    """
    made = Decision(
        split=question.split,
        image_id=question.image_id,
        digest=labels_data.digests(question.split)[question.image_id],
        label=question.label,
        verdict=verdict,
        new_label=question.new_label if verdict == "relabel" else None,
        decided=time.time(),
    )
    before = labels_data.decisions().decide(made)
    st.session_state.setdefault(_MADE, []).append((made, before))
    st.session_state[_SAID] = f"{_name(made)}: {describe(made)}."
    if question.following is not None:
        cell.open_picture(question.following)


def _undo() -> None:
    """Take back the last decision of this window and show its picture again.

    Raises:
        StoreError: if somebody has decided otherwise since, or it cannot be written.
    """
    made, before = st.session_state[_MADE].pop()
    labels_data.decisions().undo(made, before)
    left = "undecided again" if before is None else f"{describe(before)} again"
    st.session_state[_SAID] = f"{_name(made)}: {left}."
    cell.open_picture(made.image_id)


def _name(decision: Decision) -> str:
    return f"{decision.split.capitalize()} picture {decision.image_id}"
