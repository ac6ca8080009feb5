"""When a picture was learned and forgotten, counted by hand."""

import numpy as np
import pytest

from fashion_core.analysis.picture_history import (
    PictureHistory,
    badges,
    describe_history,
    picture_history,
)


def history(predictions: list[int], epochs: list[int] | None = None) -> PictureHistory:
    number = len(predictions)
    return picture_history(
        label=6,
        epochs=epochs or list(range(1, number + 1)),
        predictions=predictions,
        label_probs=np.linspace(0.1, 0.4, number),
        confidences=np.linspace(0.5, 0.9, number),
    )


WAVERING = history([0, 6, 6, 4, 6, 0, 0])


def test_learned_at_the_first_right_answer():
    assert WAVERING.learned_at == 2


def test_forgotten_at_every_step_from_right_to_wrong():
    """From wrong to wrong is none, whichever the classes."""
    assert WAVERING.forgotten_at == (4, 6)


def test_an_epoch_that_is_missing_does_not_shift_the_others():
    assert history([6, 0, 6, 2], epochs=[3, 5, 6, 9]).forgotten_at == (5, 9)


@pytest.mark.parametrize(
    ("predictions", "expected"),
    [
        ([0, 4, 0], ("never learned",)),
        ([0, 6, 6], ("learned at epoch 2", "never forgotten")),
        ([6, 0, 0], ("learned at epoch 1", "forgotten once")),
        ([0, 6, 6, 4, 6, 0, 0], ("learned at epoch 2", "forgotten 2 times")),
    ],
)
def test_badges(predictions, expected):
    assert badges(history(predictions)) == expected


@pytest.mark.parametrize(
    ("predictions", "sentence"),
    [
        ([0], "The answer was wrong at the only epoch."),
        ([0, 4, 0], "The answer was wrong at all 3 epochs."),
        ([6, 6], "The answer was right at both epochs."),
        (
            [0, 6, 6],
            "The answer was right at 2 of 3 epochs, and it is right at the last, epoch 3.",
        ),
        (
            [6, 0, 0, 0],
            "The answer was right at 1 of 4 epochs, and it is wrong at the last, epoch 4.",
        ),
    ],
)
def test_history_in_a_sentence(predictions, sentence):
    assert describe_history(history(predictions)) == sentence


def test_columns_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="one length of at least 1"):
        history([])
    with pytest.raises(ValueError, match="one length of at least 1"):
        history([6, 6], epochs=[1, 2, 3])
    with pytest.raises(ValueError, match="ascending epochs"):
        history([6, 6, 6], epochs=[1, 3, 3])
