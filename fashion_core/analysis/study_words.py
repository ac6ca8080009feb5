"""The choice of a learning rate in words: one sentence with its reason, and what to beware of."""

from collections.abc import Iterator, Sequence
from typing import Final

from fashion_core.analysis.formatting import decimal, number
from fashion_core.analysis.learning import GUESSING_LOSS
from fashion_core.analysis.study import RateChoice, RateResult, choose_rate
from fashion_core.history import best_epoch

_MAX_LEARNING_RATE: Final = 100.0  # of a run
_MOST_FURTHER: Final = 10.0  # times, as the specification's rates lie apart


def describe_choice(results: Sequence[RateResult]) -> str:
    """Say which learning rate is chosen and why.

    Args:
        results: Of all rates of the study, ascending.
    """
    choice = choose_rate(results)
    if choice is None:
        return "No epoch has finished yet: nothing can be said about any learning rate."
    best, compared = choice.best, sum(bool(result.losses) for result in results)
    if best.mean_loss > GUESSING_LOSS:
        return (
            f"No learning rate has learned anything: {rate(best)} comes lowest with a validation "
            f"loss of {number(best.mean_loss)}, and guessing among ten classes gives 2.30."
        )
    so_far = "So far learning rate" if _open_runs(results) else "Learning rate"
    reason = f"its validation loss of {number(best.mean_loss)} ({_measured(best)})"
    if compared == 1:
        return f"{so_far} {rate(best)}: {reason} is the only one there is."
    if choice.runner_up is None:
        return f"{so_far} {rate(best)}: {reason}; at every other rate a run diverged."
    gap = "equal to" if choice.gap == 0 else f"{number(choice.gap)} below"
    return f"{so_far} {rate(best)}: {reason} is the lowest, {gap} that of {rate(choice.runner_up)}."


def find_cautions(results: Sequence[RateResult]) -> tuple[str, ...]:
    """List what speaks against trusting the choice, in sentences; none before a choice.

    What compares rates is said when a run of each has ended.

    Args:
        results: Of all rates of the study, ascending.
    """
    choice = choose_rate(results)
    if choice is None:
        return ()
    cautions = [*_open(results), *_diverged(results, choice)]
    if all(result.is_tried for result in results) and choice.best.mean_loss <= GUESSING_LOSS:
        cautions += [*_noise(choice), *_edge(results, choice), *_still_falling(results)]
    return tuple(cautions)


def rate(result: RateResult) -> str:
    """Write a learning rate as the form does."""
    return decimal(result.learning_rate)


def _measured(result: RateResult) -> str:
    """Say what a mean loss is the mean of."""
    if len(result.losses) > 1:
        return f"mean of {len(result.losses)} seeds, each at its best epoch"
    bests = filter(None, (best_epoch(run.history) for run in result.runs))
    epoch = next(best.epoch for best in bests if best.val_loss == result.losses[0])
    return f"one seed, epoch {epoch}"


def _open_runs(results: Sequence[RateResult]) -> int:
    return sum(result.unfinished for result in results)


def _open(results: Sequence[RateResult]) -> Iterator[str]:
    if left := _open_runs(results):
        runs = sum(len(result.runs) for result in results)
        yield f"{left} of {runs} runs {_have(left)} not finished: the choice may still change."


def _diverged(results: Sequence[RateResult], choice: RateChoice) -> Iterator[str]:
    if choice.best.diverged:
        yield "At every rate a run diverged. Try smaller rates."
        return
    for result in results:
        if result.diverged:
            share = (
                f"{result.diverged} of {len(result.runs)} runs"
                if len(result.runs) > 1
                else "the run"
            )
            yield f"At {rate(result)}, {share} diverged: this rate is not chosen."


def _noise(choice: RateChoice) -> Iterator[str]:
    if choice.runner_up is None:
        return
    if min(len(choice.best.losses), len(choice.runner_up.losses)) == 1:
        add = " Add seeds." if len(choice.best.runs) == 1 else ""
        yield f"A single run cannot show chance: with another seed the order may be another.{add}"
    elif choice.noise > choice.gap:
        yield (
            f"Seeds of the same rate lie up to {number(choice.noise)} apart, more than the gap of "
            f"{number(choice.gap)} to {rate(choice.runner_up)}: these two cannot be told apart. "
            "More seeds would help."
        )


def _edge(results: Sequence[RateResult], choice: RateChoice) -> Iterator[str]:
    """Suggest one rate more where the best is the last that was tried."""
    best, rates = choice.best.learning_rate, [result.learning_rate for result in results]
    if len(rates) < 2:
        return
    if best == rates[-1]:
        further, word = best * min(best / rates[-2], _MOST_FURTHER), "largest"
    elif best == rates[0]:
        further, word = best / min(rates[1] / best, _MOST_FURTHER), "smallest"
    else:
        return
    if further <= _MAX_LEARNING_RATE:
        yield (
            f"{decimal(best)} is the {word} rate tried: the best may lie beyond. "
            f"Try {decimal(float(f'{further:.2g}'))}, too."
        )


def _still_falling(results: Sequence[RateResult]) -> Iterator[str]:
    names = [rate(result) for result in results if _falls_to_the_end(result)]
    if names:
        yield (
            f"At {' and '.join(names)} the loss was still falling in the last epoch: more epochs "
            "may change the order."
        )


def _falls_to_the_end(result: RateResult) -> bool:
    """Tell whether every run has finished and was best in its last of several epochs."""
    bests = [best_epoch(run.history) for run in result.runs if run.is_finished]
    return len(bests) == len(result.runs) and all(
        best is not None and best.epoch == len(run.history) > 1
        for best, run in zip(bests, result.runs, strict=True)
    )


def _have(number_of_runs: int) -> str:
    return "has" if number_of_runs == 1 else "have"
