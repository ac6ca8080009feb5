"""Colours: the design's, the themes of the pages, readable, and safe for colour-blind people."""

import configparser
import itertools
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from fashion_core.classes import FAMILY
from fashion_core.figures import palette
from fashion_core.figures.palette import CLASS_COLOURS, DARK, LIGHT, Theme, with_opacity

THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
CONFIG = Path(__file__).parents[1] / ".streamlit" / "config.toml"

# Severity 1.0, linear RGB (Machado, Oliveira and Fernandes 2009, table 1).
VISION = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}
SMALLEST_DISTANCE = 0.10
"""In OKLab; about five times what can just be told apart side by side."""


def linear(colour: str) -> npt.NDArray[np.float64]:
    """Give linear RGB in [0, 1] of "#RRGGBB"."""
    values = np.array([int(colour[start : start + 2], 16) for start in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(first: str, second: str) -> float:
    """Give the contrast ratio of WCAG 2.2, from 1 to 21."""
    light = sorted(linear(colour) @ [0.2126, 0.7152, 0.0722] + 0.05 for colour in (first, second))
    return float(light[1] / light[0])


def oklab(rgb: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Give OKLab of linear RGB (bottosson.github.io/posts/oklab)."""
    cones = np.cbrt(
        np.array(
            [
                [0.4122214708, 0.5363325363, 0.0514459929],
                [0.2119034982, 0.6806995451, 0.1073969566],
                [0.0883024619, 0.2817188376, 0.6299787005],
            ]
        )
        @ rgb
    )
    return (
        np.array(
            [
                [0.2104542553, 0.7936177850, -0.0040720468],
                [1.9779984951, -2.4285922050, 0.4505937099],
                [0.0259040371, 0.7827717662, -0.8086757660],
            ]
        )
        @ cones
    )


def theme_settings(name: str) -> dict[str, str]:
    """Read one theme of the pages; Python 3.10 has no TOML reader, and these lines need none."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign] # keeps capital letters
    parser.read(CONFIG, encoding="utf-8")
    return {key: value.strip('"') for key, value in parser[f"theme.{name}"].items()}


def test_contrast_agrees_with_the_published_extremes() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)


def test_the_colours_are_those_of_the_design() -> None:
    assert (palette.TRAIN, palette.VAL) == ("#0072B2", "#E69F00")
    assert (palette.RIGHT, palette.WRONG) == ("#009E73", "#D55E00")


@THEMES
def test_themes_match_the_configuration_of_the_pages(theme: Theme) -> None:
    config = theme_settings(theme.name)
    assert theme.text == config["textColor"]
    assert theme.background == config["backgroundColor"]
    assert theme.surface == config["secondaryBackgroundColor"]
    assert theme.grid == config["borderColor"]
    assert theme.accent == config["primaryColor"]


@THEMES
def test_text_is_readable_on_every_background(theme: Theme) -> None:
    """WCAG AA asks for 4.5."""
    for text, background in itertools.product(
        (theme.text, theme.muted), (theme.background, theme.surface)
    ):
        assert contrast(text, background) >= 4.5


@THEMES
def test_lines_and_bars_stand_out_from_the_background(theme: Theme) -> None:
    """WCAG asks for 3 for graphics; the light orange reaches 2 on white, and has a label."""
    for colour in (palette.TRAIN, palette.TEST, palette.RIGHT, palette.WRONG, theme.accent):
        assert contrast(colour, theme.background) >= 3
    assert contrast(palette.VAL, theme.background) >= 2


@THEMES
def test_class_colours_can_be_seen_on_the_background(theme: Theme) -> None:
    assert min(contrast(colour, theme.background) for colour in CLASS_COLOURS) >= 1.6


@pytest.mark.parametrize("vision", VISION)
def test_no_two_classes_look_the_same(vision: str) -> None:
    seen = [oklab(np.clip(VISION[vision] @ linear(c), 0, 1)) for c in CLASS_COLOURS]
    distances = [np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)]
    assert min(distances) >= SMALLEST_DISTANCE


def test_the_family_has_one_hue_that_no_other_class_has() -> None:
    hues = [float(np.degrees(np.arctan2(*oklab(linear(c))[:0:-1]))) % 360 for c in CLASS_COLOURS]
    family = [hues[label] for label in FAMILY]
    others = [hue for label, hue in enumerate(hues) if label not in FAMILY]
    centre = np.mean(family)
    assert max(family) - min(family) < 12
    assert min(min(abs(hue - centre), 360 - abs(hue - centre)) for hue in others) > 45


def test_the_family_is_told_apart_by_lightness() -> None:
    lightness = sorted(oklab(linear(CLASS_COLOURS[label]))[0] for label in FAMILY)
    assert np.diff(lightness).min() > 0.1


def test_with_opacity_writes_rgba() -> None:
    assert with_opacity("#0072B2", 0.5) == "rgba(0, 114, 178, 0.5)"


@pytest.mark.parametrize(("colour", "opacity"), [("blue", 0.5), ("#0072B2", 1.5)])
def test_with_opacity_refuses_what_it_cannot_write(colour: str, opacity: float) -> None:
    with pytest.raises(ValueError, match="Expected"):
        with_opacity(colour, opacity)
