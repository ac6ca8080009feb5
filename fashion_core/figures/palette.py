"""The colours of every figure: one meaning each, safe for colour-blind people, two themes."""

from dataclasses import dataclass
from typing import Final

TRAIN: Final = "#0072B2"
VAL: Final = "#E69F00"
TEST: Final = "#7F8A94"
RIGHT: Final = "#009E73"
WRONG: Final = "#D55E00"
"""Okabe and Ito's colour-blind safe set (jfly.uni-koeln.de/color), with a grey for the test."""

CLASS_COLOURS: Final[tuple[str, ...]] = (
    "#A2C6FF",  # T-shirt/top
    "#A85E9A",  # Trouser
    "#619CFB",  # Pullover
    "#53D1AB",  # Dress
    "#024CB4",  # Coat
    "#F5BB05",  # Sandal
    "#3073DE",  # Shirt
    "#EF7409",  # Sneaker
    "#892F75",  # Bag
    "#C4332F",  # Ankle boot
)
"""One colour per label; blue in four lightnesses is the family that looks alike.

Found by a search for the largest smallest distance in OKLab between any two, as seen with
normal vision, protanopia and deuteranopia (Machado, Oliveira and Fernandes 2009), with contrast
to both backgrounds. Classes mixed up most (T-shirt/top and Shirt, Pullover and Coat) are two
lightness steps apart.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """Colours that depend on the background; equal to those of `.streamlit/config.toml`.

    Attributes:
        name: "light" or "dark".
        text: Titles, labels and values.
        muted: Axis ticks and notes; still readable text (WCAG AA).
        grid: Grid lines and axes.
        background: What the page behind a transparent figure looks like.
        surface: Background of panels and hover labels.
        accent: The one colour that is not data.
    """

    name: str
    text: str
    muted: str
    grid: str
    background: str
    surface: str
    accent: str


LIGHT: Final = Theme(
    name="light",
    text="#1B2733",
    muted="#566573",
    grid="#D8DEE4",
    background="#FFFFFF",
    surface="#F4F6F8",
    accent="#0B6E99",
)
DARK: Final = Theme(
    name="dark",
    text="#E4EAF0",
    muted="#9CAAB8",
    grid="#33404C",
    background="#12181F",
    surface="#1B242D",
    accent="#4DB6E2",
)


def with_opacity(colour: str, opacity: float) -> str:
    """Give "#0072B2" as "rgba(0, 114, 178, 0.5)".

    Raises:
        ValueError: if the colour is not of the form #RRGGBB or the opacity is outside [0, 1].
    """
    if len(colour) != 7 or not colour.startswith("#"):
        raise ValueError(f"Expected a colour like #0072B2, got {colour!r}.")
    if not 0 <= opacity <= 1:
        raise ValueError(f"Expected an opacity in [0, 1], got {opacity}.")
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {opacity:g})"
