"""What a visitor has answered in the round that is on screen."""

from dataclasses import dataclass, field, replace
from typing import Final

import streamlit as st

from fashion_core.runs.records import Run
from pages.ui.choice import BEST, Choice

_KEY: Final = "guess-answers"


@dataclass(slots=True, kw_only=True)
class Answers:
    """The answers of one round.

    Attributes:
        about: Which round of which run, epoch and split; another one starts anew.
        guesses: Class named for each picture so far.
        is_shown: Whether the last answered picture is still on screen, with what it is.
    """

    about: tuple[object, ...]
    guesses: list[int] = field(default_factory=list)
    is_shown: bool = False

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
    """Give the visitor's answers of a round, kept while other pages are looked at."""
    run_id = choice.run.run_id if choice.run else ""
    about = (run_id, choice.epoch, choice.split, number)
    kept = st.session_state.get(_KEY)
    if not isinstance(kept, Answers) or kept.about != about:
        kept = st.session_state[_KEY] = Answers(about=about)
    return kept


def describe_round(choice: Choice, now: Run) -> str:
    """Say what the round asks about; its epoch stays while the run goes on to better ones.

    Args:
        choice: What the visitor looked at when the page was drawn.
        now: The same run as it is now.
    """
    text = replace(choice, run=now).describe()
    is_followed = choice.is_best and st.session_state.get("epoch", BEST) == BEST
    if not is_followed or now.best is None or now.best.epoch == choice.epoch:
        return text
    return (
        f"{text}. That epoch was the best one when the round began; epoch {now.best.epoch} is "
        "better now, and the next round is about the best epoch then."
    )
