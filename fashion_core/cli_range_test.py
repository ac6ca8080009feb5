"""A range test on the command line: computed with a bar on a terminal, told as a small table."""

import argparse
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final, TextIO

from fashion_core.analysis.formatting import number
from fashion_core.analysis.range_test import (
    describe_range_test,
    learning_rates,
    rate_text,
    smooth,
    until_broken,
)
from fashion_core.config import RunSpec
from fashion_core.engine.range_test import STEPS

_BAR_WIDTH: Final = 24
_CLEAR_LINE: Final = "\r\x1b[K"  # ECMA-48: carriage return, erase to the end of the line
_ROWS_PER_POWER: Final = 2  # of ten: 15 rows at most
_ROUNDING: Final = 1e-9  # the logarithm of 0.001 may be a little below -3


def add_range_test_options(parser: argparse.ArgumentParser) -> None:
    """Add what a range test is asked besides its settings."""
    parser.add_argument(
        "--steps",
        type=_steps,
        default=STEPS,
        metavar="N",
        help="steps from the lowest to the highest rate (default: %(default)s)",
    )
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write every step to a file")


def _steps(text: str) -> int:
    """Read a number of steps.

    Raises:
        argparse.ArgumentTypeError: with an expected-and-got sentence.
    """
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"Expected a whole number of steps, got {text!r}.")
    try:
        return len(learning_rates(int(text)))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def compute_range_test(
    spec: RunSpec, steps: int, stream: TextIO, data_dir: Path
) -> tuple[list[float], list[float]]:
    """Compute a range test in this thread.

    Args:
        spec: What is tested.
        steps: Steps from the lowest to the highest rate.
        stream: Where a bar is drawn if it is a terminal.
        data_dir: Folder that holds `FashionMNIST/raw`.

    Returns:
        Learning rate and loss in nats of every step taken.

    Raises:
        DataError: if the data set is missing or damaged.
        ValueError: if there are too few or too many steps.
    """
    # Imported here, not above: it takes seconds, and no other command may pay for it.
    from fashion_core.training.range_test import run_range_test  # noqa: PLC0415

    rates: list[float] = []
    losses: list[float] = []

    def take(rate: float, loss: float) -> None:
        rates.append(rate)
        losses.append(loss)
        if stream.isatty():
            _draw(stream, len(rates), steps, rate)

    run_range_test(spec, steps, take, lambda: False, data_dir=data_dir)
    if stream.isatty():
        stream.write(_CLEAR_LINE)
        stream.flush()
    return rates, losses


def describe(rates: Sequence[float], losses: Sequence[float], *, current: float) -> str:
    """Give the smoothed loss at every half power of ten, and what it says in a sentence.

    Args:
        rates: Learning rate of each step, rising.
        losses: Loss of each step in nats.
        current: The learning rate that was asked for.
    """
    sentence = describe_range_test(rates, losses, current=current)
    smoothed = smooth(until_broken(losses))
    lines = [f"{'learning rate':>13}  smoothed loss"]
    shown = None
    for rate, loss in zip(rates, smoothed, strict=False):  # a broken loss has no smoothed one
        half_power = math.floor(math.log10(rate) * _ROWS_PER_POWER + _ROUNDING)
        if half_power != shown:
            lines.append(f"{rate_text(rate):>13}  {number(loss):>13}")
        shown = half_power
    return "\n".join([*lines, "", sentence])


def as_csv(rates: Sequence[float], losses: Sequence[float]) -> str:
    """Give every step as a line: learning rate, loss, smoothed loss (empty where it broke)."""
    smoothed = [repr(loss) for loss in smooth(until_broken(losses)).tolist()]
    smoothed += [""] * (len(losses) - len(smoothed))
    rows = zip(rates, losses, smoothed, strict=True)
    lines = [f"{rate!r},{loss!r},{mean}" for rate, loss, mean in rows]
    return "\n".join(["learning_rate,loss,smoothed_loss", *lines, ""])


def _draw(stream: TextIO, step: int, steps: int, rate: float) -> None:
    filled = _BAR_WIDTH * step // steps
    bar = "#" * filled + "-" * (_BAR_WIDTH - filled)
    stream.write(f"{_CLEAR_LINE}step {step} of {steps} [{bar}] learning rate {rate_text(rate)}")
    stream.flush()
