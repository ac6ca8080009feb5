"""The search for the recipes: what it trains, what it keeps, what its table says."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers import SMALL_IMAGES, load_small_split, record, small_spec, small_split

from benchmarks import recipe_results
from benchmarks import recipes as search
from benchmarks.recipe_candidates import ROUNDS, Candidate, Round, find_round
from benchmarks.recipe_results import Result, keep_result, read_results, report
from fashion_core.recipes import BEST, FAST
from fashion_core.runs import artifacts


def result(spec: str, **changes: object) -> Result:
    figures = {"epoch": 3, "val_loss": 0.25, "val_accuracy": 0.9375, "test_accuracy": 0.9}
    others = {"seconds": 9.5, "cpu_seconds": 4.25, "torch": "2.14.1"}
    return Result(**{"spec": spec, **figures, **others, **changes})


TINY = Candidate(
    name="tiny", overrides=small_spec(epochs=2, horizontal_flip=True).to_dict() | {"seed": 0}
)
TRIED = Round(name="tried", purpose="Does it run?", seeds=(0, 1), candidates=(TINY,))


# What is trained


@pytest.mark.parametrize("each", ROUNDS, ids=lambda each: each.name)
def test_every_candidate_is_a_valid_spec_of_at_most_30_epochs(each):
    specs = [spec for _, spec in each.specs()]
    assert all(spec.epochs <= 30 for spec in specs)
    assert len({spec.to_json() for spec in specs}) == len(specs)


def test_all_candidates_get_their_first_seed_before_any_gets_its_second():
    seeds = [spec.seed for _, spec in find_round("long").specs()]
    assert seeds == sorted(seeds)


def test_only_the_final_round_shows_test_accuracy_and_it_is_that_of_the_recipes():
    (final,) = [each for each in ROUNDS if each.shows_test]
    assert final.name == "final"
    specs = [spec for _, spec in final.specs()]
    assert {BEST.spec(seed=seed) for seed in range(3)} <= set(specs)
    assert {FAST.spec(seed=seed) for seed in range(3)} <= set(specs)


def test_an_unknown_round_is_refused():
    with pytest.raises(ValueError, match=r"^Expected one of parts, long, fast, final, got 'best'"):
        find_round("best")


# What is kept


def test_kept_results_come_back_by_spec(tmp_path):
    path = tmp_path / "recipes.jsonl"
    assert read_results(path) == {}
    results = [result("a"), result("b", cpu_seconds=None)]
    for each in results:
        keep_result(path, each)
    assert read_results(path) == {"a": results[0], "b": results[1]}


def leave_epochs(run_dir: Path, *val_losses: float) -> None:
    """Leave epochs in which one test picture more is right each time."""
    artifacts.prepare_folders(run_dir)
    labels = small_split("test").labels
    for epoch, val_loss in enumerate(val_losses, start=1):
        predicted = (labels + 1) % 10
        predicted[:epoch] = labels[:epoch]
        said = artifacts.Predictions(
            predictions=predicted.astype("uint8"),
            pred_probs=np.zeros((SMALL_IMAGES, 10), "float16"),
            loss=np.zeros(SMALL_IMAGES, "float32"),
        )
        figures = record(epoch, val_loss=val_loss, seconds=10.0 * epoch)
        content = artifacts.EpochFile(record=figures, val=said, test=said)
        artifacts.write_epoch(run_dir, content)


def test_the_figures_are_those_of_the_lowest_validation_loss(tmp_path, monkeypatch):
    """Three epochs, the second is best: 2 of 300 test pictures are right there."""
    monkeypatch.setattr(recipe_results, "read_split", load_small_split)
    leave_epochs(tmp_path, 0.75, 0.25, 0.5)
    found = recipe_results.result_of_run(
        small_spec(), tmp_path, tmp_path, cpu_seconds=None, torch="2.14.1"
    )
    assert (found.epoch, found.val_loss, found.seconds) == (2, 0.25, 60.0)
    assert found.test_accuracy == 2 / SMALL_IMAGES


# The table


def rows_of(page: str) -> list[str]:
    """Give the lines of the only round's table."""
    table = page.partition("Does it run?")[2].partition("\n## ")[0]
    return [line for line in table.splitlines() if line]


def test_the_table_gives_mean_and_spread_and_what_is_missing(monkeypatch):
    """94 and 95 %: mean 94.5, standard deviation 0.71; the better candidate comes first."""
    other = Candidate(name="other", overrides={"epochs": 4})
    missing = Candidate(name="missing", overrides={"epochs": 5})
    monkeypatch.setattr(
        recipe_results, "ROUNDS", (replace(TRIED, candidates=(other, TINY, missing)),)
    )
    texts = [TINY.spec(0).to_json(), TINY.spec(1).to_json(), other.spec(0).to_json()]
    kept = [
        result(texts[0], val_accuracy=0.94, val_loss=0.25, cpu_seconds=None),
        result(texts[1], val_accuracy=0.95, val_loss=0.75, epoch=2),
        result(texts[2], val_accuracy=0.9),
    ]
    page = report({each.spec: each for each in kept}, "Made on paper.")
    assert rows_of(page) == [
        "| candidate | seeds | best epoch | validation loss | validation accuracy | CPU s |",
        "|---|--:|--:|--:|--:|--:|",
        "| tiny | 2 of 2 | 3; 2 | 0.5000 ± 0.3536 | 94.50 ± 0.71 % | 4 |",
        "| other | 1 of 2 | 3 | 0.2500 | 90.00 % | 4 |",
        "Not trained: missing.",
    ]
    assert "Made on paper." in page


def test_a_round_without_results_has_no_table(monkeypatch):
    monkeypatch.setattr(recipe_results, "ROUNDS", (TRIED,))
    assert rows_of(report({}, "")) == ["Not trained: tiny."]


def test_the_final_table_shows_test_accuracy(monkeypatch):
    monkeypatch.setattr(recipe_results, "ROUNDS", (replace(TRIED, shows_test=True),))
    text = TINY.spec(0).to_json()
    page = report({text: result(text, test_accuracy=0.9125)}, "")
    assert rows_of(page)[-1] == "| tiny | 1 of 2 | 3 | 0.2500 | 93.75 % | 91.25 % | 4 |"


# The whole


@pytest.fixture
def tried(small_data, monkeypatch, tmp_path) -> Path:
    """Let the search know one small round; give its folder of results."""
    monkeypatch.setattr(search, "find_round", lambda _: TRIED)
    monkeypatch.setattr(recipe_results, "ROUNDS", (TRIED,))
    monkeypatch.setattr(recipe_results, "read_split", load_small_split)
    monkeypatch.setattr(
        "sys.argv",
        ["recipes", "parts", "--out", str(tmp_path / "out"), "--work", str(tmp_path / "work")],
    )
    return tmp_path / "out"


def test_a_search_keeps_every_run_and_writes_its_table(tried, capsys):
    search.main()
    lines = [json.loads(line) for line in (tried / "recipes.jsonl").read_text().splitlines()]
    assert [json.loads(line["spec"])["seed"] for line in lines] == [0, 1]
    assert "| tiny | 2 of 2 | " in (tried / "recipes.md").read_text()
    assert "  epoch 2: validation loss " in capsys.readouterr().out


def test_what_is_kept_is_not_trained_again(tried, capsys, monkeypatch):
    search.main()
    before = (tried / "recipes.jsonl").read_bytes()
    monkeypatch.setattr(search, "execute_run", None)
    search.main()
    assert (tried / "recipes.jsonl").read_bytes() == before
    assert capsys.readouterr().out.count("  kept") == 2


def test_a_search_that_was_cut_goes_on(tried, capsys, monkeypatch):
    """Ctrl-C after the first epoch of the first run."""

    def cut(event) -> None:
        if isinstance(event, search.EpochFinished):
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(search, "_say", cut)
        with pytest.raises(KeyboardInterrupt):
            search.main()
    search.main()
    kept = [json.loads(line) for line in (tried / "recipes.jsonl").read_text().splitlines()]
    assert [line["cpu_seconds"] is None for line in kept] == [True, False]


@pytest.mark.parametrize(("only", "trained"), [("tiny", 2), ("somebody else", 0)])
def test_one_candidate_of_a_round_can_be_trained_alone(tried, monkeypatch, only, trained):
    monkeypatch.setattr("sys.argv", [*sys.argv, "--only", only])
    search.main()
    assert len(read_results(tried / "recipes.jsonl")) == trained
