"""What a visitor has answered in the round that is on screen."""

from dataclasses import dataclass, field, replace
from typing import Final

import streamlit as st

from fashion_core.runs.records import Run
from pages.ui.choice import BEST, Choice

_KEY: Final = "guess-answers"

_About = tuple[str, int | None, str, int]


@dataclass(slots=True, kw_only=True)
class Answers:
    """The answers of one round.

    Attributes:
        about: Run, epoch, split and number of the round.
        follows_best: Whether the epoch was the best one when the round began, and chosen as such.
        guesses: Class named for each picture so far.
        is_shown: Whether the last answered picture is still on screen, with what it is.
    """

    about: _About
    follows_best: bool = False
    guesses: list[int] = field(default_factory=list)
    is_shown: bool = False

    @property
    def epoch(self) -> int | None:
        """The epoch the round asks about."""
        return self.about[1]

    @property
    def index(self) -> int:
        """Place of the picture on screen in the round, from 0; its length once all is over."""
        return len(self.guesses) - self.is_shown

    @property
    def token(self) -> str:
        """Name what is on screen; differs after every press."""
        about = "-".join(map(str, self.about))
        return f"{about}-{len(self.guesses)}-{int(self.is_shown)}"

    def guess(self, label: int) -> None:
        """Answer the picture on screen; what it is can then be shown."""
        if not self.is_shown:
            self.guesses.append(label)
            self.is_shown = True

    def go_on(self) -> None:
        """Leave the answered picture."""
        self.is_shown = False

    def start_again(self) -> None:
        """Forget the answers."""
        self.guesses, self.is_shown = [], False


def answers(choice: Choice, number: int) -> Answers:
    """Give the visitor's answers of a round, kept while other pages are looked at.

    A round that is begun stays with its epoch when the run goes on to a better one.
    """
    about = (choice.run.run_id if choice.run else "", choice.epoch, choice.split, number)
    follows_best = choice.is_best and st.session_state.get("epoch", BEST) == BEST
    kept = st.session_state.get(_KEY)
    if isinstance(kept, Answers):
        is_begun = bool(kept.guesses) and kept.follows_best and follows_best
        if kept.about == (_with_epoch(about, kept.epoch) if is_begun else about):
            return kept
    made = st.session_state[_KEY] = Answers(about=about, follows_best=follows_best)
    return made


def _with_epoch(about: _About, epoch: int | None) -> _About:
    run_id, _, split, number = about
    return run_id, epoch, split, number


def describe_round(choice: Choice, now: Run, *, follows_best: bool) -> str:
    """Say what the round asks about; its epoch stays while the run goes on to better ones.

    Args:
        choice: What the round is about.
        now: The same run as it is now.
        follows_best: Whether its epoch was the best one when the round began, and chosen as such.
    """
    text = replace(choice, run=now).describe()
    if not follows_best or now.best is None or now.best.epoch == choice.epoch:
        return text
    return (
        f"{text}. That epoch was the best one when the round began; epoch {now.best.epoch} is "
        "better now, and the next round is about the best epoch then."
    )
