"""Which pictures, in which order: exact cells, float16 ties, samples that stay."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from fashion_core.analysis.ranking import SortKey, rank_pictures, sample_pictures
from fashion_core.analysis.scores import PictureScores, score_pictures

#         id  true predicted  p(0) p(1) p(2)  loss
ROWS = [
    (50, 0, 0, 0.90, 0.10, 0.00, 0.105),  # 0: right
    (40, 0, 1, 0.20, 0.80, 0.00, 1.609),  # 1: wrong
    (30, 0, 1, 0.45, 0.55, 0.00, 0.799),  # 2: wrong, close call
    (20, 1, 0, 0.70, 0.05, 0.25, 2.996),  # 3: wrong, the other direction
    (10, 0, 1, 0.00, 0.60, 0.40, 9.000),  # 4: wrong, highest loss
]


def scores(rows: list[tuple[Any, ...]] = ROWS) -> PictureScores:
    ids, true, predicted, first, second, third, loss = zip(*rows, strict=True)
    return score_pictures(
        image_ids=ids,
        labels=true,
        predictions=predicted,
        pred_probs=np.array([first, second, third]).T,
        loss=loss,
    )


def ranked(made: PictureScores | None = None, **options: Any) -> list[int]:
    options.setdefault("sort", SortKey.CONFIDENCE)
    return rank_pictures(scores() if made is None else made, **options).tolist()


def test_a_cell_holds_its_true_and_predicted_class_and_not_the_reverse() -> None:
    assert ranked(true=0, predicted=1) == [1, 4, 2]
    assert ranked(true=1, predicted=0) == [3]


def test_a_whole_row_or_column_can_be_asked_for() -> None:
    assert ranked(true=0) == [0, 1, 4, 2]
    assert ranked(predicted=0) == [0, 3]


def test_an_empty_cell_gives_no_pictures() -> None:
    assert ranked(true=2, predicted=1) == []


def test_outcome_keeps_right_or_wrong_pictures() -> None:
    assert ranked(outcome="right") == [0]
    assert ranked(outcome="wrong") == [1, 3, 4, 2]
    assert ranked(outcome="all") == [0, 1, 3, 4, 2]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        (SortKey.CONFIDENCE, [1, 4, 2]),
        (SortKey.LOSS, [4, 1, 2]),
        (SortKey.MARGIN, [1, 4, 2]),
    ],
)
def test_each_sort_key_orders_by_its_own_column(sort: SortKey, order: list[int]) -> None:
    assert ranked(true=0, predicted=1, sort=sort) == order
    assert ranked(true=0, predicted=1, sort=sort, ascending=True) == order[::-1]


def test_margin_differs_from_confidence() -> None:
    """0.55 against 0.45 is a closer call than 0.5 against 0.3."""
    made = scores([(1, 0, 1, 0.45, 0.55, 0.0, 0.8), (2, 0, 1, 0.3, 0.5, 0.2, 1.2)])
    assert ranked(made) == [0, 1]
    assert ranked(made, sort=SortKey.MARGIN) == [1, 0]


def certain(ids: list[int], true: list[int], loss: list[float]) -> PictureScores:
    """Give pictures all predicted as class 0 with a confidence of exactly 1."""
    return scores(
        [(i, t, 0, 1.0, 0.0, 0.0, value) for i, t, value in zip(ids, true, loss, strict=True)]
    )


def test_of_equally_confident_mistakes_the_higher_loss_comes_first() -> None:
    assert ranked(certain([1, 2, 3], [1, 1, 1], [12.0, 15.0, 9.0])) == [1, 0, 2]


def test_of_equally_confident_right_pictures_the_lower_loss_comes_first() -> None:
    assert ranked(certain([1, 2, 3], [0, 0, 0], [2e-4, 1e-5, 4e-4])) == [1, 0, 2]


def test_of_equally_confident_pictures_mistakes_come_first() -> None:
    assert ranked(certain([1, 2], [0, 1], [1e-5, 9.0])) == [1, 0]


def test_what_is_still_equal_is_ordered_by_image_id_in_both_directions() -> None:
    made = certain([9, 4, 6], [1, 1, 1], [9.0, 9.0, 9.0])
    assert ranked(made) == ranked(made, ascending=True) == [1, 2, 0]


INFINITE, NOTHING = np.inf, np.nan


@pytest.mark.parametrize("sort", [SortKey.LEARNED, SortKey.FORGOTTEN, SortKey.DISAGREEMENT])
def test_what_no_epoch_says_is_sorted_by_the_values_given(sort: SortKey) -> None:
    values = np.array([4.0, 2.0, 9.0, 1.0, 7.0])
    assert ranked(sort=sort, values=values) == [2, 4, 0, 1, 3]
    assert ranked(sort=sort, values=values, ascending=True) == [3, 1, 0, 4, 2]


def test_equal_values_are_ordered_by_conviction_and_never_is_after_every_epoch() -> None:
    """Losses of the wrong ones 1 to 4: 1.6, 0.8, 3.0 and 9.0; 0 is right."""
    values = np.array([7.0, INFINITE, 7.0, 3.0, INFINITE])
    assert ranked(sort=SortKey.LEARNED, values=values) == [4, 1, 2, 0, 3]
    assert ranked(sort=SortKey.LEARNED, values=values, ascending=True) == [3, 0, 2, 1, 4]


def test_a_picture_without_a_value_comes_last_in_both_directions() -> None:
    values = np.array([0.0, NOTHING, 5.0, NOTHING, 1.0])
    assert ranked(sort=SortKey.FORGOTTEN, values=values) == [2, 4, 0, 3, 1]
    assert ranked(sort=SortKey.FORGOTTEN, values=values, ascending=True) == [0, 4, 2, 1, 3]


def test_a_range_of_confidences_holds_both_its_ends() -> None:
    assert ranked(certain([1, 2], [1, 1], [9.0, 8.0]), confidence=(1.0, 1.0)) == [0, 1]
    made = scores([(i, 0, 1, 1 - p, p, 0.0, 1.0) for i, p in enumerate((0.5, 0.625, 0.75, 0.875))])
    assert ranked(made, confidence=(0.625, 0.75)) == [2, 1]


def test_filters_combine() -> None:
    assert ranked(true=0, predicted=1, confidence=(0.58, 0.85)) == [1, 4]
    assert ranked(true=0, outcome="wrong", confidence=(0.0, 0.7)) == [4, 2]


@pytest.mark.parametrize("sort", list(SortKey))
@pytest.mark.parametrize("ascending", [False, True])
def test_ranking_agrees_with_a_plain_sort(sort: SortKey, ascending: bool) -> None:
    """Few different values, so that there are ties of every kind."""
    rng = np.random.default_rng(5)
    made = many(rng)
    values = rng.choice([NOTHING, INFINITE, 0.0, 1.0, 3.0], size=len(made))
    found = ranked(
        made, true=1, confidence=(0.5, 0.75), sort=sort, values=values, ascending=ascending
    )
    columns = {"confidence": made.confidence, "loss": made.loss, "margin": made.margin}
    column = columns.get(sort.value, values).tolist()
    assert len(found) > 40
    assert found == plainly(made, column, ascending)


def many(rng: np.random.Generator) -> PictureScores:
    pairs = [(i, *rng.integers(0, 2, 2), rng.choice([0.5, 0.625, 0.75, 1.0])) for i in range(400)]
    rows = [
        (i, t, p, c if p == 0 else 1 - c, c if p == 1 else 1 - c, 0.0, rng.integers(0, 3))
        for i, t, p, c in pairs
    ]
    rng.shuffle(rows)
    return scores(rows)


def plainly(made: PictureScores, column: list[float], ascending: bool) -> list[int]:
    """Rank the pictures of class 1 with a confidence from 0.5 to 0.75 without numpy."""
    sign = 1 if ascending else -1

    def place(i: int) -> tuple[float, ...]:
        conviction = float(-made.loss[i] if made.labels[i] == made.predictions[i] else made.loss[i])
        value = (1.0, 0.0) if column[i] != column[i] else (0.0, sign * column[i])
        return (*value, sign * conviction, int(made.image_ids[i]))

    kept = [
        i
        for i in range(len(made))
        if made.labels[i] == 1 and 0.5 <= float(max(made.pred_probs[i])) <= 0.75
    ]
    return sorted(kept, key=place)


def test_no_picture_is_cut_off() -> None:
    made = certain(list(range(3000)), [1] * 3000, [9.0] * 3000)
    assert ranked(made, true=1, predicted=0) == list(range(3000))


def test_positions_are_int64_even_when_empty() -> None:
    assert rank_pictures(scores(), true=2, sort=SortKey.LOSS).dtype == np.int64


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"true": 3}, r"Expected a class in \[0, 3\), got 3"),
        ({"predicted": -1}, r"Expected a class in \[0, 3\), got -1"),
        ({"outcome": "odd"}, "Expected the outcome all, right or wrong, got 'odd'"),
        ({"confidence": (0.6, 0.4)}, "0 <= low <= high <= 1, got 0.6, 0.4"),
        ({"confidence": (0.6, 1.1)}, "0 <= low <= high <= 1, got 0.6, 1.1"),
        ({"confidence": (0.6, np.nan)}, "0 <= low <= high <= 1, got 0.6, nan"),
        ({"sort": SortKey.LEARNED}, "Expected 5 values to sort by learned for good, got none"),
        (
            {"sort": SortKey.DISAGREEMENT, "values": np.zeros(4)},
            r"Expected 5 values to sort by people disagree, got shape \(4,\)",
        ),
    ],
)
def test_wrong_filters_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ranked(**options)


def test_sort_keys_have_a_short_value_and_a_plain_label() -> None:
    assert SortKey("margin") is SortKey.MARGIN
    assert SortKey.CONFIDENCE.label == "Confidence in the predicted class"
    assert len({key.label for key in SortKey}) == len(SortKey)


@pytest.mark.parametrize(
    ("sort", "highest", "lowest"),
    [
        (SortKey.LOSS, "highest loss first", "lowest loss first"),
        (SortKey.LEARNED, "latest learned for good first", "earliest learned for good first"),
        (SortKey.FORGOTTEN, "most often forgotten first", "least often forgotten first"),
        (
            SortKey.DISAGREEMENT,
            "highest disagreement of people first",
            "lowest disagreement of people first",
        ),
    ],
)
def test_an_order_is_said_in_words(sort: SortKey, highest: str, lowest: str) -> None:
    assert sort.describe_order(ascending=False) == highest
    assert sort.describe_order(ascending=True) == lowest


def mixed(predictions: npt.NDArray[np.int64]) -> PictureScores:
    """Give pictures that are all truly class 1."""
    count = len(predictions)
    return score_pictures(
        image_ids=np.arange(count)[::-1],
        labels=np.ones(count, dtype=int),
        predictions=predictions,
        pred_probs=np.eye(2)[predictions],
        loss=np.zeros(count),
    )


def test_a_sample_has_the_right_ones_first_and_then_the_wrong_ones() -> None:
    made = mixed(np.arange(100) % 2)
    chosen = sample_pictures(made, right=7, wrong=4, seed=0)
    assert made.is_right[chosen].tolist() == [True] * 7 + [False] * 4
    assert len(set(chosen.tolist())) == 11


def test_a_sample_depends_on_its_seed_only() -> None:
    made = mixed(np.arange(100) % 2)
    first, again, other = (
        sample_pictures(made, right=7, wrong=4, seed=s).tolist() for s in (1, 1, 2)
    )
    assert first == again != other


def test_a_sample_keeps_its_pictures_when_others_change_their_prediction() -> None:
    before = mixed(np.arange(100) % 2)
    sample = sample_pictures(before, right=10, wrong=10, seed=0)
    changed = before.predictions.copy()
    others = np.setdiff1d(np.arange(100), sample)
    changed[others[:5]] = 0
    after = sample_pictures(mixed(changed), right=10, wrong=10, seed=0)
    assert after[:10].tolist() == sample[:10].tolist()


def test_a_sample_follows_image_ids_not_row_order() -> None:
    made = mixed(np.arange(100) % 2)
    turned = score_pictures(
        image_ids=made.image_ids[::-1],
        labels=made.labels,
        predictions=made.predictions[::-1],
        pred_probs=made.pred_probs[::-1],
        loss=made.loss,
    )
    ids = [s.image_ids[sample_pictures(s, right=5, wrong=5, seed=3)] for s in (made, turned)]
    assert ids[0].tolist() == ids[1].tolist()


def test_a_sample_gives_what_there_is() -> None:
    assert len(sample_pictures(scores(), right=6, wrong=6, seed=0)) == len(ROWS)


def test_a_sample_refuses_negative_numbers() -> None:
    with pytest.raises(ValueError, match="Expected numbers of at least 0, got right 1, wrong -1"):
        sample_pictures(scores(), right=1, wrong=-1, seed=0)
