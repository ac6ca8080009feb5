"""How much the network believed each label: by hand, and against plain loops over all epochs."""

import math

import numpy as np
import pytest
from helpers import DATA_DIR, REPO_ROOT

from fashion_core.analysis.label_belief import (
    LabelBelief,
    LabelSort,
    rank_labels,
    weigh_labels,
)
from fashion_core.data import read_split
from fashion_core.runs import artifacts

PROBABILITY, LOSS = LabelSort.PROBABILITY, LabelSort.LOSS


def belief_of(label_probs: list[list[float]], suggested: list[int] | None = None) -> LabelBelief:
    """Make two-class beliefs: rows are epochs, columns pictures, every label is class 0."""
    first = np.array(label_probs)
    return weigh_labels(
        labels=np.zeros(first.shape[1], dtype=np.int64),
        pred_probs=[np.stack([row, 1 - row], axis=1) for row in first],
        loss=[-np.log(row) for row in first],
    )


def hand_made() -> LabelBelief:
    """Three classes, three pictures, two epochs, all numbers different.

    Labels 0, 1, 2. Picture 0: 0.5 and 0.25 for its label; class 2 wins with 0.3 and 0.7.
    Picture 1: 0.75 and 0.125; class 0 has 0.15 and 0.8. Picture 2: 0.0625 and 0.5; class 1
    has 0.5 and 0.4.
    """
    first = np.array([[0.5, 0.2, 0.3], [0.15, 0.75, 0.1], [0.4375, 0.5, 0.0625]])
    second = np.array([[0.25, 0.05, 0.7], [0.8, 0.125, 0.075], [0.1, 0.4, 0.5]])
    labels = np.array([0, 1, 2])
    return weigh_labels(
        labels=labels,
        pred_probs=[first, second],
        loss=[-np.log(probs[np.arange(3), labels]) for probs in (first, second)],
    )


def test_the_mean_probability_of_the_label_is_over_the_epochs() -> None:
    belief = hand_made()
    assert belief.epochs == 2
    assert belief.mean_label_prob == pytest.approx([0.375, 0.4375, 0.28125])
    assert belief.label_probs[:, 0] == pytest.approx([0.5, 0.25])


def test_the_suggested_class_has_the_highest_mean_besides_the_label() -> None:
    """Picture 1: class 0 is below the label in the first epoch, and wins on the whole."""
    belief = hand_made()
    assert belief.suggested.tolist() == [2, 0, 1]
    assert belief.mean_suggested_prob == pytest.approx([0.5, 0.475, 0.45])
    assert belief.suggested_probs[:, 1] == pytest.approx([0.15, 0.8])


def test_a_label_is_doubted_if_another_class_was_believed_more() -> None:
    belief = belief_of([[0.9, 0.2], [0.2, 0.6]])
    assert belief.is_doubted.tolist() == [False, True]  # 0.55 and 0.40


def test_the_two_rankings_differ_where_they_should() -> None:
    """Mean loss punishes one very sure denial, the mean probability a steady disbelief.

    Probabilities of the label: picture 0 has 0.9 and 0.0001 (mean 0.45, mean loss 4.66),
    picture 1 has 0.2 and 0.3 (mean 0.25, mean loss 1.41), picture 2 is believed.
    """
    belief, ids = belief_of([[0.9, 0.2, 0.8], [0.0001, 0.3, 0.7]]), np.array([5, 6, 7])
    assert rank_labels(belief, image_ids=ids, by=PROBABILITY).tolist() == [1, 0, 2]
    assert rank_labels(belief, image_ids=ids, by=LOSS).tolist() == [0, 1, 2]


def test_equal_means_are_ordered_by_loss_then_by_image_id() -> None:
    """Pictures 0, 1 and 2 have the mean 0.5; 0 and 2 the same epochs in another order."""
    belief = belief_of([[0.25, 0.5, 0.75, 0.125], [0.75, 0.5, 0.25, 0.125]])
    ids = np.array([9, 1, 4, 8])
    assert rank_labels(belief, image_ids=ids, by=PROBABILITY).tolist() == [3, 2, 0, 1]


def test_a_tie_between_suggestions_goes_to_the_lower_class() -> None:
    probs = np.array([[0.2, 0.4, 0.4]])
    belief = weigh_labels(labels=np.array([0]), pred_probs=[probs], loss=[np.array([1.609])])
    assert belief.suggested.tolist() == [1]


def test_labels_that_are_stored_as_impossible_are_still_told_apart() -> None:
    """float16 has 0 for both labels; the losses, 12 and 16 nats, are exact."""
    stored = np.array([[0.0, 1.0], [0.0, 1.0]], dtype=np.float16)
    loss = np.array([12.0, 16.0], dtype=np.float32)
    belief = weigh_labels(labels=np.array([0, 0]), pred_probs=[stored], loss=[loss])
    ranked = rank_labels(belief, image_ids=np.array([0, 1]), by=PROBABILITY)
    assert ranked.tolist() == [1, 0]
    assert belief.mean_label_prob == pytest.approx([math.exp(-12), math.exp(-16)])


def test_sums_are_not_made_in_the_precision_of_the_disk() -> None:
    """In float16 the sum of 4,096 times 0.25 and more would stop growing at 512."""
    epochs = 4096
    probs = np.array([[0.75, 0.25]], dtype=np.float16)
    belief = weigh_labels(
        labels=np.array([0]),
        pred_probs=[probs] * epochs,
        loss=[np.array([-math.log(0.75)], dtype=np.float32)] * epochs,
    )
    assert belief.mean_suggested_prob == pytest.approx([0.25])


@pytest.mark.parametrize("split", ["val", "test"])
def test_ranking_agrees_with_plain_loops_over_the_stored_epochs(split: str) -> None:
    """300 pictures, all 30 epochs of the reference run, from the stored probabilities."""
    labels = read_split(DATA_DIR, split).labels[:300]
    files = [artifacts.read_epoch(REPO_ROOT / "examples/reference-run", e) for e in range(1, 31)]
    said = [getattr(file, split) for file in files]
    belief = weigh_labels(
        labels=labels,
        pred_probs=[part.pred_probs[:300] for part in said],
        loss=[part.loss[:300] for part in said],
    )
    means = []
    for picture, label in enumerate(labels):
        sums = [sum(float(part.pred_probs[picture, c]) for part in said) for c in range(10)]
        means.append([value / 30 for value in sums])
        others = [(value, -c) for c, value in enumerate(sums) if c != label]
        assert belief.suggested[picture] == -max(others)[1]
    stored = np.array([row[label] for row, label in zip(means, labels, strict=True)])
    # What is below 2**-14 is stored as 0, the rest with 11 bits.
    assert belief.mean_label_prob == pytest.approx(stored, rel=2**-11, abs=2**-14)
    exact = [sum(math.exp(-float(part.loss[p])) for part in said) / 30 for p in range(300)]
    losses = [sum(float(part.loss[p]) for part in said) / 30 for p in range(300)]
    expected = sorted(range(300), key=lambda p: (exact[p], -losses[p], p))
    ranked = rank_labels(belief, image_ids=np.arange(300), by=PROBABILITY).tolist()
    sure = [p for p in range(300) if exact[p] < 0.999]  # above, the last bits of sums decide
    assert ranked[: len(sure)] == expected[: len(sure)]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"pred_probs": []}, "at least one"),
        ({"loss": [np.zeros(2), np.zeros(2)]}, "got 1 of pred_probs and 2 of loss"),
        ({"pred_probs": [np.full((3, 2), 0.5)]}, r"shape \(2, K\), got \(3, 2\)"),
        ({"pred_probs": [np.full(2, 0.5)]}, r"got \(2,\)"),
        ({"loss": [np.array([0.1, np.nan])]}, "losses of at least 0"),
        ({"loss": [np.zeros(3)]}, "losses of at least 0"),
        ({"labels": np.array([0, 2])}, r"labels in \[0, 2\)"),
    ],
)
def test_what_cannot_be_one_split_is_refused(changes: dict, problem: str) -> None:
    arrays = {
        "labels": np.array([0, 1]),
        "pred_probs": [np.full((2, 2), 0.5)],
        "loss": [np.zeros(2)],
    }
    with pytest.raises(ValueError, match=problem):
        weigh_labels(**(arrays | changes))


def test_epochs_of_different_shapes_are_refused() -> None:
    epochs = [np.full((2, 2), 0.5), np.full((2, 3), 1 / 3)]
    with pytest.raises(ValueError, match="same shape"):
        weigh_labels(labels=np.array([0, 1]), pred_probs=epochs, loss=[np.zeros(2)] * 2)


def test_ids_must_be_as_many_as_the_pictures() -> None:
    with pytest.raises(ValueError, match=r"shape \(3,\), got \(2,\)"):
        rank_labels(hand_made(), image_ids=np.arange(2), by=LOSS)
