"""Where errors end: the visitor gets a sentence, the log the details."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from typing import Final, ParamSpec

import streamlit as st

from fashion_core.errors import DamagedFileError, FashionError
from pages.ui import services
from pages.ui.literal import literal

_LOG: Final = logging.getLogger(__name__)
_ICON: Final = ":material/error:"
_Arguments = ParamSpec("_Arguments")


@contextmanager
def errors_in_words(name: str) -> Iterator[None]:
    """Draw a sentence instead of what goes wrong inside.

    Args:
        name: What is drawn, for the log.
    """
    try:
        yield
    except DamagedFileError as error:
        sentence = literal(with_numbers(str(error)))
        st.error(f"{sentence} Choose another epoch or run in the sidebar.", icon=_ICON)
    except FashionError as error:
        st.error(literal(str(error)), icon=_ICON)
    except Exception:  # noqa: BLE001 - page boundary
        _LOG.exception("%s could not be drawn.", name)
        st.error(
            "This page could not be drawn. Your runs are safe. Reload the page; if it stays, "
            "the details are in the terminal where the dashboard was started.",
            icon=_ICON,
        )


def with_numbers(text: str) -> str:
    """Name runs by the numbers that visitors know instead of by their ids."""
    with suppress(FashionError):  # the list itself may be what cannot be read
        for run in services.store().runs():
            text = text.replace(run.run_id, f"run {run.number}")
    return text


def part(
    draw: Callable[_Arguments, None], *, run_every: float | None = None
) -> Callable[_Arguments, None]:
    """Make a part of a page that is drawn again by itself: `st.fragment` with a boundary.

    Streamlit reports what goes wrong in a fragment there, and never to whoever called it.

    Args:
        draw: Draws the part.
        run_every: Seconds until it is drawn again; None: only when one of its widgets is used.
    """

    @wraps(draw)
    def guarded(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> None:
        with errors_in_words(draw.__qualname__):
            draw(*args, **kwargs)

    return st.fragment(guarded, run_every=run_every)
