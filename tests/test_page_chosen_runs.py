"""The chosen runs side by side: the table, the curves, and the link that opens them again."""

import csv
import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from helpers import record, small_spec
from scipy.stats import binomtest
from streamlit.testing.v1 import AppTest
from test_pages_runs import choose, curves, make_run, open_runs, words
from test_ui_runs import a_run

from fashion_core.runs.store import RunStore
from pages.ui import run_differences, services
from pages.ui.run_differences import differences


@pytest.fixture
def three(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the ids of three finished runs in a store that pages see."""
    monkeypatch.setenv("FASHION_RUNS", str(store.root))
    monkeypatch.setattr(services, "engine", SimpleNamespace)
    monkeypatch.setattr(services, "REFERENCE", Path("nowhere"))
    return [make_run(store, seed, loss) for seed, loss in ((1, 0.5), (2, 0.25), (3, 0.75))]


def linked(app: AppTest) -> list[str]:
    """Give the runs that the link names as chosen."""
    return list(app.query_params.get("chosen", []))


# Table


PAIR = (
    a_run(3, record(6, 0.2291, val_accuracy=0.9271), spec=small_spec(learning_rate=0.01, epochs=9)),
    a_run(5, spec=small_spec(learning_rate=0.001, epochs=9)),
)


def test_only_what_differs_has_a_row_then_what_came_out():
    assert differences(PAIR) == {
        "learning rate": ["0.01", "0.001"],
        "best epoch": ["6 of 9", "–"],
        "validation loss": ["0.229", "–"],
        "validation accuracy": ["92.7\u00a0% [92.2, 93.2]", "–"],
    }


def test_the_file_has_a_line_for_each_run_with_numbers_in_full():
    first, second = csv.DictReader(run_differences._csv(PAIR).decode().splitlines())
    limits = binomtest(9271, 10_000).proportion_ci(0.95, method="wilson")
    assert (first["run"], first["learning_rate"], first["best_epoch"]) == ("3", "0.01", "6")
    assert float(first["val_loss"]) == 0.2291
    assert float(first["val_accuracy_low"]) == pytest.approx(limits.low)
    assert float(first["val_accuracy_high"]) == pytest.approx(limits.high)
    assert (second["run"], second["val_loss"]) == ("5", "")


def test_each_run_has_a_column_with_its_number_and_the_colour_of_its_line(three):
    app = choose(open_runs(run=three[0]), three[2], three[1])
    (table,) = [e.proto.body for e in app.get("html") if 'class="side-by-side"' in e.proto.body]
    (chart,) = app.get("plotly_chart")
    lines = [line for line in json.loads(chart.proto.spec)["data"] if "lines" in line["mode"]]
    heads = [f'color:{line["line"]["color"]}">●</span> {line["name"]}</th>' for line in lines]
    assert [table.index(head) for head in heads] == sorted(table.index(head) for head in heads)
    assert '<th scope="row">seed</th><td>2</td><td>3</td>' in table


def test_runs_of_the_same_settings_are_said_to_be(three, store):
    twin = make_run(store, 1, 0.375)
    assert "All settings of these runs are the same." in words(choose(open_runs(), three[0], twin))
    assert "All settings of these" not in words(choose(open_runs(), *three))


# Curves


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        (None, "Lowest validation loss: run 1 0.500 at epoch 2, run 3 0.750 at epoch 2."),
        ("validation accuracy", "Highest validation accuracy: run 1 87.5\u00a0% at epoch 2"),
        ("training loss", "Lowest training loss: run 1 0.750 at epoch 2"),
    ],
)
def test_the_link_chooses_what_the_curves_show(three, measure, said):
    query = {"curve": measure} if measure else {}
    app = open_runs(run=three[0], chosen=[three[0], three[2]], **query)
    (chart,) = app.get("plotly_chart")
    title = json.loads(chart.proto.spec)["layout"]["yaxis"]["title"]["text"]
    assert title.startswith(measure or "validation loss")
    assert said in words(app)


# Link


def test_the_link_opens_the_same_comparison(three):
    app = open_runs(run=three[0], chosen=[three[2], three[1]])
    assert curves(app) == ["run 2", "run 3"]
    assert linked(app) == [three[2], three[1]]
    assert not app.warning


def test_ticks_go_into_the_link_from_two_on(three):
    app = open_runs(run=three[0])
    assert linked(app) == []
    assert linked(choose(app, three[0], three[2])) == [three[0], three[2]]
    assert linked(choose(app, three[2])) == []


def test_a_link_that_goes_back_is_followed(three):
    app = choose(open_runs(run=three[0]), three[0], three[2])
    choose(app, *three)
    app.query_params["chosen"] = [three[0], three[2]]
    assert curves(app.run()) == ["run 1", "run 3"]
    del app.query_params["chosen"]
    assert "**Run 1** · run of seed 1" in words(app.run())
    app.query_params["chosen"] = [three[1], three[2]]
    assert curves(app.run()) == ["run 2", "run 3"]


def test_runs_that_are_not_here_are_said_and_dropped(three):
    app = open_runs(run=three[0], chosen=[three[1], "<b>no</b>", three[2], "r-gone-for-good"])
    assert app.warning[0].value == (
        "The link names 2 runs that are not here. The others are compared."
    )
    assert curves(app) == ["run 2", "run 3"]
    assert linked(app) == [three[1], three[2]]
    assert not app.run().warning


def test_a_link_with_one_run_left_shows_the_run_of_all_pages(three):
    app = open_runs(run=three[0], chosen=[three[1], "r-gone-for-good"])
    assert "a run that is not here. Fewer than two are left to compare." in app.warning[0].value
    assert "**Run 1** · run of seed 1" in words(app)
    assert linked(app) == []


def test_another_run_for_all_pages_is_ticked_alone(three):
    app = choose(open_runs(run=three[0]), three[0], three[2])
    app.selectbox(key="run").set_value(three[1]).run()
    assert "**Run 2** · run of seed 2" in words(app)
    assert linked(app) == []


def test_a_link_does_not_grow_beyond_what_is_compared(three, store):
    ids = [make_run(store, seed, 0.5) for seed in range(4, 11)]
    app = choose(open_runs(), *three, *ids)
    assert linked(app) == [*three, *ids[:5]]
    assert "**10 runs are chosen**" in words(app.run())


def test_a_deleted_run_leaves_the_link(three, store):
    app = choose(open_runs(run=three[0]), *three)
    services.annotations().delete(three[1])
    assert linked(app.run()) == [three[0], three[2]]
    assert not app.warning
