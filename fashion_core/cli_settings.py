"""The options of the command line that set up a run: a recipe, and every field of `RunSpec`."""

import argparse
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Final

from fashion_core.config import RunSpec
from fashion_core.recipes import AS_SPECIFIED, RECIPES, find_recipe

_SPEC_HELP: Final = {
    "learning_rate": "step size of Adam",
    "epochs": "passes over the training pictures",
    "batch_size": "images per step",
    "seed": "start of all random generators of the run",
    "dropout": "share of hidden units switched off in each training step",
    "conv_widths": "channels of the two convolution blocks",
    "fc_widths": "units of the two fully connected blocks",
    "horizontal_flip": "mirror each training image half of the time",
    "train_images": "training pictures used",
    "threads": "CPU threads of one step; part of the settings, it changes the last bits",
    "schedule": "constant or one-cycle: how the learning rate moves during the run",
    "weight_decay": "how fast weights shrink",
    "label_smoothing": "share of the target spread over all classes, in training only",
    "shift_pixels": "move each training image by up to so many pixels",
    "erase_probability": "how likely a rectangle of a training image is blackened",
    "average_decay": "share that the running mean of the weights keeps in each step; 0 is off",
    "mirror_average": "average the answers on a picture and its mirror image",
    "precision": "float32, or bfloat16: faster with AVX512-BF16 processors, far slower with others",
}


def add_settings(parser: argparse.ArgumentParser, leave_out: Sequence[str] = ()) -> None:
    """Add the recipe, and an option for every field of `RunSpec` but a few that wins over it."""
    names = [recipe.name for recipe in RECIPES]
    parser.add_argument(
        "--recipe",
        default=AS_SPECIFIED.name,
        metavar="NAME",
        help=f"settings to start from: {', '.join(map(repr, names))} (default: %(default)s)",
    )
    for field in fields(RunSpec):
        if field.name in leave_out:
            continue
        option, default = f"--{field.name.replace('_', '-')}", field.default
        shown = " ".join(map(str, default)) if isinstance(default, tuple) else default
        text = f"{_SPEC_HELP[field.name]} (as specified: {shown})"
        # Suppressed: what was not asked for is left to the recipe.
        parser.add_argument(option, default=argparse.SUPPRESS, help=text, **_how(default))


def _how(default: Any) -> dict[str, Any]:
    """Say how argparse reads the option of a field, by the kind of its default."""
    if isinstance(default, bool):
        return {"action": argparse.BooleanOptionalAction}
    if isinstance(default, tuple):
        return {"type": type(default[0]), "nargs": len(default), "metavar": "N"}
    return {"type": type(default), "metavar": "NAME" if isinstance(default, str) else "N"}


def read_spec(parser: argparse.ArgumentParser, options: argparse.Namespace) -> RunSpec:
    """Make the spec that was asked for; exits with 2 and a sentence if there is none."""
    asked = vars(options)
    changes = {field.name: asked[field.name] for field in fields(RunSpec) if field.name in asked}
    try:
        return find_recipe(options.recipe).spec(**changes)
    except ValueError as error:
        parser.error(str(error))
