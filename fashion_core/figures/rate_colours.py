"""One colour for each learning rate of a study, from small to large."""

from typing import Final

import numpy as np

from fashion_core.figures.palette import LIGHT, Theme

_ON_LIGHT: Final = ("#14206B", "#7A2A9B", "#CB3F72", "#E0760F")
_ON_DARK: Final = ("#6152E6", "#C0628C", "#F0985C", "#FCEB92")
"""Lightness grows along each, so that the order can be seen without seeing colours; at least 3:1
against the background. Four rates lie at least 0.11 apart in OKLab, also for protanopia and
deuteranopia (found and tested as `palette.CLASS_COLOURS`)."""


def rate_colours(count: int, theme: Theme) -> tuple[str, ...]:
    """Give colours for learning rates in ascending order; a single one gets the smallest's.

    Args:
        count: Number of rates, at least 0.
        theme: The theme they are drawn for.
    """
    anchors = _ON_LIGHT if theme == LIGHT else _ON_DARK
    known = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in anchors])  # (4, 3)
    places = np.linspace(0, len(anchors) - 1, count)
    rgb = np.stack([np.interp(places, range(len(anchors)), channel) for channel in known.T])
    return tuple("#{:02X}{:02X}{:02X}".format(*colour) for colour in rgb.T.round().astype(int))
