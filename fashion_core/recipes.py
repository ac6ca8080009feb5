"""Named settings: which fields of a `RunSpec` a recipe changes, and why, in one sentence."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from fashion_core.config import RunSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A set of settings to start from; every one of them can be changed afterwards.

    Attributes:
        name: Text to show and to ask for, for example "Best".
        explanation: What it is good for, in one sentence.
        overrides: Field of `RunSpec` -> value, for the fields that are not as specified.
    """

    name: str
    explanation: str
    overrides: Mapping[str, Any]

    def spec(self, **changes: Any) -> RunSpec:
        """Make the recipe's spec.

        Args:
            changes: Fields that are wanted otherwise, for example `seed=1`; they win.

        Raises:
            ValueError: if a field is unknown or a value is out of range.
        """
        return RunSpec.from_dict({**self.overrides, **changes})


def _recipe(name: str, explanation: str, **overrides: Any) -> Recipe:
    return Recipe(name=name, explanation=explanation, overrides=MappingProxyType(overrides))


AS_SPECIFIED: Final = _recipe(
    "As specified", "The specification to the letter: plain Adam for 30 epochs, nothing added."
)

# Chosen on validation images alone; the search and its figures are in benchmarks/results.
# Neither uses bfloat16, which is fast on few processors and very slow on all others.
BEST: Final = _recipe(
    "Best",
    "Everything that makes this network more accurate in 30 epochs, each three times as long.",
    conv_widths=(64, 128),
    batch_size=128,
    learning_rate=2e-3,
    schedule="one-cycle",
    weight_decay=0.01,
    label_smoothing=0.05,
    dropout=0.3,
    horizontal_flip=True,
    erase_probability=0.5,
    average_decay=0.998,
    mirror_average=True,
)
FAST: Final = _recipe(
    "Fast",
    "As accurate as the specification reports in as few seconds as possible: 7 short epochs.",
    epochs=7,
    batch_size=128,
    learning_rate=3e-3,
    schedule="one-cycle",
    dropout=0.2,
    fc_widths=(256, 128),
    horizontal_flip=True,
    average_decay=0.99,
    mirror_average=True,
)

RECIPES: Final = (AS_SPECIFIED, BEST, FAST)
"""In the order in which they are offered."""


def find_recipe(name: str) -> Recipe:
    """Give the recipe of a name, large and small letters alike.

    Raises:
        ValueError: if there is none.
    """
    for recipe in RECIPES:
        if recipe.name.casefold() == name.casefold():
            return recipe
    known = ", ".join(recipe.name for recipe in RECIPES)
    raise ValueError(f"Expected one of the recipes {known}, got {name!r}.")
