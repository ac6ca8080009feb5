"""What a study of a store has shown: its runs, and what they add up to for each learning rate."""

from dataclasses import dataclass

from fashion_core.analysis.study import RateResult, StudyRun, results_by_rate
from fashion_core.runs.records import RunSummary
from fashion_core.runs.store import RunStore
from fashion_core.runs.studies import Member, StudyPlan, find_members


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyResults:
    """What a study has shown at one moment.

    Attributes:
        members: Its runs, by learning rate, then seed.
        by_rate: What they add up to, rates ascending.
    """

    members: tuple[Member, ...]
    by_rate: tuple[RateResult, ...]

    @property
    def runs(self) -> tuple[RunSummary, ...]:
        """The runs that there are, by learning rate, then seed."""
        return tuple(member.run for member in self.members if member.run is not None)

    @property
    def active(self) -> tuple[RunSummary, ...]:
        """Those that wait or run."""
        return tuple(run for run in self.runs if run.is_active)


def read_results(store: RunStore, plan: StudyPlan) -> StudyResults:
    """Read what a study has shown.

    Raises:
        StoreError: if the store cannot be read.
    """
    found = find_members(plan, store.runs())
    members = tuple(sorted(found, key=lambda m: (m.spec.learning_rate, m.spec.seed)))
    by_rate = results_by_rate(_study_run(store, member) for member in members)
    return StudyResults(members=members, by_rate=by_rate)


def _study_run(store: RunStore, member: Member) -> StudyRun:
    run, spec = member.run, member.spec
    return StudyRun(
        learning_rate=spec.learning_rate,
        seed=spec.seed,
        history=store.run(run.run_id).history if run is not None and run.epochs_done else (),
        is_finished=run is not None and run.status == "finished",
        is_diverged=run is not None and run.status == "diverged",
    )
