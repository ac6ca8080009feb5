"""A figure on a page: drawn in the house look, saved as SVG, explained on demand."""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal

import streamlit as st
from plotly import graph_objects as go

from fashion_core.figures.palette import Theme
from pages.ui.theme import figure_theme

SelectionMode = Literal["points", "box", "lasso"]

_SAVED: Final = "The camera in the corner of the figure saves it as an SVG file."
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9]+")
_ALL_MODES: Final[tuple[SelectionMode, ...]] = ("points", "box", "lasso")


def draw_figure(  # noqa: PLR0913 - keyword-only, each a separate choice of the page
    figure: go.Figure,
    *,
    key: str,
    alt: str,
    explanation: str,
    says: str = "",
    on_select: Callable[[], None] | Literal["ignore"] = "ignore",
    selection_mode: Sequence[SelectionMode] = _ALL_MODES,
) -> Any:
    """Draw a figure with a button that saves it, and below it "What is this?".

    The button is Plotly's own: it works without a network and costs the server nothing. It is
    there while the pointer or the keyboard is on the figure.

    Args:
        figure: What to draw, for the visitor's theme; its background changes.
        key: Streamlit key, one per figure; also the name of the saved file.
        alt: What it shows, for those who cannot see it.
        explanation: A text of `pages.ui.explanations`, in Markdown.
        says: What it shows on this run, in a sentence, where the page does not say it elsewhere.
        on_select: Called, before the page runs again, when points were chosen in the figure.
        selection_mode: How they can be chosen.

    Returns:
        Streamlit's event with the chosen points; without `on_select` nothing of use.
    """
    with st.container(gap="xxsmall"):
        event = st.plotly_chart(
            on_page(figure, figure_theme()),
            key=key,
            theme=None,
            config=_config(key),
            on_select=on_select,
            selection_mode=tuple(selection_mode),
            alt=alt,
        )
        if says:  # below, so that figures side by side are level
            st.markdown(says)
        draw_explanation(f"{explanation}\n\n{_SAVED}", key=key)
    return event


def on_page(figure: go.Figure, theme: Theme) -> go.Figure:
    """Give the figure itself, with the background of the page, so that a saved one can be read.

    One that has it is left as it is: it may be shared by all who look.
    """
    if figure.layout.paper_bgcolor != theme.background:
        figure.update_layout(
            paper_bgcolor=theme.background,
            modebar={
                "bgcolor": theme.background,
                "color": theme.muted,
                "activecolor": theme.accent,
            },
        )
    return figure


def draw_explanation(text: str, *, key: str) -> None:
    """Draw the button that opens a text of `pages.ui.explanations`; it runs no script.

    Args:
        text: The text, in Markdown.
        key: Of what it explains.
    """
    with st.popover("What is this?", type="tertiary", key=f"about-{key}"):
        st.markdown(text)


def _config(key: str) -> dict[str, Any]:
    """Say which of Plotly's buttons are there; the size of a saved figure is the one shown."""
    return {
        "displayModeBar": "hover",
        "displaylogo": False,
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": {"format": "svg", "filename": file_stem(key)},
    }


def file_stem(key: str) -> str:
    """Give a file name without an ending: letters, digits and hyphens.

    Examples:
        "probabilities-T-shirt/top" gives "probabilities-T-shirt-top".
    """
    return _UNSAFE.sub("-", key).strip("-") or "figure"
