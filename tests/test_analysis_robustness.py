"""What worse pictures do to the answers: counted by hand, scikit-learn beside it."""

import numpy as np
import pytest
from sklearn.metrics import recall_score

from fashion_core.analysis.corruptions import CORRUPTIONS, corruption_of
from fashion_core.analysis.paired import sign_flip_p_value
from fashion_core.analysis.robustness import (
    ConfusionChange,
    Duel,
    Robustness,
    class_accuracies,
    compare_robustness,
    confusion_changes,
    newly_wrong,
)
from fashion_core.analysis.robustness_words import describe_duels, describe_robustness

LABELS = np.array([0, 0, 1, 1, 6])
CLEAN = np.array([0, 6, 1, 1, 6])  # 4 of 5
NOISE = np.array([[0, 6, 1, 1, 6], [0, 6, 1, 3, 6], [3, 3, 1, 3, 6]], np.uint8)  # 4, 3, 2 of 5
DARK = np.array([[0, 0, 1, 1, 6], [0, 0, 1, 1, 6], [0, 6, 1, 3, 6]], np.uint8)  # 5, 5, 3
BY_KEY = {"dark": DARK, "noise": NOISE}
FOUND = Robustness(labels=LABELS, clean=CLEAN, answers=BY_KEY)
RANDOM = np.random.default_rng(2)


def full(noise=NOISE, others=DARK) -> Robustness:
    answers = {corruption.key: others for corruption in CORRUPTIONS} | {"noise": noise}
    return Robustness(labels=LABELS, clean=CLEAN, answers=answers)


def test_accuracies_are_those_of_each_strength():
    assert FOUND.clean_accuracy == 0.8
    np.testing.assert_allclose(FOUND.accuracies(corruption_of("noise")), [0.8, 0.6, 0.4])
    assert FOUND.at(corruption_of("noise"), 2).tolist() == [0, 6, 1, 3, 6]
    assert FOUND.mean_accuracy() == pytest.approx((4 + 3 + 2 + 5 + 5 + 3) / 30)


def test_corruptions_come_in_their_own_order_and_may_be_missing():
    assert [corruption.key for corruption in FOUND.there] == ["noise", "dark"]
    assert not FOUND.is_complete
    assert full().is_complete


def test_confusions_that_become_more_come_first_and_others_are_left_out():
    changes = confusion_changes(labels=LABELS, clean=CLEAN, worse=NOISE[2], limit=9)
    assert changes == [
        ConfusionChange(true=0, predicted=3, clean=0, worse=2),
        ConfusionChange(true=1, predicted=3, clean=0, worse=1),
    ]
    assert changes[0].added == 2
    assert len(confusion_changes(labels=LABELS, clean=CLEAN, worse=NOISE[2], limit=1)) == 1


def test_right_answers_that_become_more_are_no_confusion():
    assert confusion_changes(labels=LABELS, clean=CLEAN, worse=LABELS, limit=9) == []


def test_class_accuracies_are_scikit_learn_s_recall():
    labels, answers = RANDOM.integers(0, 10, (2, 500))
    expected = recall_score(labels, answers, average=None, labels=range(10))
    np.testing.assert_allclose(class_accuracies(labels=labels, answers=answers), expected)
    assert np.isnan(class_accuracies(labels=LABELS, answers=CLEAN)[9])


def test_newly_wrong_were_right_before():
    # Picture 1 was wrong as it is; 0 and 3 break.
    assert newly_wrong(labels=LABELS, clean=CLEAN, worse=NOISE[2]).tolist() == [0, 3]


# Two runs


def test_each_picture_gives_one_number():
    second = Robustness(labels=LABELS, clean=CLEAN, answers={"noise": DARK, "blur": DARK})
    (duel,) = compare_robustness(FOUND, second)
    # Right at 2, 0, 3, 1, 3 strengths against 3, 2, 3, 2, 3: gains of 1, 2, 0, 1, 0.
    np.testing.assert_allclose(duel.differences, [0.2, 0.4, 0.2])
    assert duel.mean == pytest.approx(4 / 15)
    assert duel.p_value == pytest.approx(2 / 8)
    assert (duel.corruption.key, duel.winner) == ("noise", "")


def test_p_is_adjusted_for_all_corruptions_and_the_winner_has_the_better_mean():
    labels = np.zeros(400, np.int64)
    wrong = {c.key: (RANDOM.random((2, 3, 400)) < 0.3).astype(np.uint8) for c in CORRUPTIONS}
    wrong["blur"][1] &= RANDOM.random((3, 400)) < 0.7
    runs = [
        Robustness(labels=labels, clean=labels, answers={k: v[i] for k, v in wrong.items()})
        for i in (0, 1)
    ]
    gains = (wrong["blur"][0].astype(int) - wrong["blur"][1]).sum(axis=0)
    blur = next(d for d in compare_robustness(*runs) if d.corruption.key == "blur")
    assert blur.p_value == pytest.approx(10 * sign_flip_p_value(gains))
    assert (blur.winner, blur.mean) == ("B", pytest.approx(gains.mean() / 3))
    back = next(d for d in compare_robustness(*runs[::-1]) if d.corruption.key == "blur")
    assert (back.winner, back.mean) == ("A", -blur.mean)


def test_runs_on_other_pictures_are_refused():
    other = Robustness(labels=LABELS[::-1].copy(), clean=CLEAN, answers={})
    with pytest.raises(ValueError, match="Expected two runs on the same pictures"):
        compare_robustness(FOUND, other)


def test_runs_without_a_common_corruption_give_nothing():
    other = Robustness(labels=LABELS, clean=CLEAN, answers={"blur": DARK})
    assert compare_robustness(FOUND, other) == []


# In words


def test_the_answer_names_the_worst_the_best_and_the_mean():
    mean = (9 + 9 * 13) / 150
    assert describe_robustness(full()) == (
        "Noise hurts most: 80.0\u00a0% → 40.0\u00a0% at strength 3. Erased square hurts least: "
        f"80.0\u00a0% → 60.0\u00a0%. Over all ten and all strengths, {100 * mean:.1f}\u00a0% of "
        "the answers are right."
    )


def test_an_incomplete_test_says_how_far_it_is():
    assert "Over the 2 of 10 tested so far and all strengths" in describe_robustness(FOUND)
    one = Robustness(labels=LABELS, clean=CLEAN, answers={"dark": DARK})
    assert describe_robustness(one) == (
        "Darkness is the only one tested so far: 80.0\u00a0% → 60.0\u00a0% at strength 3. Over all "
        "strengths, 86.7\u00a0% of the answers are right."
    )


def duel(key: str, mean: float, p_value: float) -> Duel:
    return Duel(corruption=corruption_of(key), differences=(mean, 0, 2 * mean), p_value=p_value)


def test_duels_name_who_is_better_where_and_where_nobody_is():
    won = [duel("noise", 0.1, 0.01), duel("blur", 0.1, 0.04), duel("turn", -0.1, 0.001)]
    assert describe_duels([*won, duel("dark", 0.1, 0.05)]) == (
        "B is better on Noise and Blur, A is better on Rotation; on the other one the difference "
        "may be chance."
    )
    assert describe_duels(won[:1]) == "B is better on Noise; all of it by more than chance."
    assert describe_duels([duel("dark", 0.1, 1.0)]) == (
        "On none of them is A or B better by more than chance."
    )
