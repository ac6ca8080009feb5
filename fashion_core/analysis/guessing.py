"""Guess first: pictures that are hard for the network, for a person to name before it does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from fashion_core.analysis.formatting import count
from fashion_core.analysis.scores import PictureScores

ROUND_SIZE: Final = 20
_LARGEST_SEED: Final = 2**32


def choose_round(
    scores: PictureScores, *, number: int, size: int = ROUND_SIZE
) -> npt.NDArray[np.int64]:
    """Draw the pictures of a round, in the order in which they are asked.

    They come from all pictures that the network got wrong and equally many that it got right
    with the smallest margin. Of such a pool it names about half; who guesses cannot tell which.
    With fewer wrong pictures than half a round, close calls fill it up.

    Args:
        scores: One epoch of one split.
        number: Which round, from 1; the same number gives the same pictures.
        size: Pictures of a round; fewer if there are not as many.

    Returns:
        Positions into the rows of `scores`, int64 of shape (M,), M <= size, none twice.

    Raises:
        ValueError: if the number or the size is below 1, or the number above 4,294,967,295.
    """
    if not 1 <= number < _LARGEST_SEED:
        raise ValueError(f"Expected a round from 1 to {_LARGEST_SEED - 1:,}, got {number}.")
    if size < 1:
        raise ValueError(f"Expected at least 1 picture, got {size}.")
    pool = np.concatenate(_pools(scores, size))
    pool = pool[np.argsort(scores.image_ids[pool])]  # the draw must not depend on other orders
    drawn = np.random.default_rng(number).permutation(len(pool))[:size]
    return pool[drawn].astype(np.int64)


def describe_pool(scores: PictureScores, *, size: int = ROUND_SIZE) -> str:
    """Say in words which pictures `choose_round` draws from."""
    wrong, close = (count(len(positions)) for positions in _pools(scores, size))
    return (
        f"About half of these pictures are among the {wrong} that the network gets wrong. The "
        f"others are among the {close} that it gets right with the smallest lead over its second "
        "choice. They come in mixed order. So its score here says nothing about all pictures: "
        "these were chosen against it."
    )


def _pools(scores: PictureScores, size: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Give the positions of what is wrong and of what is right by the smallest margin."""
    wrong = np.flatnonzero(~scores.is_right)
    right = np.flatnonzero(scores.is_right)
    by_margin = np.lexsort((scores.image_ids[right], scores.margin[right]))
    return wrong, right[by_margin[: max(len(wrong), size - len(wrong))]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundScore:
    """How many pictures were named right, out of those that were answered.

    Attributes:
        answered: Pictures that the person answered.
        person: Of these, right answers of the person.
        network: Of these, right answers of the network.
        only_person: Of these, right for the person and wrong for the network.
        only_network: The other way round.
    """

    answered: int
    person: int
    network: int
    only_person: int
    only_network: int


def score_round(
    scores: PictureScores, positions: npt.NDArray[np.int64], guesses: Sequence[int]
) -> RoundScore:
    """Count right answers of the person and of the network.

    Args:
        scores: One epoch of one split.
        positions: The round, int64 of shape (M,).
        guesses: Class named for each of the first pictures of the round, at most M.

    Raises:
        ValueError: if there are more guesses than pictures.
    """
    if len(guesses) > len(positions):
        raise ValueError(f"Expected at most {len(positions)} guesses, got {len(guesses)}.")
    asked = positions[: len(guesses)]
    person = np.asarray(guesses, dtype=np.int64) == scores.labels[asked]
    network = scores.is_right[asked]
    return RoundScore(
        answered=len(asked),
        person=int(person.sum()),
        network=int(network.sum()),
        only_person=int((person & ~network).sum()),
        only_network=int((~person & network).sum()),
    )


def describe_score(score: RoundScore) -> str:
    """Say how a round went in one sentence."""
    if score.answered == 0:
        return "Nothing is answered yet."
    of = f"of {score.answered}"
    if score.person == score.network:
        return f"A draw: you and the network each named {score.person} {of} right."
    more, less = max(score.person, score.network), min(score.person, score.network)
    if score.person > score.network:
        return f"You named {more} {of} right, the network {less}: you win."
    return f"The network named {more} {of} right, you {less}: it wins."
