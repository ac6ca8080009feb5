"""Which settings differ among runs, and how they are written."""

import pytest

from fashion_core.analysis.differences import differing_settings, setting_label, setting_text


def test_only_settings_that_differ_are_listed_with_their_values_ascending():
    runs = [
        {"learning_rate": 0.01, "seed": 3, "widths": (8, 16), "flip": False},
        {"learning_rate": 0.001, "seed": 3, "widths": (8, 4), "flip": False},
        {"learning_rate": 0.01, "seed": 3, "widths": (8, 4), "flip": False},
    ]
    assert differing_settings(runs) == {
        "learning_rate": [0.001, 0.01],
        "widths": [(8, 4), (8, 16)],
    }


@pytest.mark.parametrize("runs", [[], [{"seed": 1}], [{"seed": 1}, {"seed": 1}]])
def test_nothing_differs_among_fewer_than_two_or_equal_runs(runs):
    assert differing_settings(runs) == {}


def test_runs_with_other_settings_are_refused():
    with pytest.raises(ValueError, match="Expected the settings seed of every run"):
        differing_settings([{"seed": 1}, {"seed": 1, "epochs": 2}])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.001, "0.001"),
        (1e-5, "1e-05"),
        (50_000, "50,000"),
        (True, "yes"),
        (False, "no"),
        ((32, 64), "32 / 64"),
        ("one-cycle", "one-cycle"),
        (float("inf"), "inf"),
    ],
)
def test_a_setting_is_written_as_a_person_reads_it(value, text):
    assert setting_text(value) == text


def test_the_name_of_a_setting_has_no_underscores():
    assert setting_label("train_images") == "train images"
