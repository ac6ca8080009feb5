"""Learning-rate studies: which runs belong together, kept in a small file each.

    studies/s-<16 hexadecimal digits>.json    name, created, spec, learning_rates, seeds

A run is a pure function of its spec, so a study needs no list of runs: its runs are those of its
specs, whenever and wherever they were computed. A run that was there before counts as done, one
run may belong to several studies, and nothing is lost with the database.
"""

import json
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any, Final

from fashion_core.analysis.formatting import decimal
from fashion_core.config import RunSpec
from fashion_core.errors import DamagedFileError, StoreError
from fashion_core.files import sha256, write_atomically
from fashion_core.runs.names import clean_name
from fashion_core.runs.records import ACTIVE, RunSummary, describe_spec

MAX_RUNS: Final = 100
"""Of one study; keeps a typing error from filling the queue for weeks."""

_FOLDER: Final = "studies"  # shorter than any run id, so that it is taken for no run
_DEFAULT: Final = RunSpec()


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyPlan:
    """What a study compares: every learning rate with every seed, all else equal.

    Attributes:
        spec: All other settings; its own learning rate and seed do not count.
        learning_rates: Ascending, each once.
        seeds: Ascending, each once.

    Raises:
        ValueError: with a sentence, if a value is out of range or there are no or too many runs.
    """

    spec: RunSpec
    learning_rates: tuple[float, ...]
    seeds: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.learning_rates or not self.seeds:
            raise ValueError("Choose at least one learning rate and one seed.")
        # The spec checks the values; what it makes of them is kept, so that equal plans are equal.
        neutral = replace(self.spec, learning_rate=_DEFAULT.learning_rate, seed=_DEFAULT.seed)
        rates = {replace(neutral, learning_rate=rate).learning_rate for rate in self.learning_rates}
        seeds = {replace(neutral, seed=seed).seed for seed in self.seeds}
        object.__setattr__(self, "spec", neutral)
        object.__setattr__(self, "learning_rates", tuple(sorted(rates)))
        object.__setattr__(self, "seeds", tuple(sorted(seeds)))
        runs = len(self.learning_rates) * len(self.seeds)
        if runs > MAX_RUNS:
            raise ValueError(f"Expected at most {MAX_RUNS} runs in a study, got {runs}.")

    @property
    def specs(self) -> tuple[RunSpec, ...]:
        """The runs, in the order they are computed: every rate once before the next seed."""
        return tuple(
            replace(self.spec, learning_rate=rate, seed=seed)
            for seed, rate in product(self.seeds, self.learning_rates)
        )

    @property
    def study_id(self) -> str:
        """The same for equal plans, so that starting one twice makes one study."""
        return f"s-{sha256(json.dumps(self.to_dict(), sort_keys=True).encode())[:16]}"

    def to_dict(self) -> dict[str, Any]:
        """Give the plan as plain JSON types."""
        return {
            "spec": self.spec.to_dict(),
            "learning_rates": list(self.learning_rates),
            "seeds": list(self.seeds),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "StudyPlan":
        """Make a plan from plain JSON types.

        Raises:
            KeyError: if a field is missing.
            TypeError: if a field is not of its type.
            ValueError: if a value is out of range.
        """
        return cls(
            spec=RunSpec.from_dict(values["spec"]),
            learning_rates=tuple(values["learning_rates"]),
            seeds=tuple(values["seeds"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A study of a store.

    Attributes:
        study_id: Made from the plan.
        name: Text to show.
        created: When it was made, seconds since 1970, for display and order only.
        plan: What it compares.
    """

    study_id: str
    name: str
    created: float
    plan: StudyPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One run of a study: its spec, and the run of that spec that tells most, if there is one."""

    spec: RunSpec
    run: RunSummary | None


def describe_plan(plan: StudyPlan) -> str:
    """Name a study by its range of learning rates and what differs from the specification."""
    rates = [decimal(rate) for rate in plan.learning_rates]
    shown = f"lr {rates[0]}" if len(rates) == 1 else f"lr {rates[0]} to {rates[-1]}"
    seeds = "1 seed" if len(plan.seeds) == 1 else f"{len(plan.seeds)} seeds"
    # Without the learning rate; one of the spec itself means nothing in a study.
    rest = describe_spec(plan.spec).partition(", ")[2] or "otherwise as specified"
    return f"{shown}, {seeds}, {rest}"


def keep_study(root: Path, plan: StudyPlan, *, name: str = "") -> Study:
    """Write down a study; one of an equal plan is left as it is, except for a new name.

    Args:
        root: Folder of the run store.
        plan: What it compares.
        name: Text to show; empty names it by its plan.

    Raises:
        StoreError: if it cannot be written.
    """
    path = root / _FOLDER / f"{plan.study_id}.json"
    named, created = describe_plan(plan), time.time()
    with suppress(DamagedFileError):  # there is none yet, or one to be replaced
        before = _read(path)
        named, created = before.name, before.created
    named = clean_name(name) or named
    study = Study(study_id=plan.study_id, name=named, created=created, plan=plan)
    content = {"name": named, "created": created} | plan.to_dict()
    try:
        path.parent.mkdir(exist_ok=True)
        write_atomically(path, json.dumps(content, indent=2).encode())
    except OSError as error:
        raise StoreError(
            f"The study cannot be written to {path.parent} ({error.strerror}). "
            "See that the folder is writable and the disk has room, then start again."
        ) from error
    return study


def read_studies(root: Path) -> tuple[tuple[Study, ...], tuple[str, ...]]:
    """Give the studies of a store, newest first, and a sentence for each that is damaged."""
    studies, problems = [], []
    for path in sorted((root / _FOLDER).glob("s-*.json")):
        try:
            studies.append(_read(path))
        except DamagedFileError as error:
            problems.append(str(error))
    studies.sort(key=lambda study: (study.created, study.study_id), reverse=True)
    return tuple(studies), tuple(problems)


def find_members(plan: StudyPlan, runs: Sequence[RunSummary]) -> tuple[Member, ...]:
    """Find the run of each spec of a study, in the order of the plan.

    Equal runs have equal results, so the one that is furthest is taken: ended for good, else
    waiting or running, else the one with the most epochs; the oldest of equals, so that a later run
    takes no place of one that the study trained or found.
    """
    found: dict[RunSpec, list[RunSummary]] = {spec: [] for spec in plan.specs}
    for run in runs:
        if run.status != "damaged" and run.spec in found:
            found[run.spec].append(run)
    return tuple(
        Member(spec=spec, run=max(equal, key=_progress, default=None))
        for spec, equal in found.items()
    )


def is_settled(run: RunSummary | None) -> bool:
    """Tell whether a run has given its result: it finished, or it diverged and always will."""
    return run is not None and run.status in {"finished", "diverged"}


def _progress(run: RunSummary) -> tuple[bool, bool, int, int]:
    return is_settled(run), run.status in ACTIVE, run.epochs_done, -run.number


def _read(path: Path) -> Study:
    """Read a study.

    Raises:
        DamagedFileError: if its file cannot be read or has no sense.
    """
    try:
        values = json.loads(path.read_text())
        plan = StudyPlan.from_dict(values)
        name = clean_name(values["name"]) or describe_plan(plan)
        created = float(values["created"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedFileError(
            f"The study {path.name} cannot be read and is left out; its runs are kept. "
            "Start it again with the same settings to have it back."
        ) from error
    return Study(study_id=path.stem, name=name, created=created, plan=plan)
