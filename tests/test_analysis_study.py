"""The choice of a learning rate: hand-computed, with ties, divergence, one seed, no result yet."""

import math

import pytest
from helpers import record

from fashion_core.analysis.study import RateResult, StudyRun, choose_rate, results_by_rate
from fashion_core.analysis.study_words import describe_choice, find_cautions


def run(rate: float, seed: int, *losses: float, state: str = "finished") -> StudyRun:
    """Give a run with these validation losses, epoch by epoch."""
    return StudyRun(
        learning_rate=rate,
        seed=seed,
        history=tuple(record(epoch, loss) for epoch, loss in enumerate(losses, start=1)),
        is_finished=state == "finished",
        is_diverged=state == "diverged",
    )


STUDY = results_by_rate([
    run(0.01, 1, 0.75, 0.5, 0.875),
    run(0.001, 1, 0.5, 0.3125, 0.625),
    run(0.0001, 0, 0.75, 0.5, 0.625),
    run(0.001, 0, 0.5, 0.25, 0.375),
    run(0.0001, 1, 0.75, 0.375, 0.5),
    run(0.01, 0, 0.75, 0.4375, 0.5),
])  # fmt: skip
"""Means of the lowest losses: 0.4375, 0.28125, 0.46875; spreads: 0.125, 0.0625, 0.0625."""


def chosen(results: tuple[RateResult, ...]) -> tuple[float, float | None]:
    choice = choose_rate(results)
    return choice.best.learning_rate, choice.runner_up and choice.runner_up.learning_rate


def cautions(*runs: StudyRun) -> str:
    return "\n".join(find_cautions(results_by_rate(runs)))


# Results


def test_results_are_by_rate_and_seed_ascending():
    assert [result.learning_rate for result in STUDY] == [0.0001, 0.001, 0.01]
    assert [r.losses for r in STUDY] == [(0.5, 0.375), (0.25, 0.3125), (0.4375, 0.5)]
    assert [r.mean_loss for r in STUDY] == [0.4375, 0.28125, 0.46875]
    assert [r.spread for r in STUDY] == [0.125, 0.0625, 0.0625]


def test_a_run_counts_with_its_best_epoch_not_its_last():
    assert run(0.1, 0, 0.5, 0.25, 2.5).best_loss == 0.25
    assert run(0.1, 0, 0.5, math.nan).best_loss == 0.5
    assert run(0.1, 0).best_loss is None


def test_a_rate_without_an_epoch_has_no_mean():
    (result,) = results_by_rate([run(0.1, 0, state="waiting")])
    assert math.isnan(result.mean_loss)
    assert (result.losses, result.spread, result.unfinished) == ((), 0.0, 1)


def test_a_seed_that_goes_on_does_not_count_beside_one_that_has_ended():
    """Else the rate whose second seed has just begun would look bad, and spread wide."""
    (result,) = results_by_rate([run(0.1, 0, 0.25), run(0.1, 1, 0.75, state="running")])
    assert (result.losses, result.spread, result.unfinished) == ((0.25,), 0.0, 1)
    assert "0.250 (one seed, epoch 1)" in describe_choice((result,))


def test_as_long_as_no_seed_has_ended_all_count():
    running = [run(0.1, 0, 0.5, state="running"), run(0.1, 1, 0.75, state="running")]
    (result,) = results_by_rate(running)
    assert (result.losses, result.is_tried) == ((0.5, 0.75), False)


# Choice


def test_the_lowest_mean_is_chosen_and_the_gap_is_to_the_next():
    choice = choose_rate(STUDY)
    assert chosen(STUDY) == (0.001, 0.0001)
    assert (choice.gap, choice.noise) == (0.15625, 0.125)


def test_the_mean_decides_not_the_luckiest_seed():
    lucky = [run(0.1, 0, 0.125), run(0.1, 1, 0.75), run(0.2, 0, 0.375), run(0.2, 1, 0.25)]
    assert chosen(results_by_rate(lucky)) == (0.2, 0.1)


def test_on_a_tie_the_smaller_rate_is_chosen():
    tied = results_by_rate([run(0.2, 0, 0.5), run(0.1, 0, 0.5)])
    assert chosen(tied) == (0.1, 0.2)
    assert "is the lowest, equal to that of 0.2." in describe_choice(tied)


def test_a_rate_at_which_a_run_diverged_is_not_chosen():
    runs = [run(0.1, 0, 0.125), run(0.1, 1, 0.125, state="diverged"), run(0.2, 0, 0.5)]
    assert chosen(results_by_rate(runs)) == (0.2, None)
    assert describe_choice(results_by_rate(runs)) == (
        "Learning rate 0.2: its validation loss of 0.500 (one seed, epoch 1); at every other rate "
        "a run diverged."
    )


def test_where_every_rate_diverged_the_lowest_is_named_with_a_warning():
    runs = [run(0.1, 0, 0.5, state="diverged"), run(0.2, 0, 0.25, state="diverged")]
    assert chosen(results_by_rate(runs)) == (0.2, 0.1)
    assert "At every rate a run diverged. Try smaller rates." in cautions(*runs)


@pytest.mark.parametrize("runs", [[], [run(0.1, 0), run(0.2, 0, state="diverged")]])
def test_without_an_epoch_there_is_no_choice(runs):
    results = results_by_rate(runs)
    assert choose_rate(results) is None
    assert describe_choice(results).startswith("No epoch has finished yet")
    assert find_cautions(results) == ()


# In words


def test_the_sentence_names_rate_loss_seeds_and_gap():
    assert describe_choice(STUDY) == (
        "Learning rate 0.001: its validation loss of 0.281 (mean of 2 seeds, each at its best "
        "epoch) is the lowest, 0.156 below that of 0.0001."
    )


def test_while_runs_go_on_the_sentence_is_of_now():
    runs = [run(0.1, 0, 0.5, 0.25), run(0.2, 0, 0.75, state="running")]
    assert describe_choice(results_by_rate(runs)) == (
        "So far learning rate 0.1: its validation loss of 0.250 (one seed, epoch 2) is the lowest, "
        "0.500 below that of 0.2."
    )
    assert "1 of 2 runs has not finished: the choice may still change." in cautions(*runs)


def test_a_single_rate_is_not_called_the_lowest():
    assert describe_choice(results_by_rate([run(0.1, 0, 0.5)])) == (
        "Learning rate 0.1: its validation loss of 0.500 (one seed, epoch 1) is the only one "
        "there is."
    )
    assert cautions(run(0.1, 0, 0.5)) == ""


def test_a_rate_that_only_guesses_is_not_praised():
    results = results_by_rate([run(0.1, 0, 2.3), run(10.0, 0, 2.31)])
    assert describe_choice(results).startswith("No learning rate has learned anything: 0.1 comes")
    assert find_cautions(results) == ()


def test_seeds_further_apart_than_the_gap_are_a_caution():
    close = [run(0.1, 0, 0.5), run(0.1, 1, 0.25), run(0.2, 0, 0.5), run(0.2, 1, 0.375)]
    assert (
        "Seeds of the same rate lie up to 0.250 apart, more than the gap of 0.0625 to 0.2: these "
        "two cannot be told apart." in cautions(*close)
    )
    assert "told apart" not in "".join(find_cautions(STUDY))


def test_one_seed_is_a_caution():
    assert "A single run cannot show chance" in cautions(run(0.1, 0, 0.5), run(0.2, 0, 0.25))
    assert "A single run" not in "".join(find_cautions(STUDY))


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        ((0.5, 0.375, 0.25), "0.1 is the largest rate tried: the best may lie beyond. Try 0.5, "),
        ((0.25, 0.375, 0.5), "0.001 is the smallest rate tried: the best may lie beyond. Try 0.0"),
    ],
)
def test_the_best_at_an_edge_is_a_caution(losses, expected):
    rates = (0.001, 0.02, 0.1)
    assert expected in cautions(*(run(r, 0, loss) for r, loss in zip(rates, losses, strict=True)))


@pytest.mark.parametrize(
    ("rates", "further"),
    [((0.02, 0.1), 0.5), ((0.001, 0.1), 1), ((0.1, 0.02), 0.004), ((0.1, 0.001), 0.0001)],
)
def test_one_rate_further_is_suggested_as_far_as_the_neighbour_at_most_ten_times(rates, further):
    worse, best = rates
    assert f"Try {further:g}, too." in cautions(run(worse, 0, 0.5), run(best, 0, 0.25))


def test_the_best_in_the_middle_suggests_nothing():
    assert "rate tried" not in "".join(find_cautions(STUDY))


def test_a_rate_that_diverged_beyond_the_best_is_no_edge():
    said = cautions(run(0.01, 0, 0.5), run(0.1, 0, 0.25), run(1.0, 0, state="diverged"))
    assert "rate tried" not in said
    assert "At 1, the run diverged: this rate is not chosen." in said


def test_no_rate_above_the_largest_possible_is_suggested():
    assert "rate tried" not in cautions(run(5.0, 0, 0.5), run(50.0, 0, 0.25))


def test_a_loss_that_still_falls_is_a_caution():
    runs = [run(0.1, 0, 0.75, 0.5), run(0.2, 0, 0.25, 0.375), run(0.3, 0, 0.5, 0.375)]
    assert "At 0.1 and 0.3 the loss was still falling in the last epoch" in cautions(*runs)
    assert "still falling" not in cautions(run(0.1, 0, 0.5), run(0.2, 0, 0.25))  # one epoch only


def test_one_of_two_diverged_runs_is_counted():
    said = cautions(run(0.1, 0, 0.5, state="diverged"), run(0.1, 1, 0.5), run(0.2, 0, 0.75))
    assert "At 0.1, 1 of 2 runs diverged: this rate is not chosen." in said


def test_before_every_rate_was_tried_nothing_is_said_that_compares_them():
    waiting = run(0.3, 0, state="waiting")
    assert cautions(run(0.1, 0, 0.25), run(0.2, 0, 0.5), waiting) == (
        "1 of 3 runs has not finished: the choice may still change."
    )


def test_a_seed_that_is_still_to_come_need_not_be_added():
    said = cautions(run(0.1, 0, 0.25), run(0.1, 1, state="waiting"), run(0.2, 0, 0.5))
    assert "with another seed the order may be another." in said
    assert "Add seeds" not in said
