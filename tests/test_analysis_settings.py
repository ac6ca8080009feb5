"""Which settings differ, as text, and what may be concluded."""

from dataclasses import asdict

import pytest

from fashion_core.analysis.settings import (
    describe_settings,
    differing_settings,
    setting_changes,
    setting_label,
    setting_text,
)
from fashion_core.config import RunSpec


def changes(**values):
    return setting_changes(asdict(RunSpec()), asdict(RunSpec(**values)))


def test_only_the_settings_that_differ_are_listed_in_their_own_order() -> None:
    found = changes(seed=7, learning_rate=3e-4, horizontal_flip=True, conv_widths=(16, 64))
    assert [(c.label, c.first, c.second) for c in found] == [
        ("learning rate", "0.001", "0.0003"),
        ("seed", "0", "7"),
        ("conv 1 / conv 2 width", "32 / 64", "16 / 64"),
        ("horizontal flip", "no", "yes"),
    ]


def test_true_and_one_are_not_mixed_up() -> None:
    (found,) = setting_changes({"flip": True}, {"flip": False})
    assert (found.first, found.second) == ("yes", "no")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, "All settings are the same."),
        ({"seed": 1}, "Only the seed differs: whatever changed between A and B, luck in"),
        ({"dropout": 0.2}, "Only the dropout differs, everything else is the same."),
        ({"epochs": 5}, "Only the epochs differ, everything else is the same."),
        (
            {"conv_widths": (8, 16)},
            "Only the conv 1 / conv 2 width differs, everything else is the same.",
        ),
        ({"dropout": 0.2, "seed": 1}, "The dropout and the seed differ: part of the change may"),
        ({"dropout": 0.2, "epochs": 5}, "2 settings differ: a change cannot be put down to any"),
        ({"dropout": 0.2, "epochs": 5, "seed": 3}, "3 settings differ:"),
    ],
)
def test_what_the_settings_allow_one_to_conclude(values: dict, sentence: str) -> None:
    assert describe_settings(changes(**values)).startswith(sentence)


# Any number of runs


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
        (1e-5, "0.00001"),
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
    assert setting_label("batch_size") == "batch size"
