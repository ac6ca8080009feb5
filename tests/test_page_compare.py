"""The Compare page, opened cold by Streamlit's own test client on real predictions."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from streamlit.testing.v1 import AppTest

from fashion_core.config import RunSpec
from fashion_core.data import read_split
from fashion_core.runs import artifacts
from fashion_core.runs.artifacts import EpochFile
from fashion_core.runs.importing import import_folder
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.store import RunStore
from pages.ui import compare_data, services
from pages.ui.compare_choice import other_epoch

ROOT = Path(__file__).parents[1]
REFERENCE = "r-reference-as-specified"


@pytest.fixture(autouse=True)
def caches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give pages caches of their own, no engine, and only the runs of the test."""
    monkeypatch.setattr(services, "engine", lambda: None)
    monkeypatch.setattr(services, "REFERENCE", Path("nowhere"))


def add_run(store: RunStore, spec: RunSpec, epochs: list[int], **figures: float) -> str:
    """Add a finished run whose epochs are some of the reference run's, renumbered from 1.

    `figures` replace those of all its epochs.
    """
    run_id = store.create(spec)
    journal = RunJournal(store, run_id)
    journal.start()
    for number, source in enumerate(epochs, start=1):
        content = artifacts.read_epoch(services.ROOT / "examples" / "reference-run", source)
        changes = {
            name: getattr(content.record, name)
            for name in ("train_loss", "train_accuracy", "val_loss", "val_accuracy", "seconds")
        }
        record = type(content.record)(epoch=number, **{**changes, **figures})
        written = EpochFile(record=record, val=content.val, test=content.test)
        artifacts.write_epoch(store.run_dir(run_id), written)
        journal.epoch(record)
    journal.end("finished", "")
    return run_id


@pytest.fixture(scope="session")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a store with the reference run and a newer one, made once.

    The newer one has the answers of epochs 3, 6 and 16; its best is the second.
    """
    root = tmp_path_factory.mktemp("compare") / "runs"
    store = RunStore(root)
    import_folder(store, ROOT / "examples" / "reference-run")
    add_run(store, RunSpec(seed=7, epochs=3), [3, 6, 16])
    return root


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    """Give the empty store that the pages use."""
    monkeypatch.setenv("FASHION_RUNS", str(tmp_path / "runs"))
    return services.store()


@pytest.fixture
def opened(two_runs: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Open the page on the store with two runs."""
    monkeypatch.setenv("FASHION_RUNS", str(two_runs))
    return open_page


def open_page(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page("pages/compare.py")
    return app.run()


def words(app: AppTest) -> str:
    """Give all the text of a page; `app` must be free of exceptions."""
    assert not app.exception
    kinds = (app.title, app.markdown, app.caption, app.info, app.warning, app.error, app.metric)
    return "\n".join(
        f"{getattr(element, 'label', '')} {element.value}" for kind in kinds for element in kind
    )


def button(app: AppTest, label: str):
    return next(button for button in app.button if button.label == label)


def newer() -> str:
    return next(run.run_id for run in services.store().runs() if run.run_id != REFERENCE)


def right(run_id: str, epoch: int, split: str = "test") -> np.ndarray:
    """Read from disk which pictures an epoch has right."""
    file = services.store().epoch_file(run_id, epoch)
    said = file.test if split == "test" else file.val
    return said.predictions == labels(split)


def labels(split: str = "test") -> np.ndarray:
    return read_split(ROOT / "data", "test" if split == "test" else "val").labels


def answer(app: AppTest) -> str:
    """Give the sentence under the title."""
    return next(m.value for m in app.markdown if m.value.startswith("#####"))


# The answer


def test_answer_agrees_with_scipy_on_what_is_on_disk(opened: Callable[..., AppTest]) -> None:
    app = opened(run=REFERENCE, epoch="8", **{"with": REFERENCE, "with_epoch": "20"})
    first, second = right(REFERENCE, 8), right(REFERENCE, 20)
    fixed, broken = int((~first & second).sum()), int((first & ~second).sum())
    p_value = stats.binomtest(fixed, fixed + broken).pvalue
    assert f"{fixed + broken} pictures changed sides, {fixed} for the better" in answer(app)
    assert f"p = {p_value:.2g}" in answer(app)
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["Accuracy of B"] == f"{100 * second.mean():.2f}\u00a0%"
    assert shown["B minus A, points"] == f"{100 * (second.mean() - first.mean()):+.2f}".replace(
        "-", "−"
    )
    assert f"{fixed} fixed, {broken} broken" in words(app)


def test_page_opens_cold_with_the_newest_run_against_the_one_before(
    opened: Callable[..., AppTest],
) -> None:
    app = opened()
    assert app.title[0].value == "Which is better, and is the difference real?"
    assert app.query_params["run"] == newer()
    assert app.query_params["with"] == REFERENCE
    assert "run 2, epoch 2" in words(app)
    assert "run 1, epoch 8" in words(app)


def test_a_run_that_only_guesses_is_not_what_another_is_compared_with_by_itself(
    store: RunStore,
) -> None:
    import_folder(store, ROOT / "examples" / "reference-run")
    learned = add_run(store, RunSpec(seed=7, epochs=1), [3])
    guesses = add_run(store, RunSpec(seed=8, epochs=1), [3], val_loss=2.31)
    app = open_page(run=REFERENCE)
    assert app.query_params["with"] == learned
    assert open_page(run=learned).query_params["with"] == REFERENCE
    assert open_page(run=REFERENCE, **{"with": guesses}).query_params["with"] == guesses
    services.annotations().delete(learned)
    assert open_page(run=REFERENCE).query_params["with"] == guesses


def test_link_alone_names_both_sides_the_split_and_the_pair(
    opened: Callable[..., AppTest], two_runs: Path
) -> None:
    second = next(run.run_id for run in RunStore(two_runs).runs() if run.run_id != REFERENCE)
    app = opened(
        run=REFERENCE,
        epoch="5",
        split="validation",
        true="Shirt",
        predicted="T-shirt/top",
        **{"with": second, "with_epoch": "3"},
    )
    first, other = right(REFERENCE, 5, "validation"), right(second, 3, "validation")
    said = services.store().epoch_file(second, 3).val.predictions
    pair = first & ~other & (labels("validation") == 6) & (said == 0)
    assert "run 1, epoch 5" in words(app)
    assert "run 2, epoch 3" in words(app)
    assert f"Broken: A right, B wrong** · {pair.sum()} pictures" in words(app)
    assert "These are **validation** pictures" in words(app)


def test_swap_turns_every_number_round(opened: Callable[..., AppTest]) -> None:
    app = opened(run=REFERENCE)
    before = {metric.label: metric.value for metric in app.metric}
    fixed, broken = (
        int((~right(REFERENCE, 8) & right(newer(), 2)).sum()),
        int((right(REFERENCE, 8) & ~right(newer(), 2)).sum()),
    )
    assert fixed != broken
    assert f"{fixed} fixed, {broken} broken" in words(app)
    button(app, "Swap").click().run()
    after = {metric.label: metric.value for metric in app.metric}
    assert after["Accuracy of A"] == before["Accuracy of B"]
    assert f"{broken} fixed, {fixed} broken" in words(app)
    assert (app.query_params["run"], app.query_params["with"]) == (newer(), REFERENCE)


def test_swap_of_two_epochs_of_one_run(opened: Callable[..., AppTest]) -> None:
    app = opened(run=REFERENCE, epoch="3", **{"with": REFERENCE, "with_epoch": "20"})
    button(app, "Swap").click().run()
    assert (app.query_params["epoch"], app.query_params["with_epoch"]) == ("20", "3")


def test_another_second_run_starts_at_its_best_epoch(opened: Callable[..., AppTest]) -> None:
    app = opened(run=REFERENCE, **{"with": REFERENCE, "with_epoch": "3"})
    app.selectbox(key="with").set_value(newer()).run()
    assert "run 2, epoch 2" in words(app)


def test_table_of_outcomes_adds_up_to_all_pictures(opened: Callable[..., AppTest]) -> None:
    app = opened(run=REFERENCE)
    table = next(t.value for t in app.table if "B right" in t.value.columns)
    first, second = right(REFERENCE, 8), right(newer(), 2)
    assert table.loc["A right", "B right"] == f"{(first & second).sum():,}"
    assert table.loc["A wrong", "B right"] == f"{(~first & second).sum()} fixed"
    assert table.loc["A right", "B wrong"] == f"{(first & ~second).sum()} broken"
    assert table.loc["A wrong", "B wrong"] == f"{(~first & ~second).sum()}"
    said = [
        services.store().epoch_file(*of).test.predictions for of in ((REFERENCE, 8), (newer(), 2))
    ]
    same = (~first & (said[0] == said[1])).sum()
    assert f"{same} got the same wrong answer twice." in words(app)


def test_the_best_looking_of_many_epochs_is_not_enough(opened: Callable[..., AppTest]) -> None:
    """Epoch 20 is better than epoch 8 with p = 0.045: one of 435 pairs of epochs."""
    app = opened(run=REFERENCE, epoch="8", **{"with": REFERENCE, "with_epoch": "20"})
    assert "With 30 epochs there are 435 pairs to compare." in words(app)


# Settings


def test_only_settings_that_differ_are_listed(opened: Callable[..., AppTest]) -> None:
    app = opened(run=REFERENCE)
    table = next(t.value for t in app.table if list(t.value.columns) == ["A", "B"])
    assert list(table.index) == ["epochs", "seed"]
    assert list(table.loc["epochs"]) == ["30", "3"]
    assert "The epochs and the seed differ: part of the change may be luck." in words(app)


def test_two_epochs_of_one_run_have_no_settings_to_list(opened: Callable[..., AppTest]) -> None:
    app = opened(run=REFERENCE, **{"with": REFERENCE})
    assert "A and B are one run at different times: epoch 8 and epoch 30." in words(app)
    assert not [t for t in app.table if list(t.value.columns) == ["A", "B"]]


# Where


def test_galleries_count_all_pictures_that_changed_sides(opened: Callable[..., AppTest]) -> None:
    app = opened(run=REFERENCE)
    fixed = int((~right(REFERENCE, 8) & right(newer(), 2)).sum())
    assert f"Fixed: A wrong, B right** · {fixed} pictures" in words(app)


def test_choosing_a_pair_filters_both_galleries(opened: Callable[..., AppTest]) -> None:
    app = opened(run=REFERENCE)
    app.selectbox(key="true").set_value("Coat").run()
    app.selectbox(key="predicted").set_value("Pullover").run()
    first, second = right(REFERENCE, 8), right(newer(), 2)
    coats = labels() == 4
    was, now = (
        services.store().epoch_file(run, epoch).test.predictions == 2
        for run, epoch in ((REFERENCE, 8), (newer(), 2))
    )
    fixed, broken = (coats & was & second).sum(), (coats & first & now).sum()
    assert fixed != broken
    assert f"A wrong, B right** · {fixed} picture" in words(app)
    assert f"A right, B wrong** · {broken} picture" in words(app)


def test_pair_and_page_do_not_compute_the_comparison_again(
    opened: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    real = compare_data.compare
    monkeypatch.setattr(compare_data, "compare", lambda *sides: calls.append(1) or real(*sides))
    app = opened(run=REFERENCE)
    app.selectbox(key="true").set_value("Coat").run()
    app.session_state["page"] = 2
    words(app.run())
    assert len(calls) == 1
    app.selectbox(key="with_epoch").set_value("1").run()
    assert len(calls) == 2


def test_a_right_answer_is_no_pair(opened: Callable[..., AppTest]) -> None:
    text = words(opened(run=REFERENCE, true="Bag", predicted="Bag"))
    assert "No picture was fixed here." in text
    assert "No picture was broken here." in text


def test_table_of_classes_is_sorted_by_balance_and_agrees_with_what_is_on_disk(
    opened: Callable[..., AppTest],
) -> None:
    app = opened(run=REFERENCE)
    table = next(t.value for t in app.table if "balance" in t.value.columns)
    first, second = right(REFERENCE, 8), right(newer(), 2)
    balances = {
        int(label): int(second[labels() == label].sum()) - int(first[labels() == label].sum())
        for label in range(10)
    }
    assert [int(text.strip("*").replace("−", "-")) for text in table["balance"]] == sorted(
        balances.values(), reverse=True
    )
    shirts = labels() == 6
    assert table.loc["Shirt", "recall"] == (
        f"{100 * first[shirts].mean():.1f} → {100 * second[shirts].mean():.1f}"
    )


def test_figures_of_the_page_are_drawn(opened: Callable[..., AppTest]) -> None:
    figures = [element.proto.spec for element in opened(run=REFERENCE).get("plotly_chart")]
    assert len(figures) == 4  # difference, classes, loss, accuracy


# Which pictures


def test_test_pictures_come_with_a_caution_and_a_way_out(opened: Callable[..., AppTest]) -> None:
    app = opened(run=REFERENCE)
    assert "a test that has chosen is no longer a test" in words(app)
    button(app, "Compare on validation pictures").click().run()
    assert "These are **validation** pictures: right for choosing" in words(app)
    assert app.query_params["split"] == "validation"
    assert not [b for b in app.button if b.label == "Compare on validation pictures"]


def test_page_says_what_the_test_does_not_say(opened: Callable[..., AppTest]) -> None:
    text = words(opened(run=REFERENCE))
    assert "nothing about training again: another seed gives other weights" in text
    assert "One comparison in twenty of equally good runs is called real." in text


def test_link_to_a_picture_shows_both_answers(opened: Callable[..., AppTest]) -> None:
    app = opened(run=REFERENCE, picture="17")
    assert "A says" in words(app)
    assert "B says" in words(app)
    assert len(app.get("plotly_chart")) == 6


@pytest.mark.parametrize("picture", ["-1", "99999", "<script>", "7" * 50])
def test_link_to_an_impossible_picture_does_no_harm(
    opened: Callable[..., AppTest], picture: str
) -> None:
    assert not opened(run=REFERENCE, picture=picture).error


@pytest.mark.parametrize(
    ("query", "says"),
    [
        (
            {"with": "../../etc/passwd"},
            "names a run that is not here. Run 2 is shown as B instead.",
        ),
        ({"with_epoch": "31"}, "names a second epoch that is not here. Another one is shown."),
        (
            {"with_epoch": "best; --"},
            "names a second epoch that is not here. Another one is shown.",
        ),
    ],
)
def test_link_to_an_unknown_second_side_shows_another_and_says_so(
    opened: Callable[..., AppTest], query: dict[str, str], says: str
) -> None:
    text = words(opened(run=REFERENCE, **query))
    assert f"The link {says}" in text
    assert "pictures changed sides" in text


@pytest.mark.parametrize("query", [{"true": "Hat"}, {"page": "99"}, {"page-back": "-5"}])
def test_link_with_an_impossible_pair_or_page_does_no_harm(
    opened: Callable[..., AppTest], query: dict[str, str]
) -> None:
    assert "pictures changed sides" in words(opened(run=REFERENCE, **query))


# States


def test_one_run_alone_is_compared_with_its_last_epoch(store: RunStore) -> None:
    import_folder(store, ROOT / "examples" / "reference-run")
    app = open_page()
    assert "run 1, epoch 8" in words(app)
    assert "run 1, epoch 30" in words(app)
    assert app.query_params["with_epoch"] == "30"


def test_one_run_with_one_epoch_names_the_next_step(store: RunStore) -> None:
    add_run(store, RunSpec(), [1])
    text = words(open_page())
    assert "Run 1 has one finished epoch and there is no other run with results" in text
    assert "pictures changed sides" not in text


def test_empty_store_names_the_next_step(store: RunStore) -> None:
    assert "Nothing was trained yet." in words(open_page())


def test_run_without_results_cannot_be_the_second(store: RunStore) -> None:
    add_run(store, RunSpec(), [1])
    add_run(store, RunSpec(seed=1), [2])
    store.create(RunSpec(seed=2))
    app = open_page()
    assert len(app.selectbox(key="run").options) == 3
    assert len(app.selectbox(key="with").options) == 1


def test_same_epoch_on_both_sides_has_one_step_out(opened: Callable[..., AppTest]) -> None:
    app = opened(run=REFERENCE, **{"with": REFERENCE, "with_epoch": "best"})
    assert "A and B are the same: epoch 8 of run 1." in words(app)
    button(app, "Compare with epoch 30").click().run()
    assert "pictures changed sides" in answer(app)
    assert "run 1, epoch 30" in words(app)


def test_equal_answers_of_two_runs_are_said_and_no_galleries_drawn(store: RunStore) -> None:
    for seed in (0, 1):
        add_run(store, RunSpec(seed=seed), [8])
    app = open_page()
    assert "A and B give the same answer to all 10,000 pictures" in answer(app)
    assert "Which pictures changed sides?" not in [header.value for header in app.subheader]


def test_damaged_predictions_of_the_second_give_a_sentence(store: RunStore) -> None:
    runs = [add_run(store, RunSpec(seed=seed), [8 + seed]) for seed in (0, 1)]
    path = next((store.run_dir(runs[0]) / "epochs").glob("epoch-0001-*"))
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    app = open_page(run=runs[1])
    assert not app.exception
    assert "is damaged: its content is not what was written" in app.error[0].value


def test_other_epoch_is_the_last_the_best_or_the_one_before(two_runs: Path) -> None:
    run = RunStore(two_runs).run(REFERENCE)
    assert other_epoch(run, 8) == 30
    assert other_epoch(run, 30) == 8
    assert other_epoch(run, 3) == 30


def test_other_epoch_of_a_run_whose_last_is_its_best(store: RunStore) -> None:
    run = store.run(add_run(store, RunSpec(), [1, 2, 8]))
    assert run.best is not None
    assert (run.best.epoch, other_epoch(run, 3)) == (3, 2)


def test_other_epoch_of_a_single_one_is_refused(store: RunStore) -> None:
    run = store.run(add_run(store, RunSpec(), [8]))
    with pytest.raises(ValueError, match="another epoch than 1, got run 1"):
        other_epoch(run, 1)


def test_runs_that_differ_by_their_seed_alone_are_called_luck(store):
    first = add_run(store, RunSpec(seed=1, epochs=2), [1, 2])
    second = add_run(store, RunSpec(seed=2, epochs=2), [16, 18])
    text = words(open_page(run=first, **{"with": second}))
    assert "differ by more than chance, but only by the luck of the seed." in text
    assert "is better by more than chance" not in text
    assert "trained again with other seeds" not in text


def test_other_pairs_of_runs_are_said_to_depend_on_their_seeds(opened):
    text = words(opened(run=REFERENCE, **{"with": newer()}))
    assert "trained again with other seeds, the same settings can come out the other way" in text
    assert "trained again" not in words(opened(run=REFERENCE, **{"with": REFERENCE}))


def test_a_run_that_goes_on_is_no_finished_candidate(store):
    first = add_run(store, RunSpec(seed=1, epochs=1), [1])
    second = add_run(store, RunSpec(seed=2, epochs=1, dropout=0.1), [2])
    both = {"run": first, "with": second}
    assert "right for a last look at two finished candidates" in words(open_page(**both))
    RunJournal(store, second).end("failed", "")
    assert "not both of these runs are finished" in words(open_page(**both))


def test_both_matrices_have_one_colour_scale_and_say_so(opened):
    app = opened(run=REFERENCE, **{"with": newer()})
    sent = [json.loads(part.proto.json) for part in app.get("bidi_component")]
    first, second = (each for each in sent if "fractions" in each)
    assert first["most"] == second["most"]
    assert first["unit"] == "pictures; right answers in grey; the same scale in both"
    largest = [
        max(part for row in each["fractions"] for part in row if part is not None)
        for each in (first, second)
    ]
    assert max(largest) == 1.0
    assert min(largest) < 1.0


def linked_sections(app: AppTest) -> list[str]:
    """Give where the links to parts of the page lead."""
    (line,) = [caption.value for caption in app.caption if caption.value.startswith("On this page")]
    return re.findall(r"\(#(\w+)\)", line)


def test_links_lead_to_every_part_of_the_page_in_its_order(opened: Callable[..., AppTest]) -> None:
    app = opened(epoch="8", run=REFERENCE)
    assert sorted(linked_sections(app)) == sorted(part.anchor for part in app.subheader)
    assert len(linked_sections(app)) == 7


def test_links_lead_to_no_part_that_is_not_there(store: RunStore) -> None:
    ids = [add_run(store, RunSpec(seed=seed, epochs=1), [6]) for seed in (1, 2)]
    app = open_page(run=ids[0], **{"with": ids[1]})
    assert linked_sections(app) == [part.anchor for part in app.subheader]
    assert len(linked_sections(app)) == 3
