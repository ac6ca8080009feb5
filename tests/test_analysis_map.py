"""Where pictures lie on the two maps: against plain loops and scikit-learn."""

import math

import numpy as np
import pytest
from sklearn.decomposition import PCA

from fashion_core.analysis.cartography import Region, describe_training_map, training_map
from fashion_core.analysis.embedding import main_plane, nearer_to_answer, neighbour_map

LOG_2, LOG_4 = math.log(2), math.log(4)
LOSSES = np.array([[0.0, 3.0, 0.1], [LOG_2, 2.5, 4.0], [LOG_4, 3.5, 0.2]])  # (E, N)


def random_features(rows: int = 60, width: int = 5) -> np.ndarray:
    """Give features whose directions differ in variance and that are not centred."""
    random = np.random.default_rng(0)
    scales, centre = np.arange(1, width + 1), np.arange(width) * 3.0
    return (random.normal(size=(rows, width)) * scales + centre).astype(np.float32)


# The map of the training


def test_example_of_the_docstring_is_right():
    found = training_map([[0.0], [LOG_2], [LOG_4]])
    assert found.confidence[0] == pytest.approx(7 / 12)
    assert found.variability[0] == pytest.approx(math.sqrt(7 / 72))
    assert found.epochs == 3


def test_every_picture_agrees_with_a_plain_loop():
    found = training_map(LOSSES)
    for n in range(3):
        probs = [math.exp(-LOSSES[e, n]) for e in range(3)]
        mean = sum(probs) / 3
        spread = math.sqrt(sum((p - mean) ** 2 for p in probs) / 3)
        assert found.confidence[n] == pytest.approx(mean)
        assert found.variability[n] == pytest.approx(spread)


def test_an_infinite_loss_is_a_probability_of_0():
    found = training_map([[math.inf], [0.0]])
    assert (found.confidence[0], found.variability[0]) == (0.5, 0.5)


def test_one_epoch_has_no_spread():
    assert training_map([[0.3, 2.0]]).variability.tolist() == [0, 0]


def test_every_picture_lies_in_the_region_that_its_numbers_name():
    found = training_map(np.array([[0.1, 3.0, 0.0, LOG_2], [0.2, 4.0, 9.0, LOG_2]]))
    regions = {region: np.flatnonzero(found.region(region)).tolist() for region in Region}
    assert regions == {Region.EASY: [0, 3], Region.HARD: [1], Region.AMBIGUOUS: [2]}


@pytest.mark.parametrize("losses", [[0.1, 0.2], np.empty((0, 3)), [[-0.1]], [[math.nan]]])
def test_losses_that_cannot_be_are_refused(losses):
    with pytest.raises(ValueError, match="Expected losses"):
        training_map(losses)


def test_sentence_counts_regions_and_the_mistakes_outside_the_easy_one():
    found = training_map(np.array([[0.1, 3.0, 0.0, 0.1, 0.1], [0.2, 4.0, 9.0, 0.1, 0.1]]))
    said = describe_training_map(found, np.array([True, False, False, False, True]))
    assert said == (
        "Of 5 pictures 3 are easy, 1 ambiguous, 1 hard; 66.7\u00a0% of the 3 mistakes are "
        "ambiguous or hard."
    )


def test_sentence_without_mistakes_divides_by_nothing():
    said = describe_training_map(training_map([[0.1]]), np.array([True]))
    assert said == "Of 1 pictures 1 are easy, 0 ambiguous, 0 hard; none is answered wrong."


# The main plane


def test_plane_is_that_of_scikit_learn_but_for_signs():
    features = random_features()
    expected = PCA(n_components=2).fit(features)
    found = main_plane(features)
    assert found.shares == pytest.approx(expected.explained_variance_ratio_.tolist(), rel=1e-5)
    np.testing.assert_allclose(
        np.abs(found.points), np.abs(expected.transform(features)), atol=1e-4
    )


def test_direction_of_the_largest_feature_points_up():
    """A sign that depended on rounding would turn the map over from machine to machine."""
    features = np.array([[0, 0], [-10, 1], [10, 1.5], [0, 3]], dtype=np.float32)
    assert main_plane(features).points[:, 0].argmax() == 2
    assert main_plane(features).points[:, 1].argmax() == 3


def test_equal_features_have_no_share_of_the_variance():
    found = main_plane(np.ones((4, 3), np.float32))
    assert np.isnan(found.shares).all()
    assert not found.points.any()


@pytest.mark.parametrize(
    "features", [np.ones(3), np.ones((1, 3)), np.ones((3, 1)), np.full((3, 2), np.nan)]
)
def test_features_that_make_no_plane_are_refused(features):
    with pytest.raises(ValueError, match="Expected"):
        main_plane(features)


# Nearer to the answer than to the label


def test_only_a_mistake_near_the_centre_of_its_answer_is_astray():
    features = np.array([[0, 0], [0, 2], [10, 0], [10, 2], [9, 1], [1, 1]], dtype=np.float32)
    labels = np.array([0, 0, 2, 2, 0, 0])
    predictions = np.array([0, 0, 2, 2, 2, 2])
    astray = nearer_to_answer(features, labels=labels, predictions=predictions)
    assert astray.tolist() == [False, False, False, False, True, False]


def test_an_answer_that_no_label_names_is_never_near():
    features = np.array([[0, 0], [5, 5]], dtype=np.float32)
    astray = nearer_to_answer(features, labels=np.array([0, 0]), predictions=np.array([0, 7]))
    assert astray.tolist() == [False, False]


# t-SNE


def two_groups() -> np.ndarray:
    """Give 30 and 20 features around two places far apart."""
    random = np.random.default_rng(1)
    places = np.repeat([[0.0] * 4, [40.0] * 4], [30, 20], axis=0)
    return (places + random.normal(size=places.shape)).astype(np.float32)


@pytest.mark.slow
def test_neighbours_stay_neighbours_and_the_map_is_always_the_same():
    points = neighbour_map(two_groups())
    distances = np.linalg.norm(points[:, np.newaxis] - points, axis=-1) + np.diag([np.inf] * 50)
    is_first = np.arange(50) < 30
    assert (is_first[distances.argmin(axis=1)] == is_first).all()
    assert (neighbour_map(two_groups()) == points).all()


@pytest.mark.slow
def test_few_pictures_have_a_map_too():
    assert neighbour_map(random_features(rows=7)).shape == (7, 2)
