"""Studies in the store: what a plan means, which runs are its own, what survives."""

import json
from dataclasses import replace

import pytest
from helpers import record, small_spec

from fashion_core.config import RunSpec
from fashion_core.errors import StoreError
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.store import RunStore
from fashion_core.runs.studies import (
    StudyPlan,
    describe_plan,
    find_members,
    is_settled,
    keep_study,
    read_studies,
)

PLAN = StudyPlan(spec=small_spec(epochs=5), learning_rates=(0.01, 0.001, 0.3), seeds=(4, 2))


def ended(store: RunStore, spec: RunSpec, state: str, epochs: int = 0) -> str:
    """Put a run into the store that ended in some way after some epochs."""
    run_id = store.create(spec)
    journal = RunJournal(store, run_id)
    journal.start()
    for epoch in range(1, epochs + 1):
        journal.epoch(record(epoch))
    journal.end(state, "")
    return run_id


def member_of(store: RunStore, spec: RunSpec) -> str | None:
    """Give the run that stands for a spec in the plan."""
    (member,) = [m for m in find_members(PLAN, store.runs()) if m.spec == spec]
    return member.run and member.run.run_id


# Plans


def test_a_plan_is_every_rate_with_every_seed_and_every_rate_comes_before_the_next_seed():
    pairs = [(spec.seed, spec.learning_rate) for spec in PLAN.specs]
    assert pairs == [(2, 0.001), (2, 0.01), (2, 0.3), (4, 0.001), (4, 0.01), (4, 0.3)]
    assert {replace(spec, seed=0, learning_rate=1.0) for spec in PLAN.specs} == {
        small_spec(epochs=5, learning_rate=1.0)
    }


def test_equal_plans_have_one_id_however_they_were_written():
    spec = small_spec(epochs=5, learning_rate=7.0, seed=9)  # neither of the two counts
    again = StudyPlan(spec=spec, learning_rates=(0.3, 0.01, 0.001, 0.3), seeds=(2, 4, 4))
    assert (again, again.study_id) == (PLAN, PLAN.study_id)
    whole = StudyPlan(spec=spec, learning_rates=(1,), seeds=(0,))
    assert whole.study_id == StudyPlan(spec=spec, learning_rates=(1.0,), seeds=(0,)).study_id


@pytest.mark.parametrize(
    "changes",
    [{"learning_rates": (0.01, 0.001)}, {"seeds": (2, 5)}, {"spec": small_spec(epochs=6)}],
)
def test_another_plan_has_another_id(changes):
    assert replace(PLAN, **changes).study_id != PLAN.study_id


@pytest.mark.parametrize(
    ("rates", "seeds", "expected"),
    [
        ((), (0,), "Choose at least one learning rate and one seed."),
        ((0.1,), (), "Choose at least one learning rate and one seed."),
        ((0.1, 0.0), (0,), "Expected a learning rate above 0"),
        ((0.1,), (0, -1), "Expected seed to be a whole number"),
        (tuple(range(1, 12)), tuple(range(10)), "Expected at most 100 runs in a study, got 110."),
    ],
)
def test_an_impossible_plan_is_refused_with_a_sentence(rates, seeds, expected):
    with pytest.raises(ValueError, match=expected):
        StudyPlan(spec=RunSpec(), learning_rates=rates, seeds=seeds)


def test_a_plan_names_its_range_and_what_differs_from_the_specification():
    assert describe_plan(PLAN).startswith("lr 0.001 to 0.3, 2 seeds, 5 epochs, conv 4/6")
    one = StudyPlan(spec=RunSpec(), learning_rates=(0.1,), seeds=(3,))
    assert describe_plan(one) == "lr 0.1, 1 seed, otherwise as specified"
    tiny = StudyPlan(spec=RunSpec(), learning_rates=(1e-5, 1e-3), seeds=(0,))
    assert describe_plan(tiny) == "lr 0.00001 to 0.001, 1 seed, otherwise as specified"


# What is kept


def test_a_study_survives_reopening(store):
    study = keep_study(store.root, PLAN, name="my\nstudy")
    assert study.name == "my study"
    assert read_studies(RunStore(store.root).root) == ((study,), ())


def test_studies_are_listed_newest_first(store, monkeypatch):
    seconds = iter([5.0, 3.0])
    monkeypatch.setattr("time.time", lambda: next(seconds))
    first, second = (keep_study(store.root, replace(PLAN, seeds=(seed,))) for seed in (1, 2))
    assert read_studies(store.root)[0] == (first, second)


def test_an_equal_study_kept_again_is_the_same_one(store):
    first = keep_study(store.root, PLAN, name="mine")
    assert keep_study(store.root, PLAN) == first
    assert keep_study(store.root, PLAN, name="ours") == replace(first, name="ours")
    assert len(read_studies(store.root)[0]) == 1


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"[]", b"{}", b'{"name": 1, "created": 2, "spec": {}}']
)
def test_a_damaged_study_is_named_and_hides_no_other(store, content):
    damaged = keep_study(store.root, PLAN)
    sound = keep_study(store.root, replace(PLAN, seeds=(1,)))
    (store.root / "studies" / f"{damaged.study_id}.json").write_bytes(content)
    studies, (problem,) = read_studies(store.root)
    assert studies == (sound,)
    assert problem.startswith(f"The study {damaged.study_id}.json cannot be read and is left out")
    assert keep_study(store.root, PLAN).plan == PLAN  # started again, it is back
    assert len(read_studies(store.root)[0]) == 2


def test_a_rebuilt_list_of_runs_keeps_studies_and_their_runs(store):
    keep_study(store.root, PLAN)
    run_id = ended(store, PLAN.specs[3], "finished", epochs=5)
    store.database.write_bytes(b"no database")
    reopened = RunStore(store.root)
    (study,), _ = read_studies(reopened.root)
    found = [member.run and member.run.run_id for member in find_members(study.plan, store.runs())]
    assert found == [None, None, None, run_id, None, None]


def test_the_folder_of_studies_is_no_run(store):
    keep_study(store.root, PLAN)
    store.database.unlink()
    assert RunStore(store.root).runs() == ()


def test_a_study_that_cannot_be_written_is_refused_with_a_sentence(store):
    (store.root / "studies").write_text("in the way")
    with pytest.raises(StoreError, match=r"^The study cannot be written to .*studies"):
        keep_study(store.root, PLAN)


# Whose runs


def test_runs_of_other_settings_are_not_of_the_study(store):
    store.create(replace(PLAN.specs[0], epochs=6))
    store.create(replace(PLAN.specs[0], seed=3))
    assert [member.run for member in find_members(PLAN, store.runs())] == [None] * 6


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (("finished", 5), ("stopped", 5)),
        (("diverged", 1), ("interrupted", 4)),
        (("stopped", 3), ("failed", 2)),
    ],
)
def test_the_run_that_tells_most_stands_for_its_spec(store, better, worse):
    spec = PLAN.specs[1]
    state = {"interrupted": "started"}
    first = ended(store, spec, state.get(better[0], better[0]), better[1])
    ended(store, spec, state.get(worse[0], worse[0]), worse[1])
    assert member_of(store, spec) == first


def test_a_finished_run_is_better_than_one_that_runs_and_that_than_one_that_stopped(store):
    spec = PLAN.specs[1]
    stopped = ended(store, spec, "stopped", 4)
    assert member_of(store, spec) == stopped
    waiting = store.create(spec)
    assert member_of(store, spec) == waiting
    assert member_of(store, spec) != ended(store, spec, "failed", 4)
    assert member_of(store, spec) == waiting
    finished = ended(store, spec, "finished", 5)
    store.create(spec)
    assert member_of(store, spec) == finished


def test_a_later_run_of_the_same_settings_takes_no_place_in_the_study(store):
    first = ended(store, PLAN.specs[0], "finished", 5)
    ended(store, PLAN.specs[0], "finished", 5)
    assert member_of(store, PLAN.specs[0]) == first
    waiting = store.create(PLAN.specs[1])
    store.create(PLAN.specs[1])
    assert member_of(store, PLAN.specs[1]) == waiting


def test_a_damaged_run_stands_for_nothing(store):
    """What it trains is not known; it is shown with the specification's settings."""
    plan = StudyPlan(spec=RunSpec(), learning_rates=(0.001,), seeds=(0,))
    run_id = store.create(RunSpec())
    spec = store.run_dir(run_id) / "spec.json"
    spec.write_text(json.dumps({}))
    store.database.unlink()
    (run,) = RunStore(store.root).runs()
    assert (run.status, run.spec) == ("damaged", RunSpec())
    assert find_members(plan, [run])[0].run is None


def test_only_a_run_that_finished_or_diverged_has_its_result(store):
    settled = {}
    for state in ("finished", "diverged", "stopped", "failed"):
        settled[state] = is_settled(store.run(ended(store, PLAN.specs[0], state)))
    assert settled == {"finished": True, "diverged": True, "stopped": False, "failed": False}
    assert not is_settled(None)
