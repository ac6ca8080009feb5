"""Which settings differ, as text, and what may be concluded."""

from dataclasses import asdict

import pytest

from fashion_core.analysis.settings import describe_settings, differing_settings
from fashion_core.config import RunSpec


def changes(**values):
    return differing_settings(asdict(RunSpec()), asdict(RunSpec(**values)))


def test_only_the_settings_that_differ_are_listed_in_their_own_order() -> None:
    found = changes(seed=7, learning_rate=3e-4, horizontal_flip=True, conv_widths=(16, 64))
    assert [(c.label, c.first, c.second) for c in found] == [
        ("learning rate", "0.001", "0.0003"),
        ("seed", "0", "7"),
        ("conv widths", "32 / 64", "16 / 64"),
        ("horizontal flip", "no", "yes"),
    ]


def test_values_are_written_as_people_write_them() -> None:
    found = differing_settings(
        {"images": 50_000, "name": "constant", "rate": 0.1, "none": None},
        {"images": 6_000, "name": "one-cycle", "rate": float("inf"), "none": "x"},
    )
    assert [(c.first, c.second) for c in found] == [
        ("50,000", "6,000"),
        ("constant", "one-cycle"),
        ("0.1", "inf"),
        ("None", "x"),
    ]


def test_true_and_one_are_not_mixed_up() -> None:
    (found,) = differing_settings({"flip": True}, {"flip": False})
    assert (found.first, found.second) == ("yes", "no")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, "All settings are the same."),
        ({"seed": 1}, "Only the seed differs: whatever changed between A and B, luck in"),
        ({"dropout": 0.2}, "Only the dropout differs, everything else is the same."),
        ({"dropout": 0.2, "seed": 1}, "The dropout and the seed differ: part of the change may"),
        ({"dropout": 0.2, "epochs": 5}, "2 settings differ: a change cannot be put down to any"),
        ({"dropout": 0.2, "epochs": 5, "seed": 3}, "3 settings differ:"),
    ],
)
def test_what_the_settings_allow_one_to_conclude(values: dict, sentence: str) -> None:
    assert describe_settings(changes(**values)).startswith(sentence)


def test_settings_of_different_programs_are_refused() -> None:
    with pytest.raises(ValueError, match="got only in one: b, c"):
        differing_settings({"a": 1, "b": 2}, {"a": 1, "c": 2})
