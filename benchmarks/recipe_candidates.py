"""What the search for the recipes trains: rounds of candidates, each a few changed fields."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fashion_core.config import RunSpec
from fashion_core.recipes import AS_SPECIFIED, BEST, FAST

COMMON: Final[Mapping[str, Any]] = {
    "schedule": "one-cycle",
    "learning_rate": 2e-3,
    "batch_size": 128,
    "weight_decay": 0.01,
    "label_smoothing": 0.05,
    "horizontal_flip": True,
    "mirror_average": True,
    "average_decay": 0.998,
    "precision": "bfloat16",
}
"""Where every candidate starts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A spec but for its seed, and what it is called in the table."""

    name: str
    overrides: Mapping[str, Any]

    def spec(self, seed: int) -> RunSpec:
        """Make the spec of one seed."""
        return RunSpec.from_dict({**self.overrides, "seed": seed})


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Candidates that are compared with each other.

    Attributes:
        name: What the command line and the table call it.
        purpose: One sentence for the table.
        seeds: Every candidate is trained with each.
        candidates: In the order of training.
        shows_test: Whether the table may show test accuracy; nothing is chosen in such a round.
    """

    name: str
    purpose: str
    seeds: tuple[int, ...]
    candidates: tuple[Candidate, ...]
    shows_test: bool = False

    def specs(self) -> list[tuple[Candidate, RunSpec]]:
        """List everything to train, first all candidates with the first seed."""
        return [(c, c.spec(seed)) for seed in self.seeds for c in self.candidates]


def _candidate(name: str, **changes: Any) -> Candidate:
    return Candidate(name=name, overrides={**COMMON, **changes})


def _parts() -> tuple[Candidate, ...]:
    """List one change each, at a length at which a laptop can try many."""
    short = {"epochs": 12}
    erased = {"erase_probability": 0.5, "dropout": 0.3, **short}
    return (
        _candidate("common parts", **short),
        _candidate("no averaged weights", average_decay=0.0, **short),
        _candidate("no mirror average", mirror_average=False, **short),
        _candidate("no label smoothing", label_smoothing=0.0, **short),
        _candidate("float32", precision="float32", **short),
        _candidate("batch 64", batch_size=64, average_decay=0.999, **short),
        _candidate("dropout 0.3", dropout=0.3, **short),
        _candidate("erasing", erase_probability=0.5, **short),
        _candidate("erasing, dropout 0.3", **erased),
        _candidate("erasing, dropout 0.3, learning rate 4e-3", **erased | {"learning_rate": 4e-3}),
        _candidate("erasing, dropout 0.3, weight decay 0.1", **erased | {"weight_decay": 0.1}),
        _candidate("erasing, dropout 0.3, shifts", **erased, shift_pixels=1),
        _candidate("erasing, dropout 0.3, widths 32/128", **erased, conv_widths=(32, 128)),
        _candidate("erasing, dropout 0.3, widths 64/128", **erased, conv_widths=(64, 128)),
        _candidate("erasing, dropout 0.3, fc 1,024/256", **erased, fc_widths=(1_024, 256)),
    )


def _long() -> tuple[Candidate, ...]:
    """List what is left for the full length, at which regularisation pays."""
    erased = {"erase_probability": 0.5, "dropout": 0.3, "epochs": 30}
    wide = {**erased, "conv_widths": (64, 128)}
    return (
        _candidate("32/64, erasing, dropout 0.3", **erased),
        _candidate("32/128, erasing, dropout 0.3", **erased, conv_widths=(32, 128)),
        _candidate("64/128, erasing, dropout 0.3", **wide),
        _candidate("64/128, erasing, dropout 0.5", **wide | {"dropout": 0.5}),
        _candidate("64/128, erasing, dropout 0.3, shifts", **wide, shift_pixels=1),
        _candidate(
            "96/192, erasing, dropout 0.3",
            **erased,
            conv_widths=(96, 192),
            fc_widths=(512, 256),
        ),
    )


def _fast() -> tuple[Candidate, ...]:
    """List short trainings; averages of a few hundred steps only."""
    quick = {"weight_decay": 0.0, "average_decay": 0.99, "learning_rate": 3e-3, "dropout": 0.2}
    narrow = {**quick, "fc_widths": (256, 128)}
    return (
        *(_candidate(f"{n} epochs, fc 256/128", **narrow, epochs=n) for n in (4, 5, 6, 7)),
        _candidate("6 epochs", **quick, epochs=6),
        _candidate("6 epochs, dropout 0.5", **quick | {"dropout": 0.5}, epochs=6),
        _candidate("6 epochs, no label smoothing", **quick, label_smoothing=0.0, epochs=6),
        _candidate("6 epochs, no mirror average", **quick, mirror_average=False, epochs=6),
    )


def _final() -> tuple[Candidate, ...]:
    """List the recipes; in bfloat16, too, which saves a third of the time where it is fast."""
    rounded = {"precision": "bfloat16"}
    return (
        Candidate(name="Fast", overrides=FAST.overrides),
        Candidate(name="Fast, in bfloat16", overrides={**FAST.overrides, **rounded}),
        Candidate(name="Best, in bfloat16", overrides={**BEST.overrides, **rounded}),
        Candidate(name="Best", overrides=BEST.overrides),
        Candidate(name="As specified", overrides=AS_SPECIFIED.overrides),
    )


ROUNDS: Final = (
    Round(
        name="parts",
        purpose="What does each part bring in 12 epochs?",
        seeds=(0,),
        candidates=_parts(),
    ),
    Round(
        name="long",
        purpose="Which of the promising ones is best in 30 epochs?",
        seeds=(0, 1),
        candidates=_long(),
    ),
    Round(
        name="fast",
        purpose="How short may a training be?",
        seeds=(0, 1),
        candidates=_fast(),
    ),
    Round(
        name="final",
        purpose="What do the chosen recipes reach on the test images?",
        seeds=(0, 1, 2),
        candidates=_final(),
        shows_test=True,
    ),
)


def find_round(name: str) -> Round:
    """Give the round of a name.

    Raises:
        ValueError: if there is none.
    """
    for each in ROUNDS:
        if each.name == name:
            return each
    raise ValueError(f"Expected one of {', '.join(r.name for r in ROUNDS)}, got {name!r}.")
