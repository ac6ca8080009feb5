"""Which pictures of a gallery are chosen, kept while pages, order and filters change.

What could go wrong, and what is done about it:

* A click is answered late: each has a turn, and the browser keeps its marks until the answer to
  its last click is there.
* A click arrives after its gallery became another: every choice has a token, and a click with
  another one is not heard.
* A picture that is chosen leaves the gallery: it does not count, and gets no tag, until it is back.
* The page is drawn again meanwhile, because of an epoch that ended or another widget: the choice
  lives in the session, and what the browser is sent is what it says already.
"""

import secrets
from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import streamlit as st

from pages.ui import services
from pages.ui.services import SplitName

_NOTHING: Final[frozenset[int]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What the session keeps of a choice: for which gallery, and the browser's last turn."""

    of: Hashable
    token: str
    turn: int = 0
    image_ids: frozenset[int] = _NOTHING


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Choosing:
    """A gallery whose pictures can be chosen, and which of them are.

    Attributes:
        key: Name of the gallery, one per gallery of a page.
        split: Which pictures they are.
        image_ids: All pictures of the gallery, those of all pages, integer of shape (M,).
        is_on: Whether a click chooses a picture; it opens it otherwise.
    """

    key: str
    split: SplitName
    image_ids: npt.NDArray[np.int64]
    is_on: bool

    @property
    def of(self) -> Hashable:
        """What makes it this gallery."""
        return self._kept().of

    @property
    def chosen(self) -> tuple[int, ...]:
        """The image ids that are chosen and in the gallery, the lowest first."""
        kept = self._kept().image_ids
        return tuple(sorted(kept & set(self.image_ids.tolist()))) if kept else ()

    def to_browser(self) -> dict[str, Any]:
        """Give what the gallery draws: nothing while a click opens a picture."""
        if not self.is_on:
            return {}
        kept = self._kept()
        return {"chosen": {"token": kept.token, "turn": kept.turn, "ids": list(self.chosen)}}

    def hear(self, said: object) -> None:
        """Take over what the browser says is chosen; a callback.

        Args:
            said: Token, turn and image ids; anything else, or of another gallery, changes nothing.
        """
        kept = self._kept()
        match said:
            case {"token": kept.token, "turn": int(turn), "ids": [*ids]}:
                gallery = set(self.image_ids.tolist())
                now = gallery & {each for each in ids if isinstance(each, int)}
                self._keep(replace(kept, turn=turn, image_ids=kept.image_ids - gallery | now))

    def clear(self) -> None:
        """Choose none; a callback. Clicks that are still on their way do not count."""
        self._keep(_Kept(of=self.of, token=secrets.token_hex(4)))

    def _kept(self) -> _Kept:
        kept: _Kept = st.session_state[_place(self.key)]
        return kept

    def _keep(self, kept: _Kept) -> None:
        st.session_state[_place(self.key)] = kept


def choosing(
    image_ids: npt.NDArray[np.int64], *, split: SplitName, key: str, of: Hashable
) -> Choosing | None:
    """Give the choice of a gallery; None for visitors who only watch, and where nothing is shown.

    Args:
        image_ids: Its pictures, all pages of them, integer of shape (M,).
        split: Which pictures they are.
        key: Name of the gallery, one per gallery of a page.
        of: What makes it this gallery, e.g. run and cell: another one begins with none chosen.
    """
    if services.is_read_only() or len(image_ids) == 0:
        return None
    kept: _Kept | None = st.session_state.get(_place(key))
    if kept is None or kept.of != (split, of):
        st.session_state[_place(key)] = _Kept(of=(split, of), token=secrets.token_hex(4))
    is_on = bool(st.session_state.get(_switch(key)))
    return Choosing(key=key, split=split, image_ids=image_ids, is_on=is_on)


def draw_switch(choosing: Choosing | None) -> None:
    """Draw the switch between opening and choosing; it makes no step of the back button."""
    if choosing is not None:
        st.toggle("Choose", key=_switch(choosing.key))


def _switch(key: str) -> str:
    return f"choose-{key}"


def _place(key: str) -> str:
    return f"chosen-pictures-{key}"
