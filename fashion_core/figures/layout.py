"""What all figures share: font, transparent background, quiet axes, no zooming by accident."""

from typing import Any, Final

from plotly import graph_objects as go

from fashion_core.analysis.formatting import percent
from fashion_core.figures.palette import Theme

FONT_FAMILY: Final = '"Source Sans", "Source Sans Pro", sans-serif'
"""The font of the pages around the figure, with the reader's own as the fallback."""

FONT_SIZE: Final = 13
SMALL_FONT_SIZE: Final = 12

_TICK_STEPS: Final = (1, 2, 5, 10, 20, 50, 100)
_MAX_TICKS: Final = 8  # as many two-digit numbers as fit below a figure of 350 pixels


def empty_figure(theme: Theme, *, height: int, margin: dict[str, int]) -> go.Figure:
    """Give a figure without traces in the house look.

    Args:
        theme: The theme it is drawn for.
        height: Height in pixels; the width is the page's.
        margin: Pixels around the plot area, keys l, r, t and b.
    """
    figure = go.Figure()
    figure.update_layout(
        template="none",
        height=height,
        margin={**margin, "pad": 0},
        autosize=True,
        paper_bgcolor="rgba(0, 0, 0, 0)",
        plot_bgcolor="rgba(0, 0, 0, 0)",
        font={"family": FONT_FAMILY, "size": FONT_SIZE, "color": theme.text},
        hoverlabel={
            "bgcolor": theme.surface,
            "bordercolor": theme.grid,
            "font": {"family": FONT_FAMILY, "size": FONT_SIZE, "color": theme.text},
        },
        dragmode=False,
    )
    return figure


def axis(theme: Theme, **options: Any) -> dict[str, Any]:
    """Give a quiet axis: thin grid, muted ticks, no zero line, fixed range."""
    return {
        "gridcolor": theme.grid,
        "gridwidth": 1,
        "zeroline": False,
        "showline": False,
        "ticks": "",
        "fixedrange": True,
        "automargin": False,
        "tickfont": {"color": theme.muted, "size": SMALL_FONT_SIZE},
        **options,
    }


def epoch_axis(theme: Theme, last_epoch: int, **options: Any) -> dict[str, Any]:
    """Give the x axis of curves over epochs: all of 1 to the last, round ticks, a base line."""
    return axis(
        theme,
        title=axis_title(theme, "epoch"),
        range=[0.5, last_epoch + 0.5],
        tickvals=_epoch_ticks(last_epoch),
        showgrid=False,
        showline=True,
        linecolor=theme.grid,
        **options,
    )


def _epoch_ticks(last_epoch: int) -> list[int]:
    """Give 1, the multiples of a round step, and nothing between them."""
    step = next((s for s in _TICK_STEPS if last_epoch / s <= _MAX_TICKS), last_epoch)
    return sorted({1, *range(step, last_epoch + 1, step)})


def share_ticks(*shares: float) -> dict[str, list[Any]]:
    """Give the ticks of an axis of shares in [0, 1], written as the pages write them: "50 %"."""
    return {"tickvals": [*shares], "ticktext": [percent(each, decimals=0) for each in shares]}


def axis_title(theme: Theme, text: str) -> dict[str, Any]:
    """Give the title of an axis, close to its ticks."""
    return {"text": text, "standoff": 6, "font": {"color": theme.muted, "size": FONT_SIZE}}


def horizontal_legend(theme: Theme) -> dict[str, Any]:
    """Give a legend in one row along the upper edge; a click on it hides nothing."""
    return {
        "orientation": "h",
        "x": 0,
        "xanchor": "left",
        "y": 1,
        "yref": "container",
        "yanchor": "top",
        "bgcolor": "rgba(0, 0, 0, 0)",
        "font": {"color": theme.text, "size": FONT_SIZE},
        "itemclick": False,
        "itemdoubleclick": False,
    }
