"""What a study will cost: counted by hand, scaled by timed runs, put into words."""

import pytest
from helpers import small_spec

from benchmarks.counts import optimizer_bytes, step_flops
from fashion_core.config import RunSpec
from fashion_core.cost import (
    EpochCost,
    StudyCost,
    answer_seconds,
    describe_basis,
    describe_cost,
    estimate_epoch,
    estimate_study,
    reference_seconds,
    wall_seconds,
)
from fashion_core.runs.records import RunSummary
from fashion_core.runs.studies import Member

DEFAULT = RunSpec()


def timed(
    spec: RunSpec, epochs: int, seconds: float, number: int = 1, status: str = "finished"
) -> RunSummary:
    """Give a run with finished epochs."""
    return RunSummary(
        run_id=f"r-0000000{number}",
        name="",
        created=0.0,
        number=number,
        spec=spec,
        status=status,
        reason="",
        progress=None,
        epochs_done=epochs,
        seconds=seconds,
        best=None,
    )


# One epoch


def test_the_reference_is_the_measured_step_and_an_evaluation():
    """19.0 ms a step in `benchmarks/results/training.md`; an evaluation is a tenth of an epoch."""
    steps = 1_563 * 0.019
    assert reference_seconds(DEFAULT) == pytest.approx(steps * 1.1, rel=0.02)


def test_the_count_is_that_of_the_benchmark():
    """The difference of two sizes of training set is training alone."""
    spec = RunSpec(conv_widths=(7, 11), fc_widths=(100, 30), batch_size=20, train_images=2_000)
    more = RunSpec(conv_widths=(7, 11), fc_widths=(100, 30), batch_size=20, train_images=4_000)
    step = 0.002 + step_flops(spec) / 67e9 + optimizer_bytes(spec) / 37e9
    assert reference_seconds(more) - reference_seconds(spec) == pytest.approx(100 * step)


def test_two_threads_take_a_bit_less_time_than_one():
    assert reference_seconds(RunSpec(threads=2)) < reference_seconds(DEFAULT)
    assert reference_seconds(RunSpec(threads=2)) > reference_seconds(DEFAULT) / 1.2


def test_without_a_timed_run_the_reference_is_given():
    waiting = timed(DEFAULT, 0, 0.0)
    cost = estimate_epoch(DEFAULT, [waiting])
    assert cost == EpochCost(seconds=reference_seconds(DEFAULT), timed=(), is_same_network=False)
    assert describe_basis(cost) == (
        "Counted for a reference machine, 33 s an epoch: nothing was timed here yet."
    )


def test_an_equal_run_with_another_rate_seed_and_length_gives_its_own_time():
    run = timed(RunSpec(learning_rate=0.1, seed=5, epochs=9), 4, 200.0, number=7)
    cost = estimate_epoch(DEFAULT, [run])
    assert cost.seconds == pytest.approx(50.0)
    assert describe_basis(cost) == "Estimated from the epochs of run 7."


def test_runs_of_the_same_network_are_believed_before_others():
    other = timed(small_spec(), 1, 1_000.0, number=9)
    same = timed(DEFAULT, 10, 400.0, number=3)
    cost = estimate_epoch(DEFAULT, [other, same])
    assert (cost.seconds, cost.timed) == (pytest.approx(40.0), (3,))


def test_another_network_is_scaled_by_the_count():
    """Twice as slow as the reference there, so twice as slow here."""
    other = small_spec()
    run = timed(other, 3, 3 * 2 * reference_seconds(other), number=2)
    cost = estimate_epoch(DEFAULT, [run])
    assert cost.seconds == pytest.approx(2 * reference_seconds(DEFAULT))
    assert describe_basis(cost) == ("Estimated from the epochs of run 2, scaled to this network.")


def test_the_median_of_the_newest_five_is_taken():
    seconds = [30.0, 90.0, 40.0, 35.0, 60.0, 1_000.0, 1_000.0, 1_000.0]
    runs = [timed(DEFAULT, 1, s, number=20 - i) for i, s in enumerate(seconds)]
    cost = estimate_epoch(DEFAULT, runs)
    assert cost.seconds == pytest.approx(40.0)
    assert describe_basis(cost) == "Estimated from the epochs of runs 16, 17, 18, 19 and 20."


# Several runs


@pytest.mark.parametrize(
    ("jobs", "slots", "expected"),
    [
        ([], 2, 0.0),
        ([10.0, 20.0, 30.0], 1, 60.0),
        ([10.0, 20.0, 30.0], 2, 40.0 * 1.13),  # 10 and 30, beside 20
        ([30.0, 10.0, 20.0], 2, 30.0 * 1.13),
        ([10.0], 2, 10.0),  # nothing beside it
    ],
)
def test_each_run_begins_as_soon_as_there_is_room(jobs, slots, expected):
    assert wall_seconds(jobs, slots=slots, threads=1, cores=2) == pytest.approx(expected)


def test_more_threads_than_cores_gain_nothing():
    alone = wall_seconds([10.0] * 4, slots=1, threads=2, cores=2)
    assert wall_seconds([10.0] * 4, slots=2, threads=2, cores=2) >= alone == 40.0


def test_finished_epochs_and_settled_runs_are_not_counted_again():
    """Of four runs of 10 epochs, one is done, one diverged, one has 4 left, one all 10."""
    specs = [RunSpec(epochs=10, seed=seed) for seed in range(4)]
    runs = [
        timed(specs[0], 10, 500.0, number=1),
        timed(specs[1], 1, 50.0, number=2, status="diverged"),
        timed(specs[2], 6, 300.0, number=3, status="stopped"),
    ]
    members = [Member(spec=spec, run=run) for spec, run in zip(specs, [*runs, None], strict=True)]
    cost = estimate_study(members, runs, slots=1, cores=2)
    assert (cost.runs, cost.there) == (4, 2)
    assert cost.seconds == pytest.approx(50.0 * (4 + 10))


# In words


@pytest.mark.parametrize(
    ("runs", "there", "seconds", "slots", "expected"),
    [
        (8, 0, 2_460.0, 2, "8 runs, about 41 minutes, two at a time"),
        (8, 2, 2_460.0, 1, "6 runs, about 41 minutes, one at a time; 2 of 8 are there already"),
        (8, 7, 20.0, 2, "1 run, less than a minute; 7 of 8 are there already"),
        (8, 8, 0.0, 2, "8 runs, all there already"),
        (1, 0, 65.0, 2, "1 run, about a minute"),
        (12, 0, 7_800.0, 7, "12 runs, about 2 h 10 min, 7 at a time"),
    ],
)
def test_the_cost_is_said_before_anything_starts(runs, there, seconds, slots, expected):
    epoch = EpochCost(seconds=1.0, timed=(), is_same_network=False)
    cost = StudyCost(runs=runs, there=there, seconds=seconds, slots=slots, epoch=epoch)
    assert describe_cost(cost) == expected


def test_answers_to_worse_pictures_take_longer_for_a_wider_network_and_with_mirror_images():
    plain = answer_seconds(RunSpec(), pictures=300_000)
    assert plain == pytest.approx(141)
    mirrored = RunSpec(horizontal_flip=True, mirror_average=True)
    assert answer_seconds(mirrored, pictures=300_000) == pytest.approx(141 + 114)
    assert answer_seconds(RunSpec(conv_widths=(64, 128)), pictures=300_000) > 2 * plain
    assert answer_seconds(RunSpec(), pictures=3) == pytest.approx(plain / 100_000)
