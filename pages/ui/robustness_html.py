"""The tables of the Robustness page as HTML: numbers always written, colour only beside them."""

import html
from collections.abc import Sequence

import streamlit as st

from fashion_core.figures.palette import RIGHT, WRONG, with_opacity

_STRONGEST = 0.6  # opacity at which the number in a cell is still read in both themes


def loss_colour(fraction_lost: float) -> str:
    """Give the background of a cell by the share of the right answers lost: none at 0 or below."""
    return _background(WRONG, fraction_lost)


def change_colour(difference: float, *, largest: float) -> str:
    """Give the background of a cell by a difference: better above 0, worse below."""
    if largest <= 0:
        return ""
    return _background(RIGHT if difference > 0 else WRONG, abs(difference) / largest)


def cell(content: str, *, style: str = "", kind: str = "number") -> str:
    """Give a cell; its content is HTML."""
    look = f' style="{style}"' if style else ""
    return f'<td class="{kind}"{look}>{content}</td>'


def head(name: str, note: str = "") -> str:
    """Give the head of a row, with a quiet note below its name."""
    small = f"<small>{html.escape(note)}</small>" if note else ""
    return f'<th scope="row">{html.escape(name)}{small}</th>'


def draw_table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Draw a table; where it is too wide it scrolls by itself.

    Args:
        caption: What it shows.
        columns: Heads of the columns, as text.
        rows: The cells of each row, as HTML; the first is made by `head`.
    """
    heads = "".join(f'<th scope="col">{html.escape(column)}</th>' for column in columns)
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    title = html.escape(caption)
    st.html(
        f'<div class="worse-wide" role="region" tabindex="0" aria-label="{title}">'
        f'<table class="worse"><caption>{title}</caption><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _background(colour: str, strength: float) -> str:
    opacity = round(_STRONGEST * min(max(strength, 0.0), 1.0), 3)
    return f"background:{with_opacity(colour, opacity)}" if opacity else ""
