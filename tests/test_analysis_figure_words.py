"""The sentence of each figure, from small figures made by hand."""

import math

import numpy as np
import pytest
from helpers import record

from fashion_core.analysis import figure_words as words
from fashion_core.analysis.changes import ClassChange
from fashion_core.analysis.conformal import Coverage
from fashion_core.analysis.human_votes import MistakeKind
from fashion_core.analysis.intervals import Interval
from fashion_core.analysis.metrics import per_class_report
from fashion_core.analysis.selective import HandOver

COAT, SHIRT = 4, 6
HISTORY = (
    record(1, val_loss=0.4, val_accuracy=0.85),
    record(2, val_loss=0.3, val_accuracy=0.88),
    record(3, val_loss=0.5, val_accuracy=0.9),
)


def change(true: int, fixed: int, broken: int, p_value: float = 1.0) -> ClassChange:
    return ClassChange(true=true, fixed=fixed, broken=broken, pictures=100, p_value=p_value)


def test_highest_accuracy_and_the_kept_epoch_are_two_things():
    assert words.describe_accuracy(HISTORY) == (
        "Validation accuracy is highest at epoch 3 (90.0\u00a0%); at epoch 2, which is kept, it is "
        "88.0\u00a0%."
    )


def test_one_epoch_that_is_both_is_named_once():
    assert words.describe_accuracy(HISTORY[:2]) == (
        "Validation accuracy is highest at epoch 2 (88.0\u00a0%), the epoch that is kept."
    )


def test_an_epoch_that_diverged_has_no_accuracy():
    broken = record(4, val_loss=math.nan, val_accuracy=math.nan)
    assert words.describe_accuracy((*HISTORY, broken)) == words.describe_accuracy(HISTORY)
    assert words.describe_accuracy((broken,)) == ""


def test_best_epochs_of_two_histories():
    both = {"A": HISTORY, "B": HISTORY[:1], "C": ()}
    assert words.describe_best_losses(both) == (
        "Lowest validation loss: A 0.300 at epoch 2, B 0.400 at epoch 1, C none."
    )
    assert words.describe_best_accuracies(both) == (
        "Highest validation accuracy: A 90.0\u00a0% at epoch 3, B 85.0\u00a0% at epoch 1, C none."
    )


def test_hardest_and_easiest_class():
    matrix = 10 * np.eye(10, dtype=np.int64)
    matrix[SHIRT, SHIRT], matrix[SHIRT, COAT] = 4, 6  # F1: Shirt 8/14, Coat 20/26
    assert words.describe_classes(per_class_report(matrix)) == (
        "Shirt is hardest (F1 57.1\u00a0%), T-shirt/top easiest (100\u00a0%)."
    )
    nothing = per_class_report(np.zeros((10, 10), dtype=np.int64))
    assert words.describe_classes(nothing) == "No class has pictures."


def test_classes_that_are_equally_hard_are_not_made_one():
    matrix = 10 * np.eye(10, dtype=np.int64)
    matrix[SHIRT, [SHIRT, COAT]] = matrix[COAT, [COAT, SHIRT]] = 6, 4
    assert words.describe_classes(per_class_report(matrix)) == (
        "Coat and Shirt are hardest (F1 60.0\u00a0%), T-shirt/top easiest (100\u00a0%)."
    )
    matrix[2, [2, 0]] = matrix[0, [0, 2]] = 6, 4
    assert words.describe_classes(per_class_report(matrix)) == (
        "4 classes are equally hard (F1 60.0\u00a0%), Trouser easiest (100\u00a0%)."
    )
    assert words.describe_classes(per_class_report(10 * np.eye(10, dtype=np.int64))) == (
        "All 10 classes have the same F1 (100\u00a0%)."
    )


def test_one_answer_to_all_pictures_is_the_fact():
    matrix = np.zeros((10, 10), dtype=np.int64)
    matrix[:, 2] = 10
    assert words.describe_classes(per_class_report(matrix)) == (
        "Every picture is called Pullover: no other class is ever found (F1 0\u00a0%)."
    )
    assert words.describe_matrix(matrix) == (
        "The network calls every picture Pullover, whatever it shows."
    )


def test_two_most_probable_classes():
    probs = np.full(10, 0.01)
    probs[[SHIRT, COAT]] = 0.62, 0.3
    assert (
        words.describe_probabilities(probs)
        == "Shirt has 62.0\u00a0%; next is Coat with 30.0\u00a0%."
    )


def test_probabilities_rounded_to_zero_name_no_second_class():
    probs = np.eye(10, dtype=np.float16)[COAT]
    assert words.describe_probabilities(probs) == (
        "Coat has >99.9\u00a0%, every other class less than 0.1\u00a0%."
    )


def test_what_a_threshold_does():
    found = HandOver(answered=8, answered_right=6, handed=2, handed_right=1)
    assert words.describe_hand_over(found) == (
        "The network answers 8 of 10 pictures and is right on 75.0\u00a0% of those."
    )
    nothing = HandOver(answered=0, answered_right=0, handed=10, handed_right=9)
    assert words.describe_hand_over(nothing) == (
        "The network answers none of 10 pictures: a person sees them all."
    )


@pytest.mark.parametrize(
    ("lows", "said"),
    [
        ((0.8, 0.8, 0.8), "No class of 3 lies below its band."),
        ((0.8, 0.91, 0.8), "1 of 3 classes lies below its band: Trouser."),
        ((0.96, 0.91, 0.8), "2 of 3 classes lie below their band: T-shirt/top, Trouser."),
    ],
)
def test_classes_below_their_band_are_named(lows, said):
    coverage = Coverage(
        pictures=np.array([100, 100, 100]), covered=np.array([95, 90, 99]), sizes=np.ones(4, int)
    )
    assert words.describe_coverage(coverage, [Interval(low, 1.0) for low in lows]) == said


def test_epochs_that_believed_another_class():
    said = words.describe_belief(
        np.array([0.5, 0.2, 0.1]), np.array([0.4, 0.6, 0.1]), label=SHIRT, suggested=COAT
    )
    assert said == "Coat was believed more than the label Shirt at 1 of 3 epochs."


def test_half_of_a_map_is_counted_in_pixels():
    """Half of 10 is reached by the 4 and the 3; one pixel of four is enough for 6 of 10."""
    assert words.describe_attention(np.array([[1.0, 4.0], [3.0, 2.0]]), "Coat") == (
        "Half of what speaks for Coat lies on 50.0\u00a0% of the picture."
    )
    assert "25.0\u00a0%" in words.describe_attention(np.array([[1.0, 6.0], [3.0, 0.0]]), "Coat")


def test_an_empty_map_says_so():
    said = words.describe_attention(np.zeros((2, 2)), "Coat")
    assert said.startswith("The map is empty: Grad-CAM finds no place that speaks for Coat. ")
    assert said.endswith(words.EMPTY_MAP)


def test_classes_that_won_and_lost_most():
    changes = [change(0, 3, 1), change(1, 2, 9, p_value=0.01), change(2, 7, 1)]
    assert words.describe_class_changes(changes) == (
        "Pullover won most (6 on balance), Trouser lost most (7); 1 class changed by more than "
        "chance."
    )


def test_nothing_won_and_nothing_lost():
    assert words.describe_class_changes([change(0, 2, 2), change(1, 0, 0)]) == (
        "Every class won as many as it lost; no classes changed by more than chance."
    )


def test_class_with_most_mistakes_of_its_own():
    own, shared = np.zeros(10, np.int64), np.zeros(10, np.int64)
    own[[SHIRT, COAT]], shared[[SHIRT, COAT]] = (5, 3), (2, 40)
    counts = {MistakeKind.OWN: own, MistakeKind.SHARED: shared}
    assert words.describe_kinds(counts) == (
        "Shirt has most of the network's own mistakes: 5, of 7 in all."
    )
    assert words.describe_kinds(counts | {MistakeKind.OWN: 0 * own}) == (
        "No mistake is the network's own."
    )


def test_largest_confusion():
    matrix = 10 * np.eye(10, dtype=np.int64)
    matrix[SHIRT, COAT], matrix[COAT, SHIRT] = 5, 4
    assert words.describe_matrix(matrix) == "Most often mixed up: Shirt taken for Coat, 5 of 15."
    assert words.describe_matrix(np.eye(10, dtype=np.int64)) == "Nothing is mixed up."
