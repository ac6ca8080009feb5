"""What the Runs page is made of, without a page: filter, table, answer, CSV, link."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime, timezone

import pandas as pd
import pytest
from helpers import record, small_spec
from scipy.stats import binomtest

from fashion_core.history import EpochRecord
from fashion_core.runs.records import RunSummary
from pages.ui.run_csv import write_csv
from pages.ui.run_figures import accuracy_interval, describe_best, moment
from pages.ui.run_filter import RunFilter, split_words
from pages.ui.run_panel import link_to
from pages.ui.run_table import date_format, table_of


def a_run(number: int, best: EpochRecord | None = None, **changes) -> RunSummary:
    """Give a finished run of 30 epochs, named after its number."""
    values = {
        "run_id": f"r-20261122-000000-{number:06d}",
        "name": f"name {number}",
        "created": 1_795_000_000.0,
        "number": number,
        "spec": small_spec(epochs=30),
        "status": "finished",
        "reason": "",
        "progress": None,
        "epochs_done": 30 if best else 0,
        "seconds": 3_725.4,
        "best": best,
    }
    return RunSummary(**values | changes)


# Table


def test_the_table_has_a_column_only_for_settings_that_differ():
    runs = [
        a_run(2, spec=small_spec(learning_rate=0.01, seed=4)),
        a_run(1, spec=small_spec(learning_rate=0.001, seed=4)),
    ]
    table = table_of(runs)
    assert list(table["Learning rate"]) == [0.01, 0.001]
    assert "Seed" not in table
    assert {"Tags", "Note"} & set(table) == set()


def test_the_table_says_what_came_out():
    row = table_of([a_run(7, record(6, 0.2291, val_accuracy=0.9271))]).iloc[0]
    assert (row["Run"], row["Name"]) == (7, "name 7")
    assert (row["Best epoch"], row["Val. loss"]) == ("6 of 30", 0.2291)
    assert row["Val. accuracy"] == pytest.approx(92.71)
    assert row["Time"] == pd.Timedelta(hours=1, minutes=2, seconds=5)
    assert row["Created"].isoformat() == "2026-11-18T11:06:40+00:00"


def test_the_year_is_left_out_where_it_is_this_one():
    old, new = a_run(1, created=1_763_463_600.0), a_run(2, created=1_795_000_000.0)
    now = datetime(2026, 12, 1, tzinfo=timezone.utc)
    assert date_format([new], now=now) == "D MMM HH:mm"
    assert date_format([new, old], now=now) == "YYYY-MM-DD HH:mm"
    assert date_format([], now=now) == "D MMM HH:mm"


def test_loss_and_accuracy_stand_beside_the_name_before_all_settings():
    runs = [a_run(n, record(6, 0.25), spec=small_spec(seed=n), status="running") for n in (1, 2)]
    columns = list(table_of(runs))
    assert columns[:4] == ["Run", "Name", "Val. loss", "Val. accuracy"]
    assert columns.index("Status") < columns.index("Time") < columns.index("Seed")


def test_the_status_is_shown_where_a_run_has_not_finished():
    assert "Status" not in table_of([a_run(1), a_run(2)])
    table = table_of([a_run(1), a_run(2, status="stopped")])
    assert list(table["Status"]) == [["finished"], ["stopped"]]


def test_the_interval_is_wilsons_on_10000_pictures():
    limits = binomtest(9271, 10_000).proportion_ci(0.95, method="wilson")
    expected = f"{100 * limits.low:.1f} to {100 * limits.high:.1f}"
    table = table_of([a_run(1, record(6, val_accuracy=0.9271))])
    assert list(table["95 % interval"]) == [expected] == ["92.2 to 93.2"]


def test_a_run_without_an_epoch_has_no_figures():
    row = table_of([a_run(1, epochs_done=0, seconds=0.0)]).iloc[0]
    for column in ("Best epoch", "Val. loss", "Val. accuracy", "95 % interval", "Time"):
        assert pd.isna(row[column])


def test_the_settings_of_a_damaged_run_are_not_known():
    """What its spec says is a default, not what it trained."""
    known = [a_run(n, spec=small_spec(seed=n)) for n in (1, 2)]
    table = table_of([*known, a_run(3, status="damaged", spec=small_spec(seed=99))])
    assert list(table["Seed"])[:2] == [1, 2]
    assert pd.isna(table["Seed"][2])


def test_notes_and_tags_are_shown_where_there_are_any():
    table = table_of([a_run(1, note="two\nlines", tags=("a", "b")), a_run(2)])
    assert list(table["Note"]) == ["two lines", ""]
    assert list(table["Tags"]) == [["a", "b"], []]


@pytest.mark.parametrize("seconds", [-1.0, 1e300, float("nan"), float("inf")])
def test_a_time_that_no_calendar_knows_is_left_out(seconds):
    assert moment(seconds) is None
    assert pd.isna(table_of([a_run(1, created=seconds)])["Created"][0])


@pytest.mark.parametrize("accuracy", [-0.5, 1.5, float("nan")])
def test_an_impossible_accuracy_has_no_interval(accuracy):
    table = table_of([a_run(1, record(1, val_accuracy=accuracy))])
    assert pd.isna(table["95 % interval"][0])


# Answer


def test_the_answer_names_the_lowest_validation_loss_and_how_far_the_next_is():
    runs = [
        a_run(3, record(4, 0.5, val_accuracy=0.80)),
        a_run(2, record(8, 0.2291, val_accuracy=0.9271), name="**best**"),
        a_run(1),
    ]
    answer, certainty = describe_best(runs)
    loss = "0.229 at epoch 8 of 30."
    assert answer == rf"Run 2 · \*\*best\*\* has the lowest validation loss of 2 runs: {loss}"
    assert certainty == (
        "It names 92.7\u00a0% [92.2, 93.2] of the validation pictures right. "
        "Next is run 3: loss 0.500, 80.0\u00a0% [79.2, 80.8] right."
    )


def test_the_answer_says_when_the_intervals_overlap():
    runs = [a_run(n, record(4, 0.3 + n, val_accuracy=0.90 + 0.005 * n)) for n in (1, 2)]
    first, second = (accuracy_interval(run.best) for run in runs)
    assert first.high > second.low
    assert describe_best(runs)[1].endswith("the intervals overlap, so that may be chance.")


@pytest.mark.parametrize(
    ("runs", "answer"),
    [
        ([a_run(1)], "None of these runs has finished an epoch yet."),
        (
            [a_run(1), a_run(2, record(3, 0.25))],
            "Run 2 · name 2 is the only one with results: validation loss 0.250 at epoch 3 of 30.",
        ),
    ],
)
def test_the_answer_compares_nothing_with_nothing(runs, answer):
    assert describe_best(runs) == (answer, "")


# Filter

RUNS = [
    a_run(1, tags=("keep",), note="first try"),
    a_run(2, tags=("keep", "slow"), status="stopped", spec=small_spec(learning_rate=0.01, seed=7)),
    a_run(3, status="failed", spec=small_spec(learning_rate=0.1, seed=77)),
    a_run(4, status="damaged"),
]


def shown(**wanted) -> list[int]:
    return [run.number for run in RUNS if RunFilter(**{"settings": {}, **wanted}).matches(run)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", [1, 2, 3, 4]),
        ("FIRST", [1]),
        ("keep slow", [2]),
        ("lr 0.1", [3]),
        ('"seed 7,"', [2]),
        ('"name 3" seed', [3]),
        ('"run 4"', [4]),
        ("nothing like it", []),
    ],
)
def test_all_words_must_occur_somewhere(text, numbers):
    assert shown(words=split_words(text)) == numbers


def test_quotes_keep_words_together():
    assert split_words('Keep "Seed 3" "" "open') == ("keep", "seed 3", '"open')


def test_one_of_the_statuses_and_all_of_the_tags_are_asked_for():
    assert shown(statuses=frozenset({"stopped", "failed"})) == [2, 3]
    assert shown(tags=frozenset({"keep", "slow"})) == [2]
    assert shown(tags=frozenset({"keep"}), statuses=frozenset({"failed"})) == []


def test_one_of_the_values_of_every_setting_is_asked_for():
    assert shown(settings={"learning_rate": [0.01, 0.1]}) == [2, 3]
    assert shown(settings={"learning_rate": [0.01, 0.1], "seed": [77]}) == [3]
    assert shown(settings={"learning_rate": [0.001]}) == [1]  # not the damaged one


# CSV


def rows_of(runs: Sequence[RunSummary]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(write_csv(runs).decode())))


def test_the_csv_has_every_setting_and_full_figures():
    run = a_run(7, record(6, 0.22912345678, val_accuracy=0.9271), tags=("a", "b"), note='x, "y"\nz')
    (row,) = rows_of([run])
    assert (row["run"], row["id"], row["name"]) == ("7", run.run_id, "name 7")
    assert (row["learning_rate"], row["conv_widths"]) == ("0.001", "4/6")
    assert (row["best_epoch"], row["val_loss"]) == ("6", "0.22912345678")
    limits = binomtest(9271, 10_000).proportion_ci(0.95, method="wilson")
    assert float(row["val_accuracy_low"]) == pytest.approx(limits.low, abs=1e-9)
    assert float(row["val_accuracy_high"]) == pytest.approx(limits.high, abs=1e-9)
    assert (row["tags"], row["note"]) == ("a, b", 'x, "y"\nz')
    assert row["created"] == "2026-11-18 11:06:40+00:00"


def test_the_csv_has_empty_cells_for_what_is_not_known():
    empty, damaged = rows_of([a_run(1), a_run(2, status="damaged")])
    assert empty["best_epoch"] == empty["val_loss"] == empty["val_accuracy_low"] == ""
    assert damaged["learning_rate"] == damaged["seed"] == ""


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x"])
def test_no_text_of_a_visitor_is_a_formula_in_a_spreadsheet(text):
    (row,) = rows_of([a_run(1, name=text, note=text, tags=(text,))])
    assert row["name"] == row["note"] == row["tags"] == f"'{text}"


def test_the_csv_of_nothing_is_a_head():
    assert write_csv([]) == b"run\r\n"


# Link


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("http://localhost:8501/runs", "http://localhost:8501/?run=r-1"),
        ("https://host/some/place/runs", "https://host/some/place/?run=r-1"),
        (None, "/?run=r-1"),
    ],
)
def test_the_link_of_a_run_leads_to_its_overview(address, link):
    assert link_to(address, "r-1") == link
