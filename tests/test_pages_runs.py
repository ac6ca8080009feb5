"""The Runs page in Streamlit's own test client: say something about runs, filter, delete, undo."""

import io
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import pytest
from helpers import REPO_ROOT, damage_run, record, small_spec
from portable import contents, put_run
from streamlit.testing.v1 import AppTest

from fashion_core.config import RunSpec
from fashion_core.runs.annotations import RunAnnotations
from fashion_core.runs.exporting import export_run
from fashion_core.runs.importing import import_folder
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.rows import insert_run, save_all_summaries
from fashion_core.runs.schema import connect
from fashion_core.runs.store import RunStore
from pages.ui import run_transfer, services

MOST_CPU_SECONDS = 0.3


@pytest.fixture
def shown(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    """Let pages see an empty store, and nobody who computes."""
    monkeypatch.setenv("FASHION_RUNS", str(store.root))
    monkeypatch.setattr(services, "engine", SimpleNamespace)
    monkeypatch.setattr(services, "REFERENCE", Path("nowhere"))
    return store


@pytest.fixture
def three(shown: RunStore) -> list[str]:
    """Give the ids of three finished runs; the second has the lowest validation loss."""
    return [make_run(shown, seed, loss) for seed, loss in ((1, 0.5), (2, 0.25), (3, 0.75))]


@pytest.fixture
def notes(shown: RunStore) -> RunAnnotations:
    """Give what is said about the runs."""
    return RunAnnotations(shown)


def make_run(store: RunStore, seed: int, val_loss: float) -> str:
    run_id = store.create(small_spec(seed=seed), name=f"run of seed {seed}")
    journal = RunJournal(store, run_id)
    journal.start()
    journal.epoch(record(2, val_loss))
    journal.end("finished", "")
    return run_id


def open_runs(**query: str | list[str]) -> AppTest:
    app = AppTest.from_file(str(REPO_ROOT / "dashboard.py"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page("pages/runs.py")
    app.run()
    assert not app.exception
    return app


def numbers(app: AppTest) -> list[int]:
    """Give the numbers of the runs in the table, from above."""
    return list(app.dataframe[0].value["Run"])


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click()
    app.run()
    assert not app.exception
    return app


def choose(app: AppTest, *run_ids: str) -> AppTest:
    """Choose rows as a click does."""
    app.session_state["runs-chosen"] = list(run_ids)
    return app.run()


def words(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.info, app.warning, app.error)
    return "\n".join(element.value for kind in kinds for element in kind)


# What it shows


def test_the_table_lists_the_lowest_validation_loss_first(three):
    app = open_runs()
    assert numbers(app) == [2, 1, 3]
    assert "Run 2 · run of seed 2 has the lowest validation loss of 3 runs" in words(app)


def test_test_figures_are_left_out_and_that_is_said(three):
    app = open_runs()
    assert [column for column in app.dataframe[0].value if "est acc" in column] == []
    assert "Test figures are not here" in words(app)


def test_one_run_is_a_table_too(shown):
    make_run(shown, 1, 0.5)
    app = open_runs()
    assert numbers(app) == [1]
    assert "is the only one with results" in words(app)


def curves(app: AppTest) -> list[str]:
    """Give the names of the lines in the figure of the chosen runs; none without it."""
    assert not app.exception
    specs = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    return [line["name"] for spec in specs for line in spec["data"] if "lines" in line["mode"]]


def test_the_curves_of_several_chosen_runs_stand_in_one_figure(shown, three):
    app = open_runs(run=three[0])
    assert curves(app) == []
    assert curves(choose(app, three[2], three[1])) == ["run 2", "run 3"]
    assert "Lowest validation loss: run 2 0.250 at epoch 2, run 3 0.750 at epoch 2." in words(app)
    waiting = shown.create(small_spec(seed=9), name="has no epoch")
    assert curves(choose(app, three[2], waiting)) == []
    assert curves(choose(app, three[2], waiting, three[0])) == ["run 1", "run 3"]


def test_more_runs_than_can_be_told_apart_are_left_out_of_the_figure(shown):
    ids = [make_run(shown, seed, 1 / (seed + 2)) for seed in range(9)]
    app = choose(open_runs(), *ids)
    assert curves(app) == [f"run {number}" for number in range(2, 10)]  # the lowest loss first
    assert "The first 8 of them in the order of the table are compared." in words(app)


def test_a_damaged_run_is_left_out_of_the_figure(shown, three):
    damage_run(shown, three[0])
    assert curves(choose(open_runs(run=three[1]), *three)) == ["run 2", "run 3"]


def test_an_empty_store_says_what_to_do(shown):
    app = open_runs()
    assert "Nothing was trained yet." in words(app)
    assert not app.dataframe


def test_the_link_chooses_the_run(three):
    assert "**Run 3** · run of seed 3" in words(open_runs(run=three[2]))


def test_the_picker_chooses_the_row(three):
    app = open_runs(run=three[2])
    app.selectbox(key="run").set_value(three[0]).run()
    assert "**Run 1** · run of seed 1" in words(app)


def test_a_damaged_run_is_listed_and_its_reason_named(shown, three):
    damage_run(shown, three[0])
    app = open_runs(run=three[0])
    assert sorted(numbers(app)) == [1, 2, 3]
    assert "The list of runs is damaged where it says what this run trains" in words(app)


# Sort and filter


@pytest.mark.parametrize(
    ("order", "expected"),
    [("newest", [3, 2, 1]), ("name", [1, 2, 3]), ("lowest validation loss", [2, 1, 3])],
)
def test_the_link_orders_the_table(three, order, expected):
    assert numbers(open_runs(sort=order)) == expected


def test_runs_without_results_come_last(shown, three):
    shown.create(RunSpec())
    for order in ("lowest validation loss", "highest validation accuracy", "shortest time"):
        assert numbers(open_runs(sort=order))[-1] == 4


def test_the_link_filters_the_table(three, notes):
    notes.tag(three[1], add=["keep"])
    notes.note(three[2], "a slow one")
    assert numbers(open_runs(find="slow")) == [3]
    assert numbers(open_runs(tag=["keep"])) == [2]
    assert numbers(open_runs(setting=["seed: 1", "seed: 3"])) == [1, 3]
    assert numbers(open_runs(status=["finished"], find='"seed 2"')) == [2]


def test_the_filter_is_said_and_undone(three):
    app = open_runs(find="seed")
    app.text_input(key="find").set_value('"seed 3"').run()
    assert numbers(app) == [3]
    assert "1 of 3 runs are shown." in words(app)
    assert len(numbers(press(app, "Show all"))) == 3
    assert app.text_input(key="find").value == ""


def test_a_filter_that_no_run_passes_says_so(three):
    app = open_runs(find="nothing like it")
    assert "No run is like that." in words(app)
    assert len(numbers(press(app, "Show all"))) == 3


def test_a_tag_that_is_gone_filters_nothing(three, notes):
    for run_id in three[1:]:
        notes.tag(run_id, add=["other"])
    notes.tag(three[1], add=["gone"])
    app = open_runs(tag=["gone", "other"])
    assert numbers(app) == [2]
    notes.tag(three[1], remove=["gone"])
    assert numbers(app.run()) == [2, 3]
    assert app.multiselect(key="tag").value == ["other"]
    assert not app.exception


def test_a_hidden_run_is_not_acted_on(three):
    app = open_runs(run=three[0], find='"seed 2"')
    assert numbers(app) == [2]
    assert "**Run 1**" not in words(app)
    assert "Delete" not in [button.label for button in app.button]


# Say something about a run


def test_name_note_and_tags_are_saved_together(shown, three):
    app = open_runs(run=three[0])
    app.text_input(key=f"run-name-{three[0]}").set_value("my **best**")
    app.text_area(key=f"run-note-{three[0]}").set_value("line one\nline two")
    app.multiselect(key=f"run-tags-{three[0]}").set_value(["keep", "new one"])
    press(app, "Save")
    run = shown.run(three[0])
    assert (run.name, run.note, run.tags) == (
        "my **best**",
        "line one\nline two",
        ("keep", "new one"),
    )
    assert r"**Run 1** · my \*\*best\*\*" in words(app)
    table = app.dataframe[0].value.set_index("Run")
    assert table["Note"][1] == "line one line two"
    assert list(table["Tags"][1]) == ["keep", "new one"]


def test_saving_leaves_alone_what_another_tab_has_changed(shown, three, notes):
    app = open_runs(run=three[0])
    notes.rename(three[0], "of the other tab")
    notes.tag(three[0], add=["theirs"])
    app.text_area(key=f"run-note-{three[0]}").set_value("my note")
    press(app, "Save")
    run = shown.run(three[0])
    assert (run.name, run.note, run.tags) == ("of the other tab", "my note", ("theirs",))
    assert app.text_input(key=f"run-name-{three[0]}").value == "of the other tab"


def test_a_tag_can_be_put_on_several_runs(shown, three):
    app = choose(open_runs(), three[0], three[2])
    assert "**2 runs are chosen**" in words(app)
    app.multiselect(key="runs-add-tags").set_value(["both"])
    press(app, "Add")
    assert [shown.run(run_id).tags for run_id in three] == [("both",), (), ("both",)]
    assert app.multiselect(key="runs-add-tags").value == []


def links(app: AppTest) -> dict[str, str]:
    """Give the query of every link to a page by its label."""
    return {link.proto.label: link.proto.query_string for link in app.get("page_link")}


def test_a_chosen_run_is_opened_watched_and_compared(shown, three):
    app = open_runs(run=three[0])
    for label in ("Open", "Show on Train", "Compare with…"):
        assert links(app)[label] == f"run={three[0]}"
    choose(app, three[2], three[1])
    assert links(app)["Compare both"] == f"run={three[1]}&with={three[2]}"  # the older one first
    choose(app, *three)
    assert "Compare both" not in links(app)


def test_only_runs_with_results_are_compared(shown, three):
    waiting = shown.create(RunSpec())
    app = open_runs(run=waiting)
    assert "Compare with…" not in links(app)
    assert "Compare both" not in links(choose(app, three[0], waiting))


def test_what_cannot_be_written_is_said(three, monkeypatch):
    app = open_runs(run=three[0])
    app.multiselect(key=f"run-tags-{three[0]}").set_value([f"tag {n}" for n in range(21)])
    press(app, "Save")
    assert "A run has 20 tags at most" in app.error[0].value


# Delete


def test_deleting_can_be_undone_at_once(shown, three):
    app = press(open_runs(run=three[1]), "Delete")
    assert numbers(app) == [1, 3]
    assert "was deleted" not in words(app)
    assert "Run 2 deleted." in words(app)
    press(app, "Undo")
    assert numbers(app) == [2, 1, 3]
    assert "Run 2 deleted." not in words(app)
    assert len(shown.runs()) == 3


def test_several_runs_are_deleted_and_brought_back_together(shown, three):
    app = press(choose(open_runs(), three[0], three[1]), "Delete 2 runs")
    assert numbers(app) == [3]
    assert "2 runs deleted." in words(app)
    assert len(numbers(press(app, "Undo"))) == 3


def test_after_deleting_no_run_is_chosen_until_undo_chooses_it_again(three):
    app = press(open_runs(run=three[1]), "Delete")
    assert not [button for button in app.button if button.label.startswith("Delete")]
    assert app.session_state["runs-chosen"] == []
    press(app, "Undo")
    assert app.session_state["runs-chosen"] == [three[1]]
    assert app.query_params["run"] == three[1]


def test_undo_chooses_all_that_it_brought_back(three):
    app = press(choose(open_runs(), three[0], three[1]), "Delete 2 runs")
    press(app, "Undo")
    assert set(app.session_state["runs-chosen"]) == {three[0], three[1]}


def folded(app: AppTest) -> list[str]:
    """Give what the page has folded away."""
    return [expander.label for expander in app.expander]


def test_the_trash_brings_back_one_or_all(shown, three, notes):
    for run_id in three:
        notes.delete(run_id)
    app = open_runs()
    assert folded(app) == ["Deleted runs: 3"]
    app.button(key=f"restore-{three[1]}").click().run()
    assert numbers(app) == [2]
    app.button(key="restore-all").click().run()
    assert len(numbers(app)) == 3
    assert folded(app) == ["All settings"]


def test_the_trash_is_emptied_for_good(shown, three, notes):
    notes.delete(three[0])
    app = open_runs()
    app.button(key="empty-trash").click().run()
    assert not app.exception
    assert folded(app) == ["All settings"]
    assert not shown.has(three[0])
    assert not shown.run_dir(three[0]).exists()


def test_a_run_in_work_is_not_deleted_and_the_next_step_is_named(shown, three):
    waiting = shown.create(RunSpec())
    app = press(open_runs(run=waiting), "Delete")
    assert app.error[0].value == "Run 4 waits in the queue. Take it off, then delete it."
    assert len(numbers(app)) == 4


def test_when_every_run_is_deleted_the_trash_is_still_there(three, notes):
    for run_id in three:
        notes.delete(run_id)
    app = open_runs()
    assert not app.dataframe
    assert "Every run is deleted." in words(app)
    assert len(numbers(press(app, "Restore all"))) == 3


def test_a_link_to_a_deleted_run_shows_another_and_says_so(three, notes):
    notes.delete(three[1])
    app = open_runs(run=three[1])
    assert "Run 2 was deleted. It can be restored on the Runs page. Run 3 is shown" in words(app)
    assert numbers(app) == [1, 3]


@pytest.mark.slow
def test_the_reference_run_stays_away_once_it_is_removed_for_good(shown, monkeypatch):
    monkeypatch.setattr(services, "REFERENCE", REPO_ROOT / "examples" / "reference-run")
    services.store.clear()
    (run,) = services.store().runs()
    for is_removed in (False, True):
        services.annotations().delete(run.run_id)
        if is_removed:
            services.annotations().empty([run.run_id])
        services.store.clear()
        assert services.store().runs() == ()
        assert services.store().has(run.run_id) is not is_removed


def test_a_run_brought_in_over_a_deleted_one_changes_nothing(shown, tmp_path):
    """Its predictions are still there, and so is the undo."""
    reference = REPO_ROOT / "examples" / "reference-run"
    run_id = import_folder(shown, reference)
    RunAnnotations(shown).delete(run_id)
    import_folder(shown, reference)
    assert shown.runs() == ()
    assert RunAnnotations(shown).deleted()[0].run_id == run_id


# Many


@pytest.fixture
def thousand(shown: RunStore) -> RunStore:
    """Give a store of 1,000 finished runs of 30 epochs, every tenth with tags and a note."""
    texts = [json.dumps(asdict(record(e, 0.5 + e / 100))) for e in range(1, 31)]
    with connect(shown.database) as db:
        for n in range(1_000):
            spec = small_spec(seed=n, learning_rate=(0.1, 0.01, 0.001)[n % 3])
            header = {"run_id": f"r-20261122-000000-{n:06d}", "name": f"run of seed {n}"}
            insert_run(db, {**header, "created": 1.5, "spec": spec.to_dict()}, state="finished")
            rows = [(header["run_id"], e, text) for e, text in enumerate(texts, start=1)]
            db.executemany("INSERT INTO epochs VALUES (?, ?, ?)", rows)
        db.execute("UPDATE runs SET note = 'a note', tags = '[\"a\", \"b\"]' WHERE number % 10 = 0")
        save_all_summaries(db)
    return shown


@pytest.mark.parametrize("query", [{}, {"find": "seed 7"}, {"setting": ["learning rate: 0.01"]}])
def test_a_thousand_runs_are_drawn_without_a_delay(
    thousand: RunStore, query: dict[str, str | list[str]]
):
    app = open_runs(**query)
    assert len(numbers(app)) > 100
    assert min(cpu_seconds(app.run) for _ in range(5)) < MOST_CPU_SECONDS


def cpu_seconds(action: Callable[[], object]) -> float:
    before = time.process_time()
    action()
    return time.process_time() - before


def test_a_picker_of_a_thousand_runs_leads_to_any_of_them(thousand):
    app = open_runs()
    app.selectbox(key="run").set_value("r-20261122-000000-000500").run()
    assert "**Run 501** · run of seed 500" in words(app)


def zip_of(store: RunStore, run_id: str) -> bytes:
    file = io.BytesIO()
    export_run(store, run_id, file)
    return file.getvalue()


def upload(app: AppTest, content: bytes) -> AppTest:
    """Choose a file under Import."""
    return app.get("file_uploader")[0].set_value(("run.zip", content, "application/zip")).run()


def test_a_run_goes_from_one_store_to_another(shown, tmp_path):
    other = RunStore(tmp_path / "other")
    import_folder(other, REPO_ROOT / "examples" / "reference-run")
    zipped = zip_of(other, "r-reference-as-specified")
    app = upload(open_runs(), zipped)
    assert not app.exception
    assert [message.value for message in app.success] == [
        "Imported as run 1: Reference: as specified."
    ]
    (run,) = shown.runs()
    assert shown.run(run.run_id) == other.run(run.run_id)
    assert app.query_params["run"] == run.run_id
    again = upload(app, zipped)
    assert "run.zip was not imported" in again.error[0].value
    assert "is in this store already" in again.error[0].value


def test_a_file_that_is_no_run_is_refused(three):
    app = upload(open_runs(), b"PK nothing")
    assert "run.zip was not imported" in app.error[0].value
    assert len(numbers(app)) == 3


@pytest.mark.parametrize(("state", "has_checkpoint"), [("finished", False), ("stopped", True)])
def test_what_ended_early_can_go_on_elsewhere(shown, monkeypatch, state, has_checkpoint):
    saved = {}

    def keep(label, *, data, **_):
        saved[label] = data

    run_id = put_run(shown, state, checkpoints=1)
    monkeypatch.setattr(run_transfer.st, "download_button", keep)
    open_runs(run=run_id)
    (content,) = [data() for label, data in saved.items() if label.startswith("Export")]
    assert any(name.startswith("checkpoints/") for name in contents(content)) is has_checkpoint
